// One function whose phases and workspace are known, and one where they depend on
// the arguments.
func.func @fixed(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = arith.addf %x, %x : tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

func.func @dynamic(%x: tensor<8x?xf32>, %n: index) -> tensor<8x?xf32> {
  %s = tensor.extract_slice %x[0, 0] [8, %n] [1, 1] : tensor<8x?xf32> to tensor<8x?xf32>
  %r = arith.addf %s, %s : tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}
