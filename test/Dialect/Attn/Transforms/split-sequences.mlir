// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-split-sequences,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Bounds are clamped to the tokens and never descend; as many sequences as both
// bounds and states allow. Two query heads read one state.

// CHECK-DAG:   #[[LESS:.*]] = affine_map<()[s0] -> (0, s0 - 1)>
// CHECK-DAG:   #[[BOTH:.*]] = affine_map<()[s0, s1] -> (s1, s0)>
// CHECK-DAG:   #[[GROUP:.*]] = affine_map<(d0) -> (d0 * 2)>
// CHECK-LABEL: func.func @states
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x4x?x32xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x?x32xf32>, %[[V:[a-z0-9]+]]: tensor<1x2x?x48xf32>, %[[G:[a-z0-9]+]]: tensor<1x2x?xf32>, %[[CU:[a-z0-9]+]]: tensor<?xi32>, %[[O:[a-z0-9]+]]: tensor<1x4x?x48xf32>, %[[S:[a-z0-9]+]]: tensor<?x2x32x48xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[T:.*]] = tensor.dim %[[Q]], %c2
// CHECK-DAG:     %[[N1:.*]] = tensor.dim %[[CU]], %[[C0]]
// CHECK:         %[[B:.*]]:2 = scf.for %[[I:[a-z0-9]+]] = %[[C0]] to %[[N1]] step %[[C1]] iter_args(%[[LAST:[a-z0-9]+]] = %[[C0]], %[[ALL:[a-z0-9]+]] = %{{.*}})
// CHECK:           %[[X:.*]] = tensor.extract %[[CU]][%[[I]]]
// CHECK:           %[[Y:.*]] = arith.index_cast %[[X]] : i32 to index
// CHECK:           %[[M:.*]] = arith.minsi %[[Y]], %[[T]]
// CHECK:           %[[BOUND:.*]] = arith.maxsi %[[M]], %[[LAST]]
// CHECK:           %[[NEW:.*]] = tensor.insert %[[BOUND]] into %[[ALL]][%[[I]]]
// CHECK:           scf.yield %[[BOUND]], %[[NEW]]
// CHECK:         %[[ZEROS:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[O]] : tensor<1x4x?x48xf32>)
// CHECK:         %[[N:.*]] = affine.max #[[LESS]]()[%[[N1]]]
// CHECK:         %[[NS:.*]] = tensor.dim %[[S]], %[[C0]]
// CHECK:         %[[COUNT:.*]] = affine.min #[[BOTH]]()[%[[N]], %[[NS]]]
// CHECK:         scf.forall (%[[SEQ:[a-z0-9]+]], %[[H:[a-z0-9]+]]) in (%[[COUNT]], 2) shared_outs(%[[OO:[a-z0-9]+]] = %[[ZEROS]], %[[SO:[a-z0-9]+]] = %[[S]])
// CHECK:           %[[BEGIN:.*]] = tensor.extract %[[B]]#1[%[[SEQ]]]
// CHECK:           %[[NEXT:.*]] = arith.addi %[[SEQ]], %[[C1]]
// CHECK:           %[[END:.*]] = tensor.extract %[[B]]#1[%[[NEXT]]]
// CHECK:           %[[LEN:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK:           %[[HQ:.*]] = affine.apply #[[GROUP]](%[[H]])
// CHECK-DAG:       %[[QT:.*]] = tensor.extract_slice %[[Q]][0, %[[HQ]], %[[BEGIN]], 0] [1, 2, %[[LEN]], 32]
// CHECK-DAG:       %[[KT:.*]] = tensor.extract_slice %[[K]][0, %[[H]], %[[BEGIN]], 0] [1, 1, %[[LEN]], 32]
// CHECK-DAG:       %[[VT:.*]] = tensor.extract_slice %[[V]][0, %[[H]], %[[BEGIN]], 0] [1, 1, %[[LEN]], 48]
// CHECK-DAG:       %[[GT:.*]] = tensor.extract_slice %[[G]][0, %[[H]], %[[BEGIN]]] [1, 1, %[[LEN]]]
// CHECK-DAG:       %[[OT:.*]] = tensor.extract_slice %[[OO]][0, %[[HQ]], %[[BEGIN]], 0] [1, 2, %[[LEN]], 48]
// CHECK-DAG:       %[[ST:.*]] = tensor.extract_slice %[[SO]][%[[SEQ]], %[[H]], 0, 0] [1, 1, 32, 48]
// CHECK:           %[[R:.*]]:2 = attn.linear ins(%[[QT]], %[[KT]], %[[VT]] : {{.*}}) gate(%[[GT]] : {{.*}}) outs(%[[OT]], %[[ST]] :
// CHECK:           tensor.parallel_insert_slice %[[R]]#0 into %[[OO]][0, %[[HQ]], %[[BEGIN]], 0] [1, 2, %[[LEN]], 48]
// CHECK:           tensor.parallel_insert_slice %[[R]]#1 into %[[SO]][%[[SEQ]], %[[H]], 0, 0] [1, 1, 32, 48]
func.func @states(
    %q: tensor<1x4x?x32xf32>, %k: tensor<1x2x?x32xf32>, %v: tensor<1x2x?x48xf32>,
    %g: tensor<1x2x?xf32>, %c: tensor<?xi32>, %o: tensor<1x4x?x48xf32>,
    %s: tensor<?x2x32x48xf32>) -> (tensor<1x4x?x48xf32>, tensor<?x2x32x48xf32>) {
  %r:2 = attn.linear
      ins(%q, %k, %v : tensor<1x4x?x32xf32>, tensor<1x2x?x32xf32>, tensor<1x2x?x48xf32>)
      gate(%g : tensor<1x2x?xf32>) cu_seqlens(%c : tensor<?xi32>)
      outs(%o, %s : tensor<1x4x?x48xf32>, tensor<?x2x32x48xf32>)
  return %r#0, %r#1 : tensor<1x4x?x48xf32>, tensor<?x2x32x48xf32>
}

// Without states the bounds alone say how many sequences there are.

// CHECK-LABEL: func.func @no_state
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (3, 2)
// CHECK:           %[[R:.*]] = attn.recurrent ins({{.*}}) beta(%{{.*}} : tensor<1x1x?xf32>) outs(
// CHECK:           tensor.parallel_insert_slice %[[R]] into
func.func @no_state(
    %q: tensor<1x2x9x32xf32>, %b: tensor<1x2x9xf32>, %c: tensor<4xi64>,
    %o: tensor<1x2x9x32xf32>) -> tensor<1x2x9x32xf32> {
  %r = attn.recurrent
      ins(%q, %q, %q : tensor<1x2x9x32xf32>, tensor<1x2x9x32xf32>, tensor<1x2x9x32xf32>)
      beta(%b : tensor<1x2x9xf32>) cu_seqlens(%c : tensor<4xi64>)
      outs(%o : tensor<1x2x9x32xf32>)
  return %r : tensor<1x2x9x32xf32>
}

// A decay per element: rates and the transition have the state's columns.

// CHECK-LABEL: func.func @decay
// CHECK:           tensor.extract_slice %{{.*}}[%[[H:[a-z0-9]+]], 0, 0] [1, 8, 16]
// CHECK:           tensor.parallel_insert_slice %{{.*}}#2 into %{{.*}}[%{{.*}}, %[[H]], 0, 0] [1, 1, 8, 16]
func.func @decay(
    %q: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x16xf32>, %a: tensor<2x8x16xf32>,
    %c: tensor<?xi32>, %o: tensor<1x2x?x16xf32>, %s: tensor<?x2x8x16xf32>,
    %p: tensor<?x2x8x16xf32>)
    -> (tensor<1x2x?x16xf32>, tensor<?x2x8x16xf32>, tensor<?x2x8x16xf32>) {
  %r:3 = attn.recurrent transition
      ins(%q, %q, %v : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x16xf32>)
      decay(%v, %a : tensor<1x2x?x16xf32>, tensor<2x8x16xf32>)
      cu_seqlens(%c : tensor<?xi32>)
      outs(%o, %s, %p : tensor<1x2x?x16xf32>, tensor<?x2x8x16xf32>, tensor<?x2x8x16xf32>)
  return %r#0, %r#1, %r#2 : tensor<1x2x?x16xf32>, tensor<?x2x8x16xf32>, tensor<?x2x8x16xf32>
}
