func.func @lists(%s: tensor<2x4x?x?xf32>, %x: tensor<2x2x9x5xf32>, %i: tensor<1x2x7x3xi32>)
    -> (tensor<2x2x?x3xi32>, tensor<2x2x4x5xf32>, tensor<1x2x5xi64>, tensor<1x2x24xi32>) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %s, %c2 : tensor<2x4x?x?xf32>
  %l0 = tensor.empty(%t) : tensor<2x2x?x3xi32>
  %l = attn.select softmax causal block 4 key_size 4 key_stride 2 group(max) first 1 local 1
      scores(%s : tensor<2x4x?x?xf32>) outs(%l0 : tensor<2x2x?x3xi32>)
  %p0 = tensor.empty() : tensor<2x2x4x5xf32>
  %p = attn.pool size 3 stride 2 ins(%x : tensor<2x2x9x5xf32>) outs(%p0 : tensor<2x2x4x5xf32>)
  %o0 = tensor.empty() : tensor<1x2x5xi64>
  %e0 = tensor.empty() : tensor<1x2x24xi32>
  %y:2 = attn.invert align 4 ins(%i : tensor<1x2x7x3xi32>)
      outs(%o0, %e0 : tensor<1x2x5xi64>, tensor<1x2x24xi32>)
  return %l, %p, %y#0, %y#1
      : tensor<2x2x?x3xi32>, tensor<2x2x4x5xf32>, tensor<1x2x5xi64>, tensor<1x2x24xi32>
}
