// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-expand-mass,canonicalize,cse))' | FileCheck %s

// Keys take the place of queries, and the logarithm is subtracted in the region.

// CHECK-LABEL: func.func @heads
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<2x4x?x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x?x8xf32>, %[[L:[a-z0-9]+]]: tensor<2x4x?xf32>
// CHECK:         %[[V:.*]] = tensor.extract_slice %[[Q]][0, 0, 0, 0] [2, 4, %{{.*}}, 1]
// CHECK:         %{{.*}}, %[[S:.*]] = attn.dense
// CHECK-SAME:        ins(%[[K]], %[[Q]], %[[V]]
// CHECK-SAME:        captures(%[[L]], %{{.*}} : tensor<2x4x?xf32>, index)
// CHECK-SAME:        score {
// CHECK-NEXT:    ^bb0(%[[X:.*]]: f32, %[[B:.*]]: index, %[[G:.*]]: index, %[[J:.*]]: index, %[[I:.*]]: index, %[[SUMS:.*]]: tensor<2x4x?xf32>
// CHECK:           %[[LSE:.*]] = tensor.extract %[[SUMS]][%[[B]], %[[G]], %[[I]]]
// CHECK:           %[[EMPTY:.*]] = arith.cmpf oeq, %[[LSE]], %{{.*}}
// CHECK:           arith.subf %[[X]], %[[LSE]]
// CHECK:         mask {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %[[J:.*]]: index, %[[I:.*]]: index, %{{.*}}: tensor<2x4x?xf32>, %[[D:.*]]: index):
// CHECK:           %[[END:.*]] = arith.addi %[[I]], %[[D]]
// CHECK:           arith.cmpi sle, %[[J]], %[[END]]
// CHECK:         linalg.generic {{.*}} ins(%[[S]]
// CHECK:           math.exp
func.func @heads(%q: tensor<2x4x?x8xf32>, %k: tensor<2x4x?x8xf32>, %l: tensor<2x4x?xf32>,
                 %m: tensor<2x4x?xf32>) -> tensor<2x4x?xf32> {
  %x = attn.key_mass causal align(bottom_right)
      ins(%q, %k : tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>)
      lse(%l : tensor<2x4x?xf32>) outs(%m : tensor<2x4x?xf32>)
  return %x : tensor<2x4x?xf32>
}

// Queries of a group are one axis, n = i G + r, so that a mask stays an interval.

// CHECK-LABEL: func.func @group
// CHECK:         %[[SPLIT:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x?x2x8xf32>)
// CHECK:         %[[JOINED:.*]] = tensor.collapse_shape %[[SPLIT]] {{\[\[}}0], [1], [2, 3], [4]]
// CHECK:         attn.dense
// CHECK-SAME:        ins(%{{.*}}, %[[JOINED]],
// CHECK:         mask {
// CHECK:           arith.divsi %{{.*}}, %c2
// CHECK-NOT:     attn.dense
func.func @group(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>, %l: tensor<1x4x?xf32>,
                 %m: tensor<1x2x?xf32>) -> tensor<1x2x?xf32> {
  %x = attn.key_mass causal align(bottom_right)
      ins(%q, %k : tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>)
      lse(%l : tensor<1x4x?xf32>) outs(%m : tensor<1x2x?xf32>)
  return %x : tensor<1x2x?xf32>
}
