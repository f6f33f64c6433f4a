// Tokens behind a history, as a sequence in parts has them: one token, and many,
// by transforms of all and as written; gates of the own tokens alone.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=1x1x1x16,h=1x40x16,p=1x1x39x16,a=1x1x1x16 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=2x1x13x16,h=1x3x16,p=2x1x2x16,a=2x1x13x16 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=1x1x300x16,h=1x500x16,p=1x1x401x16,a=1x1x300x16 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=x=1x1x129x16,h=1x130x16,p=1x1x0x16,a=1x1x129x16 --target=x86-64-v3 | FileCheck %s

// CHECK-COUNT-2: agrees
// CHECK-NOT: DIFFERS

func.func @history(%x: tensor<?x1x?x16xf32>, %h: tensor<1x?x16xf32>, %p: tensor<?x1x?x16xf32>,
                   %a: tensor<?x1x?x16xf32>, %s: tensor<1x16xf32>)
    -> (tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x1x?x16xf32>
  %t = tensor.dim %x, %c2 : tensor<?x1x?x16xf32>
  %init = tensor.empty(%b, %t) : tensor<?x1x?x16xf32>
  %direct = attn.long_conv form(direct) ins(%x, %h : tensor<?x1x?x16xf32>, tensor<1x?x16xf32>)
      before(%a : tensor<?x1x?x16xf32>) skip(%s : tensor<1x16xf32>)
      history(%p : tensor<?x1x?x16xf32>) outs(%init : tensor<?x1x?x16xf32>)
  %fft = attn.long_conv form(fft) ins(%x, %h : tensor<?x1x?x16xf32>, tensor<1x?x16xf32>)
      before(%a : tensor<?x1x?x16xf32>) skip(%s : tensor<1x16xf32>)
      history(%p : tensor<?x1x?x16xf32>) outs(%init : tensor<?x1x?x16xf32>)
  return %direct, %fft : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
}
