// RUN: attn-opt %s --attn-keep-inputs | FileCheck %s

// An argument is copied where a result may have its place, before anything else.
// CHECK-LABEL: func.func @shift(
// CHECK-SAME: %[[X:.*]]: tensor<8xf32>, %[[Y:.*]]: tensor<8xf32>)
// CHECK-NEXT: %[[COPY:.*]] = bufferization.alloc_tensor() copy(%[[X]]) : tensor<8xf32>
// CHECK: tensor.extract_slice %[[COPY]][1]
// CHECK: tensor.insert_slice %{{.*}} into %[[Y]]
func.func @shift(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> attributes {
    attn.signature = [
      {name = "x", role = "input", sizes = array<i64: 0>, type = tensor<8xf32>},
      {name = "y", role = "input", sizes = array<i64: 0>, type = tensor<8xf32>},
      {in_place = 0 : i64, name = "z", role = "output", sizes = array<i64: 0>, type = tensor<8xf32>}]} {
  %a = tensor.extract_slice %x[1] [7] [1] : tensor<8xf32> to tensor<7xf32>
  %b = tensor.insert_slice %a into %y[0] [7] [1] : tensor<7xf32> into tensor<8xf32>
  return %b : tensor<8xf32>
}

// CHECK-LABEL: func.func @apart(
// CHECK-NOT: alloc_tensor
func.func @apart(%x: tensor<8xf32>) -> tensor<8xf32> attributes {
    attn.signature = [
      {name = "x", role = "input", sizes = array<i64: 0>, type = tensor<8xf32>},
      {name = "z", role = "output", sizes = array<i64: 0>, type = tensor<8xf32>}]} {
  return %x : tensor<8xf32>
}
