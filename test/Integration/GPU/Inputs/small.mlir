func.func @attention(%q: tensor<1x2x150x64xbf16>, %k: tensor<1x2x150x64xbf16>, %v: tensor<1x2x150x64xbf16>)
    -> (tensor<1x2x150x64xbf16>, tensor<1x2x150xf32>) {
  %o = tensor.empty() : tensor<1x2x150x64xbf16>
  %l = tensor.empty() : tensor<1x2x150xf32>
  %r:2 = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x2x150x64xbf16>, tensor<1x2x150x64xbf16>, tensor<1x2x150x64xbf16>)
      outs(%o, %l : tensor<1x2x150x64xbf16>, tensor<1x2x150xf32>)
      {atile.schedule = #atile.schedule<overlap = pipe, groups = 2, keys = 32, stages = 2>}
  return %r#0, %r#1 : tensor<1x2x150x64xbf16>, tensor<1x2x150xf32>
}
