// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-tile-state,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Independent states in a forall, chunks of tokens in a loop that carries the
// state; an op without a state gets an empty one inside the forall.

// CHECK-DAG:   #[[KEY:.*]] = affine_map<(d0) -> (d0 floordiv 2)>
// CHECK-DAG:   #[[REST:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 64)>
// CHECK-DAG:   #[[GROUP:.*]] = affine_map<(d0) -> (d0 * 2)>

// CHECK-LABEL: func.func @no_state
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<2x4x?x32xf32>, %[[K:[a-z0-9]+]]: tensor<2x2x?x32xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x?x48xf32>, %[[G:[a-z0-9]+]]: tensor<2x4x?xf32>, %[[O:[a-z0-9]+]]: tensor<2x4x?x48xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[T:.*]] = tensor.dim %[[V]]
// CHECK:         scf.forall (%[[B:[a-z0-9]+]], %[[H:[a-z0-9]+]]) in (2, 4) shared_outs(%[[OUT:[a-z0-9]+]] = %[[O]])
// CHECK:           %[[HK:.*]] = affine.apply #[[KEY]](%[[H]])
// CHECK-DAG:       tensor.extract_slice %[[K]][%[[B]], %[[HK]], 0, 0] [1, 1, %[[T]], 32]
// CHECK-DAG:       %[[OT:.*]] = tensor.extract_slice %[[OUT]][%[[B]], %[[H]], 0, 0] [1, 1, %[[T]], 48]
// CHECK:           %[[S:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%{{.*}} : tensor<1x1x32x48xf32>)
// CHECK:           %[[R:.*]]:2 = scf.for %[[I:[a-z0-9]+]] = %{{.*}} to %[[T]] step %{{.*}} iter_args(%{{.*}} = %[[OT]], %[[CARRY:[a-z0-9]+]] = %[[S]])
// CHECK:             %[[N:.*]] = affine.min #[[REST]](%[[I]])[%[[T]]]
// CHECK:             %[[L:.*]]:2 = attn.linear scan <chunk = 64, step = 4, panel = 48, lanes = 16>
// CHECK-SAME:          gate(%{{.*}} : tensor<1x1x?xf32>) outs(%{{.*}}, %[[CARRY]] :
// CHECK:             scf.yield %{{.*}}, %[[L]]#1
// CHECK:           scf.forall.in_parallel
// CHECK-NEXT:        tensor.parallel_insert_slice %[[R]]#0 into %[[OUT]][%[[B]], %[[H]], 0, 0]
func.func @no_state(
    %q: tensor<2x4x?x32xf32>, %k: tensor<2x2x?x32xf32>, %v: tensor<2x4x?x48xf32>,
    %g: tensor<2x4x?xf32>, %o: tensor<2x4x?x48xf32>) -> tensor<2x4x?x48xf32> {
  %r = attn.linear scan <chunk = 64, step = 4, panel = 48, lanes = 16>
      ins(%q, %k, %v : tensor<2x4x?x32xf32>, tensor<2x2x?x32xf32>, tensor<2x4x?x48xf32>)
      gate(%g : tensor<2x4x?xf32>)
      outs(%o : tensor<2x4x?x48xf32>)
  return %r : tensor<2x4x?x48xf32>
}

// A state that the caller keeps is copied piece by piece, not as a whole. Two
// query heads read each state; columns are split.

// CHECK-LABEL: func.func @given_state
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<2x2x32x48xf32>) ->
// CHECK:         %[[FRESH:.*]] = tensor.empty() : tensor<2x2x32x48xf32>
// CHECK:         scf.forall (%[[B:[a-z0-9]+]], %[[H:[a-z0-9]+]], %[[C:[a-z0-9]+]]) = (0, 0, 0) to (2, 2, 48) step (1, 1, 16) shared_outs(%{{.*}} = %{{.*}}, %[[SO:[a-z0-9]+]] = %[[FRESH]])
// CHECK:           %[[HQ:.*]] = affine.apply #[[GROUP]](%[[H]])
// CHECK-DAG:       tensor.extract_slice %{{.*}}[%[[B]], %[[HQ]], 0, 0] [1, 2, %{{.*}}, 32]
// CHECK-DAG:       %[[TO:.*]] = tensor.extract_slice %[[SO]][%[[B]], %[[H]], 0, %[[C]]] [1, 1, 32, 16]
// CHECK-DAG:       %[[FROM:.*]] = tensor.extract_slice %[[S]][%[[B]], %[[H]], 0, %[[C]]] [1, 1, 32, 16]
// CHECK:           %[[COPY:.*]] = bufferization.materialize_in_destination %[[FROM]] in %[[TO]] :
// CHECK:           %[[R:.*]]:2 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[COPY]])
// CHECK:           tensor.parallel_insert_slice %[[R]]#1 into %[[SO]][%[[B]], %[[H]], 0, %[[C]]] [1, 1, 32, 16]
func.func @given_state(
    %q: tensor<2x4x?x32xf32>, %k: tensor<2x2x?x32xf32>, %v: tensor<2x2x?x48xf32>,
    %o: tensor<2x4x?x48xf32>, %s: tensor<2x2x32x48xf32>)
    -> (tensor<2x4x?x48xf32>, tensor<2x2x32x48xf32>) {
  %r:2 = attn.linear scan <chunk = 64, step = 4, panel = 16, lanes = 16, split = 16>
      ins(%q, %k, %v : tensor<2x4x?x32xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x48xf32>)
      outs(%o, %s : tensor<2x4x?x48xf32>, tensor<2x2x32x48xf32>)
  return %r#0, %r#1 : tensor<2x4x?x48xf32>, tensor<2x2x32x48xf32>
}

// The maximum of an empty sequence is -inf.

// CHECK-LABEL: func.func @max_exp
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:         %[[S:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%{{.*}} : tensor<1x1x32x32xf32>)
// CHECK:         %[[Z:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%{{.*}} : tensor<1x1x32xf32>)
// CHECK:         %[[M:.*]] = linalg.fill ins(%[[NONE]] : f32) outs(%{{.*}} : tensor<1x1xf32>)
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[S]], %{{.*}} = %[[Z]], %{{.*}} = %[[M]])
func.func @max_exp(
    %q: tensor<1x1x?x32xf32>, %g: tensor<1x1x?xf32>, %o: tensor<1x1x?x32xf32>)
    -> tensor<1x1x?x32xf32> {
  %r = attn.linear normalizer(max_exp) scan <chunk = 64, step = 4, panel = 16, lanes = 16>
      ins(%q, %q, %q : tensor<1x1x?x32xf32>, tensor<1x1x?x32xf32>, tensor<1x1x?x32xf32>)
      gate(%g : tensor<1x1x?xf32>) input_gate(%g : tensor<1x1x?xf32>)
      outs(%o : tensor<1x1x?x32xf32>)
  return %r : tensor<1x1x?x32xf32>
}

// Without a scan nothing is done.

// CHECK-LABEL: func.func @unscheduled
// CHECK-NOT:     scf
// CHECK:         attn.linear ins(
func.func @unscheduled(%q: tensor<1x1x?x32xf32>, %o: tensor<1x1x?x32xf32>)
    -> tensor<1x1x?x32xf32> {
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x1x?x32xf32>, tensor<1x1x?x32xf32>, tensor<1x1x?x32xf32>)
      outs(%o : tensor<1x1x?x32xf32>)
  return %r : tensor<1x1x?x32xf32>
}
