// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-expand-lengths,canonicalize,cse))' | FileCheck %s

!q = tensor<2x4x?x8xf32>
!k = tensor<2x4x?x8xf32>

// An interval of keys for each query; a length counts as within [0, S].

// CHECK-LABEL: func.func @lengths
// CHECK-SAME:    %[[N:[a-z0-9]+]]: tensor<2xi32>
// CHECK:         %[[BOUNDS:.*]]:2 = linalg.generic {{.*}} ins(%[[N]] : tensor<2xi32>)
// CHECK:           arith.minsi
// CHECK:           arith.maxsi
// CHECK:         attn.dense scale
// CHECK-SAME:        captures(%[[BOUNDS]]#0, %[[BOUNDS]]#1 : tensor<2x?xi32>, tensor<2x?xi32>)
// CHECK-SAME:        mask {
// CHECK-NEXT:    ^bb0(%[[B:.*]]: index, %{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index, %[[LOW:.*]]: tensor<2x?xi32>, %[[HIGH:.*]]: tensor<2x?xi32>):
// CHECK-DAG:       %[[AT:.*]] = arith.index_cast %[[J]]
// CHECK-DAG:       %[[L:.*]] = tensor.extract %[[LOW]][%[[B]], %[[I]]]
// CHECK-DAG:       %[[H:.*]] = tensor.extract %[[HIGH]][%[[B]], %[[I]]]
// CHECK-DAG:       arith.cmpi sge, %[[AT]], %[[L]]
// CHECK-DAG:       arith.cmpi slt, %[[AT]], %[[H]]
func.func @lengths(%q: !q, %k: !k, %n: tensor<2xi32>, %o: !q) -> !q {
  %r = attn.dense causal align(bottom_right) window [5, 0] scale 2.0 ins(%q, %k, %k : !q, !k, !k)
      lengths(%n : tensor<2xi32>) outs(%o : !q)
  return %r : !q
}

// A mask and a score stay; the score takes the new captures too.

// CHECK-LABEL: func.func @regions
// CHECK:         score {
// CHECK-NEXT:    ^bb0(%{{.*}}: f32, {{.*}}: tensor<2x?xi32>, %{{.*}}: tensor<2x?xi32>):
// CHECK:         mask {
// CHECK:           %[[OWN:.*]] = arith.cmpi ne
// CHECK:           arith.andi %{{.*}}, %[[OWN]]
func.func @regions(%q: !q, %k: !k, %n: tensor<2xi32>, %o: !q) -> !q {
  %r = attn.dense ins(%q, %k, %k : !q, !k, !k) lengths(%n : tensor<2xi32>) outs(%o : !q)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %x = arith.negf %s : f32
        attn.yield %x : f32
      } mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = arith.cmpi ne, %i, %j : index
        attn.yield %m : i1
      }
  return %r : !q
}

// The last bound up to a query, and the first one behind it; one row of intervals.

// CHECK-LABEL: func.func @packed
// CHECK-SAME:    %[[F:[a-z0-9]+]]: tensor<?xi32>
// CHECK:         linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]{{.*}} ins(%[[F]]
// CHECK:           arith.maxsi
// CHECK:         linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]{{.*}} ins(%[[F]]
// CHECK:           arith.minsi
// CHECK:         attn.dense
// CHECK-NOT:       cu_seqlens
// CHECK:         captures(%{{.*}}, %{{.*}} : tensor<1x?xi32>, tensor<1x?xi32>)
func.func @packed(%q: tensor<1x4x?x8xf32>, %f: tensor<?xi32>) -> tensor<1x4x?x8xf32> {
  %r = attn.dense causal align(bottom_right)
      ins(%q, %q, %q : tensor<1x4x?x8xf32>, tensor<1x4x?x8xf32>, tensor<1x4x?x8xf32>)
      cu_seqlens(%f : tensor<?xi32>) outs(%q : tensor<1x4x?x8xf32>)
  return %r : tensor<1x4x?x8xf32>
}
