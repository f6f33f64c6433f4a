// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v2}))' \
// RUN:   --verify-diagnostics

// Products are fused multiply-adds.

func.func @no_fma(
    %q: tensor<1x1x8x32xf32>, %o: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  // expected-error @below {{'attn.linear' op expected a target with fused multiply-add, such as x86-64-v3, but found 'x86-64-v2'}}
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
  return %r : tensor<1x1x8x32xf32>
}
