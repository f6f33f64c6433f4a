func.func @attention(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>)
    -> (tensor<1x2x?x16xf32> {attn.name = "o"}) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x2x?x16xf32>
  %init = tensor.empty(%t) : tensor<1x2x?x16xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%init : tensor<1x2x?x16xf32>)
  return %o : tensor<1x2x?x16xf32>
}
