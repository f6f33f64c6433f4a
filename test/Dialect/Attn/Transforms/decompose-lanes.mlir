// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-decompose,canonicalize,cse))' \
// RUN:   | FileCheck %s

!q = tensor<32x64xf32>
!k = tensor<?x32xf32>
!r = tensor<64xf32>

// Operations of the index dialect have no vector form; they become arith.

// CHECK-LABEL: func.func @index_dialect
// CHECK-NOT:     index.add
// CHECK-NOT:     index.cmp
// CHECK:         return
func.func @index_dialect(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k)
      origin(%c0, %c0, %i, %c0) outs(%m, %l, %acc : !r, !r, !q)
      mask {
      ^bb0(%b: index, %h: index, %ii: index, %j: index):
        %x = index.add %ii, %ii
        %z = index.cmp sle(%j, %x)
        attn.yield %z : i1
      }
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
