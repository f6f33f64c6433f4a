// BigBird: global, near and random blocks (arXiv 2007.14062)
func.func @bigbird(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // All tokens are in global blocks.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.dense
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
