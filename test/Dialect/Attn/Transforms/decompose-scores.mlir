// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-decompose,canonicalize,cse))' \
// RUN:   | FileCheck %s

!q = tensor<32x64xf32>
!k = tensor<?x32xf32>
!r = tensor<64xf32>

// What depends on the head alone is a scalar computed outside; positions come as
// one vector of query indices, clamped to the last real row, and one of keys.
// The score is scaled to base 2 after the region.

// CHECK-LABEL: func.func @alibi
// CHECK-SAME:    %[[H:[a-z0-9]+]]: index, %[[I:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index, %[[SLOPES:[a-z0-9]+]]: tensor<8xf32>
// CHECK-DAG:     %[[LOG2E:.*]] = arith.constant 1.44269502 : f32
// CHECK:         %[[S:.*]] = linalg.matmul
// CHECK:         %[[SLOPE:.*]] = tensor.extract %[[SLOPES]][%[[H]]]
// CHECK:         %[[LAST:.*]] = arith.subi %[[N]], %{{.*}} : index
// CHECK:         %[[QUERIES:.*]] = linalg.generic
// CHECK:           arith.minsi %{{.*}}, %[[LAST]] : index
// CHECK:         } -> tensor<64xi32>
// CHECK:         %[[KEYS:.*]] = linalg.generic
// CHECK:         } -> tensor<?xi32>
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[QUERIES]], %[[KEYS]] : tensor<64xi32>, tensor<?xi32>) outs(%[[S]] : tensor<?x64xf32>)
// CHECK-NEXT:    ^bb0(%[[QI:.*]]: i32, %[[KJ:.*]]: i32, %[[X:.*]]: f32):
// CHECK-NEXT:      %[[D:.*]] = arith.subi %[[QI]], %[[KJ]] : i32
// CHECK-NEXT:      %[[F:.*]] = arith.sitofp %[[D]] : i32 to f32
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[SLOPE]], %[[F]] : f32
// CHECK-NEXT:      %[[Y:.*]] = arith.subf %[[X]], %[[P]] : f32
// CHECK-NEXT:      arith.mulf %[[Y]], %[[LOG2E]] : f32
func.func @alibi(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %h: index, %i: index, %n: index, %slopes: tensor<8xf32>) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k) captures(%slopes : tensor<8xf32>)
      origin(%c0, %h, %i, %c0) rows(%n) outs(%m, %l, %acc : !r, !r, !q)
      score {
      ^bb0(%s: f32, %b: index, %hh: index, %ii: index, %j: index, %t: tensor<8xf32>):
        %slope = tensor.extract %t[%hh] : tensor<8xf32>
        %d = arith.subi %ii, %j : index
        %d32 = arith.index_cast %d : index to i32
        %f = arith.sitofp %d32 : i32 to f32
        %p = arith.mulf %slope, %f : f32
        %x = arith.subf %s, %p : f32
        attn.yield %x : f32
      }
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
