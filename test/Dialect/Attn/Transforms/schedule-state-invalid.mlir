// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v2}))' \
// RUN:   --split-input-file --verify-diagnostics
// RUN: sed 's/^ *.. expected-error.*x86-64-v2.*//; s/ FMA-error/ expected-error/' %s \
// RUN:   | attn-opt --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v3}))' \
// RUN:   --split-input-file --verify-diagnostics

// A target without fused multiply-add, and a type that runs on the reference
// pipeline only. The first run has the target x86-64-v2, the second x86-64-v3.

func.func @no_fma(
    %q: tensor<1x1x8x32xf64>, %o: tensor<1x1x8x32xf64>) -> tensor<1x1x8x32xf64> {
  // expected-error @+2 {{'attn.linear' op expected a target with fused multiply-add, such as x86-64-v3, but found 'x86-64-v2'}}
  // FMA-error @+1 {{'attn.linear' op element type 'f64' is not supported by this pipeline, expected f32, f16 or bf16}}
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x1x8x32xf64>, tensor<1x1x8x32xf64>, tensor<1x1x8x32xf64>)
      outs(%o : tensor<1x1x8x32xf64>)
  return %r : tensor<1x1x8x32xf64>
}
