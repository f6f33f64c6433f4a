// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Sums in f64 over the taps that meet a token or the history; the own token is
// gated, those of the history are as they are.

// CHECK-LABEL: func.func @gated
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<1x1x?x4xf32>, %[[H:[a-z0-9]+]]: tensor<1x?x4xf32>, %[[P:[a-z0-9]+]]: tensor<1x1x?x4xf32>, %[[S:[a-z0-9]+]]: tensor<1x4xf32>, %[[A:[a-z0-9]+]]: tensor<1x1x?x4xf32>, %[[B:[a-z0-9]+]]: tensor<1x1x?x4xf32>
// CHECK-DAG:     %[[TAPS:.*]] = tensor.dim %[[H]], %{{.*}}
// CHECK-DAG:     %[[PAST:.*]] = tensor.dim %[[P]], %{{.*}}
// CHECK:         scf.for %[[T:[a-z0-9]+]] = {{.*}} -> (tensor<1x1x?x4xf32>)
// CHECK:           scf.for %[[D:[a-z0-9]+]] =
// CHECK:             %[[COUNT:.*]] = arith.minsi %[[TAPS]], %{{.*}}
// CHECK:             %[[SUM:.*]] = scf.for %[[J:[a-z0-9]+]] = %{{.*}} to %[[COUNT]]
// CHECK:               tensor.extract %[[H]][%{{.*}}, %[[J]], %[[D]]]
// CHECK:               %[[TOKEN:.*]] = arith.subi %[[T]], %[[J]]
// CHECK:               scf.if
// CHECK:                 tensor.extract %[[X]][%{{.*}}, %{{.*}}, %[[TOKEN]], %[[D]]]
// CHECK:                 tensor.extract %[[A]][%{{.*}}, %{{.*}}, %[[TOKEN]], %[[D]]]
// CHECK:               } else {
// CHECK:                 %[[PLACE:.*]] = arith.addi %[[PAST]], %[[TOKEN]]
// CHECK:                 tensor.extract %[[P]][%{{.*}}, %{{.*}}, %[[PLACE]], %[[D]]]
// CHECK:             tensor.extract %[[S]]
// CHECK:             tensor.extract %[[B]][%{{.*}}, %{{.*}}, %[[T]], %[[D]]]
// CHECK:             arith.truncf
func.func @gated(%x: tensor<1x1x?x4xf32>, %h: tensor<1x?x4xf32>, %p: tensor<1x1x?x4xf32>,
                 %s: tensor<1x4xf32>, %a: tensor<1x1x?x4xf32>, %b: tensor<1x1x?x4xf32>)
    -> tensor<1x1x?x4xf32> {
  %y = attn.long_conv ins(%x, %h : tensor<1x1x?x4xf32>, tensor<1x?x4xf32>)
      before(%a : tensor<1x1x?x4xf32>) behind(%b : tensor<1x1x?x4xf32>)
      skip(%s : tensor<1x4xf32>) history(%p : tensor<1x1x?x4xf32>)
      outs(%x : tensor<1x1x?x4xf32>)
  return %y : tensor<1x1x?x4xf32>
}
