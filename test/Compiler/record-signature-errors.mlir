// RUN: attn-opt %s --attn-record-signature --split-input-file --verify-diagnostics

// expected-error @+1 {{'func.func' op expected the name of a public function to be an identifier of C but found 'a.b'}}
func.func @"a.b"(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected the name of a public function to be an identifier of C but found 'while'}}
func.func @while(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected the name of arg0 to be an identifier of C but found '0'}}
func.func @bad_argument_name(%x: tensor<4xf32> {attn.name = "0"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected the name of result0 to be an identifier of C but found '__o'}}
func.func @bad_result_name(%x: tensor<4xf32>) -> (tensor<4xf32> {attn.name = "__o"}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected different names of arguments and results but found 'x' twice}}
func.func @same_names(%x: tensor<4xf32> {attn.name = "x"})
    -> (tensor<4xf32> {attn.name = "x"}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expected argument 'arg0' to be a ranked tensor or scalar of f64, f32, f16, bf16, i1, i8, i16, i32, i64 or index but found 'tensor<4xi7>'}}
func.func @element_type(%x: tensor<4xi7>) -> tensor<4xi7> {
  return %x : tensor<4xi7>
}

// -----

// expected-error @+1 {{expected argument 'arg0' to be a ranked tensor or scalar of f64, f32, f16, bf16, i1, i8, i16, i32, i64 or index but found 'memref<4xf32>'}}
func.func @memref(%x: memref<4xf32>) {
  return
}

// -----

// expected-error @+1 {{expected result 'result0' to be a ranked tensor but found 'f32'}}
func.func @scalar_result(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error @+1 {{expected a single block}}
func.func @two_blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^bb1
^bb1:
  return %x : tensor<4xf32>
}

// -----

// The caller could not know how much to allocate.
// expected-error @+1 {{expected size 0 of result 'result0' to be static or equal to a size of an argument}}
func.func @unknown_size(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %m = arith.addi %n, %n : index
  %e = tensor.empty(%m) : tensor<?xf32>
  return %e : tensor<?xf32>
}
