// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops))' -verify-diagnostics -split-input-file

func.func @pool(%x: memref<1x2x9x8xf32>, %o: memref<1x2x5x8xf32>) {
  // expected-error @+1 {{expected tensors in the lowering to loops, but found memrefs}}
  attn.pool size 4 stride 2 ins(%x : memref<1x2x9x8xf32>) outs(%o : memref<1x2x5x8xf32>)
  return
}

// -----

func.func @select(%s: memref<1x2x9x4xf32>, %l: memref<1x2x9x3xi32>) {
  // expected-error @+1 {{expected tensors in the lowering to loops, but found memrefs}}
  attn.select block 4 scores(%s : memref<1x2x9x4xf32>) outs(%l : memref<1x2x9x3xi32>)
  return
}

// -----

func.func @invert(%l: memref<1x2x9x3xi32>, %o: memref<1x2x5xi32>, %e: memref<1x2x20xi32>) {
  // expected-error @+1 {{expected tensors in the lowering to loops, but found memrefs}}
  attn.invert ins(%l : memref<1x2x9x3xi32>) outs(%o, %e : memref<1x2x5xi32>, memref<1x2x20xi32>)
  return
}
