// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-expand-groups,canonicalize,cse))' | FileCheck %s

// As many blocks as the rows may need at most; each is a product with the matrix
// of one group, and rows of none are 0.

// CHECK-DAG: #[[COUNT:.*]] = affine_map<()[s0] -> (s0 ceildiv 512 + 3)>
// CHECK-LABEL: func.func @project
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x4xf32>, %[[W:[a-z0-9]+]]: tensor<3x4x8xf32>, %[[F:[a-z0-9]+]]: tensor<4xi32>, %[[Y:[a-z0-9]+]]: tensor<?x8xf32>
// CHECK:         %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%[[Y]]
// CHECK:         %[[N:.*]] = affine.apply #[[COUNT]]()
// CHECK:         %[[BLOCKS:.*]]:5 = scf.for %{{.*}} = %c0 to %c3
// CHECK:           arith.ceildivui %{{.*}}, %c512
// CHECK:         scf.forall (%[[B:.*]]) in (%[[N]]) shared_outs(%[[O:.*]] = %[[ZEROS]])
// CHECK:           tensor.extract %[[BLOCKS]]#2[%[[B]]]
// CHECK:           tensor.extract %[[BLOCKS]]#3[%[[B]]]
// CHECK:           %[[ROWS:.*]] = tensor.extract_slice %[[X]]
// CHECK:           %[[MATRIX:.*]] = tensor.extract_slice %[[W]]{{.*}} to tensor<4x8xf32>
// CHECK:           linalg.matmul ins(%[[ROWS]], %[[MATRIX]]
// CHECK:           tensor.parallel_insert_slice
func.func @project(%x: tensor<?x4xf32>, %w: tensor<3x4x8xf32>, %f: tensor<4xi32>, %y: tensor<?x8xf32>)
    -> tensor<?x8xf32> {
  %z = attn.grouped_project ins(%x, %w : tensor<?x4xf32>, tensor<3x4x8xf32>)
      offsets(%f : tensor<4xi32>) outs(%y : tensor<?x8xf32>)
  return %z : tensor<?x8xf32>
}

// A counting sort: counts, where each group begins, and where each token goes.

// CHECK-LABEL: func.func @route
// CHECK-COUNT-4: scf.for
// CHECK-NOT:     attn.route
func.func @route(%ids: tensor<?xi32>, %a: tensor<?xi32>, %c: tensor<4xi32>)
    -> (tensor<?xi32>, tensor<?xi32>, tensor<4xi32>) {
  %x:3 = attn.route ins(%ids : tensor<?xi32>)
      outs(%a, %a, %c : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>)
  return %x#0, %x#1, %x#2 : tensor<?xi32>, tensor<?xi32>, tensor<4xi32>
}
