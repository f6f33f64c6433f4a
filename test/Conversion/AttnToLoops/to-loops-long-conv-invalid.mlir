// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops))' -verify-diagnostics

func.func @memrefs(%x: memref<1x1x9x4xf32>, %h: memref<1x3x4xf32>, %o: memref<1x1x9x4xf32>) {
  // expected-error @+1 {{expected tensors in the lowering to loops, but found memrefs}}
  attn.long_conv ins(%x, %h : memref<1x1x9x4xf32>, memref<1x3x4xf32>)
      outs(%o : memref<1x1x9x4xf32>)
  return
}
