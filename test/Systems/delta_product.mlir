// gated DeltaProduct: several delta steps per token (arXiv 2502.10297)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#bht_of_bhtk = affine_map<(b, h, t, k) -> (b, h, t)>
#bhtk_of_bhtuk = affine_map<(b, h, t, u, k) -> (b, h, t, k)>
#bhtuk = affine_map<(b, h, t, u, k) -> (b, h, t, u, k)>
#bhtu_of_bhtuk = affine_map<(b, h, t, u, k) -> (b, h, t, u)>
#bht_of_bhtu = affine_map<(b, h, t, u) -> (b, h, t)>
#h_of_bhtu = affine_map<(b, h, t, u) -> (h)>
#bhtu = affine_map<(b, h, t, u) -> (b, h, t, u)>
func.func @delta_product(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x2x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x2x64xf32> {attn.name = "v"},
    %a: tensor<1x8x128xf32> {attn.name = "a"},
    %b: tensor<1x8x128x2xf32> {attn.name = "b"},
    %a_log: tensor<8xf32> {attn.name = "a_log"},
    %dt_bias: tensor<8xf32> {attn.name = "dt_bias"})
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
  %q_repeated_init = tensor.empty() : tensor<1x8x128x2x64xf32>
  %q_repeated = linalg.generic {
      indexing_maps = [#bhtk_of_bhtuk, #bhtuk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%q_unit : tensor<1x8x128x64xf32>)
      outs(%q_repeated_init : tensor<1x8x128x2x64xf32>) {
  ^bb0(%q_unit_bhtk: f32, %old: f32):
    linalg.yield %q_unit_bhtk : f32
  } -> tensor<1x8x128x2x64xf32>
  %q_steps = tensor.collapse_shape %q_repeated [[0], [1], [2, 3], [4]]
      : tensor<1x8x128x2x64xf32> into tensor<1x8x256x64xf32>

  // Each k to length 1.
  %k_squares_zero_init = tensor.empty() : tensor<1x8x128x2xf32>
  %k_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_squares_zero_init : tensor<1x8x128x2xf32>) -> tensor<1x8x128x2xf32>
  %k_squares = linalg.generic {
      indexing_maps = [#bhtuk, #bhtu_of_bhtuk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%k : tensor<1x8x128x2x64xf32>)
      outs(%k_squares_zero : tensor<1x8x128x2xf32>) {
  ^bb0(%k_bhtuk: f32, %so_far: f32):
    %product = arith.mulf %k_bhtuk, %k_bhtuk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x2xf32>
  %k_unit_init = tensor.empty() : tensor<1x8x128x2x64xf32>
  %k_unit = linalg.generic {
      indexing_maps = [#bhtuk, #bhtu_of_bhtuk, #bhtuk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%k, %k_squares : tensor<1x8x128x2x64xf32>, tensor<1x8x128x2xf32>)
      outs(%k_unit_init : tensor<1x8x128x2x64xf32>) {
  ^bb0(%k_bhtuk: f32, %k_squares_bhtu: f32, %old: f32):
    %epsilon = arith.constant 1.0E-6 : f32
    %sum = arith.addf %k_squares_bhtu, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %k_bhtuk, %rsqrt : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x2x64xf32>
  %k_steps = tensor.collapse_shape %k_unit [[0], [1], [2, 3], [4]]
      : tensor<1x8x128x2x64xf32> into tensor<1x8x256x64xf32>
  %v_steps = tensor.collapse_shape %v [[0], [1], [2, 3], [4]]
      : tensor<1x8x128x2x64xf32> into tensor<1x8x256x64xf32>

  // Decay: g = -exp(a_log) softplus(a + dt_bias), once per token.
  %g_init = tensor.empty() : tensor<1x8x128x2xf32>
  %g = linalg.generic {
      indexing_maps = [#bht_of_bhtu, #h_of_bhtu, #h_of_bhtu, #bhtu],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%a, %a_log, %dt_bias : tensor<1x8x128xf32>, tensor<8xf32>, tensor<8xf32>)
      outs(%g_init : tensor<1x8x128x2xf32>) {
  ^bb0(%a_bht: f32, %a_log_h: f32, %dt_bias_h: f32, %old: f32):
    %sum = arith.addf %a_bht, %dt_bias_h : f32
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
    %step = linalg.index 3 : index
    %first = arith.constant 0 : index
    %is_first = arith.cmpi eq, %step, %first : index
    %gate = arith.select %is_first, %decay, %zero : f32
    linalg.yield %gate : f32
  } -> tensor<1x8x128x2xf32>
  %g_steps = tensor.collapse_shape %g [[0], [1], [2, 3]]
      : tensor<1x8x128x2xf32> into tensor<1x8x256xf32>

  // Rate of writing: beta = sigmoid(b).
  %beta_init = tensor.empty() : tensor<1x8x128x2xf32>
  %beta = linalg.generic {
      indexing_maps = [#bhtu, #bhtu],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%b : tensor<1x8x128x2xf32>)
      outs(%beta_init : tensor<1x8x128x2xf32>) {
  ^bb0(%b_bhtu: f32, %old: f32):
    %abs = math.absf %b_bhtu : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %b_bhtu, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    linalg.yield %sigmoid : f32
  } -> tensor<1x8x128x2xf32>
  %beta_steps = tensor.collapse_shape %beta [[0], [1], [2, 3]]
      : tensor<1x8x128x2xf32> into tensor<1x8x256xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x256x64xf32>
  %o = attn.recurrent
      ins(%q_steps, %k_steps, %v_steps
        : tensor<1x8x256x64xf32>, tensor<1x8x256x64xf32>, tensor<1x8x256x64xf32>)
      gate(%g_steps : tensor<1x8x256xf32>)
      beta(%beta_steps : tensor<1x8x256xf32>)
      outs(%o_init
        : tensor<1x8x256x64xf32>)

  // Read behind the last micro-step of each token.
  %o_steps = tensor.expand_shape %o [[0], [1], [2, 3], [4]]
      output_shape [1, 8, 128, 2, 64] : tensor<1x8x256x64xf32> into tensor<1x8x128x2x64xf32>
  %o_last = tensor.extract_slice %o_steps[0, 0, 0, 1, 0] [1, 8, 128, 1, 64] [1, 1, 1, 1, 1]
      : tensor<1x8x128x2x64xf32> to tensor<1x8x128x64xf32>
  return %o_last
      : tensor<1x8x128x64xf32>
}
