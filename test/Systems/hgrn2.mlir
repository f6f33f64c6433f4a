// HGRN-2: what is forgotten is the key (arXiv 2404.07904)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#hk_of_bhtk = affine_map<(b, h, t, k) -> (h, k)>
func.func @hgrn2(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %f: tensor<1x8x128x64xf32> {attn.name = "f"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %lower_bound: tensor<8x64xf32> {attn.name = "lower_bound", attn.values = "fraction"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %q_silu_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_silu = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q : tensor<1x8x128x64xf32>)
      outs(%q_silu_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_bhtk: f32, %old: f32):
    %abs = math.absf %q_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %q_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %silu = arith.mulf %q_bhtk, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x8x128x64xf32>

  // Keys are what is forgotten: k = (1 - lower_bound) sigmoid(-f), g = log(1 - k).
  %k_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k = linalg.generic {
      indexing_maps = [#bhtk, #hk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%f, %lower_bound : tensor<1x8x128x64xf32>, tensor<8x64xf32>)
      outs(%k_init : tensor<1x8x128x64xf32>) {
  ^bb0(%f_bhtk: f32, %lower_bound_hk: f32, %old: f32):
    %one = arith.constant 1.0 : f32
    %difference = arith.subf %one, %lower_bound_hk : f32
    %negated = arith.negf %f_bhtk : f32
    %abs = math.absf %negated : f32
    %negated_2 = arith.negf %abs : f32
    %exp = math.exp %negated_2 : f32
    %zero = arith.constant 0.0 : f32
    %is_negative = arith.cmpf olt, %negated, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %difference, %sigmoid : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>
  %g_init = tensor.empty() : tensor<1x8x128x64xf32>
  %g = linalg.generic {
      indexing_maps = [#bhtk, #hk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%f, %lower_bound : tensor<1x8x128x64xf32>, tensor<8x64xf32>)
      outs(%g_init : tensor<1x8x128x64xf32>) {
  ^bb0(%f_bhtk: f32, %lower_bound_hk: f32, %old: f32):
    %one = arith.constant 1.0 : f32
    %difference = arith.subf %one, %lower_bound_hk : f32
    %negated = arith.negf %f_bhtk : f32
    %abs = math.absf %negated : f32
    %negated_2 = arith.negf %abs : f32
    %exp = math.exp %negated_2 : f32
    %zero = arith.constant 0.0 : f32
    %is_negative = arith.cmpf olt, %negated, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %difference, %sigmoid : f32
    %negated_3 = arith.negf %product : f32
    %log = math.log1p %negated_3 : f32
    linalg.yield %log : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear scale 1.0
      ins(%q_silu, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128x64xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
