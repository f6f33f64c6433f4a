// xLSTM's matrix memory: exponential gates (arXiv 2405.04517)
#bht = affine_map<(b, h, t) -> (b, h, t)>
func.func @mlstm(
    %q: tensor<1x8x128x64xf32> {attn.name = "q"},
    %k: tensor<1x8x128x64xf32> {attn.name = "k"},
    %v: tensor<1x8x128x64xf32> {attn.name = "v"},
    %i: tensor<1x8x128xf32> {attn.name = "i"},
    %f: tensor<1x8x128xf32> {attn.name = "f"})
    -> (tensor<1x8x128x64xf32> {attn.name = "o"}) {

  // Decay: g = logsigmoid(f).
  %g_init = tensor.empty() : tensor<1x8x128xf32>
  %g = linalg.generic {
      indexing_maps = [#bht, #bht],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%f : tensor<1x8x128xf32>)
      outs(%g_init : tensor<1x8x128xf32>) {
  ^bb0(%f_bht: f32, %old: f32):
    %abs = math.absf %f_bht : f32
    %negated = arith.negf %abs : f32
    %exp = math.exp %negated : f32
    %log = math.log1p %exp : f32
    %zero = arith.constant 0.0 : f32
    %negative = arith.minimumf %f_bht, %zero : f32
    %log_sigmoid = arith.subf %negative, %log : f32
    linalg.yield %log_sigmoid : f32
  } -> tensor<1x8x128xf32>

  // The state, token by token, and what the queries read.
  %o_init = tensor.empty() : tensor<1x8x128x64xf32>
  %o = attn.linear normalizer(max_exp) epsilon 1.0E-6
      ins(%q, %k, %v
        : tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>, tensor<1x8x128x64xf32>)
      gate(%g : tensor<1x8x128xf32>)
      input_gate(%i : tensor<1x8x128xf32>)
      outs(%o_init
        : tensor<1x8x128x64xf32>)
  return %o
      : tensor<1x8x128x64xf32>
}
