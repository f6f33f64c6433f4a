// gated linear attention: a decay per key feature (arXiv 2312.06635)
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#bht_of_bhtv = affine_map<(b, h, t, v) -> (b, h, t)>
#v_of_bhtv = affine_map<(b, h, t, v) -> (v)>
func.func @gla(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %a: tensor<1x8x128x64xf32> {attn.name = "a"},
    %z: tensor<1x8x128x64xf32> {attn.name = "z"},
    %o_weight: tensor<64xf32> {attn.name = "o_weight"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // Decay: g = logsigmoid(a) / 16.
  %g_init = tensor.empty() : tensor<1x8x128x64xf32>
  %g = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%a : tensor<1x8x128x64xf32>)
      outs(%g_init : tensor<1x8x128x64xf32>) {
  ^bb0(%a_bhtk: f32, %old: f32):
    %abs = math.absf %a_bhtk : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %log = math.log1p %exp : f32
    %zero = arith.constant 0.0 : f32
    %negative = arith.minimumf %a_bhtk, %zero : f32
    %log_sigmoid = arith.subf %negative, %log : f32
    %sixteen = arith.constant 16.0 : f32
    %quotient = arith.divf %log_sigmoid, %sixteen : f32
    linalg.yield %quotient : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128x64xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)

  // RMS norm per head, times silu(z).
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
    %silu = arith.mulf %z_bhtv, %sigmoid : f32
    %product_3 = arith.mulf %product_2, %silu : f32
    linalg.yield %product_3 : f32
  } -> tensor<1x8x128x64xf32>
  return %o_norm
      : tensor<1x8x128x64xf32>
}
