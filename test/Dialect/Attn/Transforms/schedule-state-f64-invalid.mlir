// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v3}))' \
// RUN:   --verify-diagnostics

// States of f64 run on the reference pipeline only.

func.func @f64(
    %q: tensor<1x1x8x32xf64>, %o: tensor<1x1x8x32xf64>) -> tensor<1x1x8x32xf64> {
  // expected-error @below {{'attn.linear' op element type 'f64' is not supported by this pipeline, expected f32, f16 or bf16}}
  %r = attn.linear
      ins(%q, %q, %q : tensor<1x1x8x32xf64>, tensor<1x1x8x32xf64>, tensor<1x1x8x32xf64>)
      outs(%o : tensor<1x1x8x32xf64>)
  return %r : tensor<1x1x8x32xf64>
}
