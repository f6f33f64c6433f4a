// Seeds of the operations that attn-gen does not write, and of what stands around
// attention.
func.func @merge(%o: tensor<0x1x2x5x4xf64>, %l: tensor<0x1x2x5xf64>) -> (tensor<1x2x5x4xf64>, tensor<1x2x5xf64>) {
  %o0 = tensor.empty() : tensor<1x2x5x4xf64>
  %l0 = tensor.empty() : tensor<1x2x5xf64>
  %r:2 = attn.merge ins(%o, %l : tensor<0x1x2x5x4xf64>, tensor<0x1x2x5xf64>)
      outs(%o0, %l0 : tensor<1x2x5x4xf64>, tensor<1x2x5xf64>)
  return %r#0, %r#1 : tensor<1x2x5x4xf64>, tensor<1x2x5xf64>
}

