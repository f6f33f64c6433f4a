// Mixture-of-Transformers: weights by modality, one attention (arXiv 2411.04996)
#btd_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, t, d)>
#bt_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, t)>
#bhtk_of_bhtkd = affine_map<(b, h, t, k, d) -> (b, h, t, k)>
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#bht_of_bhtk = affine_map<(b, h, t, k) -> (b, h, t)>
#bt_of_bhtk = affine_map<(b, h, t, k) -> (b, t)>
#btd_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, t, d)>
#bt_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, t)>
#bhtv_of_bhtvd = affine_map<(b, h, t, v, d) -> (b, h, t, v)>
#bhtv_of_btdhv = affine_map<(b, t, d, h, v) -> (b, h, t, v)>
#bt_of_btdhv = affine_map<(b, t, d, h, v) -> (b, t)>
#btd_of_btdhv = affine_map<(b, t, d, h, v) -> (b, t, d)>
#btd = affine_map<(b, t, d) -> (b, t, d)>
#bt_of_btd = affine_map<(b, t, d) -> (b, t)>
#btd_of_btfd = affine_map<(b, t, f, d) -> (b, t, d)>
#bt_of_btfd = affine_map<(b, t, f, d) -> (b, t)>
#btf_of_btfd = affine_map<(b, t, f, d) -> (b, t, f)>
#btf = affine_map<(b, t, f) -> (b, t, f)>
#btf_of_btdf = affine_map<(b, t, d, f) -> (b, t, f)>
#bt_of_btdf = affine_map<(b, t, d, f) -> (b, t)>
#btd_of_btdf = affine_map<(b, t, d, f) -> (b, t, d)>
func.func @mixture_of_transformers(
    %x: tensor<1x128x128xf32> {attn.name = "x"},
    %ids: tensor<1x128xi32> {attn.name = "ids"},
    %wq: tensor<3x128x512xf32> {attn.name = "wq"},
    %wk: tensor<3x128x512xf32> {attn.name = "wk"},
    %wv: tensor<3x128x512xf32> {attn.name = "wv"},
    %q_norm: tensor<3x64xf32> {attn.name = "q_norm"},
    %k_norm: tensor<3x64xf32> {attn.name = "k_norm"},
    %wo: tensor<3x512x128xf32> {attn.name = "wo"},
    %o_norm: tensor<3x128xf32> {attn.name = "o_norm"},
    %w1: tensor<3x128x256xf32> {attn.name = "w1"},
    %w3: tensor<3x128x256xf32> {attn.name = "w3"},
    %w2: tensor<3x256x128xf32> {attn.name = "w2"},
    %ffn_norm: tensor<3x128xf32> {attn.name = "ffn_norm"})
    -> (tensor<1x128x128xf32> {attn.name = "o"}) {
  %zero_f32 = arith.constant 0.0 : f32

  // Projections and norms of each token's modality.
  %wq_by_head = tensor.expand_shape %wq [[0], [1], [2, 3]]
      output_shape [3, 128, 8, 64] : tensor<3x128x512xf32> into tensor<3x128x8x64xf32>
  %q_sum_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_sum_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%q_sum_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %q_sum = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #bt_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %ids : tensor<1x128x128xf32>, tensor<1x128xi32>)
      outs(%q_sum_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%x_btd: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 4 : index
    %at_2 = linalg.index 1 : index
    %at_3 = linalg.index 3 : index
    %weight = tensor.extract %wq_by_head[%modality, %at, %at_2, %at_3] : tensor<3x128x8x64xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %x_btd, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %q_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %q_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%q_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %q_squares = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q_sum : tensor<1x8x128x64xf32>)
      outs(%q_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%q_sum_bhtk: f32, %so_far: f32):
    %product = arith.mulf %q_sum_bhtk, %q_sum_bhtk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %q_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk, #bt_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_sum, %q_squares, %ids
        : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>, tensor<1x128xi32>)
      outs(%q_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_sum_bhtk: f32, %q_squares_bht: f32, %ids_bt: i32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %q_squares_bht, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 3 : index
    %weight = tensor.extract %q_norm[%modality, %at] : tensor<3x64xf32>
    %product = arith.mulf %q_sum_bhtk, %rsqrt : f32
    %product_2 = arith.mulf %product, %weight : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  %wk_by_head = tensor.expand_shape %wk [[0], [1], [2, 3]]
      output_shape [3, 128, 8, 64] : tensor<3x128x512xf32> into tensor<3x128x8x64xf32>
  %k_sum_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_sum_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_sum_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %k_sum = linalg.generic {
      indexing_maps = [#btd_of_bhtkd, #bt_of_bhtkd, #bhtk_of_bhtkd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %ids : tensor<1x128x128xf32>, tensor<1x128xi32>)
      outs(%k_sum_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%x_btd: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 4 : index
    %at_2 = linalg.index 1 : index
    %at_3 = linalg.index 3 : index
    %weight = tensor.extract %wk_by_head[%modality, %at, %at_2, %at_3] : tensor<3x128x8x64xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %x_btd, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>
  %k_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %k_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %k_squares = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k_sum : tensor<1x8x128x64xf32>)
      outs(%k_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%k_sum_bhtk: f32, %so_far: f32):
    %product = arith.mulf %k_sum_bhtk, %k_sum_bhtk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %k_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k = linalg.generic {
      indexing_maps = [#bhtk, #bht_of_bhtk, #bt_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_sum, %k_squares, %ids
        : tensor<1x8x128x64xf32>, tensor<1x8x128xf32>, tensor<1x128xi32>)
      outs(%k_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_sum_bhtk: f32, %k_squares_bht: f32, %ids_bt: i32, %old: f32):
    %count = arith.constant 64.0 : f32
    %quotient = arith.divf %k_squares_bht, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 3 : index
    %weight = tensor.extract %k_norm[%modality, %at] : tensor<3x64xf32>
    %product = arith.mulf %k_sum_bhtk, %rsqrt : f32
    %product_2 = arith.mulf %product, %weight : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  %wv_by_head = tensor.expand_shape %wv [[0], [1], [2, 3]]
      output_shape [3, 128, 8, 64] : tensor<3x128x512xf32> into tensor<3x128x8x64xf32>
  %v_zero_init = tensor.empty() : tensor<1x8x128x64xf32>
  %v_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%v_zero_init : tensor<1x8x128x64xf32>) -> tensor<1x8x128x64xf32>
  %v = linalg.generic {
      indexing_maps = [#btd_of_bhtvd, #bt_of_bhtvd, #bhtv_of_bhtvd],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %ids : tensor<1x128x128xf32>, tensor<1x128xi32>)
      outs(%v_zero : tensor<1x8x128x64xf32>) {
  ^bb0(%x_btd: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 4 : index
    %at_2 = linalg.index 1 : index
    %at_3 = linalg.index 3 : index
    %weight = tensor.extract %wv_by_head[%modality, %at, %at_2, %at_3] : tensor<3x128x8x64xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %x_btd, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128x64xf32>

  // One attention over all tokens.
  %attended_init = tensor.empty() : tensor<1x8x128x64xf32>
  %attended = attn.dense causal align(bottom_right)
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%attended_init : tensor<1x8x128x64xf32>)
  %wo_by_head = tensor.expand_shape %wo [[0], [1, 2], [3]]
      output_shape [3, 8, 64, 128] : tensor<3x512x128xf32> into tensor<3x8x64x128xf32>
  %y_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %y_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%y_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %y = linalg.generic {
      indexing_maps = [#bhtv_of_btdhv, #bt_of_btdhv, #btd_of_btdhv],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%attended, %ids : tensor<1x8x128x64xf32>, tensor<1x128xi32>)
      outs(%y_zero : tensor<1x128x128xf32>) {
  ^bb0(%attended_bhtv: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 3 : index
    %at_2 = linalg.index 4 : index
    %at_3 = linalg.index 2 : index
    %weight = tensor.extract %wo_by_head[%modality, %at, %at_2, %at_3] : tensor<3x8x64x128xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %attended_bhtv, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %h_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %h_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%h_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %h_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y : tensor<1x128x128xf32>)
      outs(%h_squares_zero : tensor<1x128xf32>) {
  ^bb0(%y_btd: f32, %so_far: f32):
    %product = arith.mulf %y_btd, %y_btd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %h_init = tensor.empty() : tensor<1x128x128xf32>
  %h = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y, %h_squares, %ids, %x
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xi32>, tensor<1x128x128xf32>)
      outs(%h_init : tensor<1x128x128xf32>) {
  ^bb0(%y_btd: f32, %h_squares_bt: f32, %ids_bt: i32, %x_btd: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %h_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 2 : index
    %weight = tensor.extract %o_norm[%modality, %at] : tensor<3x128xf32>
    %product = arith.mulf %y_btd, %rsqrt : f32
    %product_2 = arith.mulf %product, %weight : f32
    %sum_2 = arith.addf %x_btd, %product_2 : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>

  // The feed-forward part, added to what enters it.
  %gate_zero_init = tensor.empty() : tensor<1x128x256xf32>
  %gate_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%gate_zero_init : tensor<1x128x256xf32>) -> tensor<1x128x256xf32>
  %gate = linalg.generic {
      indexing_maps = [#btd_of_btfd, #bt_of_btfd, #btf_of_btfd],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h, %ids : tensor<1x128x128xf32>, tensor<1x128xi32>)
      outs(%gate_zero : tensor<1x128x256xf32>) {
  ^bb0(%h_btd: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 3 : index
    %at_2 = linalg.index 2 : index
    %weight = tensor.extract %w1[%modality, %at, %at_2] : tensor<3x128x256xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %h_btd, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x128x256xf32>
  %up_zero_init = tensor.empty() : tensor<1x128x256xf32>
  %up_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%up_zero_init : tensor<1x128x256xf32>) -> tensor<1x128x256xf32>
  %up = linalg.generic {
      indexing_maps = [#btd_of_btfd, #bt_of_btfd, #btf_of_btfd],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h, %ids : tensor<1x128x128xf32>, tensor<1x128xi32>)
      outs(%up_zero : tensor<1x128x256xf32>) {
  ^bb0(%h_btd: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 3 : index
    %at_2 = linalg.index 2 : index
    %weight = tensor.extract %w3[%modality, %at, %at_2] : tensor<3x128x256xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %h_btd, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x128x256xf32>
  %gated_init = tensor.empty() : tensor<1x128x256xf32>
  %gated = linalg.generic {
      indexing_maps = [#btf, #btf, #btf],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%gate, %up : tensor<1x128x256xf32>, tensor<1x128x256xf32>)
      outs(%gated_init : tensor<1x128x256xf32>) {
  ^bb0(%gate_btf: f32, %up_btf: f32, %old: f32):
    %abs = math.absf %gate_btf : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %gate_btf, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %silu = arith.mulf %gate_btf, %sigmoid : f32
    %product = arith.mulf %silu, %up_btf : f32
    linalg.yield %product : f32
  } -> tensor<1x128x256xf32>
  %down_zero_init = tensor.empty() : tensor<1x128x128xf32>
  %down_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%down_zero_init : tensor<1x128x128xf32>) -> tensor<1x128x128xf32>
  %down = linalg.generic {
      indexing_maps = [#btf_of_btdf, #bt_of_btdf, #btd_of_btdf],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%gated, %ids : tensor<1x128x256xf32>, tensor<1x128xi32>)
      outs(%down_zero : tensor<1x128x128xf32>) {
  ^bb0(%gated_btf: f32, %ids_bt: i32, %so_far: f32):
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 3 : index
    %at_2 = linalg.index 2 : index
    %weight = tensor.extract %w2[%modality, %at, %at_2] : tensor<3x256x128xf32>
    %zero = arith.constant 0.0 : f32
    %product = arith.mulf %gated_btf, %weight : f32
    %term = arith.select %is_known, %product, %zero : f32
    %total = arith.addf %so_far, %term : f32
    linalg.yield %total : f32
  } -> tensor<1x128x128xf32>
  %o_out_squares_zero_init = tensor.empty() : tensor<1x128xf32>
  %o_out_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%o_out_squares_zero_init : tensor<1x128xf32>) -> tensor<1x128xf32>
  %o_out_squares = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%down : tensor<1x128x128xf32>)
      outs(%o_out_squares_zero : tensor<1x128xf32>) {
  ^bb0(%down_btd: f32, %so_far: f32):
    %product = arith.mulf %down_btd, %down_btd : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x128xf32>
  %o_out_init = tensor.empty() : tensor<1x128x128xf32>
  %o_out = linalg.generic {
      indexing_maps = [#btd, #bt_of_btd, #bt_of_btd, #btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%down, %o_out_squares, %ids, %h
        : tensor<1x128x128xf32>, tensor<1x128xf32>, tensor<1x128xi32>, tensor<1x128x128xf32>)
      outs(%o_out_init : tensor<1x128x128xf32>) {
  ^bb0(%down_btd: f32, %o_out_squares_bt: f32, %ids_bt: i32, %h_btd: f32, %old: f32):
    %count = arith.constant 128.0 : f32
    %quotient = arith.divf %o_out_squares_bt, %count : f32
    %epsilon = arith.constant 1.0E-5 : f32
    %sum = arith.addf %quotient, %epsilon : f32
    %rsqrt = math.rsqrt %sum : f32
    %none = arith.constant 0 : i32
    %last = arith.constant 2 : i32
    %at_least = arith.maxsi %ids_bt, %none : i32
    %clamped = arith.minsi %at_least, %last : i32
    %is_known = arith.cmpi eq, %ids_bt, %clamped : i32
    %modality = arith.index_cast %clamped : i32 to index
    %at = linalg.index 2 : index
    %weight = tensor.extract %ffn_norm[%modality, %at] : tensor<3x128xf32>
    %product = arith.mulf %down_btd, %rsqrt : f32
    %product_2 = arith.mulf %product, %weight : f32
    %sum_2 = arith.addf %h_btd, %product_2 : f32
    linalg.yield %sum_2 : f32
  } -> tensor<1x128x128xf32>
  return %o_out
      : tensor<1x128x128xf32>
}
