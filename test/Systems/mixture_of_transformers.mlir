// Mixture-of-Transformers: weights by modality, one attention (arXiv 2411.04996)
#n = affine_map<(n) -> (n)>
#n_of_nd = affine_map<(n, d) -> (n)>
#nd = affine_map<(n, d) -> (n, d)>
#bt_of_bta = affine_map<(b, t, a) -> (b, t)>
#bta = affine_map<(b, t, a) -> (b, t, a)>
#bthk_of_bhtk = affine_map<(b, h, t, k) -> (b, t, h, k)>
#bht_of_bhtk = affine_map<(b, h, t, k) -> (b, h, t)>
#bt_of_bhtk = affine_map<(b, h, t, k) -> (b, t)>
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
#bthv_of_bhtv = affine_map<(b, h, t, v) -> (b, t, h, v)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
#bhtv_of_bthv = affine_map<(b, t, h, v) -> (b, h, t, v)>
#bthv = affine_map<(b, t, h, v) -> (b, t, h, v)>
#n_of_na = affine_map<(n, a) -> (n)>
#na = affine_map<(n, a) -> (n, a)>
#bt_of_btd = affine_map<(b, t, d) -> (b, t)>
#btd = affine_map<(b, t, d) -> (b, t, d)>
#nf = affine_map<(n, f) -> (n, f)>
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

  // Tokens in the order of their group.
  %ids_flat_init = tensor.empty() : tensor<128xi32>
  %ids_flat = linalg.generic {
      indexing_maps = [#n],
      iterator_types = ["parallel"]}
      outs(%ids_flat_init : tensor<128xi32>) {
  ^bb0(%old: i32):
    %n = linalg.index 0 : index
    %count = arith.constant 128 : index
    %entry = arith.divsi %n, %count : index
    %step = arith.remsi %n, %count : index
    %id = tensor.extract %ids[%entry, %step] : tensor<1x128xi32>
    linalg.yield %id : i32
  } -> tensor<128xi32>
  %order_init = tensor.empty() : tensor<128xi32>
  %place_init = tensor.empty() : tensor<128xi32>
  %offsets_init = tensor.empty() : tensor<4xi32>
  %order, %place, %offsets = attn.route ins(%ids_flat : tensor<128xi32>)
      outs(%order_init, %place_init, %offsets_init : tensor<128xi32>, tensor<128xi32>, tensor<4xi32>)
  %place_of_token = tensor.expand_shape %place [[0, 1]]
      output_shape [1, 128] : tensor<128xi32> into tensor<1x128xi32>

  // Projections and norms of each token's modality.
  %x_sorted_init = tensor.empty() : tensor<128x128xf32>
  %x_sorted = linalg.generic {
      indexing_maps = [#n_of_nd, #nd],
      iterator_types = ["parallel", "parallel"]}
      ins(%order : tensor<128xi32>)
      outs(%x_sorted_init : tensor<128x128xf32>) {
  ^bb0(%order_n: i32, %old: f32):
    %token = arith.index_cast %order_n : i32 to index
    %count = arith.constant 128 : index
    %entry = arith.divsi %token, %count : index
    %step = arith.remsi %token, %count : index
    %feature = linalg.index 1 : index
    %value = tensor.extract %x[%entry, %step, %feature] : tensor<1x128x128xf32>
    linalg.yield %value : f32
  } -> tensor<128x128xf32>
  %q_heads_joined_sorted_init = tensor.empty() : tensor<128x512xf32>
  %q_heads_joined_sorted = attn.grouped_project ins(%x_sorted, %wq
        : tensor<128x128xf32>, tensor<3x128x512xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%q_heads_joined_sorted_init : tensor<128x512xf32>)
  %q_heads_joined_init = tensor.empty() : tensor<1x128x512xf32>
  %q_heads_joined = linalg.generic {
      indexing_maps = [#bt_of_bta, #bta],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%place_of_token : tensor<1x128xi32>)
      outs(%q_heads_joined_init : tensor<1x128x512xf32>) {
  ^bb0(%place_of_token_bt: i32, %old: f32):
    %row = arith.index_cast %place_of_token_bt : i32 to index
    %feature = linalg.index 2 : index
    %value = tensor.extract %q_heads_joined_sorted[%row, %feature] : tensor<128x512xf32>
    linalg.yield %value : f32
  } -> tensor<1x128x512xf32>
  %q_heads = tensor.expand_shape %q_heads_joined [[0], [1], [2, 3]]
      output_shape [1, 128, 8, 64] : tensor<1x128x512xf32> into tensor<1x128x8x64xf32>
  %q_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %q_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%q_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %q_squares = linalg.generic {
      indexing_maps = [#bthk_of_bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q_heads : tensor<1x128x8x64xf32>)
      outs(%q_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%q_heads_bthk: f32, %so_far: f32):
    %product = arith.mulf %q_heads_bthk, %q_heads_bthk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %q_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q = linalg.generic {
      indexing_maps = [#bthk_of_bhtk, #bht_of_bhtk, #bt_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q_heads, %q_squares, %ids
        : tensor<1x128x8x64xf32>, tensor<1x8x128xf32>, tensor<1x128xi32>)
      outs(%q_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_heads_bthk: f32, %q_squares_bht: f32, %ids_bt: i32, %old: f32):
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
    %product = arith.mulf %q_heads_bthk, %rsqrt : f32
    %product_2 = arith.mulf %product, %weight : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  %k_heads_joined_sorted_init = tensor.empty() : tensor<128x512xf32>
  %k_heads_joined_sorted = attn.grouped_project ins(%x_sorted, %wk
        : tensor<128x128xf32>, tensor<3x128x512xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%k_heads_joined_sorted_init : tensor<128x512xf32>)
  %k_heads_joined_init = tensor.empty() : tensor<1x128x512xf32>
  %k_heads_joined = linalg.generic {
      indexing_maps = [#bt_of_bta, #bta],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%place_of_token : tensor<1x128xi32>)
      outs(%k_heads_joined_init : tensor<1x128x512xf32>) {
  ^bb0(%place_of_token_bt: i32, %old: f32):
    %row = arith.index_cast %place_of_token_bt : i32 to index
    %feature = linalg.index 2 : index
    %value = tensor.extract %k_heads_joined_sorted[%row, %feature] : tensor<128x512xf32>
    linalg.yield %value : f32
  } -> tensor<1x128x512xf32>
  %k_heads = tensor.expand_shape %k_heads_joined [[0], [1], [2, 3]]
      output_shape [1, 128, 8, 64] : tensor<1x128x512xf32> into tensor<1x128x8x64xf32>
  %k_squares_zero_init = tensor.empty() : tensor<1x8x128xf32>
  %k_squares_zero = linalg.fill ins(%zero_f32 : f32)
      outs(%k_squares_zero_init : tensor<1x8x128xf32>) -> tensor<1x8x128xf32>
  %k_squares = linalg.generic {
      indexing_maps = [#bthk_of_bhtk, #bht_of_bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k_heads : tensor<1x128x8x64xf32>)
      outs(%k_squares_zero : tensor<1x8x128xf32>) {
  ^bb0(%k_heads_bthk: f32, %so_far: f32):
    %product = arith.mulf %k_heads_bthk, %k_heads_bthk : f32
    %total = arith.addf %so_far, %product : f32
    linalg.yield %total : f32
  } -> tensor<1x8x128xf32>
  %k_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k = linalg.generic {
      indexing_maps = [#bthk_of_bhtk, #bht_of_bhtk, #bt_of_bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k_heads, %k_squares, %ids
        : tensor<1x128x8x64xf32>, tensor<1x8x128xf32>, tensor<1x128xi32>)
      outs(%k_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_heads_bthk: f32, %k_squares_bht: f32, %ids_bt: i32, %old: f32):
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
    %product = arith.mulf %k_heads_bthk, %rsqrt : f32
    %product_2 = arith.mulf %product, %weight : f32
    linalg.yield %product_2 : f32
  } -> tensor<1x8x128x64xf32>
  %v_heads_joined_sorted_init = tensor.empty() : tensor<128x512xf32>
  %v_heads_joined_sorted = attn.grouped_project ins(%x_sorted, %wv
        : tensor<128x128xf32>, tensor<3x128x512xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%v_heads_joined_sorted_init : tensor<128x512xf32>)
  %v_heads_joined_init = tensor.empty() : tensor<1x128x512xf32>
  %v_heads_joined = linalg.generic {
      indexing_maps = [#bt_of_bta, #bta],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%place_of_token : tensor<1x128xi32>)
      outs(%v_heads_joined_init : tensor<1x128x512xf32>) {
  ^bb0(%place_of_token_bt: i32, %old: f32):
    %row = arith.index_cast %place_of_token_bt : i32 to index
    %feature = linalg.index 2 : index
    %value = tensor.extract %v_heads_joined_sorted[%row, %feature] : tensor<128x512xf32>
    linalg.yield %value : f32
  } -> tensor<1x128x512xf32>
  %v_heads = tensor.expand_shape %v_heads_joined [[0], [1], [2, 3]]
      output_shape [1, 128, 8, 64] : tensor<1x128x512xf32> into tensor<1x128x8x64xf32>
  %v_init = tensor.empty() : tensor<1x8x128x64xf32>
  %v = linalg.generic {
      indexing_maps = [#bthv_of_bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v_heads : tensor<1x128x8x64xf32>)
      outs(%v_init : tensor<1x8x128x64xf32>) {
  ^bb0(%v_heads_bthv: f32, %old: f32):
    linalg.yield %v_heads_bthv : f32
  } -> tensor<1x8x128x64xf32>

  // One attention over all tokens.
  %attended_init = tensor.empty() : tensor<1x8x128x64xf32>
  %attended = attn.dense causal align(bottom_right)
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%attended_init : tensor<1x8x128x64xf32>)
  %attended_by_token_init = tensor.empty() : tensor<1x128x8x64xf32>
  %attended_by_token = linalg.generic {
      indexing_maps = [#bhtv_of_bthv, #bthv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%attended : tensor<1x8x128x64xf32>)
      outs(%attended_by_token_init : tensor<1x128x8x64xf32>) {
  ^bb0(%attended_bhtv: f32, %old: f32):
    linalg.yield %attended_bhtv : f32
  } -> tensor<1x128x8x64xf32>
  %attended_joined = tensor.collapse_shape %attended_by_token [[0], [1], [2, 3]]
      : tensor<1x128x8x64xf32> into tensor<1x128x512xf32>
  %attended_sorted_init = tensor.empty() : tensor<128x512xf32>
  %attended_sorted = linalg.generic {
      indexing_maps = [#n_of_na, #na],
      iterator_types = ["parallel", "parallel"]}
      ins(%order : tensor<128xi32>)
      outs(%attended_sorted_init : tensor<128x512xf32>) {
  ^bb0(%order_n: i32, %old: f32):
    %token = arith.index_cast %order_n : i32 to index
    %count = arith.constant 128 : index
    %entry = arith.divsi %token, %count : index
    %step = arith.remsi %token, %count : index
    %feature = linalg.index 1 : index
    %value = tensor.extract %attended_joined[%entry, %step, %feature] : tensor<1x128x512xf32>
    linalg.yield %value : f32
  } -> tensor<128x512xf32>
  %y_sorted_init = tensor.empty() : tensor<128x128xf32>
  %y_sorted = attn.grouped_project ins(%attended_sorted, %wo
        : tensor<128x512xf32>, tensor<3x512x128xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%y_sorted_init : tensor<128x128xf32>)
  %y_init = tensor.empty() : tensor<1x128x128xf32>
  %y = linalg.generic {
      indexing_maps = [#bt_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%place_of_token : tensor<1x128xi32>)
      outs(%y_init : tensor<1x128x128xf32>) {
  ^bb0(%place_of_token_bt: i32, %old: f32):
    %row = arith.index_cast %place_of_token_bt : i32 to index
    %feature = linalg.index 2 : index
    %value = tensor.extract %y_sorted[%row, %feature] : tensor<128x128xf32>
    linalg.yield %value : f32
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
  %h_sorted_init = tensor.empty() : tensor<128x128xf32>
  %h_sorted = linalg.generic {
      indexing_maps = [#n_of_nd, #nd],
      iterator_types = ["parallel", "parallel"]}
      ins(%order : tensor<128xi32>)
      outs(%h_sorted_init : tensor<128x128xf32>) {
  ^bb0(%order_n: i32, %old: f32):
    %token = arith.index_cast %order_n : i32 to index
    %count = arith.constant 128 : index
    %entry = arith.divsi %token, %count : index
    %step = arith.remsi %token, %count : index
    %feature = linalg.index 1 : index
    %value = tensor.extract %h[%entry, %step, %feature] : tensor<1x128x128xf32>
    linalg.yield %value : f32
  } -> tensor<128x128xf32>
  %gate_init = tensor.empty() : tensor<128x256xf32>
  %gate = attn.grouped_project ins(%h_sorted, %w1
        : tensor<128x128xf32>, tensor<3x128x256xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%gate_init : tensor<128x256xf32>)
  %up_init = tensor.empty() : tensor<128x256xf32>
  %up = attn.grouped_project ins(%h_sorted, %w3
        : tensor<128x128xf32>, tensor<3x128x256xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%up_init : tensor<128x256xf32>)
  %gated_init = tensor.empty() : tensor<128x256xf32>
  %gated = linalg.generic {
      indexing_maps = [#nf, #nf, #nf],
      iterator_types = ["parallel", "parallel"]}
      ins(%gate, %up : tensor<128x256xf32>, tensor<128x256xf32>)
      outs(%gated_init : tensor<128x256xf32>) {
  ^bb0(%gate_nf: f32, %up_nf: f32, %old: f32):
    %abs = math.absf %gate_nf : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %gate_nf, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %silu = arith.mulf %gate_nf, %sigmoid : f32
    %product = arith.mulf %silu, %up_nf : f32
    linalg.yield %product : f32
  } -> tensor<128x256xf32>
  %down_sorted_init = tensor.empty() : tensor<128x128xf32>
  %down_sorted = attn.grouped_project ins(%gated, %w2
        : tensor<128x256xf32>, tensor<3x256x128xf32>)
      offsets(%offsets : tensor<4xi32>) outs(%down_sorted_init : tensor<128x128xf32>)
  %down_init = tensor.empty() : tensor<1x128x128xf32>
  %down = linalg.generic {
      indexing_maps = [#bt_of_btd, #btd],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%place_of_token : tensor<1x128xi32>)
      outs(%down_init : tensor<1x128x128xf32>) {
  ^bb0(%place_of_token_bt: i32, %old: f32):
    %row = arith.index_cast %place_of_token_bt : i32 to index
    %feature = linalg.index 2 : index
    %value = tensor.extract %down_sorted[%row, %feature] : tensor<128x128xf32>
    linalg.yield %value : f32
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
