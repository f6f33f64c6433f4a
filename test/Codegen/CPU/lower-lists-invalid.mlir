// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-lists{target=x86-64-v3}))' -verify-diagnostics -split-input-file
// RUN: not attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-lists{target=x86-64}))' -split-input-file 2>&1 | FileCheck %s

func.func @tensors(%x: tensor<1x1x9x4xf32>, %o: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  // expected-error @+1 {{expected memrefs, as after bufferisation}}
  %y = attn.pool size 3 stride 3 ins(%x : tensor<1x1x9x4xf32>) outs(%o : tensor<1x1x3x4xf32>)
  return %y : tensor<1x1x3x4xf32>
}

// -----

// CHECK: expected a target with fused multiply-add, such as x86-64-v3, but found 'x86-64'
func.func @doubles(%s: memref<1x2x9x4xf64>, %l: memref<1x2x9x3xi32>) {
  // expected-error @+1 {{element type 'f64' is not supported by this pipeline, expected f32, f16 or bf16}}
  attn.select block 4 scores(%s : memref<1x2x9x4xf64>) outs(%l : memref<1x2x9x3xi32>)
  return
}
