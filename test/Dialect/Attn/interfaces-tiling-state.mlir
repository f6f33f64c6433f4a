// RUN: attn-opt %s --split-input-file --transform-interpreter --canonicalize --cse \
// RUN:   | FileCheck %s

// attn.linear and attn.recurrent over [batch, state head, time, column]: two
// query heads read a state head, two state heads share a key head.

// CHECK-DAG:   #[[QUERY:.*]] = affine_map<(d0) -> (d0 * 2)>
// CHECK-DAG:   #[[KEY:.*]] = affine_map<(d0) -> (d0 floordiv 2)>
// CHECK-DAG:   #[[COLUMN:.*]] = affine_map<(d0) -> (d0 * 16)>
// CHECK-LABEL: func.func @heads_and_columns
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<2x8x?x64xf32>, %[[K:[a-z0-9]+]]: tensor<2x2x?x64xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x?x48xf32>, %[[G:[a-z0-9]+]]: tensor<2x4x?x64xf32>, %[[BETA:[a-z0-9]+]]: tensor<2x4x?xf32>, %[[O:[a-z0-9]+]]: tensor<2x8x?x48xf32>, %[[S:[a-z0-9]+]]: tensor<2x4x64x48xf32>
// CHECK:         scf.forall (%[[B:[a-z0-9]+]], %[[H:[a-z0-9]+]], %[[P:[a-z0-9]+]]) in (2, 4, 3) shared_outs(%[[O1:.*]] = %[[O]], %[[S1:.*]] = %[[S]])
// CHECK-DAG:       %[[C:.*]] = affine.apply #[[COLUMN]](%[[P]])
// CHECK-DAG:       %[[HQ:.*]] = affine.apply #[[QUERY]](%[[H]])
// CHECK-DAG:       %[[HK:.*]] = affine.apply #[[KEY]](%[[H]])
// CHECK-DAG:       %[[QT:.*]] = tensor.extract_slice %[[Q]][%[[B]], %[[HQ]], 0, 0] [1, 2, %{{.*}}, 64]
// CHECK-DAG:       %[[KT:.*]] = tensor.extract_slice %[[K]][%[[B]], %[[HK]], 0, 0] [1, 1, %{{.*}}, 64]
// CHECK-DAG:       %[[VT:.*]] = tensor.extract_slice %[[V]][%[[B]], %[[H]], 0, %[[C]]] [1, 1, %{{.*}}, 16]
// CHECK-DAG:       %[[GT:.*]] = tensor.extract_slice %[[G]][%[[B]], %[[H]], 0, 0] [1, 1, %{{.*}}, 64]
// CHECK-DAG:       %[[BT:.*]] = tensor.extract_slice %[[BETA]][%[[B]], %[[H]], 0] [1, 1, %{{.*}}]
// CHECK-DAG:       %[[OT:.*]] = tensor.extract_slice %[[O1]][%[[B]], %[[HQ]], 0, %[[C]]] [1, 2, %{{.*}}, 16]
// CHECK-DAG:       %[[ST:.*]] = tensor.extract_slice %[[S1]][%[[B]], %[[H]], 0, %[[C]]] [1, 1, 64, 16]
// CHECK:           %[[R:.*]]:2 = attn.recurrent scale 1.000000e+00 ins(%[[QT]], %[[KT]], %[[VT]] :
// CHECK-SAME:        gate(%[[GT]] : {{.*}}) beta(%[[BT]] : {{.*}}) outs(%[[OT]], %[[ST]] :
// CHECK:           scf.forall.in_parallel
// CHECK-NEXT:        tensor.parallel_insert_slice %[[R]]#0 into %[[O1]][%[[B]], %[[HQ]], 0, %[[C]]]
// CHECK-NEXT:        tensor.parallel_insert_slice %[[R]]#1 into %[[S1]][%[[B]], %[[H]], 0, %[[C]]]
module attributes {transform.with_named_sequence} {
  func.func @heads_and_columns(
      %q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x4x?x48xf32>,
      %g: tensor<2x4x?x64xf32>, %beta: tensor<2x4x?xf32>, %o: tensor<2x8x?x48xf32>,
      %s: tensor<2x4x64x48xf32>) -> (tensor<2x8x?x48xf32>, tensor<2x4x64x48xf32>) {
    %r:2 = attn.recurrent scale 1.0
        ins(%q, %k, %v : tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x4x?x48xf32>)
        gate(%g : tensor<2x4x?x64xf32>) beta(%beta : tensor<2x4x?xf32>)
        outs(%o, %s : tensor<2x8x?x48xf32>, tensor<2x4x64x48xf32>)
    return %r#0, %r#1 : tensor<2x8x?x48xf32>, tensor<2x4x64x48xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.recurrent"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_forall %op tile_sizes [1, 1, 0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Time is a reduction: the states go through the loop. What is there once for a
// head stays whole.

// CHECK-DAG:   #[[REST:.*]] = affine_map<(d0) -> (-d0 + 100, 32)>
// CHECK-LABEL: func.func @time
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x2x100x8xf32>, %[[U:[a-z0-9]+]]: tensor<2x8xf32>, %[[G:[a-z0-9]+]]: tensor<2xf32>, %[[O:[a-z0-9]+]]: tensor<1x2x100x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x8xf32>, %[[M:[a-z0-9]+]]: tensor<1x2xf32>
// CHECK:         scf.for %[[T:[a-z0-9]+]] = {{.*}} iter_args(%[[O1:[a-z0-9]+]] = %[[O]], %[[S1:[a-z0-9]+]] = %[[S]], %[[M1:[a-z0-9]+]] = %[[M]])
// CHECK:           %[[N:.*]] = affine.min #[[REST]](%[[T]])
// CHECK-DAG:       %[[QT:.*]] = tensor.extract_slice %[[Q]][0, 0, %[[T]], 0] [1, 2, %[[N]], 8]
// CHECK-DAG:       %[[OT:.*]] = tensor.extract_slice %[[O1]][0, 0, %[[T]], 0] [1, 2, %[[N]], 8]
// CHECK:           %[[R:.*]]:3 = attn.linear read_before transition ins(%[[QT]], %[[QT]], %[[QT]] :
// CHECK-SAME:        gate(%[[G]] : {{.*}}) bonus(%[[U]] : {{.*}}) outs(%[[OT]], %[[S1]], %[[M1]] :
// CHECK-NEXT:      %[[NEXT:.*]] = tensor.insert_slice %[[R]]#0 into %[[O1]][0, 0, %[[T]], 0]
// CHECK-NEXT:      scf.yield %[[NEXT]], %[[R]]#1, %[[R]]#2
module attributes {transform.with_named_sequence} {
  func.func @time(
      %q: tensor<1x2x100x8xf32>, %u: tensor<2x8xf32>, %g: tensor<2xf32>,
      %o: tensor<1x2x100x8xf32>, %s: tensor<1x2x8x8xf32>, %m: tensor<1x2xf32>)
      -> (tensor<1x2x100x8xf32>, tensor<1x2x8x8xf32>, tensor<1x2xf32>) {
    %r:3 = attn.linear read_before transition
        ins(%q, %q, %q : tensor<1x2x100x8xf32>, tensor<1x2x100x8xf32>, tensor<1x2x100x8xf32>)
        gate(%g : tensor<2xf32>) bonus(%u : tensor<2x8xf32>)
        outs(%o, %s, %m : tensor<1x2x100x8xf32>, tensor<1x2x8x8xf32>, tensor<1x2xf32>)
    return %r#0, %r#1, %r#2 : tensor<1x2x100x8xf32>, tensor<1x2x8x8xf32>, tensor<1x2xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 0, 32] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Heads may be shared by numbers that are known at run time alone: no division
// by zero is made of no heads, wherever it is moved to.

// CHECK-DAG:   #[[ONE:.*]] = affine_map<()[s0] -> (1, s0)>
// CHECK-DAG:   #[[FIRST:.*]] = affine_map<(d0)[s0, s1] -> ((d0 * s0) floordiv s1)>
// CHECK-DAG:   #[[COUNT:.*]] = affine_map<()[s0, s1] -> (s0 floordiv s1, 1)>
// CHECK-DAG:   #[[REST:.*]] = affine_map<()[s0, s1] -> (s1, s0)>
// CHECK-LABEL: func.func @dynamic_heads
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<?x?x?x8xf32>, %[[V:[a-z0-9]+]]: tensor<?x?x?x8xf32>
// CHECK:         %[[STATES:.*]] = tensor.dim %[[V]], %c1
// CHECK:         scf.for %[[H:[a-z0-9]+]] =
// CHECK:           %[[OWN:.*]] = tensor.dim %[[Q]], %c1
// CHECK:           %[[DIV:.*]] = affine.max #[[ONE]]()[%[[STATES]]]
// CHECK-DAG:       %[[H0:.*]] = affine.apply #[[FIRST]](%[[H]])[%[[OWN]], %[[DIV]]]
// CHECK-DAG:       %[[EACH:.*]] = affine.max #[[COUNT]]()[%[[OWN]], %[[DIV]]]
// CHECK:           %[[N:.*]] = affine.min #[[REST]]()[%[[EACH]], %[[OWN]]]
// CHECK:           tensor.extract_slice %[[Q]][0, %[[H0]], 0, 0] [%{{.*}}, %[[N]], %{{.*}}, 8]
module attributes {transform.with_named_sequence} {
  func.func @dynamic_heads(
      %q: tensor<?x?x?x8xf32>, %v: tensor<?x?x?x8xf32>, %o: tensor<?x?x?x8xf32>)
      -> tensor<?x?x?x8xf32> {
    %r = attn.linear
        ins(%q, %v, %v : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
        outs(%o : tensor<?x?x?x8xf32>)
    return %r : tensor<?x?x?x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.linear"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_for %op tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Whole groups of query heads go with several state heads.

// CHECK-LABEL: func.func @groups
// CHECK:         scf.forall (%[[H:[a-z0-9]+]]) in (2)
// CHECK-DAG:       tensor.extract_slice %{{.*}} [1, 6, 5, 8]
// CHECK-DAG:       tensor.extract_slice %{{.*}} [1, 2, 5, 8]
// CHECK-DAG:       tensor.extract_slice %{{.*}} [2, 8, 8]
// CHECK:           attn.recurrent {{.*}} decay(%{{.*}}, %{{.*}} : tensor<1x2x5x8xf32>, tensor<2x8x8xf32>)
module attributes {transform.with_named_sequence} {
  func.func @groups(
      %q: tensor<1x12x5x8xf32>, %v: tensor<1x4x5x8xf32>, %a: tensor<4x8x8xf32>,
      %o: tensor<1x12x5x8xf32>) -> tensor<1x12x5x8xf32> {
    %r = attn.recurrent
        ins(%q, %v, %v : tensor<1x12x5x8xf32>, tensor<1x4x5x8xf32>, tensor<1x4x5x8xf32>)
        decay(%v, %a : tensor<1x4x5x8xf32>, tensor<4x8x8xf32>)
        outs(%o : tensor<1x12x5x8xf32>)
    return %r : tensor<1x12x5x8xf32>
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["attn.recurrent"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %f = transform.structured.tile_using_forall %op tile_sizes [0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
