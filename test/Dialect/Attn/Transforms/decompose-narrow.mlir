// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-decompose,canonicalize,cse))' \
// RUN:   | FileCheck %s

!q = tensor<32x64xf32>
!k = tensor<?x32xf32>
!r = tensor<64xf32>

// Positions are below 2^30: what provably fits is computed in 32 bits.

// CHECK-LABEL: func.func @chunks
// CHECK-NOT:     arith.floordivsi %{{.*}} : index
// CHECK:         arith.cmpi eq, %{{.*}}, %{{.*}} : i32
func.func @chunks(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k)
      origin(%c0, %c0, %i, %c0) outs(%m, %l, %acc : !r, !r, !q)
      mask {
      ^bb0(%b: index, %h: index, %ii: index, %j: index):
        %c16 = arith.constant 16 : index
        %x = arith.floordivsi %ii, %c16 : index
        %y = arith.floordivsi %j, %c16 : index
        %z = arith.cmpi eq, %x, %y : index
        attn.yield %z : i1
      }
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// A captured size is bounded like a position, and so is a difference of two.

// CHECK-LABEL: func.func @diagonal
// CHECK:         arith.remsi %{{.*}}, %{{.*}} : i32
func.func @diagonal(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index, %t: tensor<?x?xf32>) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %t, %c0 : tensor<?x?xf32>
  %columns = tensor.dim %t, %c1 : tensor<?x?xf32>
  %d = arith.subi %columns, %rows : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k)
      captures(%d : index)
      origin(%c0, %c0, %i, %c0) outs(%m, %l, %acc : !r, !r, !q)
      mask {
      ^bb0(%b: index, %h: index, %ii: index, %j: index, %dd: index):
        %c3 = arith.constant 3 : index
        %zero = arith.constant 0 : index
        %p = arith.addi %ii, %dd : index
        %w = arith.subi %p, %j : index
        %x = arith.remsi %w, %c3 : index
        %z = arith.cmpi eq, %x, %zero : index
        attn.yield %z : i1
      }
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
