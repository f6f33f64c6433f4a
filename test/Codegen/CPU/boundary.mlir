// RUN: attn-opt %s --attn-cpu-boundary --split-input-file | FileCheck %s

// Tensors of public functions become memrefs with free outer strides: inputs are
// read, results are written into trailing arguments.

// CHECK-LABEL: func.func @copy(
// CHECK-SAME:    %[[X:.*]]: memref<?x64xf32, strided<[?, 1], offset: ?>>,
// CHECK-SAME:    %[[O:.*]]: memref<?x64xf32, strided<[?, 1], offset: ?>>) {
// CHECK:         %[[T:.*]] = bufferization.to_tensor %[[X]] restrict : {{.*}} to tensor<?x64xf32>
// CHECK:         %[[Y:.*]] = math.exp %[[T]]
// CHECK:         bufferization.materialize_in_destination %[[Y]] in restrict writable %[[O]]
// CHECK:         return{{$}}
func.func @copy(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = math.exp %x : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Two results keep their order; scalars and a result that is none stay as they are.

// CHECK-LABEL: func.func @mixed(
// CHECK-SAME:    %[[X:.*]]: memref<4x8xf16, strided<[?, 1], offset: ?>>, %[[S:.*]]: f32,
// CHECK-SAME:    %[[A:.*]]: memref<4xf32, strided<[1], offset: ?>>, %[[B:.*]]: memref<4x8xf16, strided<[?, 1], offset: ?>>) -> f32 {
// CHECK:         materialize_in_destination %{{.*}} in restrict writable %[[A]] : (tensor<4xf32>
// CHECK:         materialize_in_destination %{{.*}} in restrict writable %[[B]] : (tensor<4x8xf16>
// CHECK:         return %[[S]] : f32
func.func @mixed(%x: tensor<4x8xf16>, %s: f32) -> (tensor<4xf32>, f32, tensor<4x8xf16>) {
  %a = tensor.splat %s : tensor<4xf32>
  return %a, %s, %x : tensor<4xf32>, f32, tensor<4x8xf16>
}

// -----

// A transpose that keeps the last dimension is a matter of strides, for an input
// and, by the inverse permutation, for a result.

// CHECK-LABEL: func.func @transposes_fold(
// CHECK-SAME:    %[[X:.*]]: memref<2x7x3x64xf32, {{.*}}>, %[[O:.*]]: memref<7x3x2x64xf32, {{.*}}>) {
// CHECK-DAG:     %[[XV:.*]] = memref.transpose %[[X]] (d0, d1, d2, d3) -> (d0, d2, d1, d3)
// CHECK:         %[[T:.*]] = bufferization.to_tensor %[[XV]] restrict : {{.*}} to tensor<2x3x7x64xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         %[[Y:.*]] = math.exp %[[T]]
// CHECK:         %[[OV:.*]] = memref.transpose %[[O]] (d0, d1, d2, d3) -> (d2, d1, d0, d3)
// CHECK:         materialize_in_destination %[[Y]] in restrict writable %[[OV]]
func.func @transposes_fold(%x: tensor<2x7x3x64xf32>) -> tensor<7x3x2x64xf32> {
  %0 = tensor.empty() : tensor<2x3x7x64xf32>
  %t = linalg.transpose ins(%x : tensor<2x7x3x64xf32>) outs(%0 : tensor<2x3x7x64xf32>)
      permutation = [0, 2, 1, 3]
  %y = math.exp %t : tensor<2x3x7x64xf32>
  %1 = tensor.empty() : tensor<7x3x2x64xf32>
  %r = linalg.transpose ins(%y : tensor<2x3x7x64xf32>) outs(%1 : tensor<7x3x2x64xf32>)
      permutation = [2, 1, 0, 3]
  return %r : tensor<7x3x2x64xf32>
}

// -----

// A permutation that is not its own inverse: o[j, b, i] = y[b, i, j].

// CHECK-LABEL: func.func @rotation(
// CHECK-SAME:    %[[X:.*]]: memref<2x3x4x8xf32, {{.*}}>, %[[O:.*]]: memref<4x2x3x8xf32, {{.*}}>) {
// CHECK:         %[[OV:.*]] = memref.transpose %[[O]] (d0, d1, d2, d3) -> (d1, d2, d0, d3)
// CHECK:         materialize_in_destination %{{.*}} in restrict writable %[[OV]] : (tensor<2x3x4x8xf32>, memref<2x3x4x8xf32
func.func @rotation(%x: tensor<2x3x4x8xf32>) -> tensor<4x2x3x8xf32> {
  %y = math.exp %x : tensor<2x3x4x8xf32>
  %0 = tensor.empty() : tensor<4x2x3x8xf32>
  %r = linalg.transpose ins(%y : tensor<2x3x4x8xf32>) outs(%0 : tensor<4x2x3x8xf32>)
      permutation = [2, 0, 1, 3]
  return %r : tensor<4x2x3x8xf32>
}

// -----

// One that moves the last dimension stays, and so does a value with other users.

// CHECK-LABEL: func.func @transposes_that_stay(
// CHECK-NOT:     memref.transpose
// CHECK:         linalg.transpose {{.*}} permutation = [1, 0]
// CHECK:         linalg.transpose {{.*}} permutation = [1, 0, 2]
// CHECK-NOT:     memref.transpose
// CHECK:         return
func.func @transposes_that_stay(%x: tensor<8x64xf32>, %z: tensor<2x3x4xf32>)
    -> (tensor<64x8xf32>, tensor<3x2x4xf32>, tensor<3x2x4xf32>) {
  %0 = tensor.empty() : tensor<64x8xf32>
  %t = linalg.transpose ins(%x : tensor<8x64xf32>) outs(%0 : tensor<64x8xf32>)
      permutation = [1, 0]
  %y = math.exp %z : tensor<2x3x4xf32>
  %1 = tensor.empty() : tensor<3x2x4xf32>
  %u = linalg.transpose ins(%y : tensor<2x3x4xf32>) outs(%1 : tensor<3x2x4xf32>)
      permutation = [1, 0, 2]
  return %t, %u, %u : tensor<64x8xf32>, tensor<3x2x4xf32>, tensor<3x2x4xf32>
}

// -----

// Private functions have no boundary.

// CHECK-LABEL: func.func private @helper(%{{.*}}: tensor<?xf32>) -> tensor<?xf32>
func.func private @helper(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
