// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-recurrence))' \
// RUN:   --split-input-file --verify-diagnostics

func.func @tensors(%q: tensor<1x1x8x16xf32>, %o: tensor<1x1x8x16xf32>) -> tensor<1x1x8x16xf32> {
  // expected-error @below {{'attn.linear' op expected memrefs, as after bufferisation}}
  %r = attn.linear scan <chunk = 8, step = 4, panel = 16, lanes = 16>
      ins(%q, %q, %q : tensor<1x1x8x16xf32>, tensor<1x1x8x16xf32>, tensor<1x1x8x16xf32>)
      outs(%o : tensor<1x1x8x16xf32>)
  return %r : tensor<1x1x8x16xf32>
}

// -----

func.func @no_scan(%q: memref<1x1x8x16xf32>, %o: memref<1x1x8x16xf32>, %s: memref<1x1x16x16xf32>) {
  // expected-error @below {{expected a 'scan' attribute and a state, as attn-schedule and attn-tile-state leave them}}
  attn.linear
      ins(%q, %q, %q : memref<1x1x8x16xf32>, memref<1x1x8x16xf32>, memref<1x1x8x16xf32>)
      outs(%o, %s : memref<1x1x8x16xf32>, memref<1x1x16x16xf32>)
  return
}

// -----

func.func @two_heads(%q: memref<1x2x8x16xf32>, %o: memref<1x2x8x16xf32>, %s: memref<1x2x16x16xf32>) {
  // expected-error @below {{expected a tile of one batch and one head, but found 'memref<1x2x8x16xf32>'}}
  attn.linear scan <chunk = 8, step = 4, panel = 16, lanes = 16>
      ins(%q, %q, %q : memref<1x2x8x16xf32>, memref<1x2x8x16xf32>, memref<1x2x8x16xf32>)
      outs(%o, %s : memref<1x2x8x16xf32>, memref<1x2x16x16xf32>)
  return
}
