// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops))' | FileCheck %s

// A row of blocks at a time: scores of each head, ranks, and as many rounds as a
// list has entries.

// CHECK-LABEL: func.func @raw
// CHECK-NOT: attn.select
// CHECK: scf.for {{.*}} -> (tensor<1x2x9x3xi32>)
// The scale, and the sum of two heads.
// CHECK: arith.mulf %{{.*}}, %cst{{.*}} : f64
// CHECK: arith.maximumf
// What is forced ranks higher, what is behind the query lowest.
// CHECK: arith.cmpi slt
// CHECK: arith.floordivsi
// CHECK: arith.cmpi sgt
// CHECK: arith.cmpi sle
// CHECK: arith.cmpf ogt
// Padding, and then what was taken.
// CHECK: tensor.insert %c-1_i32
// CHECK: tensor.insert
func.func @raw(%q: tensor<1x4x9x8xf32>, %k: tensor<1x2x3x8xf32>, %l: tensor<1x2x9x3xi32>)
    -> tensor<1x2x9x3xi32> {
  %y = attn.select causal block 3 group(max) first 1 local 1 scale 0.5
      ins(%q, %k : tensor<1x4x9x8xf32>, tensor<1x2x3x8xf32>) outs(%l : tensor<1x2x9x3xi32>)
  return %y : tensor<1x2x9x3xi32>
}

// Keys that end behind the query have no part in the softmax; the region sees
// scores of the others.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[LAST:.*]] = arith.addi %{{.*}}, %c3
// CHECK: %[[ADMITTED:.*]] = arith.cmpi sle, %[[LAST]]
// CHECK: scf.if %[[ADMITTED]]
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
// CHECK: math.exp
func.func @softmax(%s: tensor<1x2x9x4xf32>, %l: tensor<1x2x9x3xi64>) -> tensor<1x2x9x3xi64> {
  %y = attn.select softmax causal block 4 key_size 4 key_stride 2
      scores(%s : tensor<1x2x9x4xf32>) outs(%l : tensor<1x2x9x3xi64>) score {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
        %z = arith.addf %x, %x : f32
        attn.yield %z : f32
      }
  return %y : tensor<1x2x9x3xi64>
}
