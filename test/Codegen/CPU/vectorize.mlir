// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-cpu-vectorize,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A register tile is a vector that its loop carries: it is read before, written
// after, and lives in registers between.

// CHECK-LABEL: func.func @product
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<4x?xf32>, %[[B:[a-z0-9]+]]: tensor<?x64xf32>, %[[C:[a-z0-9]+]]: tensor<4x64xf32>
// CHECK:         %[[INIT:.*]] = vector.transfer_read %[[C]]{{.*}} vector<4x64xf32>
// CHECK:         %[[R:.*]] = scf.for %[[K:.*]] = {{.*}} iter_args(%[[ACC:.*]] = %[[INIT]]) -> (vector<4x64xf32>) {
// CHECK-DAG:       %[[X:.*]] = vector.transfer_read %[[A]][%{{.*}}, %[[K]]]{{.*}} vector<4x1xf32>
// CHECK-DAG:       %[[Y:.*]] = vector.transfer_read %[[B]][%[[K]], %{{.*}}]{{.*}} vector<1x64xf32>
// CHECK:           %[[S:.*]] = vector.contract {{.*}} %[[X]], %[[Y]], %[[ACC]]
// CHECK-NEXT:      scf.yield %[[S]]
// CHECK:         vector.transfer_write %[[R]], %[[C]]
// CHECK-NOT:     tensor.insert_slice
func.func @product(%a: tensor<4x?xf32>, %b: tensor<?x64xf32>, %c: tensor<4x64xf32>,
                   %n: index) -> tensor<4x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %c) -> tensor<4x64xf32> {
    %x = tensor.extract_slice %a[0, %k] [4, 1] [1, 1] : tensor<4x?xf32> to tensor<4x1xf32>
    %y = tensor.extract_slice %b[%k, 0] [1, 64] [1, 1] : tensor<?x64xf32> to tensor<1x64xf32>
    %s = linalg.matmul ins(%x, %y : tensor<4x1xf32>, tensor<1x64xf32>)
        outs(%acc : tensor<4x64xf32>) -> tensor<4x64xf32>
    scf.yield %s : tensor<4x64xf32>
  }
  return %r : tensor<4x64xf32>
}

// -----

// The masked product of the weights is no multiply-add; with a contraction of one
// step it is elementwise.

// CHECK-LABEL: func.func @masked_product
// CHECK-SAME:    %[[V:[a-z0-9]+]]: tensor<1x4xf32>, %[[P:[a-z0-9]+]]: tensor<1x64xf32>
// CHECK-NOT:     vector.contract
// CHECK:         arith.cmpi eq, %{{.*}} : vector<64xi32>
// CHECK:         math.fma %{{.*}} : vector<4x64xf32>
// CHECK:         arith.select %{{.*}} : vector<4x64xi1>, vector<4x64xf32>
// CHECK-NOT:     linalg.generic
// CHECK:         return
func.func @masked_product(%v: tensor<1x4xf32>, %p: tensor<1x64xf32>,
                          %acc: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %r = linalg.generic {
      indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>,
                       affine_map<(d0, d1, d2) -> (d2, d1)>,
                       affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v, %p : tensor<1x4xf32>, tensor<1x64xf32>) outs(%acc : tensor<4x64xf32>) {
  ^bb0(%x: f32, %w: f32, %s: f32):
    %minus_zero = arith.constant -2147483648 : i32
    %bits = arith.bitcast %w : f32 to i32
    %skip = arith.cmpi eq, %bits, %minus_zero : i32
    %t = math.fma %x, %w, %s : f32
    %y = arith.select %skip, %s, %t : f32
    linalg.yield %y : f32
  } -> tensor<4x64xf32>
  return %r : tensor<4x64xf32>
}

// -----

// A ragged op whose hint names lanes runs under a mask.

// CHECK-LABEL: func.func @lanes
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<?x?xf32>, %[[O:[a-z0-9]+]]: tensor<?x?xf32>)
// CHECK-DAG:     %[[N0:.*]] = tensor.dim %{{.*}}, %c0
// CHECK-DAG:     %[[N1:.*]] = tensor.dim %{{.*}}, %c1
// CHECK:         %[[MASK:.*]] = vector.create_mask %[[N0]], %[[N1]] : vector<8x16xi1>
// CHECK:         %[[V:.*]] = vector.transfer_read %[[X]]{{.*}}, %[[MASK]] {{.*}} vector<8x16xf32>
// CHECK:         %[[E:.*]] = arith.negf %[[V]] : vector<8x16xf32>
// CHECK:         vector.transfer_write %[[E]], %[[O]]{{.*}}, %[[MASK]]
func.func @lanes(%x: tensor<?x?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%o : tensor<?x?xf32>)
      attrs = {attn.tile = #attn.register_tile<lanes = [8, 16]>} {
  ^bb0(%in: f32, %out: f32):
    %y = arith.negf %in : f32
    linalg.yield %y : f32
  } -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// -----

// Slices fold into transfers: a tile is read where it lies.

// CHECK-LABEL: func.func @slice
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x?x64xf32>, %[[I:[a-z0-9]+]]: index
// CHECK-NOT:     tensor.extract_slice
// CHECK:         vector.transfer_read %[[X]][%{{.*}}, %[[I]], %{{.*}}]{{.*}} : tensor<2x?x64xf32>, vector<4x64xf32>
func.func @slice(%x: tensor<2x?x64xf32>, %i: index, %o: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %s = tensor.extract_slice %x[1, %i, 0] [1, 4, 64] [1, 1, 1]
      : tensor<2x?x64xf32> to tensor<4x64xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<4x64xf32>) outs(%o : tensor<4x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %y = arith.negf %in : f32
    linalg.yield %y : f32
  } -> tensor<4x64xf32>
  return %r : tensor<4x64xf32>
}

// -----

// What would be thousands of vectors, and what is dynamic without lanes, stays.

// CHECK-LABEL: func.func @too_large
// CHECK:         linalg.fill
// CHECK:         linalg.fill
// CHECK-NOT:     vector.transfer_write
// CHECK:         return
func.func @too_large(%x: tensor<512x64xf32>, %y: tensor<?xf32>)
    -> (tensor<512x64xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0.0 : f32
  %r = linalg.fill ins(%c0 : f32) outs(%x : tensor<512x64xf32>) -> tensor<512x64xf32>
  %s = linalg.fill ins(%c0 : f32) outs(%y : tensor<?xf32>) -> tensor<?xf32>
  return %r, %s : tensor<512x64xf32>, tensor<?xf32>
}

// -----

// A transpose of a parameter that attn-cpu-boundary folds is left to it.

// CHECK-LABEL: func.func @boundary_transpose
// CHECK:         linalg.transpose
func.func @boundary_transpose(%x: tensor<2x3x64xf32>) -> tensor<3x2x64xf32> {
  %0 = tensor.empty() : tensor<3x2x64xf32>
  %r = linalg.transpose ins(%x : tensor<2x3x64xf32>) outs(%0 : tensor<3x2x64xf32>)
      permutation = [1, 0, 2]
  return %r : tensor<3x2x64xf32>
}

// -----

// A row whose elements a product broadcasts is read one by one.

// CHECK-LABEL: func.func @broadcast_row
// CHECK-SAME:    %[[V:[a-z0-9]+]]: tensor<?x80xf32>, {{.*}}, %[[J:[a-z0-9]+]]: index)
// CHECK:         %[[E0:.*]] = tensor.extract %[[V]][%[[J]], %c6]
// CHECK-COUNT-4: tensor.extract %[[V]][%[[J]],
// CHECK:         %[[E5:.*]] = tensor.extract %[[V]][%[[J]], %c11]
// CHECK:         %[[ROW:.*]] = vector.from_elements %[[E0]], {{.*}}, %[[E5]] : vector<1x6xf32>
// CHECK:         vector.contract {{.*}} %[[ROW]],
func.func @broadcast_row(%v: tensor<?x80xf32>, %p: tensor<1x64xf32>, %s: tensor<6x64xf32>,
                         %j: index) -> tensor<6x64xf32> {
  %x = tensor.extract_slice %v[%j, 6] [1, 6] [1, 1] : tensor<?x80xf32> to tensor<1x6xf32>
  %r = linalg.matmul indexing_maps = [
      affine_map<(d, q, j) -> (j, d)>, affine_map<(d, q, j) -> (j, q)>,
      affine_map<(d, q, j) -> (d, q)>]
      ins(%x, %p : tensor<1x6xf32>, tensor<1x64xf32>)
      outs(%s : tensor<6x64xf32>) -> tensor<6x64xf32>
  return %r : tensor<6x64xf32>
}
