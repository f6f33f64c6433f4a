// Mamba: a selective scan, a decay per channel and state (arXiv 2312.00752)
#window_of_bhtvw = affine_map<(b, h, t, v, w) -> (b, h, t + w, v)>
#hvw_of_bhtvw = affine_map<(b, h, t, v, w) -> (h, v, w)>
#bhtv_of_bhtvw = affine_map<(b, h, t, v, w) -> (b, h, t, v)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#hv_of_bhtv = affine_map<(b, h, t, v) -> (h, v)>
#hvk_of_hkv = affine_map<(h, k, v) -> (h, v, k)>
#hkv = affine_map<(h, k, v) -> (h, k, v)>
func.func @mamba(
    %x: tensor<1x1x128x256xf32> {attn.name = "x"},
    %dt: tensor<1x1x128x256xf32> {attn.name = "dt"},
    %b: tensor<1x1x128x16xf32> {attn.name = "b"},
    %c: tensor<1x1x128x16xf32> {attn.name = "c"},
    %z: tensor<1x1x128x256xf32> {attn.name = "z"},
    %x_conv: tensor<1x256x4xf32> {attn.name = "x_conv"},
    %x_conv_bias: tensor<1x256xf32> {attn.name = "x_conv_bias"},
    %a_log: tensor<1x256x16xf32> {attn.name = "a_log"},
    %dt_bias: tensor<1x256xf32> {attn.name = "dt_bias"},
    %d: tensor<1x256xf32> {attn.name = "d"})
    -> (tensor<1x1x128x256xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // x: causal convolution over 4 tokens, then SiLU.
  %x_before_init = tensor.empty() : tensor<1x1x3x256xf32>
  %x_before = linalg.fill ins(%zero_f32 : f32)
      outs(%x_before_init : tensor<1x1x3x256xf32>) -> tensor<1x1x3x256xf32>
  %x_padded = tensor.concat dim(2) %x_before, %x
      : (tensor<1x1x3x256xf32>, tensor<1x1x128x256xf32>) -> tensor<1x1x131x256xf32>
  %x_sums_zero_init = tensor.empty() : tensor<1x1x128x256xf32>
  %x_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%x_sums_zero_init : tensor<1x1x128x256xf32>) -> tensor<1x1x128x256xf32>
  %x_sums = linalg.generic {
      indexing_maps = [#window_of_bhtvw, #hvw_of_bhtvw, #bhtv_of_bhtvw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x_padded, %x_conv : tensor<1x1x131x256xf32>, tensor<1x256x4xf32>)
      outs(%x_sums_zero : tensor<1x1x128x256xf32>) {
  ^bb0(%x_padded_bhpv: f32, %x_conv_hvw: f32, %so_far: f32):
    %product = arith.mulf %x_padded_bhpv, %x_conv_hvw : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x256xf32>
  %x_silu_init = tensor.empty() : tensor<1x1x128x256xf32>
  %x_silu = linalg.generic {
      indexing_maps = [#bhtv, #hv_of_bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x_sums, %x_conv_bias : tensor<1x1x128x256xf32>, tensor<1x256xf32>)
      outs(%x_silu_init : tensor<1x1x128x256xf32>) {
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
  } -> tensor<1x1x128x256xf32>

  // Time step: softplus(dt + dt_bias); rate of decay: -exp(a_log).
  %step_init = tensor.empty() : tensor<1x1x128x256xf32>
  %step = linalg.generic {
      indexing_maps = [#bhtv, #hv_of_bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%dt, %dt_bias : tensor<1x1x128x256xf32>, tensor<1x256xf32>)
      outs(%step_init : tensor<1x1x128x256xf32>) {
  ^bb0(%dt_bhtv: f32, %dt_bias_hv: f32, %old: f32):
    %sum = arith.addf %dt_bhtv, %dt_bias_hv : f32
    %abs = math.absf %sum : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %log = math.log1p %exp : f32
    %zero = arith.constant 0.0 : f32
    %positive = arith.maximumf %sum, %zero : f32
    %softplus = arith.addf %positive, %log : f32
    linalg.yield %softplus : f32
  } -> tensor<1x1x128x256xf32>
  %rate_init = tensor.empty() : tensor<1x16x256xf32>
  %rate = linalg.generic {
      indexing_maps = [#hvk_of_hkv, #hkv],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a_log : tensor<1x256x16xf32>)
      outs(%rate_init : tensor<1x16x256xf32>) {
  ^bb0(%a_log_hvk: f32, %old: f32):
    %exp = math.exp %a_log_hvk : f32
    %negated = arith.negf %exp : f32
    linalg.yield %negated : f32
  } -> tensor<1x16x256xf32>
  %v_init = tensor.empty() : tensor<1x1x128x256xf32>
  %v = linalg.generic {
      indexing_maps = [#bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x_silu, %step : tensor<1x1x128x256xf32>, tensor<1x1x128x256xf32>)
      outs(%v_init : tensor<1x1x128x256xf32>) {
  ^bb0(%x_silu_bhtv: f32, %step_bhtv: f32, %old: f32):
    %product = arith.mulf %x_silu_bhtv, %step_bhtv : f32
    linalg.yield %product : f32
  } -> tensor<1x1x128x256xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x1x128x256xf32>
  %o = attn.recurrent scale 1.0
      ins(%c, %b, %v
        : tensor<1x1x128x16xf32>, tensor<1x1x128x16xf32>, tensor<1x1x128x256xf32>)
      decay(%step, %rate : tensor<1x1x128x256xf32>, tensor<1x16x256xf32>)
      outs(%o_init
        : tensor<1x1x128x256xf32>)

  // The input itself, and the gate.
  %y_init = tensor.empty() : tensor<1x1x128x256xf32>
  %y = linalg.generic {
      indexing_maps = [#bhtv, #bhtv, #hv_of_bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o, %x_silu, %d, %z
        : tensor<1x1x128x256xf32>, tensor<1x1x128x256xf32>, tensor<1x256xf32>, tensor<1x1x128x256xf32>)
      outs(%y_init : tensor<1x1x128x256xf32>) {
  ^bb0(%o_bhtv: f32, %x_silu_bhtv: f32, %d_hv: f32, %z_bhtv: f32, %old: f32):
    %product = arith.mulf %x_silu_bhtv, %d_hv : f32
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
  } -> tensor<1x1x128x256xf32>
  return %y
      : tensor<1x1x128x256xf32>
}
