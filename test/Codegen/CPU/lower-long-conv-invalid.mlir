// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-lower-long-conv))' -verify-diagnostics

func.func @tensors(%x: tensor<1x1x9x4xf32>, %h: tensor<1x3x4xf32>) -> tensor<1x1x9x4xf32> {
  // expected-error @+1 {{expected memrefs, as after bufferisation}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf32>, tensor<1x3x4xf32>)
      outs(%x : tensor<1x1x9x4xf32>)
  return %y : tensor<1x1x9x4xf32>
}
