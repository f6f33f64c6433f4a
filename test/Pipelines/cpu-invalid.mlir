// RUN: attn-opt %s --split-input-file --verify-diagnostics \
// RUN:   --attn-cpu-pipeline=target=x86-64-v3

// What the CPU pipeline does not compile is refused at its line; the reference
// pipeline takes f64.

func.func @f64(%q: tensor<1x2x9x8xf64>, %k: tensor<1x2x9x8xf64>) -> tensor<1x2x9x8xf64> {
  %e = tensor.empty() : tensor<1x2x9x8xf64>
  // expected-error @below {{'attn.dense' op element type 'f64' is not supported by this lowering, expected 'f16', 'bf16' or 'f32'}}
  %o = attn.dense
      ins(%q, %k, %k : tensor<1x2x9x8xf64>, tensor<1x2x9x8xf64>, tensor<1x2x9x8xf64>)
      outs(%e : tensor<1x2x9x8xf64>)
  return %o : tensor<1x2x9x8xf64>
}

// -----

func.func @page_table(%q: tensor<1x2x9x8xf32>, %n: tensor<1x3xi32>) -> tensor<1x2x9x8xf32> {
  %e = tensor.empty() : tensor<1x2x9x8xf32>
  // expected-error @below {{'attn.dense' op operand 'page_table' is not supported by this lowering}}
  %o = attn.dense
      ins(%q, %q, %q : tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x8xf32>)
      page_table(%n : tensor<1x3xi32>) outs(%e : tensor<1x2x9x8xf32>)
  return %o : tensor<1x2x9x8xf32>
}

// -----

// expected-error @below {{'func.func' op expected a single block}}
func.func @two_blocks(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %none = arith.cmpi eq, %n, %c0 : index
  cf.cond_br %none, ^end(%x : tensor<?xf32>), ^more
^more:
  %y = math.exp %x : tensor<?xf32>
  cf.br ^end(%y : tensor<?xf32>)
^end(%r: tensor<?xf32>):
  return %r : tensor<?xf32>
}
