// Perceiver AR: the last tokens are the latents (arXiv 2202.07765); rotary=0 leaves queries and keys as they are
#btd = affine_map<(b, t, d) -> (b, t, d)>
#bt_of_btd = affine_map<(b, t, d) -> (b, t)>
#d_of_btd = affine_map<(b, t, d) -> (d)>
#btd_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, t, d)>
#dhk_of_bhtkd = affine_map<(b, h, t, k, d) -> (d, h, k)>
#bhtk_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, h, t, k)>
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#tk_of_bhtk = affine_map<(b, h, t, k) -> (t, k)>
#btd_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, t, d)>
#dhv_of_bhtvd = affine_map<(b, h, t, v, d) -> (d, h, v)>
#bhtv_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, h, t, v)>
#bsd = affine_map<(b, s, d) -> (b, s, d)>
#bs_of_bsd = affine_map<(b, s, d) -> (b, s)>
#d_of_bsd = affine_map<(b, s, d) -> (d)>
#bsd_of_bhskd = affine_map<(b, h, s, k, d) -> (b, s, d)>
#dhk_of_bhskd = affine_map<(b, h, s, k, d) -> (d, h, k)>
#bhsk_of_bhskd = affine_map<(b, h, s, k, d) -> (b, h, s, k)>
#bhsk = affine_map<(b, h, s, k) -> (b, h, s, k)>
#sk_of_bhsk = affine_map<(b, h, s, k) -> (s, k)>
#bsd_of_bhsvd = affine_map<(b, h, s, v, d) -> (b, s, d)>
#dhv_of_bhsvd = affine_map<(b, h, s, v, d) -> (d, h, v)>
#bhsv_of_bhsvd = affine_map<(b, h, s, v, d) -> (b, h, s, v)>
#bhtv_of_btdhv = affine_map<(b, t, d, h, v) -> (b, h, t, v)>
#hvd_of_btdhv = affine_map<(b, t, d, h, v) -> (h, v, d)>
#btd_of_btdhv = affine_map<(b, t, d, h, v) -> (b, t, d)>
#btd_of_btfd = affine_map<(b, t, f, d) -> (b, t, d)>
#df_of_btfd = affine_map<(b, t, f, d) -> (d, f)>
#btf_of_btfd = affine_map<(b, t, f, d) -> (b, t, f)>
#btf = affine_map<(b, t, f) -> (b, t, f)>
#btf_of_btdf = affine_map<(b, t, d, f) -> (b, t, f)>
#fd_of_btdf = affine_map<(b, t, d, f) -> (f, d)>
#btd_of_btdf = affine_map<(b, t, d, f) -> (b, t, d)>
func.func @perceiver_ar(
    %x_before: tensor<1x128x128xf32> {attn.name = "x_before"},
    %x: tensor<1x128x128xf32> {attn.name = "x"},
    %mask_before: tensor<1x128xi1> {attn.name = "mask_before"},
    %mask: tensor<1x128xi1> {attn.name = "mask"},
    %cos_before: tensor<128x32xf32> {attn.name = "cos_before"},
    %sin_before: tensor<128x32xf32> {attn.name = "sin_before"},
    %cos: tensor<128x32xf32> {attn.name = "cos"},
    %sin: tensor<128x32xf32> {attn.name = "sin"},
    %encode_q_norm: tensor<2x128xf32> {attn.name = "encode_q_norm"},
    %encode_kv_norm: tensor<2x128xf32> {attn.name = "encode_kv_norm"},
    %encode_wq: tensor<128x512xf32> {attn.name = "encode_wq"},
    %encode_wk: tensor<128x512xf32> {attn.name = "encode_wk"},
    %encode_wv: tensor<128x512xf32> {attn.name = "encode_wv"},
    %encode_wo: tensor<512x128xf32> {attn.name = "encode_wo"},
    %encode_mlp_norm: tensor<2x128xf32> {attn.name = "encode_mlp_norm"},
    %encode_w1: tensor<128x256xf32> {attn.name = "encode_w1"},
    %encode_w2: tensor<256x128xf32> {attn.name = "encode_w2"},
    %process_0_q_norm: tensor<2x128xf32> {attn.name = "process_0_q_norm"},
    %process_0_wq: tensor<128x512xf32> {attn.name = "process_0_wq"},
    %process_0_wk: tensor<128x512xf32> {attn.name = "process_0_wk"},
    %process_0_wv: tensor<128x512xf32> {attn.name = "process_0_wv"},
    %process_0_wo: tensor<512x128xf32> {attn.name = "process_0_wo"},
    %process_0_mlp_norm: tensor<2x128xf32> {attn.name = "process_0_mlp_norm"},
    %process_0_w1: tensor<128x256xf32> {attn.name = "process_0_w1"},
    %process_0_w2: tensor<256x128xf32> {attn.name = "process_0_w2"})
    -> (tensor<1x128x128xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32
  %present = tensor.concat dim(1) %mask_before, %mask
      : (tensor<1x128xi1>, tensor<1x128xi1>) -> tensor<1x256xi1>

  // encode: normalised, projected, attention, then the MLP.
  %encode_q_normed_weight = tensor.extract_slice %encode_q_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_q_normed_bias = tensor.extract_slice %encode_q_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_q_normed_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_q_normed_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_q_normed_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_q_normed_sums = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<1x128x128xf32>)
      outs(%encode_q_normed_sums_zero : tensor<1x128xf32>) {
  ^bb0(%x_btd: f32, %so_far: f32):
    %total = arith.addf %so_far, %x_btd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_q_normed_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_q_normed_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_q_normed_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_q_normed_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %encode_q_normed_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%encode_q_normed_squares_zero : tensor<1x128xf32>) {
  ^bb0(%x_btd: f32, %encode_q_normed_sums_bt: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_q_normed_sums_bt, %count : f32
    %difference = arith.subf %x_btd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_q_normed_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_q_normed = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #d_of_btd, #d_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %encode_q_normed_sums, %encode_q_normed_squares, %encode_q_normed_weight, %encode_q_normed_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%encode_q_normed_init : tensor<1x128x128xf32>) {
  ^bb0(%x_btd: f32, %encode_q_normed_sums_bt: f32, %encode_q_normed_squares_bt: f32, %encode_q_normed_weight_d: f32, %encode_q_normed_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_q_normed_sums_bt, %count : f32
    %difference = arith.subf %x_btd, %quotient : f32
    %quotient_2 = arith.divf %encode_q_normed_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %encode_q_normed_weight_d : f32
    %sum_2 = arith.addf %product_2, %encode_q_normed_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %encode_wq_by_head = tensor.expand_shape %encode_wq [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %encode_q_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %encode_q_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_q_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %encode_q = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #dhk_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_q_normed, %encode_wq_by_head : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%encode_q_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%encode_q_normed_btd: f32, %encode_wq_by_head_dhk: f32, %so_far: f32):
    %product = arith.mulf %encode_q_normed_btd, %encode_wq_by_head_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %encode_q_low = tensor.extract_slice %encode_q[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %encode_q_high = tensor.extract_slice %encode_q[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %encode_q_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %encode_q_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_q_low, %encode_q_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%encode_q_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%encode_q_low_bhtk: f32, %encode_q_high_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %encode_q_low_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %encode_q_high_bhtk, %sin_tk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %encode_q_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %encode_q_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_q_high, %encode_q_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%encode_q_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%encode_q_high_bhtk: f32, %encode_q_low_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %encode_q_high_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %encode_q_low_bhtk, %sin_tk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %encode_q_rotary = tensor.concat dim(3) %encode_q_low_turned, %encode_q_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %encode_kv_weight = tensor.extract_slice %encode_kv_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_kv_bias = tensor.extract_slice %encode_kv_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_kv_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_kv_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_kv_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_kv_sums = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<1x128x128xf32>)
      outs(%encode_kv_sums_zero : tensor<1x128xf32>) {
  ^bb0(%x_btd: f32, %so_far: f32):
    %total = arith.addf %so_far, %x_btd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_kv_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_kv_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_kv_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_kv_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %encode_kv_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%encode_kv_squares_zero : tensor<1x128xf32>) {
  ^bb0(%x_btd: f32, %encode_kv_sums_bt: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_kv_sums_bt, %count : f32
    %difference = arith.subf %x_btd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_kv_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_kv = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #d_of_btd, #d_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %encode_kv_sums, %encode_kv_squares, %encode_kv_weight, %encode_kv_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%encode_kv_init : tensor<1x128x128xf32>) {
  ^bb0(%x_btd: f32, %encode_kv_sums_bt: f32, %encode_kv_squares_bt: f32, %encode_kv_weight_d: f32, %encode_kv_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_kv_sums_bt, %count : f32
    %difference = arith.subf %x_btd, %quotient : f32
    %quotient_2 = arith.divf %encode_kv_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %encode_kv_weight_d : f32
    %sum_2 = arith.addf %product_2, %encode_kv_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %encode_wk_by_head = tensor.expand_shape %encode_wk [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %encode_k_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %encode_k_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_k_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %encode_k = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #dhk_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_kv, %encode_wk_by_head : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%encode_k_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%encode_kv_btd: f32, %encode_wk_by_head_dhk: f32, %so_far: f32):
    %product = arith.mulf %encode_kv_btd, %encode_wk_by_head_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %encode_k_low = tensor.extract_slice %encode_k[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %encode_k_high = tensor.extract_slice %encode_k[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %encode_k_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %encode_k_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_k_low, %encode_k_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%encode_k_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%encode_k_low_bhtk: f32, %encode_k_high_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %encode_k_low_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %encode_k_high_bhtk, %sin_tk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %encode_k_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %encode_k_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_k_high, %encode_k_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%encode_k_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%encode_k_high_bhtk: f32, %encode_k_low_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %encode_k_high_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %encode_k_low_bhtk, %sin_tk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %encode_k_rotary = tensor.concat dim(3) %encode_k_low_turned, %encode_k_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %encode_wv_by_head = tensor.expand_shape %encode_wv [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %encode_v_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %encode_v_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_v_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %encode_v = linalg.generic {
      indexing_maps = [#btd_of_bhtvd, #dhv_of_bhtvd, #bhtv_of_bhtvd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_kv, %encode_wv_by_head : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%encode_v_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%encode_kv_btd: f32, %encode_wv_by_head_dhv: f32, %so_far: f32):
    %product = arith.mulf %encode_kv_btd, %encode_wv_by_head_dhv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %encode_kv_before_weight = tensor.extract_slice %encode_kv_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_kv_before_bias = tensor.extract_slice %encode_kv_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_kv_before_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_kv_before_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_kv_before_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_kv_before_sums = linalg.generic {
      indexing_maps = [#bsd, #bs_of_bsd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x_before : tensor<1x128x128xf32>)
      outs(%encode_kv_before_sums_zero : tensor<1x128xf32>) {
  ^bb0(%x_before_bsd: f32, %so_far: f32):
    %total = arith.addf %so_far, %x_before_bsd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_kv_before_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_kv_before_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_kv_before_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_kv_before_squares = linalg.generic {
      indexing_maps = [#bsd, #bs_of_bsd, #bs_of_bsd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x_before, %encode_kv_before_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%encode_kv_before_squares_zero : tensor<1x128xf32>) {
  ^bb0(%x_before_bsd: f32, %encode_kv_before_sums_bs: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_kv_before_sums_bs, %count : f32
    %difference = arith.subf %x_before_bsd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_kv_before_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_kv_before = linalg.generic {
      indexing_maps = [#bsd, #bs_of_bsd, #bs_of_bsd, #d_of_bsd, #d_of_bsd, #bsd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x_before, %encode_kv_before_sums, %encode_kv_before_squares, %encode_kv_before_weight, %encode_kv_before_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%encode_kv_before_init : tensor<1x128x128xf32>) {
  ^bb0(%x_before_bsd: f32, %encode_kv_before_sums_bs: f32, %encode_kv_before_squares_bs: f32, %encode_kv_before_weight_d: f32, %encode_kv_before_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_kv_before_sums_bs, %count : f32
    %difference = arith.subf %x_before_bsd, %quotient : f32
    %quotient_2 = arith.divf %encode_kv_before_squares_bs, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %encode_kv_before_weight_d : f32
    %sum_2 = arith.addf %product_2, %encode_kv_before_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %encode_wk_by_head_2 = tensor.expand_shape %encode_wk [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %encode_k_before_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %encode_k_before_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_k_before_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %encode_k_before = linalg.generic {
      indexing_maps = [#bsd_of_bhskd, #dhk_of_bhskd, #bhsk_of_bhskd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_kv_before, %encode_wk_by_head_2
        : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%encode_k_before_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%encode_kv_before_bsd: f32, %encode_wk_by_head_2_dhk: f32, %so_far: f32):
    %product = arith.mulf %encode_kv_before_bsd, %encode_wk_by_head_2_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %encode_k_before_low = tensor.extract_slice %encode_k_before[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %encode_k_before_high = tensor.extract_slice %encode_k_before[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %encode_k_before_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %encode_k_before_low_turned = linalg.generic {
      indexing_maps = [#bhsk, #bhsk, #sk_of_bhsk, #sk_of_bhsk, #bhsk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_k_before_low, %encode_k_before_high, %cos_before, %sin_before
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%encode_k_before_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%encode_k_before_low_bhsk: f32, %encode_k_before_high_bhsk: f32, %cos_before_sk: f32, %sin_before_sk: f32, %old: f32):
    %product = arith.mulf %encode_k_before_low_bhsk, %cos_before_sk : f32
    %product_2 = arith.mulf %encode_k_before_high_bhsk, %sin_before_sk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %encode_k_before_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %encode_k_before_high_turned = linalg.generic {
      indexing_maps = [#bhsk, #bhsk, #sk_of_bhsk, #sk_of_bhsk, #bhsk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_k_before_high, %encode_k_before_low, %cos_before, %sin_before
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%encode_k_before_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%encode_k_before_high_bhsk: f32, %encode_k_before_low_bhsk: f32, %cos_before_sk: f32, %sin_before_sk: f32, %old: f32):
    %product = arith.mulf %encode_k_before_high_bhsk, %cos_before_sk : f32
    %product_2 = arith.mulf %encode_k_before_low_bhsk, %sin_before_sk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %encode_k_before_rotary = tensor.concat dim(3) %encode_k_before_low_turned, %encode_k_before_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %encode_wv_by_head_2 = tensor.expand_shape %encode_wv [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %encode_v_before_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %encode_v_before_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_v_before_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %encode_v_before = linalg.generic {
      indexing_maps = [#bsd_of_bhsvd, #dhv_of_bhsvd, #bhsv_of_bhsvd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_kv_before, %encode_wv_by_head_2
        : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%encode_v_before_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%encode_kv_before_bsd: f32, %encode_wv_by_head_2_dhv: f32, %so_far: f32):
    %product = arith.mulf %encode_kv_before_bsd, %encode_wv_by_head_2_dhv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %encode_k_all = tensor.concat dim(2) %encode_k_before_rotary, %encode_k_rotary
      : (tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>) -> tensor<1x8x256x64xf32>
  %encode_v_all = tensor.concat dim(2) %encode_v_before, %encode_v
      : (tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>) -> tensor<1x8x256x64xf32>
  %present_of_head = tensor.expand_shape %present [[0, 1], [2]]
      output_shape [1, 1, 256] : tensor<1x256xi1> into tensor<1x1x256xi1>
  %present_of_query = tensor.expand_shape %present_of_head [[0], [1, 2], [3]]
      output_shape [1, 1, 1, 256] : tensor<1x1x256xi1> into tensor<1x1x1x256xi1>
  %encode_o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %encode_o = attn.dense causal align(bottom_right)
      ins(%encode_q_rotary, %encode_k_all, %encode_v_all
        : tensor<1x8x128x64xf32>, tensor<1x8x256x64xf32>, tensor<1x8x256x64xf32>)
      bias(%present_of_query : tensor<1x1x1x256xi1>)
      outs(%encode_o_init : tensor<1x8x128x64xf32>)
  %encode_wo_by_head = tensor.expand_shape %encode_wo [[0, 1], [2]]
      output_shape [8, 64, 128] : tensor<512x128xf32> into tensor<8x64x128xf32>
  %encode_change_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_change_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_change_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %encode_change = linalg.generic {
      indexing_maps = [#bhtv_of_btdhv, #hvd_of_btdhv, #btd_of_btdhv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%encode_o, %encode_wo_by_head : tensor<1x8x128x64xf32>, tensor<8x64x128xf32>)
      outs(%encode_change_zero : tensor<1x128x128xf32>) {
  ^bb0(%encode_o_bhtv: f32, %encode_wo_by_head_hvd: f32, %so_far: f32):
    %product = arith.mulf %encode_o_bhtv, %encode_wo_by_head_hvd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %encode_y_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_y = linalg.generic {
      indexing_maps = [#btd, #btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%encode_change, %x : tensor<1x128x128xf32>, tensor<1x128x128xf32>)
      outs(%encode_y_init : tensor<1x128x128xf32>) {
  ^bb0(%encode_change_btd: f32, %x_btd: f32, %old: f32):
    %sum = arith.addf %encode_change_btd, %x_btd : f32
    linalg.yield %sum : f32
  } -> tensor<1x128x128xf32>
  %encode_mlp_weight = tensor.extract_slice %encode_mlp_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_mlp_bias = tensor.extract_slice %encode_mlp_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_mlp_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_mlp_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_mlp_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_mlp_sums = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%encode_y : tensor<1x128x128xf32>)
      outs(%encode_mlp_sums_zero : tensor<1x128xf32>) {
  ^bb0(%encode_y_btd: f32, %so_far: f32):
    %total = arith.addf %so_far, %encode_y_btd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_mlp_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_mlp_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_mlp_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_mlp_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%encode_y, %encode_mlp_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%encode_mlp_squares_zero : tensor<1x128xf32>) {
  ^bb0(%encode_y_btd: f32, %encode_mlp_sums_bt: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_mlp_sums_bt, %count : f32
    %difference = arith.subf %encode_y_btd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_mlp_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_mlp = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #d_of_btd, #d_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%encode_y, %encode_mlp_sums, %encode_mlp_squares, %encode_mlp_weight, %encode_mlp_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%encode_mlp_init : tensor<1x128x128xf32>) {
  ^bb0(%encode_y_btd: f32, %encode_mlp_sums_bt: f32, %encode_mlp_squares_bt: f32, %encode_mlp_weight_d: f32, %encode_mlp_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_mlp_sums_bt, %count : f32
    %difference = arith.subf %encode_y_btd, %quotient : f32
    %quotient_2 = arith.divf %encode_mlp_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %encode_mlp_weight_d : f32
    %sum_2 = arith.addf %product_2, %encode_mlp_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %encode_inner_zero_init = tensor.empty() : tensor<1x128x256xf32>
  %encode_inner_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_inner_zero_init : tensor<1x128x256xf32>) -> tensor<1x128x256xf32>
  %encode_inner = linalg.generic {
      indexing_maps = [#btd_of_btfd, #df_of_btfd, #btf_of_btfd],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_mlp, %encode_w1 : tensor<1x128x128xf32>, tensor<128x256xf32>)
      outs(%encode_inner_zero : tensor<1x128x256xf32>) {
  ^bb0(%encode_mlp_btd: f32, %encode_w1_df: f32, %so_far: f32):
    %product = arith.mulf %encode_mlp_btd, %encode_w1_df : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x256xf32>
  %encode_gelu_init = tensor.empty() : tensor<1x128x256xf32>
  %encode_gelu = linalg.generic {
      indexing_maps = [#btf, #btf],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%encode_inner : tensor<1x128x256xf32>)
      outs(%encode_gelu_init : tensor<1x128x256xf32>) {
  ^bb0(%encode_inner_btf: f32, %old: f32):
    %rsqrt2 = arith.constant 0.7071067811865476 : f32
    %product = arith.mulf %encode_inner_btf, %rsqrt2 : f32
    %erf = math.erf %product : f32
    %one = arith.constant 1.0 : f32
    %sum = arith.addf %one, %erf : f32
    %half = arith.constant 0.5 : f32
    %product_2 = arith.mulf %half, %encode_inner_btf : f32
    %product_3 = arith.mulf %product_2, %sum : f32
    linalg.yield %product_3 : f32
  } -> tensor<1x128x256xf32>
  %encode_mlp_out_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_mlp_out_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_mlp_out_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %encode_mlp_out = linalg.generic {
      indexing_maps = [#btf_of_btdf, #fd_of_btdf, #btd_of_btdf],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_gelu, %encode_w2 : tensor<1x128x256xf32>, tensor<256x128xf32>)
      outs(%encode_mlp_out_zero : tensor<1x128x128xf32>) {
  ^bb0(%encode_gelu_btf: f32, %encode_w2_fd: f32, %so_far: f32):
    %product = arith.mulf %encode_gelu_btf, %encode_w2_fd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %encode_out_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_out = linalg.generic {
      indexing_maps = [#btd, #btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%encode_y, %encode_mlp_out : tensor<1x128x128xf32>, tensor<1x128x128xf32>)
      outs(%encode_out_init : tensor<1x128x128xf32>) {
  ^bb0(%encode_y_btd: f32, %encode_mlp_out_btd: f32, %old: f32):
    %sum = arith.addf %encode_y_btd, %encode_mlp_out_btd : f32
    linalg.yield %sum : f32
  } -> tensor<1x128x128xf32>

  // process_0: normalised, projected, attention, then the MLP.
  %process_0_q_normed_weight = tensor.extract_slice %process_0_q_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %process_0_q_normed_bias = tensor.extract_slice %process_0_q_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %process_0_q_normed_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %process_0_q_normed_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_q_normed_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %process_0_q_normed_sums = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%encode_out : tensor<1x128x128xf32>)
      outs(%process_0_q_normed_sums_zero : tensor<1x128xf32>) {
  ^bb0(%encode_out_btd: f32, %so_far: f32):
    %total = arith.addf %so_far, %encode_out_btd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %process_0_q_normed_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %process_0_q_normed_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_q_normed_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %process_0_q_normed_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%encode_out, %process_0_q_normed_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%process_0_q_normed_squares_zero : tensor<1x128xf32>) {
  ^bb0(%encode_out_btd: f32, %process_0_q_normed_sums_bt: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %process_0_q_normed_sums_bt, %count : f32
    %difference = arith.subf %encode_out_btd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %process_0_q_normed_init = tensor.empty() : tensor<1x128x128xf32>
  %process_0_q_normed = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #d_of_btd, #d_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%encode_out, %process_0_q_normed_sums, %process_0_q_normed_squares, %process_0_q_normed_weight, %process_0_q_normed_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%process_0_q_normed_init : tensor<1x128x128xf32>) {
  ^bb0(%encode_out_btd: f32, %process_0_q_normed_sums_bt: f32, %process_0_q_normed_squares_bt: f32, %process_0_q_normed_weight_d: f32, %process_0_q_normed_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %process_0_q_normed_sums_bt, %count : f32
    %difference = arith.subf %encode_out_btd, %quotient : f32
    %quotient_2 = arith.divf %process_0_q_normed_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %process_0_q_normed_weight_d : f32
    %sum_2 = arith.addf %product_2, %process_0_q_normed_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %process_0_wq_by_head = tensor.expand_shape %process_0_wq [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %process_0_q_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %process_0_q_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_q_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %process_0_q = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #dhk_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%process_0_q_normed, %process_0_wq_by_head
        : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%process_0_q_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%process_0_q_normed_btd: f32, %process_0_wq_by_head_dhk: f32, %so_far: f32):
    %product = arith.mulf %process_0_q_normed_btd, %process_0_wq_by_head_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %process_0_q_low = tensor.extract_slice %process_0_q[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %process_0_q_high = tensor.extract_slice %process_0_q[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %process_0_q_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %process_0_q_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%process_0_q_low, %process_0_q_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%process_0_q_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%process_0_q_low_bhtk: f32, %process_0_q_high_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %process_0_q_low_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %process_0_q_high_bhtk, %sin_tk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %process_0_q_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %process_0_q_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%process_0_q_high, %process_0_q_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%process_0_q_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%process_0_q_high_bhtk: f32, %process_0_q_low_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %process_0_q_high_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %process_0_q_low_bhtk, %sin_tk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %process_0_q_rotary = tensor.concat dim(3) %process_0_q_low_turned, %process_0_q_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %process_0_wk_by_head = tensor.expand_shape %process_0_wk [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %process_0_k_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %process_0_k_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_k_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %process_0_k = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #dhk_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%process_0_q_normed, %process_0_wk_by_head
        : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%process_0_k_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%process_0_q_normed_btd: f32, %process_0_wk_by_head_dhk: f32, %so_far: f32):
    %product = arith.mulf %process_0_q_normed_btd, %process_0_wk_by_head_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %process_0_k_low = tensor.extract_slice %process_0_k[0, 0, 0, 0] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %process_0_k_high = tensor.extract_slice %process_0_k[0, 0, 0, 32] [1, 8, 128, 32] [1, 1, 1, 1]
      : tensor<1x8x128x64xf32> to tensor<1x8x128x32xf32>
  %process_0_k_low_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %process_0_k_low_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%process_0_k_low, %process_0_k_high, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%process_0_k_low_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%process_0_k_low_bhtk: f32, %process_0_k_high_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %process_0_k_low_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %process_0_k_high_bhtk, %sin_tk : f32
    %difference = arith.subf %product, %product_2 : f32
    linalg.yield %difference : f32
  } -> tensor<1x8x128x32xf32>
  %process_0_k_high_turned_init = tensor.empty() : tensor<1x8x128x32xf32>
  %process_0_k_high_turned = linalg.generic {
      indexing_maps = [#bhtk, #bhtk, #tk_of_bhtk, #tk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%process_0_k_high, %process_0_k_low, %cos, %sin
        : tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>, tensor<128x32xf32>, tensor<128x32xf32>)
      outs(%process_0_k_high_turned_init : tensor<1x8x128x32xf32>) {
  ^bb0(%process_0_k_high_bhtk: f32, %process_0_k_low_bhtk: f32, %cos_tk: f32, %sin_tk: f32, %old: f32):
    %product = arith.mulf %process_0_k_high_bhtk, %cos_tk : f32
    %product_2 = arith.mulf %process_0_k_low_bhtk, %sin_tk : f32
    %sum = arith.addf %product, %product_2 : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x32xf32>
  %process_0_k_rotary = tensor.concat dim(3) %process_0_k_low_turned, %process_0_k_high_turned
      : (tensor<1x8x128x32xf32>, tensor<1x8x128x32xf32>) -> tensor<1x8x128x64xf32>
  %process_0_wv_by_head = tensor.expand_shape %process_0_wv [[0], [1, 2]]
      output_shape [128, 8, 64] : tensor<128x512xf32> into tensor<128x8x64xf32>
  %process_0_v_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %process_0_v_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_v_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %process_0_v = linalg.generic {
      indexing_maps = [#btd_of_bhtvd, #dhv_of_bhtvd, #bhtv_of_bhtvd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%process_0_q_normed, %process_0_wv_by_head
        : tensor<1x128x128xf32>, tensor<128x8x64xf32>)
      outs(%process_0_v_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%process_0_q_normed_btd: f32, %process_0_wv_by_head_dhv: f32, %so_far: f32):
    %product = arith.mulf %process_0_q_normed_btd, %process_0_wv_by_head_dhv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %mask_of_head = tensor.expand_shape %mask [[0, 1], [2]]
      output_shape [1, 1, 128] : tensor<1x128xi1> into tensor<1x1x128xi1>
  %mask_of_query = tensor.expand_shape %mask_of_head [[0], [1, 2], [3]]
      output_shape [1, 1, 1, 128] : tensor<1x1x128xi1> into tensor<1x1x1x128xi1>
  %process_0_o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %process_0_o = attn.dense causal align(bottom_right)
      ins(%process_0_q_rotary, %process_0_k_rotary, %process_0_v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      bias(%mask_of_query : tensor<1x1x1x128xi1>)
      outs(%process_0_o_init : tensor<1x8x128x64xf32>)
  %process_0_wo_by_head = tensor.expand_shape %process_0_wo [[0, 1], [2]]
      output_shape [8, 64, 128] : tensor<512x128xf32> into tensor<8x64x128xf32>
  %process_0_change_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %process_0_change_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_change_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %process_0_change = linalg.generic {
      indexing_maps = [#bhtv_of_btdhv, #hvd_of_btdhv, #btd_of_btdhv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%process_0_o, %process_0_wo_by_head : tensor<1x8x128x64xf32>, tensor<8x64x128xf32>)
      outs(%process_0_change_zero : tensor<1x128x128xf32>) {
  ^bb0(%process_0_o_bhtv: f32, %process_0_wo_by_head_hvd: f32, %so_far: f32):
    %product = arith.mulf %process_0_o_bhtv, %process_0_wo_by_head_hvd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %process_0_y_init = tensor.empty() : tensor<1x128x128xf32>
  %process_0_y = linalg.generic {
      indexing_maps = [#btd, #btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%process_0_change, %encode_out : tensor<1x128x128xf32>, tensor<1x128x128xf32>)
      outs(%process_0_y_init : tensor<1x128x128xf32>) {
  ^bb0(%process_0_change_btd: f32, %encode_out_btd: f32, %old: f32):
    %sum = arith.addf %process_0_change_btd, %encode_out_btd : f32
    linalg.yield %sum : f32
  } -> tensor<1x128x128xf32>
  %process_0_mlp_weight = tensor.extract_slice %process_0_mlp_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %process_0_mlp_bias = tensor.extract_slice %process_0_mlp_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %process_0_mlp_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %process_0_mlp_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_mlp_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %process_0_mlp_sums = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%process_0_y : tensor<1x128x128xf32>)
      outs(%process_0_mlp_sums_zero : tensor<1x128xf32>) {
  ^bb0(%process_0_y_btd: f32, %so_far: f32):
    %total = arith.addf %so_far, %process_0_y_btd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %process_0_mlp_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %process_0_mlp_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_mlp_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %process_0_mlp_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%process_0_y, %process_0_mlp_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%process_0_mlp_squares_zero : tensor<1x128xf32>) {
  ^bb0(%process_0_y_btd: f32, %process_0_mlp_sums_bt: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %process_0_mlp_sums_bt, %count : f32
    %difference = arith.subf %process_0_y_btd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %process_0_mlp_init = tensor.empty() : tensor<1x128x128xf32>
  %process_0_mlp = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #d_of_btd, #d_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%process_0_y, %process_0_mlp_sums, %process_0_mlp_squares, %process_0_mlp_weight, %process_0_mlp_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%process_0_mlp_init : tensor<1x128x128xf32>) {
  ^bb0(%process_0_y_btd: f32, %process_0_mlp_sums_bt: f32, %process_0_mlp_squares_bt: f32, %process_0_mlp_weight_d: f32, %process_0_mlp_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %process_0_mlp_sums_bt, %count : f32
    %difference = arith.subf %process_0_y_btd, %quotient : f32
    %quotient_2 = arith.divf %process_0_mlp_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %process_0_mlp_weight_d : f32
    %sum_2 = arith.addf %product_2, %process_0_mlp_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %process_0_inner_zero_init = tensor.empty() : tensor<1x128x256xf32>
  %process_0_inner_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_inner_zero_init : tensor<1x128x256xf32>) -> tensor<1x128x256xf32>
  %process_0_inner = linalg.generic {
      indexing_maps = [#btd_of_btfd, #df_of_btfd, #btf_of_btfd],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%process_0_mlp, %process_0_w1 : tensor<1x128x128xf32>, tensor<128x256xf32>)
      outs(%process_0_inner_zero : tensor<1x128x256xf32>) {
  ^bb0(%process_0_mlp_btd: f32, %process_0_w1_df: f32, %so_far: f32):
    %product = arith.mulf %process_0_mlp_btd, %process_0_w1_df : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x256xf32>
  %process_0_gelu_init = tensor.empty() : tensor<1x128x256xf32>
  %process_0_gelu = linalg.generic {
      indexing_maps = [#btf, #btf],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%process_0_inner : tensor<1x128x256xf32>)
      outs(%process_0_gelu_init : tensor<1x128x256xf32>) {
  ^bb0(%process_0_inner_btf: f32, %old: f32):
    %rsqrt2 = arith.constant 0.7071067811865476 : f32
    %product = arith.mulf %process_0_inner_btf, %rsqrt2 : f32
    %erf = math.erf %product : f32
    %one = arith.constant 1.0 : f32
    %sum = arith.addf %one, %erf : f32
    %half = arith.constant 0.5 : f32
    %product_2 = arith.mulf %half, %process_0_inner_btf : f32
    %product_3 = arith.mulf %product_2, %sum : f32
    linalg.yield %product_3 : f32
  } -> tensor<1x128x256xf32>
  %process_0_mlp_out_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %process_0_mlp_out_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%process_0_mlp_out_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %process_0_mlp_out = linalg.generic {
      indexing_maps = [#btf_of_btdf, #fd_of_btdf, #btd_of_btdf],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%process_0_gelu, %process_0_w2 : tensor<1x128x256xf32>, tensor<256x128xf32>)
      outs(%process_0_mlp_out_zero : tensor<1x128x128xf32>) {
  ^bb0(%process_0_gelu_btf: f32, %process_0_w2_fd: f32, %so_far: f32):
    %product = arith.mulf %process_0_gelu_btf, %process_0_w2_fd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %process_0_out_init = tensor.empty() : tensor<1x128x128xf32>
  %process_0_out = linalg.generic {
      indexing_maps = [#btd, #btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%process_0_y, %process_0_mlp_out : tensor<1x128x128xf32>, tensor<1x128x128xf32>)
      outs(%process_0_out_init : tensor<1x128x128xf32>) {
  ^bb0(%process_0_y_btd: f32, %process_0_mlp_out_btd: f32, %old: f32):
    %sum = arith.addf %process_0_y_btd, %process_0_mlp_out_btd : f32
    linalg.yield %sum : f32
  } -> tensor<1x128x128xf32>
  return %process_0_out
      : tensor<1x128x128xf32>
}
