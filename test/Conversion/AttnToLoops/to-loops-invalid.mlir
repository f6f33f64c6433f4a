// RUN: attn-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops))'

// One function per operand that has no lowering yet.

func.func @lengths(
    %q: tensor<1x1x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %x: tensor<1xi32>, %init: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  // expected-error @below {{'attn.dense' op 'lengths' is not supported by the lowering to loops, expected only 'bias', 'sink', 'captures', 'origin' and 'diagonal'}}
  %o = attn.dense
      ins(%q, %k, %v : tensor<1x1x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      lengths(%x : tensor<1xi32>)
      outs(%init : tensor<1x1x3x4xf32>)
  return %o : tensor<1x1x3x4xf32>
}

// -----

func.func @cu_seqlens(
    %q: tensor<1x1x3x8xf32>, %k: tensor<1x1x3x8xf32>, %v: tensor<1x1x3x4xf32>,
    %x: tensor<4xi32>, %init: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  // expected-error @below {{'cu_seqlens' is not supported by the lowering to loops}}
  %o = attn.dense
      ins(%q, %k, %v : tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>, tensor<1x1x3x4xf32>)
      cu_seqlens(%x : tensor<4xi32>)
      outs(%init : tensor<1x1x3x4xf32>)
  return %o : tensor<1x1x3x4xf32>
}

// -----

func.func @page_table(
    %q: tensor<1x1x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %x: tensor<1x4xi64>, %init: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  // expected-error @below {{'page_table' is not supported by the lowering to loops}}
  %o = attn.dense
      ins(%q, %k, %v : tensor<1x1x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      page_table(%x : tensor<1x4xi64>)
      outs(%init : tensor<1x1x3x4xf32>)
  return %o : tensor<1x1x3x4xf32>
}
