// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Matrices: each column of the state is multiplied and the part's state added;
// the transition is multiplied alone.

// CHECK-LABEL: func.func @dense
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<?x1x2x8x4xf32>, %[[MS:[a-z0-9]+]]: tensor<?x1x2x8x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x2x8x4xf32>, %[[M:[a-z0-9]+]]: tensor<1x2x8x8xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f64
// CHECK:         scf.for %[[H:[a-z0-9]+]] = {{.*}} iter_args(%[[S1:[a-z0-9]+]] = %[[S]], %[[M1:[a-z0-9]+]] = %[[M]])
// CHECK:           tensor.extract %[[S1]][%[[C0]], %[[H]], %{{.*}}, %{{.*}}]
// CHECK:           %[[END:.*]] = scf.for %[[P:[a-z0-9]+]] = {{.*}} -> (tensor<8x4xf64>)
// CHECK:             scf.for %[[C:[a-z0-9]+]] = {{.*}} iter_args(%[[X:[a-z0-9]+]] = %{{.*}}) -> (tensor<8x4xf64>)
// CHECK:               %[[COLUMN:.*]] = scf.for %[[I:[a-z0-9]+]] = {{.*}} -> (tensor<8xf64>)
// CHECK:                 %[[SUM:.*]] = scf.for %[[J:[a-z0-9]+]] = {{.*}} iter_args(%{{.*}} = %[[ZERO]])
// CHECK-DAG:               tensor.extract %[[MS]][%[[P]], %[[C0]], %[[H]], %[[I]], %[[J]]]
// CHECK-DAG:               tensor.extract %[[X]][%[[J]], %[[C]]]
// CHECK:                 tensor.extract %[[ES]][%[[P]], %[[C0]], %[[H]], %[[I]], %[[C]]]
// CHECK:                 %[[NEXT:.*]] = arith.addf %[[SUM]], %{{.*}} : f64
// CHECK-NEXT:            tensor.insert %[[NEXT]]
// CHECK:               scf.for %[[I:[a-z0-9]+]] = {{.*}} iter_args(%[[Y:[a-z0-9]+]] = %[[X]])
// CHECK-NEXT:            tensor.extract %[[COLUMN]][%[[I]]]
// CHECK-NEXT:            tensor.insert %{{.*}} into %[[Y]][%[[I]], %[[C]]]
// CHECK:           arith.truncf
// CHECK-NEXT:      tensor.insert {{.*}} : tensor<1x2x8x4xf32>
// CHECK:           tensor.extract %[[M1]]
// CHECK:           scf.for %[[P:[a-z0-9]+]] = {{.*}} -> (tensor<8x8xf64>)
// CHECK-NOT:         tensor.extract %[[ES]]
// CHECK:           tensor.insert {{.*}} : tensor<1x2x8x8xf32>
func.func @dense(
    %es: tensor<?x1x2x8x4xf32>, %ms: tensor<?x1x2x8x8xf32>,
    %s: tensor<1x2x8x4xf32>, %m: tensor<1x2x8x8xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>) {
  %r:2 = attn.compose
      ins(%es, %ms : tensor<?x1x2x8x4xf32>, tensor<?x1x2x8x8xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>)
  return %r#0, %r#1 : tensor<1x2x8x4xf32>, tensor<1x2x8x8xf32>
}

// -----

// A factor per row of the state, and of itself.

// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[ES:[a-z0-9]+]]: tensor<3x?x2x8x4xf64>, %[[MS:[a-z0-9]+]]: tensor<3x?x2x8xf64>
// CHECK:           scf.for %[[P:[a-z0-9]+]] = {{.*}} -> (tensor<8x4xf64>)
// CHECK:             tensor.extract %[[MS]][%[[P]], %{{.*}}, %{{.*}}, %[[I:[a-z0-9]+]]]
// CHECK-NEXT:        tensor.extract %{{.*}}[%[[I]], %[[C:[a-z0-9]+]]]
// CHECK-NEXT:        %[[X:.*]] = arith.mulf
// CHECK-NEXT:        %[[E:.*]] = tensor.extract %[[ES]][%[[P]], %{{.*}}, %{{.*}}, %[[I]], %[[C]]]
// CHECK-NEXT:        arith.addf %[[X]], %[[E]]
// CHECK:           scf.for %[[P:[a-z0-9]+]] = {{.*}} -> (tensor<8xf64>)
// CHECK:             tensor.extract %[[MS]][%[[P]], %{{.*}}, %{{.*}}, %[[I:[a-z0-9]+]]]
// CHECK-NEXT:        tensor.extract %{{.*}}[%[[I]]]
// CHECK-NEXT:        %[[X:.*]] = arith.mulf
// CHECK-NEXT:        tensor.insert %[[X]]
func.func @rows(
    %es: tensor<3x?x2x8x4xf64>, %ms: tensor<3x?x2x8xf64>,
    %s: tensor<?x2x8x4xf64>, %m: tensor<?x2x8xf64>)
    -> (tensor<?x2x8x4xf64>, tensor<?x2x8xf64>) {
  %r:2 = attn.compose
      ins(%es, %ms : tensor<3x?x2x8x4xf64>, tensor<3x?x2x8xf64>)
      outs(%s, %m : tensor<?x2x8x4xf64>, tensor<?x2x8xf64>)
  return %r#0, %r#1 : tensor<?x2x8x4xf64>, tensor<?x2x8xf64>
}

// -----

// One factor for all of it.

// CHECK-LABEL: func.func @number
// CHECK-SAME:    %{{.*}}, %[[MS:[a-z0-9]+]]: tensor<3x1x2xf32>
// CHECK:           tensor.extract %[[MS]][%{{.*}}, %{{.*}}, %{{.*}}] : tensor<3x1x2xf32>
// CHECK:           tensor.extract %[[MS]][%{{.*}}, %{{.*}}, %{{.*}}] : tensor<3x1x2xf32>
// CHECK-NEXT:      arith.extf
// CHECK-NEXT:      tensor.extract %{{.*}}[] : tensor<f64>
func.func @number(
    %es: tensor<3x1x2x8x4xf32>, %ms: tensor<3x1x2xf32>,
    %s: tensor<1x2x8x4xf32>, %m: tensor<1x2xf32>)
    -> (tensor<1x2x8x4xf32>, tensor<1x2xf32>) {
  %r:2 = attn.compose
      ins(%es, %ms : tensor<3x1x2x8x4xf32>, tensor<3x1x2xf32>)
      outs(%s, %m : tensor<1x2x8x4xf32>, tensor<1x2xf32>)
  return %r#0, %r#1 : tensor<1x2x8x4xf32>, tensor<1x2xf32>
}
