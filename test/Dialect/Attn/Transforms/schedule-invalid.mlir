// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v2}))' -verify-diagnostics

// Products are fused multiply-adds; a target without them would call a function
// for every lane.

func.func @no_fma(%q: tensor<1x1x8x32xf32>, %o: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  // expected-error @+1 {{'attn.dense' op expected a target with fused multiply-add, such as x86-64-v3, but found 'x86-64-v2'}}
  %r = attn.dense ins(%q, %q, %q : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>)
      outs(%o : tensor<1x1x8x32xf32>)
  return %r : tensor<1x1x8x32xf32>
}
