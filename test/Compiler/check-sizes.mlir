// RUN: attn-opt %s --attn-check-sizes --split-input-file --verify-diagnostics

// What is known to be right, and what is not known.
func.func @good(%x: tensor<?x4xf32>, %y: tensor<*xf32>, %i: index) -> (index, index, index) {
  %c1 = arith.constant 1 : index
  %c7 = index.constant 7
  %n = tensor.dim %x, %c1 : tensor<?x4xf32>
  %m = tensor.dim %x, %i : tensor<?x4xf32>
  %k = tensor.dim %y, %c7 : tensor<*xf32>
  %z = tensor.expand_shape %x [[0, 1], [2]] output_shape [%n, 2, 4] : tensor<?x4xf32> into tensor<?x2x4xf32>
  return %n, %m, %k : index, index, index
}

// -----

func.func @behind_the_last(%x: tensor<?x4xf32>) -> index {
  %c2 = arith.constant 2 : index
  // expected-error @+1 {{expected one of the 2 dimensions of 'tensor<?x4xf32>', but found dimension 2}}
  %n = tensor.dim %x, %c2 : tensor<?x4xf32>
  return %n : index
}

// -----

func.func @before_the_first(%x: memref<?x4xf32>) -> index {
  %c = arith.constant -1 : index
  // expected-error @+1 {{expected one of the 2 dimensions of 'memref<?x4xf32>', but found dimension -1}}
  %n = memref.dim %x, %c : memref<?x4xf32>
  return %n : index
}

// -----

func.func @other_size(%x: tensor<8xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{expected the output shape [2, 4] of the result, but found [2, 3]}}
  %y = tensor.expand_shape %x [[0, 1]] output_shape [2, 3] : tensor<8xf32> into tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @other_body(%s: f32, %x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{expected the body that its name stands for, but found 'math.log' in it}}
  %y = "linalg.fill"(%s, %x) <{operandSegmentSizes = array<i32: 1, 1>}> ({
  ^bb0(%a: f32, %b: f32):
    %l = math.log %a : f32
    linalg.yield %l : f32
  }) : (f32, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
