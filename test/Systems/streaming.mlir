// StreamingLLM: attention sinks and recent tokens (arXiv 2309.17453); kv-seq is the number of rows of the ring
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#btk_of_bhtk = affine_map<(b, h, t, k) -> (b, t, k)>
func.func @streaming(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %cos: tensor<1x128x32xf32> {attn.name = "cos"},
    %sin: tensor<1x128x32xf32> {attn.name = "sin"},
    %cos_sink: tensor<1x128x32xf32> {attn.name = "cos_sink"},
    %sin_sink: tensor<1x128x32xf32> {attn.name = "sin_sink"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Rotary embedding, feature j paired with feature j + K / 2.
  %q_sink_low = tensor.extract_slice %q[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %q_sink_high = tensor.extract_slice %q[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %q_sink_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %q_sink_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #btk_of_bhtk, #btk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_sink_low, %q_sink_high, %cos_sink, %sin_sink
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<1x128x32xf32>, tensor<1x128x32xf32>)
      outs(%q_sink_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%q_sink_low_bhtk: f32, %q_sink_high_bhtk: f32, %cos_sink_btk: f32, %sin_sink_btk: f32, %old: f32):
    %product = arith.mulf %q_sink_low_bhtk, %cos_sink_btk : f32
    %product_2 = arith.mulf %q_sink_high_bhtk, %sin_sink_btk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %q_sink_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %q_sink_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #btk_of_bhtk, #btk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_sink_high, %q_sink_low, %cos_sink, %sin_sink
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<1x128x32xf32>, tensor<1x128x32xf32>)
      outs(%q_sink_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%q_sink_high_bhtk: f32, %q_sink_low_bhtk: f32, %cos_sink_btk: f32, %sin_sink_btk: f32, %old: f32):
    %product = arith.mulf %q_sink_high_bhtk, %cos_sink_btk : f32
    %product_2 = arith.mulf %q_sink_low_bhtk, %sin_sink_btk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %q_sink_rotary = tensor.concat dim(3) %q_sink_low_turned, %q_sink_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %q_low = tensor.extract_slice %q[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %q_high = tensor.extract_slice %q[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %q_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %q_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #btk_of_bhtk, #btk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_low, %q_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<1x128x32xf32>, tensor<1x128x32xf32>)
      outs(%q_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%q_low_bhtk: f32, %q_high_bhtk: f32, %cos_btk: f32, %sin_btk: f32, %old: f32):
    %product = arith.mulf %q_low_bhtk, %cos_btk : f32
    %product_2 = arith.mulf %q_high_bhtk, %sin_btk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %q_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %q_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #btk_of_bhtk, #btk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_high, %q_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<1x128x32xf32>, tensor<1x128x32xf32>)
      outs(%q_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%q_high_bhtk: f32, %q_low_bhtk: f32, %cos_btk: f32, %sin_btk: f32, %old: f32):
    %product = arith.mulf %q_high_bhtk, %cos_btk : f32
    %product_2 = arith.mulf %q_low_bhtk, %sin_btk : f32
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
      indexing_maps = [#bhtk, #bhtk, #btk_of_bhtk, #btk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_low, %k_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<1x128x32xf32>, tensor<1x128x32xf32>)
      outs(%k_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%k_low_bhtk: f32, %k_high_bhtk: f32, %cos_btk: f32, %sin_btk: f32, %old: f32):
    %product = arith.mulf %k_low_bhtk, %cos_btk : f32
    %product_2 = arith.mulf %k_high_bhtk, %sin_btk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %k_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %k_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #btk_of_bhtk, #btk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_high, %k_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<1x128x32xf32>, tensor<1x128x32xf32>)
      outs(%k_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%k_high_bhtk: f32, %k_low_bhtk: f32, %cos_btk: f32, %sin_btk: f32, %old: f32):
    %product = arith.mulf %k_high_bhtk, %cos_btk : f32
    %product_2 = arith.mulf %k_low_bhtk, %sin_btk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %k_rotary = tensor.concat dim(3) %k_low_turned, %k_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>

  // Each token reads the recent ones, and the sinks.
  %o_near_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_near_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o_near, %o_near_lse = attn.dense causal align(bottom_right) window [251, 0]
      ins(%q_rotary, %k_rotary, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_near_init, %o_near_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %sinks = arith.constant 4 : index
        %is_other = arith.cmpi sge, %j, %sinks : index
        attn.yield %is_other : i1
      }
  %o_sink_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_sink_lse_init = tensor.empty() : tensor<1x8x128xf32>
  %o_sink, %o_sink_lse = attn.dense causal align(bottom_right)
      ins(%q_sink_rotary, %k_rotary, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_sink_init, %o_sink_lse_init : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %sinks = arith.constant 4 : index
        %is_sink = arith.cmpi slt, %j, %sinks : index
        attn.yield %is_sink : i1
      }
  %parts_init = tensor.empty() : tensor<2x1x8x128x64xf32>
  %parts = tensor.insert_slice %o_near into %parts_init
      [0, 0, 0, 0, 0] [1, 1, 8, 128, 64] [1, 1, 1, 1, 1] : tensor<1x8x128x64xf32> into tensor<2x1x8x128x64xf32>
  %parts_2 = tensor.insert_slice %o_sink into %parts
      [1, 0, 0, 0, 0] [1, 1, 8, 128, 64] [1, 1, 1, 1, 1] : tensor<1x8x128x64xf32> into tensor<2x1x8x128x64xf32>
  %sums_init = tensor.empty() : tensor<2x1x8x128xf32>
  %sums = tensor.insert_slice %o_near_lse into %sums_init
      [0, 0, 0, 0] [1, 1, 8, 128] [1, 1, 1, 1] : tensor<1x8x128xf32> into tensor<2x1x8x128xf32>
  %sums_2 = tensor.insert_slice %o_sink_lse into %sums
      [1, 0, 0, 0] [1, 1, 8, 128] [1, 1, 1, 1] : tensor<1x8x128xf32> into tensor<2x1x8x128xf32>
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.merge ins(%parts_2, %sums_2
        : tensor<2x1x8x128x64xf32>, tensor<2x1x8x128xf32>)
      outs(%o_init : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
