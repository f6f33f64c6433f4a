// Both forms of a convolution and the choice between them, by vectors and by
// plain loops: odd and even numbers of tokens on both sides of powers of two,
// channels that fill a vector and that do not, fewer and more taps than tokens,
// nothing at all.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=1x2x1x20,h=2x1x20,y=1x2x1x20 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=2x2x33x20,h=2x33x20,y=2x2x33x20 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=1x2x257x20,h=2x300x20,y=1x2x257x20 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=x=1x2x600x20,h=2x77x20,y=1x2x600x20 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=5 --compare=reference --guard --shape=x=1x2x1025x20,h=2x5x20,y=1x2x1025x20 --threads=2 | FileCheck %s
// RUN: attn-run %s --seed=6 --compare=reference --guard --shape=x=3x2x0x20,h=2x9x20,y=3x2x0x20 | FileCheck %s
// RUN: attn-run %s --seed=7 --compare=reference --guard --shape=x=0x2x9x20,h=2x9x20,y=0x2x9x20 | FileCheck %s
// RUN: attn-run %s --seed=8 --compare=reference --guard --shape=x=1x2x9x20,h=2x0x20,y=1x2x9x20 | FileCheck %s

// CHECK-COUNT-3: agrees
// CHECK-NOT: DIFFERS

func.func @forms(%x: tensor<?x2x?x20xf32>, %h: tensor<2x?x20xf32>, %y: tensor<?x2x?x20xf32>)
    -> (tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x2x?x20xf32>
  %t = tensor.dim %x, %c2 : tensor<?x2x?x20xf32>
  %init = tensor.empty(%b, %t) : tensor<?x2x?x20xf32>
  %direct = attn.long_conv form(direct) ins(%x, %h : tensor<?x2x?x20xf32>, tensor<2x?x20xf32>)
      behind(%y : tensor<?x2x?x20xf32>) outs(%init : tensor<?x2x?x20xf32>)
  %fft = attn.long_conv form(fft) ins(%x, %h : tensor<?x2x?x20xf32>, tensor<2x?x20xf32>)
      before(%y : tensor<?x2x?x20xf32>) outs(%init : tensor<?x2x?x20xf32>)
  %either = attn.long_conv ins(%x, %h : tensor<?x2x?x20xf32>, tensor<2x?x20xf32>)
      outs(%init : tensor<?x2x?x20xf32>)
  return %direct, %fft, %either : tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>
}
