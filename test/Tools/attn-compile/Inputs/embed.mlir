// Three functions of one signature: attention in one phase, attention whose keys
// are split into parts, and attention between elementwise neighbours.

func.func @whole(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>,
                 %v: tensor<1x2x?x24xf32>) -> (tensor<1x4x?x24xf32> {attn.name = "o"}) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x16xf32>
  %e = tensor.empty(%t) : tensor<1x4x?x24xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x24xf32>)
      outs(%e : tensor<1x4x?x24xf32>)
  return %o : tensor<1x4x?x24xf32>
}

func.func @split(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>,
                 %v: tensor<1x2x?x24xf32>) -> (tensor<1x4x?x24xf32> {attn.name = "o"}) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x16xf32>
  %e = tensor.empty(%t) : tensor<1x4x?x24xf32>
  %o = attn.dense causal align(bottom_right)
      schedule <lanes = 8, query_tile = 32, row_tile = 4, key_block = 32, key_split = 32>
      ins(%q, %k, %v : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x24xf32>)
      outs(%e : tensor<1x4x?x24xf32>)
  return %o : tensor<1x4x?x24xf32>
}

// Attention on 2 q, doubled.
func.func @layer(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>,
                 %v: tensor<1x2x?x24xf32>) -> (tensor<1x4x?x24xf32> {attn.name = "o"}) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x16xf32>
  %e = tensor.empty(%t) : tensor<1x4x?x24xf32>
  %q2 = arith.addf %q, %q : tensor<1x4x?x16xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q2, %k, %v : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x24xf32>)
      outs(%e : tensor<1x4x?x24xf32>)
  %o2 = arith.addf %o, %o : tensor<1x4x?x24xf32>
  return %o2 : tensor<1x4x?x24xf32>
}
