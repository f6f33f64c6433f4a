// native sparse attention (arXiv 2502.11089); stride=0 is the size, as in fla; size=32,stride=16,sum=1 is the paper's; means=1 keeps means in the cache
#bht_of_bhtv = affine_map<(b, h, t, v) -> (b, h, t)>
#bhtv = affine_map<(b, h, t, v) -> (b, h, t, v)>
func.func @native_sparse(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %g_cmp: tensor<1x8x128xf32> {attn.name = "g_cmp"},
    %g_slc: tensor<1x8x128xf32> {attn.name = "g_slc"},
    %g_swa: tensor<1x8x128xf32> {attn.name = "g_swa"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Means of keys and values, which queries read once they are complete.
  %k_means_init = tensor.empty() : tensor<1x8x2x64xf32>
  %k_means = attn.pool size 64 stride 64
      ins(%k : tensor<1x8x128x64xf32>)
      outs(%k_means_init : tensor<1x8x2x64xf32>)
  %v_means_init = tensor.empty() : tensor<1x8x2x64xf32>
  %v_means = attn.pool size 64 stride 64
      ins(%v : tensor<1x8x128x64xf32>)
      outs(%v_means_init : tensor<1x8x2x64xf32>)
  %o_cmp_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_cmp = attn.dense
      ins(%q, %k_means, %v_means
        : tensor<1x8x128x64xf32>, tensor<1x8x2x64xf32>, tensor<1x8x2x64xf32>)
      outs(%o_cmp_init : tensor<1x8x128x64xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %stride = arith.constant 64 : index
        %rest = arith.constant 63 : index
        %start = arith.muli %j, %stride : index
        %last = arith.addi %start, %rest : index
        %is_complete = arith.cmpi sle, %last, %i : index
        attn.yield %is_complete : i1
      }

  // The weights of the means become those of blocks.
  %lists_init = tensor.empty() : tensor<1x8x128x16xi32>
  %lists = attn.select softmax causal block 64 key_size 64 key_stride 64 first 1 local 2 scale 0.125
      ins(%q, %k_means : tensor<1x8x128x64xf32>, tensor<1x8x2x64xf32>)
      outs(%lists_init : tensor<1x8x128x16xi32>)

  // The selected blocks, and the window.
  %o_slc_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_slc = attn.block_sparse causal align(bottom_right) query_block 1 key_block 64
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      blocks(%lists : tensor<1x8x128x16xi32>)
      outs(%o_slc_init : tensor<1x8x128x64xf32>)
  %o_swa_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o_swa = attn.dense causal align(bottom_right) window [511, 0]
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_swa_init : tensor<1x8x128x64xf32>)
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = linalg.generic {
      indexing_maps = [#bht_of_bhtv, #bht_of_bhtv, #bht_of_bhtv, #bhtv, #bhtv, #bhtv, #bhtv],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%g_cmp, %g_slc, %g_swa, %o_cmp, %o_slc, %o_swa
        : tensor<1x8x128xf32>, tensor<1x8x128xf32>, tensor<1x8x128xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init : tensor<1x8x128x64xf32>) {
  ^bb0(%g_cmp_bht: f32, %g_slc_bht: f32, %g_swa_bht: f32, %o_cmp_bhtv: f32, %o_slc_bhtv: f32, %o_swa_bhtv: f32, %old: f32):
    %abs = math.absf %g_cmp_bht : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %is_negative = arith.cmpf olt, %g_cmp_bht, %zero : f32
    %numerator = arith.select %is_negative, %exp, %one : f32
    %sum = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %numerator, %sum : f32
    %product = arith.mulf %sigmoid, %o_cmp_bhtv : f32
    %abs_2 = math.absf %g_slc_bht : f32
    %negated_2 = arith.negf %abs_2 : f32
    %exp_2 = math.exp %negated_2 : f32
    %is_negative_2 = arith.cmpf olt, %g_slc_bht, %zero : f32
    %numerator_2 = arith.select %is_negative_2, %exp_2, %one : f32
    %sum_2 = arith.addf %one, %exp_2 : f32
    %sigmoid_2 = arith.divf %numerator_2, %sum_2 : f32
    %product_2 = arith.mulf %sigmoid_2, %o_slc_bhtv : f32
    %sum_3 = arith.addf %product, %product_2 : f32
    %abs_3 = math.absf %g_swa_bht : f32
    %negated_3 = arith.negf %abs_3 : f32
    %exp_3 = math.exp %negated_3 : f32
    %is_negative_3 = arith.cmpf olt, %g_swa_bht, %zero : f32
    %numerator_3 = arith.select %is_negative_3, %exp_3, %one : f32
    %sum_4 = arith.addf %one, %exp_3 : f32
    %sigmoid_3 = arith.divf %numerator_3, %sum_4 : f32
    %product_3 = arith.mulf %sigmoid_3, %o_swa_bhtv : f32
    %sum_5 = arith.addf %sum_3, %product_3 : f32
    linalg.yield %sum_5 : f32
  } -> tensor<1x8x128x64xf32>
  return %o
      : tensor<1x8x128x64xf32>
}
