// RUN: attn-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops))'

func.func @linear(%q: memref<1x1x5x8xf32>, %o: memref<1x1x5x8xf32>) {
  // expected-error @below {{'attn.linear' op expected tensors in the lowering to loops, but found memrefs}}
  attn.linear
      ins(%q, %q, %q : memref<1x1x5x8xf32>, memref<1x1x5x8xf32>, memref<1x1x5x8xf32>)
      outs(%o : memref<1x1x5x8xf32>)
  return
}

// -----

func.func @compose(%es: memref<3x1x1x8x8xf32>, %s: memref<1x1x8x8xf32>) {
  // expected-error @below {{'attn.compose' op expected tensors in the lowering to loops, but found memrefs}}
  attn.compose ins(%es, %es : memref<3x1x1x8x8xf32>, memref<3x1x1x8x8xf32>)
      outs(%s : memref<1x1x8x8xf32>)
  return
}
