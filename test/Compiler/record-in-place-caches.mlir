// RUN: attn-opt %s --attn-record-signature --attn-keep-inputs --split-input-file | FileCheck %s

// A cache that nothing else reads may have its result's place, through several
// operations and asked for its size, and no copy of it is made.

// CHECK-LABEL: func.func @chain
// CHECK-SAME:    {in_place = 2 : i64, name = "result0", role = "output"
// CHECK-NOT:     alloc_tensor
// CHECK:         return
func.func @chain(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x?x4xf32>)
    -> tensor<1x2x?x4xf32> {
  %c2 = arith.constant 2 : index
  %rows = tensor.dim %c, %c2 : tensor<1x2x?x4xf32>
  %m0 = tensor.empty(%rows) : tensor<1x2x?xf32>
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x?x4xf32>)
  %y, %m = attn.cache_evict heavy 3 recent 4 lengths(%n : tensor<1xi32>)
      outs(%x, %m0 : tensor<1x2x?x4xf32>, tensor<1x2x?xf32>)
  return %y : tensor<1x2x?x4xf32>
}

// -----

// Tokens before heads at the border, and back again.

// CHECK-LABEL: func.func @transposed
// CHECK-SAME:    {in_place = 2 : i64, name = "result0", role = "output"
// CHECK-NOT:     alloc_tensor
// CHECK:         return
func.func @transposed(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x9x2x4xf32>)
    -> tensor<1x9x2x4xf32> {
  %e = tensor.empty() : tensor<1x2x9x4xf32>
  %f = tensor.empty() : tensor<1x9x2x4xf32>
  %t = linalg.transpose ins(%c : tensor<1x9x2x4xf32>) outs(%e : tensor<1x2x9x4xf32>)
      permutation = [0, 2, 1, 3]
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%t : tensor<1x2x9x4xf32>)
  %y = linalg.transpose ins(%x : tensor<1x2x9x4xf32>) outs(%f : tensor<1x9x2x4xf32>)
      permutation = [0, 2, 1, 3]
  return %y : tensor<1x9x2x4xf32>
}

// -----

// Another reader: not the same place.

// CHECK-LABEL: func.func @read_too
// CHECK-NOT:     in_place
// CHECK:         return
func.func @read_too(%r: tensor<1x2x1x4xf32>, %n: tensor<1xi32>, %c: tensor<1x2x9x4xf32>)
    -> (tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>) {
  %e = tensor.empty() : tensor<1x2x9x4xf32>
  %x = attn.cache_update ins(%r : tensor<1x2x1x4xf32>) lengths(%n : tensor<1xi32>)
      outs(%c : tensor<1x2x9x4xf32>)
  %y = linalg.add ins(%c, %c : tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>)
      outs(%e : tensor<1x2x9x4xf32>) -> tensor<1x2x9x4xf32>
  return %x, %y : tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>
}
