// The pass inside of the compiler: the kernel agrees with the window written in
// the text.

// RUN: attn-run %s --seed=1 --entry=causal --output=%t.npy --load-pass-plugin=%plugin \
// RUN:   "--add-passes=graph:func.func(window-limit{keys=8})"
// RUN: attn-run %s --seed=1 --entry=windowed --compare=%t.npy | FileCheck %s
// CHECK: agrees

func.func @causal(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %e = tensor.empty() : tensor<1x2x64x16xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>)
      outs(%e : tensor<1x2x64x16xf32>)
  return %o : tensor<1x2x64x16xf32>
}

func.func @windowed(%q: tensor<1x2x64x16xf32>) -> tensor<1x2x64x16xf32> {
  %e = tensor.empty() : tensor<1x2x64x16xf32>
  %o = attn.dense causal align(bottom_right) window [7, 0]
      ins(%q, %q, %q : tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>, tensor<1x2x64x16xf32>)
      outs(%e : tensor<1x2x64x16xf32>)
  return %o : tensor<1x2x64x16xf32>
}
