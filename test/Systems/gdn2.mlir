// Gated DeltaNet 2: gates of erasing and writing (arXiv 2605.22791)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#bht_of_bhtk = affine_map<(b, h, t, k) -> (b, h, t)>
#h_of_bhtk = affine_map<(b, h, t, k) -> (h)>
#hk_of_bhtk = affine_map<(b, h, t, k) -> (h, k)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
func.func @gdn2(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %a: tensor<1x8x128x64xf32> {attn.name = "a"},
    %e: tensor<1x8x128x64xf32> {attn.name = "e"},
    %w: tensor<1x8x128x64xf32> {attn.name = "w"},
    %a_log: tensor<8xf32> {attn.name = "a_log"},
    %dt_bias: tensor<8x64xf32> {attn.name = "dt_bias"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // Each q to length 1.
  %q_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %q_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%q_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %q_squares = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q : tensor<1x8x128x64xf32>)
      outs(%q_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%q_bhtk: f32, %so_far: f32):
    %product = arith.mulf %q_bhtk, %q_bhtk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %q_unit_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_unit = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q, %q_squares : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      outs(%q_unit_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_bhtk: f32, %q_squares_bht: f32, %old: f32):
    %epsilon = arith.constant 1.0E-6 : f32
    %sum = arith.addf %q_squares_bht, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %q_bhtk, %rsqrt : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>

  // Each k to length 1.
  %k_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %k_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %k_squares = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k : tensor<1x8x128x64xf32>)
      outs(%k_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%k_bhtk: f32, %so_far: f32):
    %product = arith.mulf %k_bhtk, %k_bhtk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %k_unit_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_unit = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k, %k_squares : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      outs(%k_unit_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_bhtk: f32, %k_squares_bht: f32, %old: f32):
    %epsilon = arith.constant 1.0E-6 : f32
    %sum = arith.addf %k_squares_bht, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %k_bhtk, %rsqrt : f32
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

  // Erased along k and e * k, written along k: v = sigmoid(w) v.
  %left_init = tensor.empty() : tensor<1x8x128x64xf32>
  %left = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_unit : tensor<1x8x128x64xf32>)
      outs(%left_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_unit_bhtk: f32, %old: f32):
    %negated = arith.negf %k_unit_bhtk : f32
    linalg.yield %negated : f32
  } -> tensor<1x8x128x64xf32>
  %right_init = tensor.empty() : tensor<1x8x128x64xf32>
  %right = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_unit, %e, %g
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%right_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_unit_bhtk: f32, %e_bhtk: f32, %g_bhtk: f32, %old: f32):
    %abs = math.absf %e_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %e_bhtk, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %sigmoid, %k_unit_bhtk : f32
    %exp_2 = math.exp %g_bhtk : f32
    %product_2 = arith.mulf %exp_2, %product : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  %v_written_init = tensor.empty() : tensor<1x8x128x64xf32>
  %v_written = linalg.generic {
      indexing_maps = [#bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v, %w : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%v_written_init : tensor<1x8x128x64xf32>) {
  ^bb0(%v_bhtv: f32, %w_bhtv: f32, %old: f32):
    %abs = math.absf %w_bhtv : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %w_bhtv, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %sigmoid, %v_bhtv : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.recurrent
      ins(%q_unit, %k_unit, %v_written
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128x64xf32>)
      correction(%left, %right : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
