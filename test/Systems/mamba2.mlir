// Mamba-2: a scalar decay, states shared by groups (arXiv 2405.21060)
#window_of_bhtvw = affine_map<(b, h, t, v, w) -> (b, h, t + w, v)>
#hvw_of_bhtvw = affine_map<(b, h, t, v, w) -> (h, v, w)>
#bhtv_of_bhtvw = affine_map<(b, h, t, v, w) -> (b, h, t, v)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#hv_of_bhtv = affine_map<(b, h, t, v) -> (h, v)>
#window_of_bmtkw = affine_map<(b, m, t, k, w) -> (b, m, t + w, k)>
#mkw_of_bmtkw = affine_map<(b, m, t, k, w) -> (m, k, w)>
#bmtk_of_bmtkw = affine_map<(b, m, t, k, w) -> (b, m, t, k)>
#bmtk = affine_map<(b, m, t, k) -> (b, m, t, k)>
#mk_of_bmtk = affine_map<(b, m, t, k) -> (m, k)>
#bht = affine_map<(b, h, t) -> (b, h, t)>
#h_of_bht = affine_map<(b, h, t) -> (h)>
#bht_of_bhtv = affine_map<(b, h, t, v) -> (b, h, t)>
#h_of_bhtv = affine_map<(b, h, t, v) -> (h)>
#bmrtv_of_bmtrv = affine_map<(b, m, t, r, v) -> (b, m, r, t, v)>
#bmt_of_bmtrv = affine_map<(b, m, t, r, v) -> (b, m, t)>
#bmrtv = affine_map<(b, m, r, t, v) -> (b, m, r, t, v)>
#bmt_of_bmrtv = affine_map<(b, m, r, t, v) -> (b, m, t)>
#mrv_of_bmrtv = affine_map<(b, m, r, t, v) -> (m, r, v)>
func.func @mamba2(
    %x: tensor<1x8x128x64xf32> {attn.name = "x"},
    %b: tensor<1x1x128x128xf32> {attn.name = "b"},
    %c: tensor<1x1x128x128xf32> {attn.name = "c"},
    %dt: tensor<1x8x128xf32> {attn.name = "dt"},
    %z: tensor<1x8x128x64xf32> {attn.name = "z"},
    %x_conv: tensor<8x64x4xf32> {attn.name = "x_conv"},
    %x_conv_bias: tensor<8x64xf32> {attn.name = "x_conv_bias"},
    %b_conv: tensor<1x128x4xf32> {attn.name = "b_conv"},
    %b_conv_bias: tensor<1x128xf32> {attn.name = "b_conv_bias"},
    %c_conv: tensor<1x128x4xf32> {attn.name = "c_conv"},
    %c_conv_bias: tensor<1x128xf32> {attn.name = "c_conv_bias"},
    %a_log: tensor<8xf32> {attn.name = "a_log"},
    %dt_bias: tensor<8xf32> {attn.name = "dt_bias"},
    %d: tensor<8xf32> {attn.name = "d"},
    %o_weight: tensor<8x64xf32> {attn.name = "o_weight"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // x: causal convolution over 4 tokens, then SiLU.
  %x_before_init = tensor.empty() : tensor<1x8x3x64xf32>
  %x_before = linalg.fill ins(%zero_f32 : f32)
      outs(%x_before_init : tensor<1x8x3x64xf32>) -> tensor<1x8x3x64xf32>
  %x_padded = tensor.concat dim(2) %x_before, %x
      : (tensor<1x8x3x64xf32>, tensor<1x8x128x64xf32>) -> tensor<1x8x131x64xf32>
  %x_sums_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %x_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%x_sums_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %x_sums = linalg.generic {
      indexing_maps = [#window_of_bhtvw, #hvw_of_bhtvw, #bhtv_of_bhtvw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x_padded, %x_conv : tensor<1x8x131x64xf32>, tensor<8x64x4xf32>)
      outs(%x_sums_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%x_padded_bhpv: f32, %x_conv_hvw: f32, %so_far: f32):
    %product = arith.mulf %x_padded_bhpv, %x_conv_hvw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %x_silu_init = tensor.empty() : tensor<1x8x128x64xf32>
  %x_silu = linalg.generic {
      indexing_maps = [#bhtv, #hv_of_bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x_sums, %x_conv_bias : tensor<1x8x128x64xf32>, tensor<8x64xf32>)
      outs(%x_silu_init : tensor<1x8x128x64xf32>) {
  ^bb0(%x_sums_bhtv: f32, %x_conv_bias_hv: f32, %old: f32):
    %sum = arith.addf %x_sums_bhtv, %x_conv_bias_hv : f32
    %abs = math.absf %sum : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %sum, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum_2 = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum_2 : f32
    %silu = arith.mulf %sum, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x8x128x64xf32>

  // b: causal convolution over 4 tokens, then SiLU.
  %b_before_init = tensor.empty() : tensor<1x1x3x128xf32>
  %b_before = linalg.fill ins(%zero_f32 : f32)
      outs(%b_before_init : tensor<1x1x3x128xf32>) -> tensor<1x1x3x128xf32>
  %b_padded = tensor.concat dim(2) %b_before, %b
      : (tensor<1x1x3x128xf32>, tensor<1x1x128x128xf32>) -> tensor<1x1x131x128xf32>
  %b_sums_zero_init = tensor.empty() : tensor<1x1x128x128xf32>
  %b_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%b_sums_zero_init : tensor<1x1x128x128xf32>) -> tensor<1x1x128x128xf32>
  %b_sums = linalg.generic {
      indexing_maps = [#window_of_bmtkw, #mkw_of_bmtkw, #bmtk_of_bmtkw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%b_padded, %b_conv : tensor<1x1x131x128xf32>, tensor<1x128x4xf32>)
      outs(%b_sums_zero : tensor<1x1x128x128xf32>) {
  ^bb0(%b_padded_bmpk: f32, %b_conv_mkw: f32, %so_far: f32):
    %product = arith.mulf %b_padded_bmpk, %b_conv_mkw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x128xf32>
  %b_silu_init = tensor.empty() : tensor<1x1x128x128xf32>
  %b_silu = linalg.generic {
      indexing_maps = [#bmtk, #mk_of_bmtk, #bmtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%b_sums, %b_conv_bias : tensor<1x1x128x128xf32>, tensor<1x128xf32>)
      outs(%b_silu_init : tensor<1x1x128x128xf32>) {
  ^bb0(%b_sums_bmtk: f32, %b_conv_bias_mk: f32, %old: f32):
    %sum = arith.addf %b_sums_bmtk, %b_conv_bias_mk : f32
    %abs = math.absf %sum : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %sum, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum_2 = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum_2 : f32
    %silu = arith.mulf %sum, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x1x128x128xf32>

  // c: causal convolution over 4 tokens, then SiLU.
  %c_before_init = tensor.empty() : tensor<1x1x3x128xf32>
  %c_before = linalg.fill ins(%zero_f32 : f32)
      outs(%c_before_init : tensor<1x1x3x128xf32>) -> tensor<1x1x3x128xf32>
  %c_padded = tensor.concat dim(2) %c_before, %c
      : (tensor<1x1x3x128xf32>, tensor<1x1x128x128xf32>) -> tensor<1x1x131x128xf32>
  %c_sums_zero_init = tensor.empty() : tensor<1x1x128x128xf32>
  %c_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%c_sums_zero_init : tensor<1x1x128x128xf32>) -> tensor<1x1x128x128xf32>
  %c_sums = linalg.generic {
      indexing_maps = [#window_of_bmtkw, #mkw_of_bmtkw, #bmtk_of_bmtkw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%c_padded, %c_conv : tensor<1x1x131x128xf32>, tensor<1x128x4xf32>)
      outs(%c_sums_zero : tensor<1x1x128x128xf32>) {
  ^bb0(%c_padded_bmpk: f32, %c_conv_mkw: f32, %so_far: f32):
    %product = arith.mulf %c_padded_bmpk, %c_conv_mkw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x128xf32>
  %c_silu_init = tensor.empty() : tensor<1x1x128x128xf32>
  %c_silu = linalg.generic {
      indexing_maps = [#bmtk, #mk_of_bmtk, #bmtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c_sums, %c_conv_bias : tensor<1x1x128x128xf32>, tensor<1x128xf32>)
      outs(%c_silu_init : tensor<1x1x128x128xf32>) {
  ^bb0(%c_sums_bmtk: f32, %c_conv_bias_mk: f32, %old: f32):
    %sum = arith.addf %c_sums_bmtk, %c_conv_bias_mk : f32
    %abs = math.absf %sum : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %sum, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum_2 = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum_2 : f32
    %silu = arith.mulf %sum, %sigmoid : f32
    linalg.yield %silu : f32
  } -> tensor<1x1x128x128xf32>

  // Time step: softplus(dt + dt_bias); decay: g = -exp(a_log) step.
  %step_init = tensor.empty() : tensor<1x8x128xf32>
  %step = linalg.generic {
      indexing_maps = [#bht, #h_of_bht, #bht],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%dt, %dt_bias : tensor<1x8x128xf32>, tensor<8xf32>)
      outs(%step_init : tensor<1x8x128xf32>) {
  ^bb0(%dt_bht: f32, %dt_bias_h: f32, %old: f32):
    %sum = arith.addf %dt_bht, %dt_bias_h : f32
    %abs = math.absf %sum : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %log = math.log1p %exp : f32
    %zero = arith.constant 0.0 : f32
    %positive = arith.maximumf %sum, %zero : f32
    %softplus = arith.addf %positive, %log : f32
    linalg.yield %softplus : f32
  } -> tensor<1x8x128xf32>
  %g_init = tensor.empty() : tensor<1x8x128xf32>
  %g = linalg.generic {
      indexing_maps = [#bht, #h_of_bht, #bht],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%step, %a_log : tensor<1x8x128xf32>, tensor<8xf32>)
      outs(%g_init : tensor<1x8x128xf32>) {
  ^bb0(%step_bht: f32, %a_log_h: f32, %old: f32):
    %exp = math.exp %a_log_h : f32
    %negated = arith.negf %exp : f32
    %product = arith.mulf %negated, %step_bht : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128xf32>
  %v_init = tensor.empty() : tensor<1x8x128x64xf32>
  %v = linalg.generic {
      indexing_maps = [#bhtv, #bht_of_bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x_silu, %step : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>)
      outs(%v_init : tensor<1x8x128x64xf32>) {
  ^bb0(%x_silu_bhtv: f32, %step_bht: f32, %old: f32):
    %product = arith.mulf %x_silu_bhtv, %step_bht : f32
    linalg.yield %product : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear scale 1.0
      ins(%c_silu, %b_silu, %v
        : tensor<1x1x128x128xf32>, tensor<1x1x128x128xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)

  // The input itself, the gate, and then the norm of each group.
  %y_init = tensor.empty() : tensor<1x8x128x64xf32>
  %y = linalg.generic {
      indexing_maps = [#bhtv, #bhtv, #h_of_bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o, %x_silu, %d, %z
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<8xf32>, tensor<1x8x128x64xf32>)
      outs(%y_init : tensor<1x8x128x64xf32>) {
  ^bb0(%o_bhtv: f32, %x_silu_bhtv: f32, %d_h: f32, %z_bhtv: f32, %old: f32):
    %product = arith.mulf %x_silu_bhtv, %d_h : f32
    %sum = arith.addf %o_bhtv, %product : f32
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
    %product_2 = arith.mulf %sum, %silu : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  %y_grouped = tensor.expand_shape %y [[0], [1, 2], [3], [4]]
      output_shape [1, 1, 8, 128, 64] : tensor<1x8x128x64xf32> into tensor<1x1x8x128x64xf32>
  %o_weight_grouped = tensor.expand_shape %o_weight [[0, 1], [2]]
      output_shape [1, 8, 64] : tensor<8x64xf32> into tensor<1x8x64xf32>
  %y_squares_zero_init = tensor.empty() : tensor<1x1x128xf32>
  %y_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%y_squares_zero_init : tensor<1x1x128xf32>) -> tensor<1x1x128xf32>
  %y_squares = linalg.generic {
      indexing_maps = [#bmrtv_of_bmtrv, #bmt_of_bmtrv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%y_grouped : tensor<1x1x8x128x64xf32>)
      outs(%y_squares_zero : tensor<1x1x128xf32>) {
  ^bb0(%y_grouped_bmrtv: f32, %so_far: f32):
    %product = arith.mulf %y_grouped_bmrtv, %y_grouped_bmrtv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128xf32>
  %y_norm_init = tensor.empty() : tensor<1x1x8x128x64xf32>
  %y_norm = linalg.generic {
      indexing_maps = [#bmrtv, #bmt_of_bmrtv, #mrv_of_bmrtv, #bmrtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%y_grouped, %y_squares, %o_weight_grouped
        : tensor<1x1x8x128x64xf32>, tensor<1x1x128xf32>, tensor<1x8x64xf32>)
      outs(%y_norm_init : tensor<1x1x8x128x64xf32>) {
  ^bb0(%y_grouped_bmrtv: f32, %y_squares_bmt: f32, %o_weight_grouped_mrv: f32, %old: f32):
    %count = arith.constant 512.0 : f32
    %quotient = arith.divf %y_squares_bmt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %y_grouped_bmrtv, %rsqrt : f32
    %product_2 = arith.mulf %product, %o_weight_grouped_mrv : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x1x8x128x64xf32>
  %y_by_head = tensor.collapse_shape %y_norm [[0], [1, 2], [3], [4]]
      : tensor<1x1x8x128x64xf32> into tensor<1x8x128x64xf32>
  return %y_by_head
      : tensor<1x8x128x64xf32>
}
