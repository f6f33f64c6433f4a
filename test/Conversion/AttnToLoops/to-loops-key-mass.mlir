// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops,canonicalize,cse))' | FileCheck %s

// Each key adds up the weights of all queries of its group that admit it.

// CHECK-LABEL: func.func @mass
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x4x?x8xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x?x8xf32>, %[[L:[a-z0-9]+]]: tensor<1x4x?xf32>
// CHECK:         scf.for %[[G:[a-z0-9_]+]] = %{{.*}} to %c2
// CHECK:           scf.for %[[J:[a-z0-9_]+]] =
// CHECK:             scf.for %[[R:[a-z0-9_]+]] = %{{.*}} to %c2 {{.*}} -> (f64)
// CHECK:               scf.for %[[I:[a-z0-9_]+]] = {{.*}} -> (f64)
// CHECK:                 %[[FIRST:[a-z0-9_]+]] = arith.muli %[[G]], %c2
// CHECK:                 %[[H:[a-z0-9_]+]] = arith.addi %[[FIRST]], %[[R]]
// CHECK:                 tensor.extract %[[Q]][%{{.*}}, %[[H]], %[[I]], %{{.*}}]
// CHECK:                 tensor.extract %[[L]][%{{.*}}, %[[H]], %[[I]]]
// CHECK:                 math.exp
func.func @mass(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>, %l: tensor<1x4x?xf32>,
                %m: tensor<1x2x?xf32>) -> tensor<1x2x?xf32> {
  %x = attn.key_mass ins(%q, %k : tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>)
      lse(%l : tensor<1x4x?xf32>) outs(%m : tensor<1x2x?xf32>)
  return %x : tensor<1x2x?xf32>
}
