// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s
// RUN: attn-opt %S/ops.mlir --emit-bytecode -o %t.bc
// RUN: attn-opt %S/ops.mlir -o %t.text && attn-opt %t.bc -o %t.back
// RUN: diff %t.text %t.back

// Bytecode keeps everything that the text has: here optional operands, absent
// and present, attributes and regions; then the whole of ops.mlir.

// CHECK-LABEL: func.func @dense
// CHECK:         %{{.*}}, %{{.*}} = attn.dense causal window [255, 0] scale 1.250000e-01 schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96, key_split = 1024> ins(%arg0, %arg1, %arg2 :
// CHECK-SAME:      sink(%arg3 : tensor<2xf32>) captures(%arg4 : tensor<2xf32>) origin(%arg5, %arg5, %arg5, %arg5) diagonal(%arg5) outs(%arg6, %arg7 :
// CHECK-SAME:      score {
// CHECK:           attn.yield %{{.*}} : f32
// CHECK-NEXT:    }{{$}}
func.func @dense(
    %q: tensor<1x2x?x8xf32>, %k: tensor<1x1x?x8xf32>, %v: tensor<1x1x?x4xf32>,
    %sink: tensor<2xf32>, %slopes: tensor<2xf32>, %c: index,
    %init: tensor<1x2x?x4xf32>, %lse: tensor<1x2x?xf32>)
    -> (tensor<1x2x?x4xf32>, tensor<1x2x?xf32>) {
  %r:2 = attn.dense causal window [255, 0] scale 0.125
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96, key_split = 1024>
      ins(%q, %k, %v : tensor<1x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x4xf32>)
      sink(%sink : tensor<2xf32>) captures(%slopes : tensor<2xf32>)
      origin(%c, %c, %c, %c) diagonal(%c)
      outs(%init, %lse : tensor<1x2x?x4xf32>, tensor<1x2x?xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<2xf32>):
        %x = tensor.extract %sl[%h] : tensor<2xf32>
        %y = arith.mulf %s, %x : f32
        attn.yield %y : f32
      }
  return %r#0, %r#1 : tensor<1x2x?x4xf32>, tensor<1x2x?xf32>
}
