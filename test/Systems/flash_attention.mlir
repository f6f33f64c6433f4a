// softmax attention with a cache (arXiv 2205.14135); rotary=0 leaves queries and keys as they are; cache=1 appends in place, of kv-seq rows, cache=2 to pages of page rows
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#tk_of_bhtk = affine_map<(b, h, t, k) -> (t, k)>
func.func @flash_attention(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %cos: tensor<128x32xf32> {attn.name = "cos"},
    %sin: tensor<128x32xf32> {attn.name = "sin"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Rotary embedding, feature j paired with feature j + K / 2.
  %q_low = tensor.extract_slice %q[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %q_high = tensor.extract_slice %q[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %q_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %q_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_low, %q_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%q_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%q_low_bhtk: f32, %q_high_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %q_low_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %q_high_bhtk, %sin_tk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %q_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %q_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_high, %q_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%q_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%q_high_bhtk: f32, %q_low_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %q_high_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %q_low_bhtk, %sin_tk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %q_rotary = tensor.concat dim(3) %q_low_turned, %q_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %k_low = tensor.extract_slice %k[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %k_high = tensor.extract_slice %k[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %k_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %k_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_low, %k_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%k_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%k_low_bhtk: f32, %k_high_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %k_low_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %k_high_bhtk, %sin_tk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %k_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %k_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_high, %k_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%k_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%k_high_bhtk: f32, %k_low_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %k_high_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %k_low_bhtk, %sin_tk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %k_rotary = tensor.concat dim(3) %k_low_turned, %k_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>

  // Attention over what is cached and these tokens.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.dense
      ins(%q_rotary, %k_rotary, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
