// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule{target=x86-64-v3}))' -verify-diagnostics -split-input-file

// Code grows with the widths, so they have an end. Sizes do not, and neither
// their tiles (which are not counted then) nor their products overflow.

func.func @key_width(%q: tensor<1x1x8x4097xf32>, %v: tensor<1x1x8x4xf32>) -> tensor<1x1x8x4xf32> {
  %init = tensor.empty() : tensor<1x1x8x4xf32>
  // expected-error @+1 {{expected key and value widths of at most 4096, but found 4097}}
  %r = attn.dense ins(%q, %q, %v : tensor<1x1x8x4097xf32>, tensor<1x1x8x4097xf32>, tensor<1x1x8x4xf32>)
      outs(%init : tensor<1x1x8x4xf32>)
  return %r : tensor<1x1x8x4xf32>
}

// -----

func.func @value_width(%q: tensor<1x1x8x4xf32>, %v: tensor<1x1x8x4611686018427387904xf32>)
    -> tensor<1x1x8x4611686018427387904xf32> {
  %init = tensor.empty() : tensor<1x1x8x4611686018427387904xf32>
  // expected-error @+1 {{expected key and value widths of at most 4096, but found 4611686018427387904}}
  %r = attn.dense ins(%q, %q, %v : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>, tensor<1x1x8x4611686018427387904xf32>)
      outs(%init : tensor<1x1x8x4611686018427387904xf32>)
  return %r : tensor<1x1x8x4611686018427387904xf32>
}

// -----

func.func @sizes(%q: tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>,
                 %o: tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>)
    -> tensor<2147483648x4611686018427387904x4611686018427387904x4xf32> {
  %r = attn.dense causal align(top_left)
      ins(%q, %q, %q : tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>, tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>, tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>)
      outs(%o : tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>)
  return %r : tensor<2147483648x4611686018427387904x4611686018427387904x4xf32>
}
