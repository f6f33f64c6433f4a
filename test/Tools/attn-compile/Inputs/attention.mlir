// Causal attention of 4 query heads on 2 key heads; both lengths are dynamic.
func.func @attention(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>,
                     %v: tensor<1x2x?x24xf32>)
    -> (tensor<1x4x?x24xf32> {attn.name = "o"}) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x16xf32>
  %e = tensor.empty(%t) : tensor<1x4x?x24xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x24xf32>)
      outs(%e : tensor<1x4x?x24xf32>)
  return %o : tensor<1x4x?x24xf32>
}
