// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule-conv{target=x86-64-v4}))' \
// RUN:   -verify-diagnostics
// RUN: not attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule-conv{target=x86-64-v2}))' \
// RUN:   2>&1 | FileCheck %s

// What no CPU form computes.

// CHECK: error: 'attn.long_conv' op expected a target with fused multiply-add, such as x86-64-v3, but found 'x86-64-v2'
func.func @f64(%x: tensor<1x1x9x4xf64>, %h: tensor<1x9x4xf64>) -> tensor<1x1x9x4xf64> {
  // expected-error @+1 {{element type 'f64' is not supported by this pipeline, expected f32, f16 or bf16}}
  %y = attn.long_conv ins(%x, %h : tensor<1x1x9x4xf64>, tensor<1x9x4xf64>)
      outs(%x : tensor<1x1x9x4xf64>)
  return %y : tensor<1x1x9x4xf64>
}
