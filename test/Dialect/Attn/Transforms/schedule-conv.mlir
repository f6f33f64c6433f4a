// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-schedule-conv{target=x86-64-v4}))' \
// RUN:   --remarks-filter=attn-schedule --remark-format=emitRemark 2>%t.remarks \
// RUN:   | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// The form of a convolution, by its products and those of transforms.

// REMARK: remark: [Passed] form | Category:attn-schedule | Remark="form(direct): 300000 products as written, as many as 5505024 in time by transforms of 16384"
// REMARK: remark: [Passed] form | {{.*}}"form(fft): 100000000 products as written, as many as 5505024 in time by transforms of 16384"
// REMARK: remark: [Passed] form | {{.*}}"form(direct): 4097 products
// REMARK: remark: [Passed] form | {{.*}}"either form: the kernel chooses by sizes that are known when it runs"

// CHECK-LABEL: func.func @few_taps
// CHECK:         attn.long_conv form(direct)
func.func @few_taps(%x: tensor<1x1x10000x64xf32>, %h: tensor<1x30x64xf32>) -> tensor<1x1x10000x64xf32> {
  %y = attn.long_conv ins(%x, %h : tensor<1x1x10000x64xf32>, tensor<1x30x64xf32>)
      outs(%x : tensor<1x1x10000x64xf32>)
  return %y : tensor<1x1x10000x64xf32>
}

// Taps beyond the tokens are no work.

// CHECK-LABEL: func.func @many_taps
// CHECK:         attn.long_conv form(fft)
func.func @many_taps(%x: tensor<1x1x10000x64xf32>, %h: tensor<1x90000x64xf32>) -> tensor<1x1x10000x64xf32> {
  %y = attn.long_conv ins(%x, %h : tensor<1x1x10000x64xf32>, tensor<1x90000x64xf32>)
      outs(%x : tensor<1x1x10000x64xf32>)
  return %y : tensor<1x1x10000x64xf32>
}

// One token behind many, as in decoding.

// CHECK-LABEL: func.func @decode
// CHECK:         attn.long_conv form(direct)
func.func @decode(%x: tensor<1x1x1x64xf32>, %h: tensor<1x4097x64xf32>, %p: tensor<1x1x4096x64xf32>)
    -> tensor<1x1x1x64xf32> {
  %y = attn.long_conv ins(%x, %h : tensor<1x1x1x64xf32>, tensor<1x4097x64xf32>)
      history(%p : tensor<1x1x4096x64xf32>) outs(%x : tensor<1x1x1x64xf32>)
  return %y : tensor<1x1x1x64xf32>
}

// CHECK-LABEL: func.func @dynamic
// CHECK:         attn.long_conv ins(
// CHECK:         attn.long_conv form(fft) ins(
func.func @dynamic(%x: tensor<1x1x?x64xf32>, %h: tensor<1x30x64xf32>) -> (tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>) {
  %y = attn.long_conv ins(%x, %h : tensor<1x1x?x64xf32>, tensor<1x30x64xf32>)
      outs(%x : tensor<1x1x?x64xf32>)
  %z = attn.long_conv form(fft) ins(%x, %h : tensor<1x1x?x64xf32>, tensor<1x30x64xf32>)
      outs(%x : tensor<1x1x?x64xf32>)
  return %y, %z : tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>
}
