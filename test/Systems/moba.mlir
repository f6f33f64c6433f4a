// mixture of block attention (arXiv 2502.13189); top counts the query's own block; streams=1 gathers queries by block
func.func @moba(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"},
        tensor<1x8x128xf32> {attn.name = "lse"}) {

  // Scores of the means of blocks, which are not scaled.
  %means_init = tensor.empty() : tensor<1x8x1x64xf32>
  %means = attn.pool size 512 stride 512
      ins(%k : tensor<1x8x128x64xf32>)
      outs(%means_init : tensor<1x8x1x64xf32>)
  %lists_init = tensor.empty() : tensor<1x8x128x3xi32>
  %lists = attn.select causal block 512 local 1
      ins(%q, %means : tensor<1x8x128x64xf32>, tensor<1x8x1x64xf32>)
      outs(%lists_init : tensor<1x8x128x3xi32>)

  // The query's own block and the best past ones.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o, %o_lse = attn.block_sparse causal align(bottom_right) query_block 1 key_block 512
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      blocks(%lists : tensor<1x8x128x3xi32>)
      outs(%o_init, %o_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
  return %o, %o_lse
      : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>
}
