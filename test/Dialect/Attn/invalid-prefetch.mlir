// RUN: attn-opt %s --verify-diagnostics

func.func @c1_too_few_indices(%k: tensor<?x8xf32>, %i: index) {
  // expected-error @below {{'attn.prefetch' op C1: expected 2 indices, but found 1}}
  attn.prefetch %k[%i] : tensor<?x8xf32>
  return
}
