// Lightning attention: a decay per head and layer (arXiv 2401.04658)
#h = affine_map<(h) -> (h)>
func.func @lightning(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Decay of head h of layer l of L: g = -8 / H (1 - l / L) h.
  %g_init = tensor.empty() : tensor<8xf32>
  %g = linalg.generic {
      indexing_maps = [#h],
      iterator_types = ["parallel"]}
      outs(%g_init : tensor<8xf32>) {
  ^bb0(%old: f32):
    %slope = arith.constant -1.0 : f32
    %h = linalg.index 0 : index
    %head_int = arith.index_cast %h : index to i32
    %head = arith.sitofp %head_int : i32 to f32
    %product = arith.mulf %slope, %head : f32
    linalg.yield %product : f32
  } -> tensor<8xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<8xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
