// linear attention over elu + 1 features (arXiv 2006.16236); normalizer=0 leaves out the division
#bhtk = affine_map<(b, h, t, k) -> (b, h, t, k)>
func.func @linear(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Features: elu(x) + 1.
  %q_features_init = tensor.empty() : tensor<1x8x128x64xf32>
  %q_features = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%q : tensor<1x8x128x64xf32>)
      outs(%q_features_init : tensor<1x8x128x64xf32>) {
  ^bb0(%q_bhtk: f32, %old: f32):
    %zero = arith.constant 0.0 : f32
    %positive = arith.maximumf %q_bhtk, %zero : f32
    %negative = arith.minimumf %q_bhtk, %zero : f32
    %exp = math.exp %negative : f32
    %sum = arith.addf %positive, %exp : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x64xf32>
  %k_features_init = tensor.empty() : tensor<1x8x128x64xf32>
  %k_features = linalg.generic {
      indexing_maps = [#bhtk, #bhtk],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%k : tensor<1x8x128x64xf32>)
      outs(%k_features_init : tensor<1x8x128x64xf32>) {
  ^bb0(%k_bhtk: f32, %old: f32):
    %zero = arith.constant 0.0 : f32
    %positive = arith.maximumf %k_bhtk, %zero : f32
    %negative = arith.minimumf %k_bhtk, %zero : f32
    %exp = math.exp %negative : f32
    %sum = arith.addf %positive, %exp : f32
    linalg.yield %sum : f32
  } -> tensor<1x8x128x64xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear scale 1.0 normalizer(key_sum) epsilon 1.0E-6
      ins(%q_features, %k_features, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
