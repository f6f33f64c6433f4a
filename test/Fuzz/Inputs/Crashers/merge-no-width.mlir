// Seeds of the operations that attn-gen does not write, and of what stands around
// attention.
func.func @merge(%o: tensor<3x1x2x5x0xf32>, %l: tensor<3x1x2x5xf32>) -> (tensor<1x2x5x0xf32>, tensor<1x2x5xf32>) {
  %o0 = tensor.empty() : tensor<1x2x5x0xf32>
  %l0 = tensor.empty() : tensor<1x2x5xf32>
  %r:2 = attn.merge ins(%o, %l : tensor<3x1x2x5x0xf32>, tensor<3x1x2x5xf32>)
      outs(%o0, %l0 : tensor<1x2x5x0xf32>, tensor<1x2x5xf32>)
  return %r#0, %r#1 : tensor<1x2x5x0xf32>, tensor<1x2x5xf32>
}

