// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// What makes lists prints as it is read.

// CHECK-LABEL: func.func @pool
// CHECK: attn.pool size 32 stride 16 ins(%{{.*}} : tensor<1x2x128x64xbf16>)
// CHECK-SAME: weights(%{{.*}} : tensor<32xf32>) outs(%{{.*}} : tensor<1x2x7x64xf32>)
func.func @pool(%x: tensor<1x2x128x64xbf16>, %w: tensor<32xf32>, %o: tensor<1x2x7x64xf32>)
    -> tensor<1x2x7x64xf32> {
  %y = attn.pool size 32 stride 16 ins(%x : tensor<1x2x128x64xbf16>)
      weights(%w : tensor<32xf32>) outs(%o : tensor<1x2x7x64xf32>)
  return %y : tensor<1x2x7x64xf32>
}

// CHECK-LABEL: func.func @softmax
// CHECK: attn.select softmax causal block 64 key_size 32 key_stride 16
// CHECK-SAME: group(mean) first 1 local 2 scale 1.250000e-01
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>)
// CHECK-SAME: tokens(%{{.*}}) outs(%{{.*}} : tensor<1x2x?x16xi64>)
func.func @softmax(%q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>, %s: index,
                   %l: tensor<1x2x?x16xi64>) -> tensor<1x2x?x16xi64> {
  %y = attn.select softmax causal block 64 key_size 32 key_stride 16 group(mean) first 1 local 2
      scale 0.125 ins(%q, %k : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>) tokens(%s)
      outs(%l : tensor<1x2x?x16xi64>)
  return %y : tensor<1x2x?x16xi64>
}

// CHECK-LABEL: func.func @indexer
// CHECK: attn.select causal block 1 ins(
// CHECK-SAME: score {
// CHECK: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: index, %[[H:.*]]: index, %[[I:.*]]: index, %{{.*}}: index):
// CHECK: tensor.extract %{{.*}}[%[[B]], %[[H]], %[[I]]]
// CHECK: attn.yield
func.func @indexer(%q: tensor<1x8x9x64xf32>, %k: tensor<1x1x9x64xf32>, %w: tensor<1x8x9xf32>,
                   %l: tensor<1x1x9x4xi32>) -> tensor<1x1x9x4xi32> {
  %y = attn.select causal block 1 ins(%q, %k : tensor<1x8x9x64xf32>, tensor<1x1x9x64xf32>)
      outs(%l : tensor<1x1x9x4xi32>) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %e = tensor.extract %w[%b, %h, %i] : tensor<1x8x9xf32>
        %r = arith.mulf %e, %s : f32
        attn.yield %r : f32
      }
  return %y : tensor<1x1x9x4xi32>
}

// CHECK-LABEL: func.func @given
// CHECK: attn.select block 16 group(max) first 3 scores(%{{.*}} : memref<2x4x9x5xf16>)
// CHECK-SAME: outs(%{{.*}} : memref<2x2x9x3xi32>)
func.func @given(%s: memref<2x4x9x5xf16>, %l: memref<2x2x9x3xi32>) {
  attn.select block 16 group(max) first 3 scores(%s : memref<2x4x9x5xf16>)
      outs(%l : memref<2x2x9x3xi32>)
  return
}

// CHECK-LABEL: func.func @loads
// CHECK: memref.load
func.func @loads(%s: memref<2x4x9x5xf32>, %w: memref<4xf32>, %l: memref<2x2x9x3xi32>) {
  attn.select block 16 scores(%s : memref<2x4x9x5xf32>) outs(%l : memref<2x2x9x3xi32>) score {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
        %e = memref.load %w[%h] : memref<4xf32>
        %r = arith.mulf %e, %x : f32
        attn.yield %r : f32
      }
  return
}

// CHECK-LABEL: func.func @invert
// CHECK: attn.invert align 64 ins(%arg0 : tensor<1x8x512x2xi32>)
// CHECK-SAME: outs(%arg1, %arg2 : tensor<1x8x9xi32>, tensor<1x8x1536xi64>)
// CHECK-SAME: places(%arg0 : tensor<1x8x512x2xi32>) owners(%arg3 : tensor<1x8x24xi32>)
// CHECK: attn.invert ins(
// CHECK-NOT: places
func.func @invert(%l: tensor<1x8x512x2xi32>, %o: tensor<1x8x9xi32>, %e: tensor<1x8x1536xi64>,
                  %w: tensor<1x8x24xi32>) -> (tensor<1x8x1536xi64>, tensor<1x8x9xi32>) {
  %y:4 = attn.invert align 64 ins(%l : tensor<1x8x512x2xi32>)
      outs(%o, %e : tensor<1x8x9xi32>, tensor<1x8x1536xi64>)
      places(%l : tensor<1x8x512x2xi32>) owners(%w : tensor<1x8x24xi32>)
  %z:2 = attn.invert ins(%l : tensor<1x8x512x2xi32>)
      outs(%o, %e : tensor<1x8x9xi32>, tensor<1x8x1536xi64>)
  return %y#1, %z#0 : tensor<1x8x1536xi64>, tensor<1x8x9xi32>
}
