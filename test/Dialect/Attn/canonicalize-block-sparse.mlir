// RUN: attn-opt %s --canonicalize | FileCheck %s

// The normal form is that of attn.dense: causal, no default scale, no region that
// does nothing.

// CHECK-LABEL: func.func @normal_form
// CHECK:         attn.block_sparse causal align(top_left) query_block 64 key_block 64 ins(
// CHECK-NOT:     mask
func.func @normal_form(
    %q: tensor<1x2x128x64xf32>, %k: tensor<1x2x128x64xf32>,
    %list: tensor<1x2x2x3xi32>, %init: tensor<1x2x128x64xf32>)
    -> tensor<1x2x128x64xf32> {
  %o = attn.block_sparse align(top_left) window [-1, 0] scale 0.125
      query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>)
      blocks(%list : tensor<1x2x2x3xi32>)
      outs(%init : tensor<1x2x128x64xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %t = arith.constant true
        attn.yield %t : i1
      }
  return %o : tensor<1x2x128x64xf32>
}

// A list of no entries gives zeros and -inf.

// CHECK-LABEL: func.func @no_entries
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[ZERO]] : f32) outs(%arg3 :
// CHECK:         linalg.fill ins(%[[NONE]] : f32) outs(%arg4 :
// CHECK-NOT:     attn.block_sparse
func.func @no_entries(
    %q: tensor<1x2x128x64xf32>, %k: tensor<1x2x128x64xf32>,
    %list: tensor<1x2x2x0xi32>, %init: tensor<1x2x128x64xf32>,
    %lse: tensor<1x2x128xf32>) -> (tensor<1x2x128x64xf32>, tensor<1x2x128xf32>) {
  %r:2 = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>)
      blocks(%list : tensor<1x2x2x0xi32>)
      outs(%init, %lse : tensor<1x2x128x64xf32>, tensor<1x2x128xf32>)
  return %r#0, %r#1 : tensor<1x2x128x64xf32>, tensor<1x2x128xf32>
}

// What is known of the list's sizes reaches the operation.

// CHECK-LABEL: func.func @casts
// CHECK:         attn.block_sparse {{.*}} blocks(%arg2 : tensor<1x2x2x3xi32>)
func.func @casts(
    %q: tensor<1x2x128x64xf32>, %k: tensor<1x2x128x64xf32>,
    %list: tensor<1x2x2x3xi32>, %init: tensor<1x2x128x64xf32>)
    -> tensor<1x2x128x64xf32> {
  %cast = tensor.cast %list : tensor<1x2x2x3xi32> to tensor<1x?x?x?xi32>
  %o = attn.block_sparse query_block 64 key_block 64
      ins(%q, %k, %k : tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>)
      blocks(%cast : tensor<1x?x?x?xi32>)
      outs(%init : tensor<1x2x128x64xf32>)
  return %o : tensor<1x2x128x64xf32>
}
