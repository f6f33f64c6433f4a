func.func @attention(
    %q: tensor<1x4x7x8xf32> {attn.name = "q"},
    %k: tensor<1x2x17x8xf32> {attn.name = "k"},
    %v: tensor<1x2x17x4611686018427387904xf32> {attn.name = "v"})
    -> (tensor<1x4x7x4611686018427387904xf32> {attn.name = "o"}, tensor<1x4x7xf32> {attn.name = "lse"}) {
  %o_init = tensor.empty() : tensor<1x4x7x4611686018427387904xf32>
  %lse_init = tensor.empty() : tensor<1x4x7xf32>
  %o, %lse = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x4x7x8xf32>, tensor<1x2x17x8xf32>, tensor<1x2x17x4611686018427387904xf32>)
      outs(%o_init, %lse_init : tensor<1x4x7x4611686018427387904xf32>, tensor<1x4x7xf32>)
  return %o, %lse : tensor<1x4x7x4611686018427387904xf32>, tensor<1x4x7xf32>
}
