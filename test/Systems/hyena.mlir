// Hyena: gated long convolutions (arXiv 2302.10866); implicit=0 takes the filters as they are, as decoding does
#le = affine_map<(l, e) -> (l, e)>
#le_of_lne = affine_map<(l, n, e) -> (l, e)>
#ne_of_lne = affine_map<(l, n, e) -> (n, e)>
#ln_of_lne = affine_map<(l, n, e) -> (l, n)>
#ln = affine_map<(l, n) -> (l, n)>
#n_of_ln = affine_map<(l, n) -> (n)>
#ln_of_lmn = affine_map<(l, m, n) -> (l, n)>
#mn_of_lmn = affine_map<(l, m, n) -> (m, n)>
#lm_of_lmn = affine_map<(l, m, n) -> (l, m)>
#lm = affine_map<(l, m) -> (l, m)>
#m_of_lm = affine_map<(l, m) -> (m)>
#lm_of_cldm = affine_map<(c, l, d, m) -> (l, m)>
#cdm_of_cldm = affine_map<(c, l, d, m) -> (c, d, m)>
#cld_of_cldm = affine_map<(c, l, d, m) -> (c, l, d)>
#cld = affine_map<(c, l, d) -> (c, l, d)>
#cd_of_cld = affine_map<(c, l, d) -> (c, d)>
#bptd = affine_map<(b, p, t, d) -> (b, p, t, d)>
#pd_of_bptd = affine_map<(b, p, t, d) -> (p, d)>
func.func @hyena(
    %x: tensor<1x3x128x64xf32> {attn.name = "x"},
    %x_conv: tensor<3x3x64xf32> {attn.name = "x_conv"},
    %x_conv_bias: tensor<3x64xf32> {attn.name = "x_conv_bias"},
    %w0: tensor<16x3xf32> {attn.name = "w0"},
    %b0: tensor<16xf32> {attn.name = "b0"},
    %w1: tensor<16x16xf32> {attn.name = "w1"},
    %b1: tensor<16xf32> {attn.name = "b1"},
    %w_out: tensor<1x64x16xf32> {attn.name = "w_out"},
    %decay: tensor<1x64xf32> {attn.name = "decay"},
    %skip: tensor<1x64xf32> {attn.name = "skip"})
    -> (tensor<1x128x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // Features of a tap's place: t, cos(f w t), -sin(f w t).
  %places_init = tensor.empty() : tensor<128x3xf32>
  %places = linalg.generic {
      indexing_maps = [#le],
      iterator_types = ["parallel", "parallel"]}
      outs(%places_init : tensor<128x3xf32>) {
  ^bb0(%old: f32):
    %place = linalg.index 0 : index
    %place_int = arith.index_cast %place : index to i32
    %place_number = arith.sitofp %place_int : i32 to f32
    %place_2 = linalg.index 1 : index
    %place_int_2 = arith.index_cast %place_2 : index to i32
    %place_number_2 = arith.sitofp %place_int_2 : i32 to f32
    %step = arith.constant 0.007874015748031496 : f32
    %product = arith.mulf %place_number, %step : f32
    %angle = arith.constant 0.04908738521234052 : f32
    %product_2 = arith.mulf %place_number, %angle : f32
    %bands = arith.constant 1.0 : f32
    %is_sine = arith.cmpf ogt, %place_number_2, %bands : f32
    %first = arith.constant 1.0 : f32
    %sum = arith.addf %bands, %first : f32
    %offset = arith.select %is_sine, %sum, %first : f32
    %difference = arith.subf %place_number_2, %offset : f32
    %spacing = arith.constant 0.0 : f32
    %product_3 = arith.mulf %difference, %spacing : f32
    %lowest = arith.constant 0.0001 : f32
    %sum_2 = arith.addf %product_3, %lowest : f32
    %product_4 = arith.mulf %sum_2, %product_2 : f32
    %cos = math.cos %product_4 : f32
    %sin = math.sin %product_4 : f32
    %negated = arith.negf %sin : f32
    %wave = arith.select %is_sine, %negated, %cos : f32
    %half = arith.constant 0.5 : f32
    %is_time = arith.cmpf olt, %place_number_2, %half : f32
    %feature = arith.select %is_time, %product, %wave : f32
    linalg.yield %feature : f32
  } -> tensor<128x3xf32>

  // The filters: sines of a network, falling off in time.
  %layer0_zero_init = tensor.empty() : tensor<128x16xf32>
  %layer0_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%layer0_zero_init : tensor<128x16xf32>) -> tensor<128x16xf32>
  %layer0 = linalg.generic {
      indexing_maps = [#le_of_lne, #ne_of_lne, #ln_of_lne],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%places, %w0 : tensor<128x3xf32>, tensor<16x3xf32>)
      outs(%layer0_zero : tensor<128x16xf32>) {
  ^bb0(%places_le: f32, %w0_ne: f32, %so_far: f32):
    %product = arith.mulf %places_le, %w0_ne : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<128x16xf32>
  %sine0_init = tensor.empty() : tensor<128x16xf32>
  %sine0 = linalg.generic {
      indexing_maps = [#ln, #n_of_ln, #ln],
      iterator_types = ["parallel", "parallel"]}
      ins(%layer0, %b0 : tensor<128x16xf32>, tensor<16xf32>)
      outs(%sine0_init : tensor<128x16xf32>) {
  ^bb0(%layer0_ln: f32, %b0_n: f32, %old: f32):
    %sum = arith.addf %layer0_ln, %b0_n : f32
    %sin = math.sin %sum : f32
    linalg.yield %sin : f32
  } -> tensor<128x16xf32>
  %layer1_zero_init = tensor.empty() : tensor<128x16xf32>
  %layer1_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%layer1_zero_init : tensor<128x16xf32>) -> tensor<128x16xf32>
  %layer1 = linalg.generic {
      indexing_maps = [#ln_of_lmn, #mn_of_lmn, #lm_of_lmn],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%sine0, %w1 : tensor<128x16xf32>, tensor<16x16xf32>)
      outs(%layer1_zero : tensor<128x16xf32>) {
  ^bb0(%sine0_ln: f32, %w1_mn: f32, %so_far: f32):
    %product = arith.mulf %sine0_ln, %w1_mn : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<128x16xf32>
  %sine1_init = tensor.empty() : tensor<128x16xf32>
  %sine1 = linalg.generic {
      indexing_maps = [#lm, #m_of_lm, #lm],
      iterator_types = ["parallel", "parallel"]}
      ins(%layer1, %b1 : tensor<128x16xf32>, tensor<16xf32>)
      outs(%sine1_init : tensor<128x16xf32>) {
  ^bb0(%layer1_lm: f32, %b1_m: f32, %old: f32):
    %sum = arith.addf %layer1_lm, %b1_m : f32
    %sin = math.sin %sum : f32
    linalg.yield %sin : f32
  } -> tensor<128x16xf32>
  %flat_zero_init = tensor.empty() : tensor<1x128x64xf32>
  %flat_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%flat_zero_init : tensor<1x128x64xf32>) -> tensor<1x128x64xf32>
  %flat = linalg.generic {
      indexing_maps = [#lm_of_cldm, #cdm_of_cldm, #cld_of_cldm],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%sine1, %w_out : tensor<128x16xf32>, tensor<1x64x16xf32>)
      outs(%flat_zero : tensor<1x128x64xf32>) {
  ^bb0(%sine1_lm: f32, %w_out_cdm: f32, %so_far: f32):
    %product = arith.mulf %sine1_lm, %w_out_cdm : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x64xf32>
  %filters_init = tensor.empty() : tensor<1x128x64xf32>
  %filters = linalg.generic {
      indexing_maps = [#cld, #cd_of_cld, #cld],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%flat, %decay : tensor<1x128x64xf32>, tensor<1x64xf32>)
      outs(%filters_init : tensor<1x128x64xf32>) {
  ^bb0(%flat_cld: f32, %decay_cd: f32, %old: f32):
    %place = linalg.index 1 : index
    %place_int = arith.index_cast %place : index to i32
    %place_number = arith.sitofp %place_int : i32 to f32
    %step = arith.constant 0.007874015748031496 : f32
    %product = arith.mulf %place_number, %step : f32
    %rate = math.absf %decay_cd : f32
    %product_2 = arith.mulf %product, %rate : f32
    %negated = arith.negf %product_2 : f32
    %exp = math.exp %negated : f32
    %product_3 = arith.mulf %flat_cld, %exp : f32
    linalg.yield %product_3 : f32
  } -> tensor<1x128x64xf32>

  // A short causal convolution of each projection.
  %x_sums_init = tensor.empty() : tensor<1x3x128x64xf32>
  %x_sums = attn.long_conv
      ins(%x, %x_conv : tensor<1x3x128x64xf32>, tensor<3x3x64xf32>)
      outs(%x_sums_init : tensor<1x3x128x64xf32>)
  %x_convolved_init = tensor.empty() : tensor<1x3x128x64xf32>
  %x_convolved = linalg.generic {
      indexing_maps = [#bptd, #pd_of_bptd, #bptd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x_sums, %x_conv_bias : tensor<1x3x128x64xf32>, tensor<3x64xf32>)
      outs(%x_convolved_init : tensor<1x3x128x64xf32>) {
  ^bb0(%x_sums_bptd: f32, %x_conv_bias_pd: f32, %old: f32):
    %sum = arith.addf %x_sums_bptd, %x_conv_bias_pd : f32
    linalg.yield %sum : f32
  } -> tensor<1x3x128x64xf32>

  // Gates and long convolutions.
  %x2 = tensor.extract_slice %x_convolved[0, 2, 0, 0] [1, 1, 128, 64] [1, 1, 1, 1]
      : tensor<1x3x128x64xf32> to tensor<1x1x128x64xf32>
  %x0 = tensor.extract_slice %x_convolved[0, 0, 0, 0] [1, 1, 128, 64] [1, 1, 1, 1]
      : tensor<1x3x128x64xf32> to tensor<1x1x128x64xf32>
  %x1 = tensor.extract_slice %x_convolved[0, 1, 0, 0] [1, 1, 128, 64] [1, 1, 1, 1]
      : tensor<1x3x128x64xf32> to tensor<1x1x128x64xf32>
  %filter = tensor.extract_slice %filters[0, 0, 0] [1, 128, 64] [1, 1, 1]
      : tensor<1x128x64xf32> to tensor<1x128x64xf32>
  %skip_of_filter = tensor.extract_slice %skip[0, 0] [1, 64] [1, 1]
      : tensor<1x64xf32> to tensor<1x64xf32>
  %z1_init = tensor.empty() : tensor<1x1x128x64xf32>
  %z1 = attn.long_conv
      ins(%x2, %filter : tensor<1x1x128x64xf32>, tensor<1x128x64xf32>)
      before(%x1 : tensor<1x1x128x64xf32>)
      behind(%x0 : tensor<1x1x128x64xf32>)
      skip(%skip_of_filter : tensor<1x64xf32>)
      outs(%z1_init : tensor<1x1x128x64xf32>)
  %o = tensor.extract_slice %z1[0, 0, 0, 0] [1, 1, 128, 64] [1, 1, 1, 1]
      : tensor<1x1x128x64xf32> to tensor<1x128x64xf32>
  return %o
      : tensor<1x128x64xf32>
}
