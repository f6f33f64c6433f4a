// RUN: attn-opt %s --split-input-file --transform-interpreter --canonicalize --cse \
// RUN:   | FileCheck %s

// attn.compose over [batch, head, part, column]: columns of a state are
// independent of each other, whatever the transition.

// CHECK-LABEL: func.func @columns
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<?x1x2x8x32xf32>, %[[MS:[a-z0-9]+]]: tensor<?x1x2x8x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x32xf32>
// CHECK:         scf.forall (%[[H:[a-z0-9]+]], %[[P:[a-z0-9]+]]) in (2, 2) shared_outs(%[[S1:.*]] = %[[S]])
// CHECK:           %[[C:.*]] = affine.apply
// CHECK-DAG:       %[[ET:.*]] = tensor.extract_slice %[[ES]][0, 0, %[[H]], 0, %[[C]]] [%{{.*}}, 1, 1, 8, 16]
// CHECK-DAG:       %[[MT:.*]] = tensor.extract_slice %[[MS]][0, 0, %[[H]], 0, 0] [%{{.*}}, 1, 1, 8, 8]
// CHECK-DAG:       %[[ST:.*]] = tensor.extract_slice %[[S1]][0, %[[H]], 0, %[[C]]] [1, 1, 8, 16]
// CHECK:           %[[R:.*]] = attn.compose ins(%[[ET]], %[[MT]] : {{.*}}) outs(%[[ST]] :
// CHECK:           tensor.parallel_insert_slice %[[R]] into %[[S1]][0, %[[H]], 0, %[[C]]] [1, 1, 8, 16]
module attributes {transform.with_named_sequence} {
  func.func @columns(
      %es: tensor<?x1x2x8x32xf32>, %ms: tensor<?x1x2x8x8xf32>, %s: tensor<1x2x8x32xf32>)
      -> tensor<1x2x8x32xf32> {
    %r = attn.compose ins(%es, %ms : tensor<?x1x2x8x32xf32>, tensor<?x1x2x8x8xf32>)
        outs(%s : tensor<1x2x8x32xf32>)
    return %r : tensor<1x2x8x32xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.compose"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_forall %op tile_sizes [0, 1, 0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Parts go through a loop, in their order; a transition per element has the
// columns of its state.

// CHECK-LABEL: func.func @parts
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<6x1x2x8x32xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x32xf32>, %[[M:[a-z0-9]+]]: tensor<1x2x8x32xf32>
// CHECK:         scf.for %[[P:[a-z0-9]+]] = {{.*}} iter_args(%[[S1:.*]] = %[[S]], %[[M1:.*]] = %[[M]])
// CHECK:         scf.for %[[C:[a-z0-9]+]] = {{.*}} iter_args(%[[S2:.*]] = %[[S1]], %[[M2:.*]] = %[[M1]])
// CHECK-DAG:       %[[ET:.*]] = tensor.extract_slice %[[ES]][%[[P]], 0, 0, 0, %[[C]]] [2, 1, 2, 8, 16]
// CHECK-DAG:       %[[ST:.*]] = tensor.extract_slice %[[S2]][0, 0, 0, %[[C]]] [1, 2, 8, 16]
// CHECK-DAG:       %[[MT:.*]] = tensor.extract_slice %[[M2]][0, 0, 0, %[[C]]] [1, 2, 8, 16]
// CHECK:           attn.compose per_element ins(%[[ET]], %[[ET]] : {{.*}}) outs(%[[ST]], %[[MT]] :
module attributes {transform.with_named_sequence} {
  func.func @parts(
      %es: tensor<6x1x2x8x32xf32>, %s: tensor<1x2x8x32xf32>, %m: tensor<1x2x8x32xf32>)
      -> (tensor<1x2x8x32xf32>, tensor<1x2x8x32xf32>) {
    %r:2 = attn.compose per_element
        ins(%es, %es : tensor<6x1x2x8x32xf32>, tensor<6x1x2x8x32xf32>)
        outs(%s, %m : tensor<1x2x8x32xf32>, tensor<1x2x8x32xf32>)
    return %r#0, %r#1 : tensor<1x2x8x32xf32>, tensor<1x2x8x32xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.compose"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f:2 = transform.structured.tile_using_for %op tile_sizes [0, 0, 2, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A transition without columns goes with all columns of a state.

// CHECK-LABEL: func.func @heads
// CHECK:         scf.forall (%[[H:[a-z0-9]+]]) in (2)
// CHECK:           attn.compose ins({{.*}}) outs(%{{.*}}, %{{.*}} : tensor<1x1x8x32xf32>, tensor<1x1x8xf32>)
module attributes {transform.with_named_sequence} {
  func.func @heads(
      %es: tensor<6x1x2x8x32xf32>, %ms: tensor<6x1x2x8xf32>, %s: tensor<1x2x8x32xf32>, %m: tensor<1x2x8xf32>)
      -> (tensor<1x2x8x32xf32>, tensor<1x2x8xf32>) {
    %r:2 = attn.compose ins(%es, %ms : tensor<6x1x2x8x32xf32>, tensor<6x1x2x8xf32>)
        outs(%s, %m : tensor<1x2x8x32xf32>, tensor<1x2x8xf32>)
    return %r#0, %r#1 : tensor<1x2x8x32xf32>, tensor<1x2x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.compose"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_forall %op tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
