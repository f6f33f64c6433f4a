// Kimi Delta Attention: a decay per key feature (arXiv 2510.26692)
#window_of_bhtkw = affine_map<(b, h, t, k, w) -> (b, h, t + w, k)>
#hkw_of_bhtkw = affine_map<(b, h, t, k, w) -> (h, k, w)>
#bhtk_of_bhtkw = affine_map<(b, h, t, k, w) -> (b, h, t, k)>
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#window_of_bhtvw = affine_map<(b, h, t, v, w) -> (b, h, t + w, v)>
#hvw_of_bhtvw = affine_map<(b, h, t, v, w) -> (h, v, w)>
#bhtv_of_bhtvw = affine_map<(b, h, t, v, w) -> (b, h, t, v)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#bht_of_bhtk = affine_map<(b, h, t, k) -> (b, h, t)>
#h_of_bhtk = affine_map<(b, h, t, k) -> (h)>
#hk_of_bhtk = affine_map<(b, h, t, k) -> (h, k)>
#bht = affine_map<(b, h, t) -> (b, h, t)>
#bht_of_bhtv = affine_map<(b, h, t, v) -> (b, h, t)>
#v_of_bhtv = affine_map<(b, h, t, v) -> (v)>
func.func @kimi_delta(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %a: tensor<1x8x128x64xf32> {attn.name = "a"},
    %b: tensor<1x8x128xf32> {attn.name = "b"},
    %z: tensor<1x8x128x64xf32> {attn.name = "z"},
    %q_conv: tensor<8x64x4xf32> {attn.name = "q_conv"},
    %k_conv: tensor<8x64x4xf32> {attn.name = "k_conv"},
    %v_conv: tensor<8x64x4xf32> {attn.name = "v_conv"},
    %a_log: tensor<8xf32> {attn.name = "a_log"},
    %dt_bias: tensor<8x64xf32> {attn.name = "dt_bias"},
    %o_weight: tensor<64xf32> {attn.name = "o_weight"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // q: causal convolution over 4 tokens, then SiLU.
  %q_before_init = tensor.empty() : tensor<1x8x3x64xf32>
  %q_before = linalg.fill ins(%zero_f32 : f32)
      outs(%q_before_init : tensor<1x8x3x64xf32>) -> tensor<1x8x3x64xf32>
  %q_padded = tensor.concat dim(2) %q_before, %q
      : (tensor<1x8x3x64xf32>, tensor<1x8x128x64xf32>) -> tensor<1x8x131x64xf32>
  %q_sums_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%q_sums_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %q_sums = linalg.generic {
      indexing_maps = [#window_of_bhtkw, #hkw_of_bhtkw, #bhtk_of_bhtkw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q_padded, %q_conv : tensor<1x8x131x64xf32>, tensor<8x64x4xf32>)
      outs(%q_sums_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%q_padded_bhpk: f32, %q_conv_hkw: f32, %so_far: f32):
    %product = arith.mulf %q_padded_bhpk, %q_conv_hkw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %q_silu_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_silu = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_sums : tensor<1x8x128x64xf32>)
      outs(%q_silu_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_sums_bhtk: f32, %old: f32):
    %abs = math.absf %q_sums_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %q_sums_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %silu = arith.mulf %q_sums_bhtk, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x8x128x64xf32>

  // k: causal convolution over 4 tokens, then SiLU.
  %k_before_init = tensor.empty() : tensor<1x8x3x64xf32>
  %k_before = linalg.fill ins(%zero_f32 : f32)
      outs(%k_before_init : tensor<1x8x3x64xf32>) -> tensor<1x8x3x64xf32>
  %k_padded = tensor.concat dim(2) %k_before, %k
      : (tensor<1x8x3x64xf32>, tensor<1x8x128x64xf32>) -> tensor<1x8x131x64xf32>
  %k_sums_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_sums_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %k_sums = linalg.generic {
      indexing_maps = [#window_of_bhtkw, #hkw_of_bhtkw, #bhtk_of_bhtkw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%k_padded, %k_conv : tensor<1x8x131x64xf32>, tensor<8x64x4xf32>)
      outs(%k_sums_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%k_padded_bhpk: f32, %k_conv_hkw: f32, %so_far: f32):
    %product = arith.mulf %k_padded_bhpk, %k_conv_hkw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %k_silu_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_silu = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_sums : tensor<1x8x128x64xf32>)
      outs(%k_silu_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_sums_bhtk: f32, %old: f32):
    %abs = math.absf %k_sums_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %k_sums_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %silu = arith.mulf %k_sums_bhtk, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x8x128x64xf32>

  // v: causal convolution over 4 tokens, then SiLU.
  %v_before_init = tensor.empty() : tensor<1x8x3x64xf32>
  %v_before = linalg.fill ins(%zero_f32 : f32)
      outs(%v_before_init : tensor<1x8x3x64xf32>) -> tensor<1x8x3x64xf32>
  %v_padded = tensor.concat dim(2) %v_before, %v
      : (tensor<1x8x3x64xf32>, tensor<1x8x128x64xf32>) -> tensor<1x8x131x64xf32>
  %v_sums_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %v_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%v_sums_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %v_sums = linalg.generic {
      indexing_maps = [#window_of_bhtvw, #hvw_of_bhtvw, #bhtv_of_bhtvw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v_padded, %v_conv : tensor<1x8x131x64xf32>, tensor<8x64x4xf32>)
      outs(%v_sums_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%v_padded_bhpv: f32, %v_conv_hvw: f32, %so_far: f32):
    %product = arith.mulf %v_padded_bhpv, %v_conv_hvw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %v_silu_init = tensor.empty() : tensor<1x8x128x64xf32>
  %v_silu = linalg.generic {
      indexing_maps = [#bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v_sums : tensor<1x8x128x64xf32>)
      outs(%v_silu_init : tensor<1x8x128x64xf32>) {
  ^bb0(%v_sums_bhtv: f32, %old: f32):
    %abs = math.absf %v_sums_bhtv : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %v_sums_bhtv, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %silu = arith.mulf %v_sums_bhtv, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x8x128x64xf32>

  // Each q to length 1.
  %q_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %q_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%q_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %q_squares = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q_silu : tensor<1x8x128x64xf32>)
      outs(%q_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%q_silu_bhtk: f32, %so_far: f32):
    %product = arith.mulf %q_silu_bhtk, %q_silu_bhtk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %q_unit_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_unit = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_silu, %q_squares : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      outs(%q_unit_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_silu_bhtk: f32, %q_squares_bht: f32, %old: f32):
    %epsilon = arith.constant 1.0E-6 : f32
    %sum = arith.addf %q_squares_bht, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %q_silu_bhtk, %rsqrt : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>

  // Each k to length 1.
  %k_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %k_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %k_squares = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k_silu : tensor<1x8x128x64xf32>)
      outs(%k_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%k_silu_bhtk: f32, %so_far: f32):
    %product = arith.mulf %k_silu_bhtk, %k_silu_bhtk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %k_unit_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_unit = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_silu, %k_squares : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      outs(%k_unit_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_silu_bhtk: f32, %k_squares_bht: f32, %old: f32):
    %epsilon = arith.constant 1.0E-6 : f32
    %sum = arith.addf %k_squares_bht, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %k_silu_bhtk, %rsqrt : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>

  // Decay: g = -exp(a_log) softplus(a + dt_bias).
  %g_init = tensor.empty() : tensor<1x8x128x64xf32>
  %g = linalg.generic {
      indexing_maps = [#bhtk, #h_of_bhtk, #hk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%a, %a_log, %dt_bias : tensor<1x8x128x64xf32>, tensor<8xf32>, tensor<8x64xf32>)
      outs(%g_init : tensor<1x8x128x64xf32>) {
  ^bb0(%a_bhtk: f32, %a_log_h: f32, %dt_bias_hk: f32, %old: f32):
    %sum = arith.addf %a_bhtk, %dt_bias_hk : f32
    %exp = math.exp %a_log_h : f32
    %negated = arith.negf %exp : f32
    %abs = math.absf %sum : f32
    %negated_2 = arith.negf %abs : f32
    %exp_2 = math.exp %negated_2 : f32
    %log = math.log1p %exp_2 : f32
    %zero = arith.constant 0.0 : f32
    %positive = arith.maximumf %sum, %zero : f32
    %softplus = arith.addf %positive, %log : f32
    %decay = arith.mulf %negated, %softplus : f32
    linalg.yield %decay : f32
  } -> tensor<1x8x128x64xf32>

  // Rate of writing: beta = sigmoid(b).
  %beta_init = tensor.empty() : tensor<1x8x128xf32>
  %beta = linalg.generic {
      indexing_maps = [#bht, #bht],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%b : tensor<1x8x128xf32>)
      outs(%beta_init : tensor<1x8x128xf32>) {
  ^bb0(%b_bht: f32, %old: f32):
    %abs = math.absf %b_bht : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %b_bht, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    linalg.yield %sigmoid : f32
  } -> tensor<1x8x128xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.recurrent
      ins(%q_unit, %k_unit, %v_silu
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128x64xf32>)
      beta(%beta : tensor<1x8x128xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)

  // RMS norm per head, times sigmoid(z).
  %o_norm_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %o_norm_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%o_norm_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %o_norm_squares = linalg.generic {
      indexing_maps = [#bhtv, #bht_of_bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%o : tensor<1x8x128x64xf32>)
      outs(%o_norm_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%o_bhtv: f32, %so_far: f32):
    %product = arith.mulf %o_bhtv, %o_bhtv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %o_norm_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_norm = linalg.generic {
      indexing_maps = [#bhtv, #bht_of_bhtv, #v_of_bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o, %o_norm_squares, %o_weight, %z
        : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>, tensor<64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_norm_init : tensor<1x8x128x64xf32>) {
  ^bb0(%o_bhtv: f32, %o_norm_squares_bht: f32, %o_weight_v: f32, %z_bhtv: f32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %o_norm_squares_bht, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %o_bhtv, %rsqrt : f32
    %product_2 = arith.mulf %product, %o_weight_v : f32
    %abs = math.absf %z_bhtv : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %z_bhtv, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum_2 = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum_2 : f32
    %product_3 = arith.mulf %product_2, %sigmoid : f32
    linalg.yield %product_3 : f32
  } -> tensor<1x8x128x64xf32>
  return %o_norm
      : tensor<1x8x128x64xf32>
}
