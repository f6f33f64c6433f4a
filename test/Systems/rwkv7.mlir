// RWKV-7: a state corrected by rank one (arXiv 2503.14456)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#hk_of_bhtk = affine_map<(b, h, t, k) -> (h, k)>
#bht_of_bhtk = affine_map<(b, h, t, k) -> (b, h, t)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#bht_of_bhtv = affine_map<(b, h, t, v) -> (b, h, t)>
#hv_of_bhtv = affine_map<(b, h, t, v) -> (h, v)>
func.func @rwkv7(
    %r: tensor<1x8x128x64xf32> {attn.name = "r"},
    %w: tensor<1x8x128x64xf32> {attn.name = "w"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %a: tensor<1x8x128x64xf32> {attn.name = "a"},
    %z: tensor<1x8x128x64xf32> {attn.name = "z"},
    %k_k: tensor<8x64xf32> {attn.name = "k_k"},
    %k_a: tensor<8x64xf32> {attn.name = "k_a", attn.values = "fraction"},
    %r_k: tensor<8x64xf32> {attn.name = "r_k"},
    %o_weight: tensor<8x64xf32> {attn.name = "o_weight"},
    %o_bias: tensor<8x64xf32> {attn.name = "o_bias"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // Decay: g = -exp(-1/2) sigmoid(w).
  %g_init = tensor.empty() : tensor<1x8x128x64xf32>
  %g = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%w : tensor<1x8x128x64xf32>)
      outs(%g_init : tensor<1x8x128x64xf32>) {
  ^bb0(%w_bhtk: f32, %old: f32):
    %fastest = arith.constant -0.6065306597126334 : f32
    %abs = math.absf %w_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %w_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %fastest, %sigmoid : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>

  // The key that is removed: kk = k * k_k, to length 1.
  %kk_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %kk_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%kk_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %kk_squares = linalg.generic {
      indexing_maps = [#bhtk, #hk_of_bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k, %k_k : tensor<1x8x128x64xf32>, tensor<8x64xf32>)
      outs(%kk_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%k_bhtk: f32, %k_k_hk: f32, %so_far: f32):
    %product = arith.mulf %k_bhtk, %k_k_hk : f32
    %product_2 = arith.mulf %product, %product : f32
    %total = arith.addf %so_far, %product_2 : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %kk_init = tensor.empty() : tensor<1x8x128x64xf32>
  %kk = linalg.generic {
      indexing_maps = [#bhtk, #hk_of_bhtk, #bht_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k, %k_k, %kk_squares
        : tensor<1x8x128x64xf32>, tensor<8x64xf32>, tensor<1x8x128xf32>)
      outs(%kk_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_bhtk: f32, %k_k_hk: f32, %kk_squares_bht: f32, %old: f32):
    %shortest = arith.constant 1.0E-12 : f32
    %sqrt = math.sqrt %kk_squares_bht : f32
    %maximum = arith.maximumf %sqrt, %shortest : f32
    %product = arith.mulf %k_bhtk, %k_k_hk : f32
    %quotient = arith.divf %product, %maximum : f32
    linalg.yield %quotient : f32
  } -> tensor<1x8x128x64xf32>

  // Correction: left = kk * sigmoid(a), right = -kk.
  %left_init = tensor.empty() : tensor<1x8x128x64xf32>
  %left = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%kk, %a : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%left_init : tensor<1x8x128x64xf32>) {
  ^bb0(%kk_bhtk: f32, %a_bhtk: f32, %old: f32):
    %abs = math.absf %a_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %a_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %kk_bhtk, %sigmoid : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>
  %right_init = tensor.empty() : tensor<1x8x128x64xf32>
  %right = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%kk : tensor<1x8x128x64xf32>)
      outs(%right_init : tensor<1x8x128x64xf32>) {
  ^bb0(%kk_bhtk: f32, %old: f32):
    %negated = arith.negf %kk_bhtk : f32
    linalg.yield %negated : f32
  } -> tensor<1x8x128x64xf32>

  // Written key: k * (1 + (sigmoid(a) - 1) * k_a).
  %k_written_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_written = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #hk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k, %a, %k_a : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<8x64xf32>)
      outs(%k_written_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_bhtk: f32, %a_bhtk: f32, %k_a_hk: f32, %old: f32):
    %one = arith.constant 1.0 : f32
    %abs = math.absf %a_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %is_negative = arith.cmpf olt, %a_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %difference = arith.subf %sigmoid, %one : f32
    %product = arith.mulf %difference, %k_a_hk : f32
    %sum_2 = arith.addf %one, %product : f32
    %product_2 = arith.mulf %k_bhtk, %sum_2 : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.recurrent scale 1.0
      ins(%r, %k_written, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128x64xf32>)
      correction(%left, %right : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)

  // Normalised per head; the token itself; the gate.
  %self_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %self_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%self_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %self = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #hk_of_bhtk, #bhtk, #hk_of_bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k, %a, %k_a, %r, %r_k
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<8x64xf32>, tensor<1x8x128x64xf32>, tensor<8x64xf32>)
      outs(%self_zero : tensor<1x8x128xf32>) {
  ^bb0(%k_bhtk: f32, %a_bhtk: f32, %k_a_hk: f32, %r_bhtk: f32, %r_k_hk: f32, %so_far: f32):
    %one = arith.constant 1.0 : f32
    %abs = math.absf %a_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %is_negative = arith.cmpf olt, %a_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %difference = arith.subf %sigmoid, %one : f32
    %product = arith.mulf %difference, %k_a_hk : f32
    %sum_2 = arith.addf %one, %product : f32
    %product_2 = arith.mulf %k_bhtk, %sum_2 : f32
    %product_3 = arith.mulf %product_2, %r_bhtk : f32
    %product_4 = arith.mulf %product_3, %r_k_hk : f32
    %total = arith.addf %so_far, %product_4 : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %o_norm_sums_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %o_norm_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%o_norm_sums_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %o_norm_sums = linalg.generic {
      indexing_maps = [#bhtv, #bht_of_bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%o : tensor<1x8x128x64xf32>)
      outs(%o_norm_sums_zero : tensor<1x8x128xf32>) {
  ^bb0(%o_bhtv: f32, %so_far: f32):
    %total = arith.addf %so_far, %o_bhtv : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %o_norm_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %o_norm_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%o_norm_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %o_norm_squares = linalg.generic {
      indexing_maps = [#bhtv, #bht_of_bhtv, #bht_of_bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%o, %o_norm_sums : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      outs(%o_norm_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%o_bhtv: f32, %o_norm_sums_bht: f32, %so_far: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %o_norm_sums_bht, %count : f32
    %difference = arith.subf %o_bhtv, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %o_norm_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_norm = linalg.generic {
      indexing_maps = [#bhtv, #bht_of_bhtv, #bht_of_bhtv, #hv_of_bhtv, #hv_of_bhtv, #bht_of_bhtv, #bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o, %o_norm_sums, %o_norm_squares, %o_weight, %o_bias, %self, %v, %z
        : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>, tensor<1x8x128xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<1x8x128xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_norm_init : tensor<1x8x128x64xf32>) {
  ^bb0(%o_bhtv: f32, %o_norm_sums_bht: f32, %o_norm_squares_bht: f32, %o_weight_hv: f32, %o_bias_hv: f32, %self_bht: f32, %v_bhtv: f32, %z_bhtv: f32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %o_norm_sums_bht, %count : f32
    %difference = arith.subf %o_bhtv, %quotient : f32
    %quotient_2 = arith.divf %o_norm_squares_bht, %count : f32
    %epsilon = arith.constant 0.00064 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %o_weight_hv : f32
    %sum_2 = arith.addf %product_2, %o_bias_hv : f32
    %product_3 = arith.mulf %self_bht, %v_bhtv : f32
    %sum_3 = arith.addf %sum_2, %product_3 : f32
    %product_4 = arith.mulf %sum_3, %z_bhtv : f32
    linalg.yield %product_4 : f32
  } -> tensor<1x8x128x64xf32>
  return %o_norm
      : tensor<1x8x128x64xf32>
}
