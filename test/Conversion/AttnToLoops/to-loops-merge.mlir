// RUN: attn-opt %s \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops),canonicalize,cse)' \
// RUN:   | FileCheck %s

// attn.merge: the sum over the parts first, then each feature; an empty part is
// not read.

// CHECK-LABEL: func.func @merge
// CHECK-SAME:    %[[OS:[a-z0-9_]+]]: tensor<?x1x2x?x4xf32>, %[[LS:[a-z0-9_]+]]: tensor<?x1x2x?xf32>, %[[O:[a-z0-9_]+]]: tensor<1x2x?x4xf16>, %[[L:[a-z0-9_]+]]: tensor<1x2x?xf32>
// CHECK-DAG:     %[[NONE:[a-z0-9_]+]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[ZERO:[a-z0-9_]+]] = arith.constant 0.000000e+00 : f64
// CHECK-DAG:     %[[C0:[a-z0-9_]+]] = arith.constant 0 : index
// CHECK:         scf.for %[[H:[a-z0-9_]+]] = {{.*}} iter_args(%{{.*}} = %[[O]], %{{.*}} = %[[L]])
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}} -> (tensor<1x2x?x4xf16>, tensor<1x2x?xf32>)
// CHECK-NEXT:      %[[P:[a-z0-9_]+]] = tensor.dim %[[LS]], %[[C0]]
// CHECK-NEXT:      %[[MAX:[a-z0-9_]+]] = scf.for %[[PART:[a-z0-9_]+]] = %[[C0]] to %[[P]] {{.*}} iter_args(%{{.*}} = %[[NONE]])
// CHECK:             tensor.extract %[[LS]][%[[PART]], %{{.*}}, %[[H]], %[[I]]]
// CHECK:             arith.maximumf
// CHECK:           %[[EMPTY:[a-z0-9_]+]] = arith.cmpf oeq, %[[MAX]], %[[NONE]] : f64
// CHECK-NEXT:      %[[M:[a-z0-9_]+]] = arith.select %[[EMPTY]], %[[ZERO]], %[[MAX]] : f64
// CHECK-NEXT:      %[[SUM:[a-z0-9_]+]] = scf.for {{.*}} iter_args(%{{.*}} = %[[ZERO]])
// CHECK:             arith.subf %{{.*}}, %[[M]] : f64
// CHECK-NEXT:        math.exp
// CHECK:           %[[LOG:[a-z0-9_]+]] = math.log %[[SUM]] : f64
// CHECK-NEXT:      %[[LSE:[a-z0-9_]+]] = arith.addf %[[M]], %[[LOG]] : f64
// CHECK-NEXT:      scf.for %[[F:[a-z0-9_]+]] = {{.*}} -> (tensor<1x2x?x4xf16>)
// CHECK:             scf.for %[[PART:[a-z0-9_]+]] = {{.*}} iter_args(%[[S:[a-z0-9_]+]] = %[[ZERO]]) -> (f64)
// CHECK:               %[[X:[a-z0-9_]+]] = arith.extf
// CHECK-NEXT:          %[[SKIP:[a-z0-9_]+]] = arith.cmpf oeq, %[[X]], %[[NONE]] : f64
// CHECK-NEXT:          scf.if %[[SKIP]] -> (f64) {
// CHECK-NEXT:            scf.yield %[[S]]
// CHECK-NEXT:          } else {
// CHECK-NEXT:            %[[D:[a-z0-9_]+]] = arith.subf %[[X]], %[[LSE]] : f64
// CHECK-NEXT:            math.exp %[[D]] : f64
// CHECK-NEXT:            tensor.extract %[[OS]][%[[PART]], %{{.*}}, %[[H]], %[[I]], %[[F]]]
// CHECK:             tensor.insert %{{.*}}[%{{.*}}, %[[H]], %[[I]], %[[F]]] : tensor<1x2x?x4xf16>
// CHECK:           %[[LSE32:[a-z0-9_]+]] = arith.truncf %[[LSE]] : f64 to f32
// CHECK-NEXT:      tensor.insert %[[LSE32]] into %{{.*}}[%{{.*}}, %[[H]], %[[I]]] : tensor<1x2x?xf32>
func.func @merge(%os: tensor<?x1x2x?x4xf32>, %ls: tensor<?x1x2x?xf32>,
                 %o: tensor<1x2x?x4xf16>, %l: tensor<1x2x?xf32>)
    -> (tensor<1x2x?x4xf16>, tensor<1x2x?xf32>) {
  %r:2 = attn.merge ins(%os, %ls : tensor<?x1x2x?x4xf32>, tensor<?x1x2x?xf32>)
      outs(%o, %l : tensor<1x2x?x4xf16>, tensor<1x2x?xf32>)
  return %r#0, %r#1 : tensor<1x2x?x4xf16>, tensor<1x2x?xf32>
}
