// RUN: attn-opt %s --load-pass-plugin=%plugin \
// RUN:   --pass-pipeline="builtin.module(func.func(window-limit{keys=32}))" | FileCheck %s

// CHECK-LABEL: func.func @causal
// CHECK:         attn.dense causal align(bottom_right) window [31, 0]
func.func @causal(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %e = tensor.empty() : tensor<1x2x64x16xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>)
      outs(%e : tensor<1x2x64x16xf32>)
  return %o : tensor<1x2x64x16xf32>
}

// CHECK-LABEL: func.func @has_window
// CHECK:         window [3, 0]
func.func @has_window(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %e = tensor.empty() : tensor<1x2x64x16xf32>
  %o = attn.dense causal align(bottom_right) window [3, 0]
      ins(%q, %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>)
      outs(%e : tensor<1x2x64x16xf32>)
  return %o : tensor<1x2x64x16xf32>
}
