// Signatures as they are attached to public functions.
// RUN: attn-opt %s --attn-record-signature --split-input-file | FileCheck %s

// Names come from `attn.name`, else they are numbered; equal numbers in `sizes`
// are equal sizes.
// CHECK-LABEL: func.func @names(
// CHECK-SAME: attn.signature = [
// CHECK-SAME: {name = "q", role = "input", sizes = array<i64: 0, 1>, type = tensor<?x4xf32>},
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64>, type = f32},
// CHECK-SAME: {name = "arg2", role = "input", sizes = array<i64: 2>, type = i32},
// CHECK-SAME: {name = "o", role = "output", sizes = array<i64: 0, 1>, type = tensor<?x4xf32>}]
func.func @names(%q: tensor<?x4xf32> {attn.name = "q"}, %s: f32, %n: i32)
    -> (tensor<?x4xf32> {attn.name = "o"}) {
  return %q : tensor<?x4xf32>
}

// CHECK-LABEL: func.func private @helper(
// CHECK-NOT: attn.signature
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// A size that is read, made into a new tensor, and tied through a linalg op.
// CHECK-LABEL: func.func @linalg(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 1, 2>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 2>
func.func @linalg(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %b, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%m, %n) : tensor<?x?xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %r = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%i : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// -----

// Elementwise ops on whole tensors, casts and transposes.
// CHECK-LABEL: func.func @elementwise(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1>, type = tensor<?x?xf32>}
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 1>, type = tensor<?x8xf32>}
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 1, 0>, type = tensor<?x?xf32>}
func.func @elementwise(%a: tensor<?x?xf32>, %b: tensor<?x8xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tensor.cast %b : tensor<?x8xf32> to tensor<?x?xf32>
  %1 = arith.addf %a, %0 : tensor<?x?xf32>
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %a, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%n, %m) : tensor<?x?xf32>
  %r = linalg.transpose ins(%1 : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) permutation = [1, 0]
  return %r : tensor<?x?xf32>
}

// -----

// A size given by a scalar argument: the scalar is a member of the class.
// CHECK-LABEL: func.func @scalar_size(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0>, type = tensor<?xf32>}
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 1>, type = i64}
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 1>, type = tensor<?xf32>}
func.func @scalar_size(%x: tensor<?xf32>, %n: i64) -> tensor<?xf32> {
  %size = arith.index_cast %n : i64 to index
  %r = tensor.extract_slice %x[0] [%size] [1] : tensor<?xf32> to tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// Reshapes keep the sizes that they do not split; a concatenation the others.
// CHECK-LABEL: func.func @reshape(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 2>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 3, 4>
func.func @reshape(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x2x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %0 = tensor.concat dim(1) %x, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  %1 = tensor.expand_shape %0 [[0], [1, 2]] output_shape [%n, 2, 4]
      : tensor<?x8xf32> into tensor<?x2x4xf32>
  return %1 : tensor<?x2x4xf32>
}

// -----

// Collapsing and inserting.
// CHECK-LABEL: func.func @collapse(
// CHECK-SAME: {name = "arg0", role = "input", sizes = array<i64: 0, 1, 2>
// CHECK-SAME: {name = "arg1", role = "input", sizes = array<i64: 0, 3>
// CHECK-SAME: {name = "result0", role = "output", sizes = array<i64: 0, 3>
func.func @collapse(%x: tensor<?x2x4xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %y, %c0 : tensor<?x8xf32>
  %0 = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x2x4xf32> into tensor<?x8xf32>
  %1 = arith.addf %0, %y : tensor<?x8xf32>
  %2 = tensor.insert_slice %1 into %y[0, 0] [%n, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}
