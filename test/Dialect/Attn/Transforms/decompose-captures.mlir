// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-decompose,canonicalize,cse))' \
// RUN:   | FileCheck %s

!q = tensor<32x64xf32>
!k = tensor<?x32xf32>
!r = tensor<64xf32>

// A read that moves with the query is one vector per query tile, at indices in
// range only; one that moves with the key is a slice of the captured tensor.

// CHECK-LABEL: func.func @document
// CHECK-SAME:    %[[B:[a-z0-9]+]]: index, %[[I:[a-z0-9]+]]: index, %[[N:[a-z0-9]+]]: index, %[[DOC:[a-z0-9]+]]: tensor<2x?xi32>
// CHECK:         %[[ROW:.*]] = tensor.extract_slice %[[DOC]][%[[B]], 0]
// CHECK:         %[[KEYS:.*]] = tensor.extract_slice %[[ROW]][0]
// CHECK:         %[[LAST:.*]] = arith.subi %[[N]]
// CHECK:         %[[QUERIES:.*]] = linalg.generic
// CHECK:           arith.minsi %{{.*}}, %[[LAST]] : index
// CHECK:           tensor.extract %[[ROW]]
// CHECK:         } -> tensor<64xi32>
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[QUERIES]], %[[KEYS]] : tensor<64xi32>, tensor<?xi32>)
// CHECK-NEXT:    ^bb0(%[[X:.*]]: i32, %[[Y:.*]]: i32, %{{.*}}: f32):
// CHECK:           %[[SAME:.*]] = arith.cmpi eq, %[[X]], %[[Y]] : i32
// CHECK-NEXT:      arith.select %[[SAME]]
// CHECK-NOT:     tensor.extract %[[ROW]]
func.func @document(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %b: index, %i: index, %n: index, %doc: tensor<2x?xi32>) -> (!r, !r, !q) {
  %c0 = arith.constant 0 : index
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k) captures(%doc : tensor<2x?xi32>)
      origin(%b, %c0, %i, %c0) rows(%n) outs(%m, %l, %acc : !r, !r, !q)
      mask {
      ^bb0(%bb: index, %hh: index, %ii: index, %j: index, %t: tensor<2x?xi32>):
        %x = tensor.extract %t[%bb, %ii] : tensor<2x?xi32>
        %y = tensor.extract %t[%bb, %j] : tensor<2x?xi32>
        %z = arith.cmpi eq, %x, %y : i32
        attn.yield %z : i1
      }
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
