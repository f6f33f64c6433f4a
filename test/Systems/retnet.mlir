// RetNet: a constant decay per head, rotary q and k (arXiv 2307.08621)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#tk_of_bhtk = affine_map<(b, h, t, k) -> (t, k)>
#h = affine_map<(h) -> (h)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#bht_of_bhtv = affine_map<(b, h, t, v) -> (b, h, t)>
func.func @retnet(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %z: tensor<1x8x128x64xf32> {attn.name = "z"},
    %cos: tensor<128x32xf32> {attn.name = "cos"},
    %sin: tensor<128x32xf32> {attn.name = "sin"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

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

  // Decay of head h: g = log(1 - 2^(-5 - h)).
  %g_init = tensor.empty() : tensor<8xf32>
  %g = linalg.generic {
      indexing_maps = [#h],
      iterator_types = ["parallel"]}
      outs(%g_init : tensor<8xf32>) {
  ^bb0(%old: f32):
    %first = arith.constant -5.0 : f32
    %h = linalg.index 0 : index
    %head_int = arith.index_cast %h : index to i32
    %head = arith.sitofp %head_int : i32 to f32
    %difference = arith.subf %first, %head : f32
    %loss = math.exp2 %difference : f32
    %negated = arith.negf %loss : f32
    %log = math.log1p %negated : f32
    linalg.yield %log : f32
  } -> tensor<8xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear
      ins(%q_rotary, %k_rotary, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<8xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)

  // Normalised per head, times silu(z).
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
      indexing_maps = [#bhtv, #bht_of_bhtv, #bht_of_bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o, %o_norm_sums, %o_norm_squares, %z
        : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>, tensor<1x8x128xf32>, tensor<1x8x128x64xf32>)
      outs(%o_norm_init : tensor<1x8x128x64xf32>) {
  ^bb0(%o_bhtv: f32, %o_norm_sums_bht: f32, %o_norm_squares_bht: f32, %z_bhtv: f32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %o_norm_sums_bht, %count : f32
    %difference = arith.subf %o_bhtv, %quotient : f32
    %quotient_2 = arith.divf %o_norm_squares_bht, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %abs = math.absf %z_bhtv : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %z_bhtv, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum_2 = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum_2 : f32
    %silu = arith.mulf %z_bhtv, %sigmoid : f32
    %product_2 = arith.mulf %product, %silu : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  return %o_norm
      : tensor<1x8x128x64xf32>
}
