// heavy-hitter oracle: keys with the largest masses and recent ones (arXiv 2306.14048); kv-seq is the number of rows of the caches
func.func @h2o(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"},
        tensor<1x8x128xf32> {attn.name = "mass_out"}) {

  // Attention, and what each key received.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o, %o_lse = attn.dense causal align(bottom_right)
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init, %o_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
  %mass_out_init = tensor.empty() : tensor<1x8x128xf32>
  %mass_out = attn.key_mass causal align(bottom_right)
      ins(%q, %k : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      lse(%o_lse : tensor<1x8x128xf32>) outs(%mass_out_init : tensor<1x8x128xf32>)
  return %o, %mass_out
      : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>
}
