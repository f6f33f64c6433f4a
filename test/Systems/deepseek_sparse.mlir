// DeepSeek sparse attention, MLA absorbed (DeepSeek-V3.2-Exp); the first value-width features of a latent are the values
func.func @deepseek_sparse(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %kv: tensor<1x1x128x64xf32> {attn.name = "kv"},
    %q_idx: tensor<1x8x128x64xf32> {attn.name = "q_idx"},
    %k_idx: tensor<1x1x128x64xf32> {attn.name = "k_idx"},
    %w_idx: tensor<1x8x128xf32> {attn.name = "w_idx"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"},
        tensor<1x8x128xf32> {attn.name = "lse"}) {

  // The tokens that the heads of the indexer score best.
  %chosen_init = tensor.empty() : tensor<1x1x128x2048xi32>
  %chosen = attn.select causal block 1
      ins(%q_idx, %k_idx : tensor<1x8x128x64xf32>, tensor<1x1x128x64xf32>)
      outs(%chosen_init : tensor<1x1x128x2048xi32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %zero = arith.constant 0.0 : f32
        %maximum = arith.maximumf %s, %zero : f32
        %weight = tensor.extract %w_idx[%b, %h, %i] : tensor<1x8x128xf32>
        %product = arith.mulf %weight, %maximum : f32
        attn.yield %product : f32
      }

  // All heads read them, as keys and as values.
  %values = tensor.extract_slice %kv[0, 0, 0, 0] [1, 1, 128, 64] [1, 1, 1, 1]
      : tensor<1x1x128x64xf32> to tensor<1x1x128x64xf32>
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o, %o_lse = attn.block_sparse causal align(bottom_right) query_block 1 key_block 1
      ins(%q, %kv, %values
        : tensor<1x8x128x64xf32>, tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>)
      blocks(%chosen : tensor<1x1x128x2048xi32>)
      outs(%o_init, %o_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
  return %o, %o_lse
      : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>
}
