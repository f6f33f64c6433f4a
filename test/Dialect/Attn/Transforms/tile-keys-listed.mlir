// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-tile-keys,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A listed block is classified, whatever its mask: no pair, all pairs or some. One
// that is known to be at most a key block needs no loop.

!q = tensor<64x64xf32>
!r = tensor<64xf32>

// CHECK-LABEL: func.func @one_block
// CHECK-NOT:     scf.for
// CHECK:         %[[MAY:.*]] = arith.cmpi sle
// CHECK:         %[[ALL:.*]] = arith.cmpi sle
// CHECK:         scf.if %[[MAY]]
// CHECK-NEXT:      scf.if %[[ALL]]
// CHECK-NEXT:        attn.online layout(feature_major) scale
// CHECK-NOT:         attn.listed
// CHECK:             attn.online layout(feature_major) causal
// CHECK-NOT:         attn.listed
// CHECK:         return
func.func @one_block(%q: !q, %k: tensor<?x64xf32>, %m: !r, %l: !r, %acc: !q,
                     %i: index, %j: index, %d: index) -> (!r, !r, !q) {
  %s = affine.min affine_map<(d0) -> (64, d0)>(%d)
  %block = tensor.extract_slice %k[%j, 0] [%s, 64] [1, 1] : tensor<?x64xf32> to tensor<?x64xf32>
  %r:3 = attn.online layout(feature_major) causal scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64>
      ins(%q, %block, %block : !q, tensor<?x64xf32>, tensor<?x64xf32>)
      origin(%i, %i, %i, %j) diagonal(%d) outs(%m, %l, %acc : !r, !r, !q) {attn.listed}
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// CHECK-LABEL: func.func @long_block
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK-NEXT:        scf.if
func.func @long_block(%q: !q, %k: tensor<?x64xf32>, %m: !r, %l: !r, %acc: !q,
                      %i: index, %j: index, %d: index) -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) causal scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64>
      ins(%q, %k, %k : !q, tensor<?x64xf32>, tensor<?x64xf32>)
      origin(%i, %i, %i, %j) diagonal(%d) outs(%m, %l, %acc : !r, !r, !q) {attn.listed}
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
