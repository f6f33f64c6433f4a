// Perceiver IO: output queries read the latents (arXiv 2107.14795)
#td = affine_map<(t, d) -> (t, d)>
#t_of_td = affine_map<(t, d) -> (t)>
#d_of_td = affine_map<(t, d) -> (d)>
#td_of_htkd = affine_map<(h, t, k, d) -> (t, d)>
#dhk_of_htkd = affine_map<(h, t, k, d) -> (d, h, k)>
#htk_of_htkd = affine_map<(h, t, k, d) -> (h, t, k)>
#htk_of_bhtk = affine_map<(b, h, t, k) -> (h, t, k)>
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#bsc = affine_map<(b, s, c) -> (b, s, c)>
#bs_of_bsc = affine_map<(b, s, c) -> (b, s)>
#c_of_bsc = affine_map<(b, s, c) -> (c)>
#bsc_of_bhskc = affine_map<(b, h, s, k, c) -> (b, s, c)>
#chk_of_bhskc = affine_map<(b, h, s, k, c) -> (c, h, k)>
#bhsk_of_bhskc = affine_map<(b, h, s, k, c) -> (b, h, s, k)>
#bsc_of_bhsvc = affine_map<(b, h, s, v, c) -> (b, s, c)>
#chv_of_bhsvc = affine_map<(b, h, s, v, c) -> (c, h, v)>
#bhsv_of_bhsvc = affine_map<(b, h, s, v, c) -> (b, h, s, v)>
#bhtv_of_btdhv = affine_map<(b, t, d, h, v) -> (b, h, t, v)>
#hvd_of_btdhv = affine_map<(b, t, d, h, v) -> (h, v, d)>
#btd_of_btdhv = affine_map<(b, t, d, h, v) -> (b, t, d)>
#btd = affine_map<(b, t, d) -> (b, t, d)>
#td_of_btd = affine_map<(b, t, d) -> (t, d)>
#bt_of_btd = affine_map<(b, t, d) -> (b, t)>
#d_of_btd = affine_map<(b, t, d) -> (d)>
#btd_of_btfd = affine_map<(b, t, f, d) -> (b, t, d)>
#df_of_btfd = affine_map<(b, t, f, d) -> (d, f)>
#btf_of_btfd = affine_map<(b, t, f, d) -> (b, t, f)>
#btf = affine_map<(b, t, f) -> (b, t, f)>
#btf_of_btdf = affine_map<(b, t, d, f) -> (b, t, f)>
#fd_of_btdf = affine_map<(b, t, d, f) -> (f, d)>
#btd_of_btdf = affine_map<(b, t, d, f) -> (b, t, d)>
#btd_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, t, d)>
#dhk_of_bhtkd = affine_map<(b, h, t, k, d) -> (d, h, k)>
#bhtk_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, h, t, k)>
#btd_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, t, d)>
#dhv_of_bhtvd = affine_map<(b, h, t, v, d) -> (d, h, v)>
#bhtv_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, h, t, v)>
#boe = affine_map<(b, o, e) -> (b, o, e)>
#bo_of_boe = affine_map<(b, o, e) -> (b, o)>
#e_of_boe = affine_map<(b, o, e) -> (e)>
#boe_of_bhoke = affine_map<(b, h, o, k, e) -> (b, o, e)>
#ehk_of_bhoke = affine_map<(b, h, o, k, e) -> (e, h, k)>
#bhok_of_bhoke = affine_map<(b, h, o, k, e) -> (b, h, o, k)>
#bhov_of_boehv = affine_map<(b, o, e, h, v) -> (b, h, o, v)>
#hve_of_boehv = affine_map<(b, o, e, h, v) -> (h, v, e)>
#boe_of_boehv = affine_map<(b, o, e, h, v) -> (b, o, e)>
#boe_of_bofe = affine_map<(b, o, f, e) -> (b, o, e)>
#ef_of_bofe = affine_map<(b, o, f, e) -> (e, f)>
#bof_of_bofe = affine_map<(b, o, f, e) -> (b, o, f)>
#bof = affine_map<(b, o, f) -> (b, o, f)>
#bof_of_boef = affine_map<(b, o, e, f) -> (b, o, f)>
#fe_of_boef = affine_map<(b, o, e, f) -> (f, e)>
#boe_of_boef = affine_map<(b, o, e, f) -> (b, o, e)>
func.func @perceiver_io(
    %latents: tensor<128x128xf32> {attn.name = "latents"},
    %x: tensor<1x128x64xf32> {attn.name = "x"},
    %mask: tensor<1x128xi1> {attn.name = "mask"},
    %queries: tensor<1x256x64xf32> {attn.name = "queries"},
    %encode_q_norm: tensor<2x128xf32> {attn.name = "encode_q_norm"},
    %encode_kv_norm: tensor<2x64xf32> {attn.name = "encode_kv_norm"},
    %encode_wq: tensor<128x64xf32> {attn.name = "encode_wq"},
    %encode_wk: tensor<64x64xf32> {attn.name = "encode_wk"},
    %encode_wv: tensor<64x64xf32> {attn.name = "encode_wv"},
    %encode_wo: tensor<64x128xf32> {attn.name = "encode_wo"},
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
    %process_0_w2: tensor<256x128xf32> {attn.name = "process_0_w2"},
    %decode_q_norm: tensor<2x64xf32> {attn.name = "decode_q_norm"},
    %decode_kv_norm: tensor<2x128xf32> {attn.name = "decode_kv_norm"},
    %decode_wq: tensor<64x64xf32> {attn.name = "decode_wq"},
    %decode_wk: tensor<128x64xf32> {attn.name = "decode_wk"},
    %decode_wv: tensor<128x64xf32> {attn.name = "decode_wv"},
    %decode_wo: tensor<64x64xf32> {attn.name = "decode_wo"},
    %decode_mlp_norm: tensor<2x64xf32> {attn.name = "decode_mlp_norm"},
    %decode_w1: tensor<64x256xf32> {attn.name = "decode_w1"},
    %decode_w2: tensor<256x64xf32> {attn.name = "decode_w2"})
    -> (tensor<1x256x64xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // encode: normalised, projected, attention, then the MLP.
  %encode_q_normed_weight = tensor.extract_slice %encode_q_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_q_normed_bias = tensor.extract_slice %encode_q_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %encode_q_normed_sums_zero_init = tensor.empty() : tensor<128xf32>
  %encode_q_normed_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_q_normed_sums_zero_init : tensor<128xf32>) -> tensor<128xf32>
  %encode_q_normed_sums = linalg.generic {
      indexing_maps = [#td, #t_of_td],
      iterator_types = ["parallel", "reduction"]}
      ins(%latents : tensor<128x128xf32>)
      outs(%encode_q_normed_sums_zero : tensor<128xf32>) {
  ^bb0(%latents_td: f32, %so_far: f32):
    %total = arith.addf %so_far, %latents_td : f32
    linalg.yield %total : f32
  } -> tensor<128xf32>
  %encode_q_normed_squares_zero_init = tensor.empty() : tensor<128xf32>
  %encode_q_normed_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_q_normed_squares_zero_init : tensor<128xf32>) -> tensor<128xf32>
  %encode_q_normed_squares = linalg.generic {
      indexing_maps = [#td, #t_of_td, #t_of_td],
      iterator_types = ["parallel", "reduction"]}
      ins(%latents, %encode_q_normed_sums : tensor<128x128xf32>, tensor<128xf32>)
      outs(%encode_q_normed_squares_zero : tensor<128xf32>) {
  ^bb0(%latents_td: f32, %encode_q_normed_sums_t: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_q_normed_sums_t, %count : f32
    %difference = arith.subf %latents_td, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<128xf32>
  %encode_q_normed_init = tensor.empty() : tensor<128x128xf32>
  %encode_q_normed = linalg.generic {
      indexing_maps = [#td, #t_of_td, #t_of_td, #d_of_td, #d_of_td, #td],
      iterator_types = ["parallel", "parallel"]}
      ins(%latents, %encode_q_normed_sums, %encode_q_normed_squares, %encode_q_normed_weight, %encode_q_normed_bias
        : tensor<128x128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%encode_q_normed_init : tensor<128x128xf32>) {
  ^bb0(%latents_td: f32, %encode_q_normed_sums_t: f32, %encode_q_normed_squares_t: f32, %encode_q_normed_weight_d: f32, %encode_q_normed_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %encode_q_normed_sums_t, %count : f32
    %difference = arith.subf %latents_td, %quotient : f32
    %quotient_2 = arith.divf %encode_q_normed_squares_t, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %encode_q_normed_weight_d : f32
    %sum_2 = arith.addf %product_2, %encode_q_normed_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<128x128xf32>
  %encode_wq_by_head = tensor.expand_shape %encode_wq [[0], [1, 2]]
      output_shape [128, 1, 64] : tensor<128x64xf32> into tensor<128x1x64xf32>
  %encode_q_zero_init = tensor.empty() : tensor<1x128x64xf32>
  %encode_q_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_q_zero_init : tensor<1x128x64xf32>) -> tensor<1x128x64xf32>
  %encode_q = linalg.generic {
      indexing_maps = [#td_of_htkd, #dhk_of_htkd, #htk_of_htkd],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_q_normed, %encode_wq_by_head : tensor<128x128xf32>, tensor<128x1x64xf32>)
      outs(%encode_q_zero : tensor<1x128x64xf32>) {
  ^bb0(%encode_q_normed_td: f32, %encode_wq_by_head_dhk: f32, %so_far: f32):
    %product = arith.mulf %encode_q_normed_td, %encode_wq_by_head_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x64xf32>
  %encode_q_batch_init = tensor.empty() : tensor<1x1x128x64xf32>
  %encode_q_batch = linalg.generic {
      indexing_maps = [#htk_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%encode_q : tensor<1x128x64xf32>)
      outs(%encode_q_batch_init : tensor<1x1x128x64xf32>) {
  ^bb0(%encode_q_htk: f32, %old: f32):
    linalg.yield %encode_q_htk : f32
  } -> tensor<1x1x128x64xf32>
  %encode_kv_weight = tensor.extract_slice %encode_kv_norm[0, 0] [1, 64] [1, 1]
      : tensor<2x64xf32> to tensor<64xf32>
  %encode_kv_bias = tensor.extract_slice %encode_kv_norm[1, 0] [1, 64] [1, 1]
      : tensor<2x64xf32> to tensor<64xf32>
  %encode_kv_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_kv_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_kv_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_kv_sums = linalg.generic {
      indexing_maps = [#bsc, #bs_of_bsc],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<1x128x64xf32>)
      outs(%encode_kv_sums_zero : tensor<1x128xf32>) {
  ^bb0(%x_bsc: f32, %so_far: f32):
    %total = arith.addf %so_far, %x_bsc : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_kv_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %encode_kv_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_kv_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %encode_kv_squares = linalg.generic {
      indexing_maps = [#bsc, #bs_of_bsc, #bs_of_bsc],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %encode_kv_sums : tensor<1x128x64xf32>, tensor<1x128xf32>)
      outs(%encode_kv_squares_zero : tensor<1x128xf32>) {
  ^bb0(%x_bsc: f32, %encode_kv_sums_bs: f32, %so_far: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %encode_kv_sums_bs, %count : f32
    %difference = arith.subf %x_bsc, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %encode_kv_init = tensor.empty() : tensor<1x128x64xf32>
  %encode_kv = linalg.generic {
      indexing_maps = [#bsc, #bs_of_bsc, #bs_of_bsc, #c_of_bsc, #c_of_bsc, #bsc],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %encode_kv_sums, %encode_kv_squares, %encode_kv_weight, %encode_kv_bias
        : tensor<1x128x64xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<64xf32>, tensor<64xf32>)
      outs(%encode_kv_init : tensor<1x128x64xf32>) {
  ^bb0(%x_bsc: f32, %encode_kv_sums_bs: f32, %encode_kv_squares_bs: f32, %encode_kv_weight_c: f32, %encode_kv_bias_c: f32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %encode_kv_sums_bs, %count : f32
    %difference = arith.subf %x_bsc, %quotient : f32
    %quotient_2 = arith.divf %encode_kv_squares_bs, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %encode_kv_weight_c : f32
    %sum_2 = arith.addf %product_2, %encode_kv_bias_c : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x64xf32>
  %encode_wk_by_head = tensor.expand_shape %encode_wk [[0], [1, 2]]
      output_shape [64, 1, 64] : tensor<64x64xf32> into tensor<64x1x64xf32>
  %encode_k_zero_init = tensor.empty() : tensor<1x1x128x64xf32>
  %encode_k_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_k_zero_init : tensor<1x1x128x64xf32>) -> tensor<1x1x128x64xf32>
  %encode_k = linalg.generic {
      indexing_maps = [#bsc_of_bhskc, #chk_of_bhskc, #bhsk_of_bhskc],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_kv, %encode_wk_by_head : tensor<1x128x64xf32>, tensor<64x1x64xf32>)
      outs(%encode_k_zero : tensor<1x1x128x64xf32>) {
  ^bb0(%encode_kv_bsc: f32, %encode_wk_by_head_chk: f32, %so_far: f32):
    %product = arith.mulf %encode_kv_bsc, %encode_wk_by_head_chk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x64xf32>
  %encode_wv_by_head = tensor.expand_shape %encode_wv [[0], [1, 2]]
      output_shape [64, 1, 64] : tensor<64x64xf32> into tensor<64x1x64xf32>
  %encode_v_zero_init = tensor.empty() : tensor<1x1x128x64xf32>
  %encode_v_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_v_zero_init : tensor<1x1x128x64xf32>) -> tensor<1x1x128x64xf32>
  %encode_v = linalg.generic {
      indexing_maps = [#bsc_of_bhsvc, #chv_of_bhsvc, #bhsv_of_bhsvc],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%encode_kv, %encode_wv_by_head : tensor<1x128x64xf32>, tensor<64x1x64xf32>)
      outs(%encode_v_zero : tensor<1x1x128x64xf32>) {
  ^bb0(%encode_kv_bsc: f32, %encode_wv_by_head_chv: f32, %so_far: f32):
    %product = arith.mulf %encode_kv_bsc, %encode_wv_by_head_chv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x64xf32>
  %mask_of_head = tensor.expand_shape %mask [[0, 1], [2]]
      output_shape [1, 1, 128] : tensor<1x128xi1> into tensor<1x1x128xi1>
  %mask_of_query = tensor.expand_shape %mask_of_head [[0], [1, 2], [3]]
      output_shape [1, 1, 1, 128] : tensor<1x1x128xi1> into tensor<1x1x1x128xi1>
  %encode_o_init = tensor.empty() : tensor<1x1x128x64xf32>
  %encode_o = attn.dense
      ins(%encode_q_batch, %encode_k, %encode_v
        : tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>)
      bias(%mask_of_query : tensor<1x1x1x128xi1>)
      outs(%encode_o_init : tensor<1x1x128x64xf32>)
  %encode_wo_by_head = tensor.expand_shape %encode_wo [[0, 1], [2]]
      output_shape [1, 64, 128] : tensor<64x128xf32> into tensor<1x64x128xf32>
  %encode_change_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_change_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%encode_change_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %encode_change = linalg.generic {
      indexing_maps = [#bhtv_of_btdhv, #hvd_of_btdhv, #btd_of_btdhv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%encode_o, %encode_wo_by_head : tensor<1x1x128x64xf32>, tensor<1x64x128xf32>)
      outs(%encode_change_zero : tensor<1x128x128xf32>) {
  ^bb0(%encode_o_bhtv: f32, %encode_wo_by_head_hvd: f32, %so_far: f32):
    %product = arith.mulf %encode_o_bhtv, %encode_wo_by_head_hvd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %encode_y_init = tensor.empty() : tensor<1x128x128xf32>
  %encode_y = linalg.generic {
      indexing_maps = [#btd, #td_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%encode_change, %latents : tensor<1x128x128xf32>, tensor<128x128xf32>)
      outs(%encode_y_init : tensor<1x128x128xf32>) {
  ^bb0(%encode_change_btd: f32, %latents_td: f32, %old: f32):
    %sum = arith.addf %encode_change_btd, %latents_td : f32
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
  %process_0_o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %process_0_o = attn.dense
      ins(%process_0_q, %process_0_k, %process_0_v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
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

  // decode: normalised, projected, attention, then the MLP.
  %decode_q_normed_weight = tensor.extract_slice %decode_q_norm[0, 0] [1, 64] [1, 1]
      : tensor<2x64xf32> to tensor<64xf32>
  %decode_q_normed_bias = tensor.extract_slice %decode_q_norm[1, 0] [1, 64] [1, 1]
      : tensor<2x64xf32> to tensor<64xf32>
  %decode_q_normed_sums_zero_init = tensor.empty() : tensor<1x256xf32>
  %decode_q_normed_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_q_normed_sums_zero_init : tensor<1x256xf32>) -> tensor<1x256xf32>
  %decode_q_normed_sums = linalg.generic {
      indexing_maps = [#boe, #bo_of_boe],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%queries : tensor<1x256x64xf32>)
      outs(%decode_q_normed_sums_zero : tensor<1x256xf32>) {
  ^bb0(%queries_boe: f32, %so_far: f32):
    %total = arith.addf %so_far, %queries_boe : f32
    linalg.yield %total : f32
  } -> tensor<1x256xf32>
  %decode_q_normed_squares_zero_init = tensor.empty() : tensor<1x256xf32>
  %decode_q_normed_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_q_normed_squares_zero_init : tensor<1x256xf32>) -> tensor<1x256xf32>
  %decode_q_normed_squares = linalg.generic {
      indexing_maps = [#boe, #bo_of_boe, #bo_of_boe],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%queries, %decode_q_normed_sums : tensor<1x256x64xf32>, tensor<1x256xf32>)
      outs(%decode_q_normed_squares_zero : tensor<1x256xf32>) {
  ^bb0(%queries_boe: f32, %decode_q_normed_sums_bo: f32, %so_far: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %decode_q_normed_sums_bo, %count : f32
    %difference = arith.subf %queries_boe, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x256xf32>
  %decode_q_normed_init = tensor.empty() : tensor<1x256x64xf32>
  %decode_q_normed = linalg.generic {
      indexing_maps = [#boe, #bo_of_boe, #bo_of_boe, #e_of_boe, #e_of_boe, #boe],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%queries, %decode_q_normed_sums, %decode_q_normed_squares, %decode_q_normed_weight, %decode_q_normed_bias
        : tensor<1x256x64xf32>, tensor<1x256xf32>, tensor<1x256xf32>, tensor<64xf32>, tensor<64xf32>)
      outs(%decode_q_normed_init : tensor<1x256x64xf32>) {
  ^bb0(%queries_boe: f32, %decode_q_normed_sums_bo: f32, %decode_q_normed_squares_bo: f32, %decode_q_normed_weight_e: f32, %decode_q_normed_bias_e: f32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %decode_q_normed_sums_bo, %count : f32
    %difference = arith.subf %queries_boe, %quotient : f32
    %quotient_2 = arith.divf %decode_q_normed_squares_bo, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %decode_q_normed_weight_e : f32
    %sum_2 = arith.addf %product_2, %decode_q_normed_bias_e : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x256x64xf32>
  %decode_wq_by_head = tensor.expand_shape %decode_wq [[0], [1, 2]]
      output_shape [64, 1, 64] : tensor<64x64xf32> into tensor<64x1x64xf32>
  %decode_q_zero_init = tensor.empty() : tensor<1x1x256x64xf32>
  %decode_q_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_q_zero_init : tensor<1x1x256x64xf32>) -> tensor<1x1x256x64xf32>
  %decode_q = linalg.generic {
      indexing_maps = [#boe_of_bhoke, #ehk_of_bhoke, #bhok_of_bhoke],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%decode_q_normed, %decode_wq_by_head : tensor<1x256x64xf32>, tensor<64x1x64xf32>)
      outs(%decode_q_zero : tensor<1x1x256x64xf32>) {
  ^bb0(%decode_q_normed_boe: f32, %decode_wq_by_head_ehk: f32, %so_far: f32):
    %product = arith.mulf %decode_q_normed_boe, %decode_wq_by_head_ehk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x256x64xf32>
  %decode_kv_weight = tensor.extract_slice %decode_kv_norm[0, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %decode_kv_bias = tensor.extract_slice %decode_kv_norm[1, 0] [1, 128] [1, 1]
      : tensor<2x128xf32> to tensor<128xf32>
  %decode_kv_sums_zero_init = tensor.empty() : tensor<1x128xf32>
  %decode_kv_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_kv_sums_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %decode_kv_sums = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%process_0_out : tensor<1x128x128xf32>)
      outs(%decode_kv_sums_zero : tensor<1x128xf32>) {
  ^bb0(%process_0_out_btd: f32, %so_far: f32):
    %total = arith.addf %so_far, %process_0_out_btd : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %decode_kv_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %decode_kv_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_kv_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %decode_kv_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%process_0_out, %decode_kv_sums : tensor<1x128x128xf32>, tensor<1x128xf32>)
      outs(%decode_kv_squares_zero : tensor<1x128xf32>) {
  ^bb0(%process_0_out_btd: f32, %decode_kv_sums_bt: f32, %so_far: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %decode_kv_sums_bt, %count : f32
    %difference = arith.subf %process_0_out_btd, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %decode_kv_init = tensor.empty() : tensor<1x128x128xf32>
  %decode_kv = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #d_of_btd, #d_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%process_0_out, %decode_kv_sums, %decode_kv_squares, %decode_kv_weight, %decode_kv_bias
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>, tensor<128xf32>, tensor<128xf32>)
      outs(%decode_kv_init : tensor<1x128x128xf32>) {
  ^bb0(%process_0_out_btd: f32, %decode_kv_sums_bt: f32, %decode_kv_squares_bt: f32, %decode_kv_weight_d: f32, %decode_kv_bias_d: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %decode_kv_sums_bt, %count : f32
    %difference = arith.subf %process_0_out_btd, %quotient : f32
    %quotient_2 = arith.divf %decode_kv_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %decode_kv_weight_d : f32
    %sum_2 = arith.addf %product_2, %decode_kv_bias_d : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  %decode_wk_by_head = tensor.expand_shape %decode_wk [[0], [1, 2]]
      output_shape [128, 1, 64] : tensor<128x64xf32> into tensor<128x1x64xf32>
  %decode_k_zero_init = tensor.empty() : tensor<1x1x128x64xf32>
  %decode_k_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_k_zero_init : tensor<1x1x128x64xf32>) -> tensor<1x1x128x64xf32>
  %decode_k = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #dhk_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%decode_kv, %decode_wk_by_head : tensor<1x128x128xf32>, tensor<128x1x64xf32>)
      outs(%decode_k_zero : tensor<1x1x128x64xf32>) {
  ^bb0(%decode_kv_btd: f32, %decode_wk_by_head_dhk: f32, %so_far: f32):
    %product = arith.mulf %decode_kv_btd, %decode_wk_by_head_dhk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x64xf32>
  %decode_wv_by_head = tensor.expand_shape %decode_wv [[0], [1, 2]]
      output_shape [128, 1, 64] : tensor<128x64xf32> into tensor<128x1x64xf32>
  %decode_v_zero_init = tensor.empty() : tensor<1x1x128x64xf32>
  %decode_v_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_v_zero_init : tensor<1x1x128x64xf32>) -> tensor<1x1x128x64xf32>
  %decode_v = linalg.generic {
      indexing_maps = [#btd_of_bhtvd, #dhv_of_bhtvd, #bhtv_of_bhtvd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%decode_kv, %decode_wv_by_head : tensor<1x128x128xf32>, tensor<128x1x64xf32>)
      outs(%decode_v_zero : tensor<1x1x128x64xf32>) {
  ^bb0(%decode_kv_btd: f32, %decode_wv_by_head_dhv: f32, %so_far: f32):
    %product = arith.mulf %decode_kv_btd, %decode_wv_by_head_dhv : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x1x128x64xf32>
  %decode_o_init = tensor.empty() : tensor<1x1x256x64xf32>
  %decode_o = attn.dense
      ins(%decode_q, %decode_k, %decode_v
        : tensor<1x1x256x64xf32>, tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>)
      outs(%decode_o_init : tensor<1x1x256x64xf32>)
  %decode_wo_by_head = tensor.expand_shape %decode_wo [[0, 1], [2]]
      output_shape [1, 64, 64] : tensor<64x64xf32> into tensor<1x64x64xf32>
  %decode_y_zero_init = tensor.empty() : tensor<1x256x64xf32>
  %decode_y_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_y_zero_init : tensor<1x256x64xf32>) -> tensor<1x256x64xf32>
  %decode_y = linalg.generic {
      indexing_maps = [#bhov_of_boehv, #hve_of_boehv, #boe_of_boehv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%decode_o, %decode_wo_by_head : tensor<1x1x256x64xf32>, tensor<1x64x64xf32>)
      outs(%decode_y_zero : tensor<1x256x64xf32>) {
  ^bb0(%decode_o_bhov: f32, %decode_wo_by_head_hve: f32, %so_far: f32):
    %product = arith.mulf %decode_o_bhov, %decode_wo_by_head_hve : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x256x64xf32>
  %decode_mlp_weight = tensor.extract_slice %decode_mlp_norm[0, 0] [1, 64] [1, 1]
      : tensor<2x64xf32> to tensor<64xf32>
  %decode_mlp_bias = tensor.extract_slice %decode_mlp_norm[1, 0] [1, 64] [1, 1]
      : tensor<2x64xf32> to tensor<64xf32>
  %decode_mlp_sums_zero_init = tensor.empty() : tensor<1x256xf32>
  %decode_mlp_sums_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_mlp_sums_zero_init : tensor<1x256xf32>) -> tensor<1x256xf32>
  %decode_mlp_sums = linalg.generic {
      indexing_maps = [#boe, #bo_of_boe],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%decode_y : tensor<1x256x64xf32>)
      outs(%decode_mlp_sums_zero : tensor<1x256xf32>) {
  ^bb0(%decode_y_boe: f32, %so_far: f32):
    %total = arith.addf %so_far, %decode_y_boe : f32
    linalg.yield %total : f32
  } -> tensor<1x256xf32>
  %decode_mlp_squares_zero_init = tensor.empty() : tensor<1x256xf32>
  %decode_mlp_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_mlp_squares_zero_init : tensor<1x256xf32>) -> tensor<1x256xf32>
  %decode_mlp_squares = linalg.generic {
      indexing_maps = [#boe, #bo_of_boe, #bo_of_boe],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%decode_y, %decode_mlp_sums : tensor<1x256x64xf32>, tensor<1x256xf32>)
      outs(%decode_mlp_squares_zero : tensor<1x256xf32>) {
  ^bb0(%decode_y_boe: f32, %decode_mlp_sums_bo: f32, %so_far: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %decode_mlp_sums_bo, %count : f32
    %difference = arith.subf %decode_y_boe, %quotient : f32
    %product = arith.mulf %difference, %difference : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x256xf32>
  %decode_mlp_init = tensor.empty() : tensor<1x256x64xf32>
  %decode_mlp = linalg.generic {
      indexing_maps = [#boe, #bo_of_boe, #bo_of_boe, #e_of_boe, #e_of_boe, #boe],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%decode_y, %decode_mlp_sums, %decode_mlp_squares, %decode_mlp_weight, %decode_mlp_bias
        : tensor<1x256x64xf32>, tensor<1x256xf32>, tensor<1x256xf32>, tensor<64xf32>, tensor<64xf32>)
      outs(%decode_mlp_init : tensor<1x256x64xf32>) {
  ^bb0(%decode_y_boe: f32, %decode_mlp_sums_bo: f32, %decode_mlp_squares_bo: f32, %decode_mlp_weight_e: f32, %decode_mlp_bias_e: f32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %decode_mlp_sums_bo, %count : f32
    %difference = arith.subf %decode_y_boe, %quotient : f32
    %quotient_2 = arith.divf %decode_mlp_squares_bo, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient_2, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %product = arith.mulf %difference, %rsqrt : f32
    %product_2 = arith.mulf %product, %decode_mlp_weight_e : f32
    %sum_2 = arith.addf %product_2, %decode_mlp_bias_e : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x256x64xf32>
  %decode_inner_zero_init = tensor.empty() : tensor<1x256x256xf32>
  %decode_inner_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_inner_zero_init : tensor<1x256x256xf32>) -> tensor<1x256x256xf32>
  %decode_inner = linalg.generic {
      indexing_maps = [#boe_of_bofe, #ef_of_bofe, #bof_of_bofe],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%decode_mlp, %decode_w1 : tensor<1x256x64xf32>, tensor<64x256xf32>)
      outs(%decode_inner_zero : tensor<1x256x256xf32>) {
  ^bb0(%decode_mlp_boe: f32, %decode_w1_ef: f32, %so_far: f32):
    %product = arith.mulf %decode_mlp_boe, %decode_w1_ef : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x256x256xf32>
  %decode_gelu_init = tensor.empty() : tensor<1x256x256xf32>
  %decode_gelu = linalg.generic {
      indexing_maps = [#bof, #bof],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%decode_inner : tensor<1x256x256xf32>)
      outs(%decode_gelu_init : tensor<1x256x256xf32>) {
  ^bb0(%decode_inner_bof: f32, %old: f32):
    %rsqrt2 = arith.constant 0.7071067811865476 : f32
    %product = arith.mulf %decode_inner_bof, %rsqrt2 : f32
    %erf = math.erf %product : f32
    %one = arith.constant 1.0 : f32
    %sum = arith.addf %one, %erf : f32
    %half = arith.constant 0.5 : f32
    %product_2 = arith.mulf %half, %decode_inner_bof : f32
    %product_3 = arith.mulf %product_2, %sum : f32
    linalg.yield %product_3 : f32
  } -> tensor<1x256x256xf32>
  %decode_mlp_out_zero_init = tensor.empty() : tensor<1x256x64xf32>
  %decode_mlp_out_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%decode_mlp_out_zero_init : tensor<1x256x64xf32>) -> tensor<1x256x64xf32>
  %decode_mlp_out = linalg.generic {
      indexing_maps = [#bof_of_boef, #fe_of_boef, #boe_of_boef],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%decode_gelu, %decode_w2 : tensor<1x256x256xf32>, tensor<256x64xf32>)
      outs(%decode_mlp_out_zero : tensor<1x256x64xf32>) {
  ^bb0(%decode_gelu_bof: f32, %decode_w2_fe: f32, %so_far: f32):
    %product = arith.mulf %decode_gelu_bof, %decode_w2_fe : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x256x64xf32>
  %decode_out_init = tensor.empty() : tensor<1x256x64xf32>
  %decode_out = linalg.generic {
      indexing_maps = [#boe, #boe, #boe],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%decode_y, %decode_mlp_out : tensor<1x256x64xf32>, tensor<1x256x64xf32>)
      outs(%decode_out_init : tensor<1x256x64xf32>) {
  ^bb0(%decode_y_boe: f32, %decode_mlp_out_boe: f32, %old: f32):
    %sum = arith.addf %decode_y_boe, %decode_mlp_out_boe : f32
    linalg.yield %sum : f32
  } -> tensor<1x256x64xf32>
  return %decode_out
      : tensor<1x256x64xf32>
}
