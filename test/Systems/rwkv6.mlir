// RWKV-6: read before the update, with a bonus (arXiv 2404.05892)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
func.func @rwkv6(
    %r: tensor<1x8x128x64xf32> {attn.name = "r"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %w: tensor<1x8x128x64xf32> {attn.name = "w"},
    %u: tensor<8x64xf32> {attn.name = "u"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Decay: g = -exp(w).
  %g_init = tensor.empty() : tensor<1x8x128x64xf32>
  %g = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%w : tensor<1x8x128x64xf32>)
      outs(%g_init : tensor<1x8x128x64xf32>) {
  ^bb0(%w_bhtk: f32, %old: f32):
    %exp = math.exp %w_bhtk : f32
    %negated = arith.negf %exp : f32
    linalg.yield %negated : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear read_before scale 1.0
      ins(%r, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128x64xf32>)
      bonus(%u : tensor<8x64xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
