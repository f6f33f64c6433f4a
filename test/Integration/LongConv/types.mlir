// 16-bit inputs are multiplied and summed in f32.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=2x1x70x24,h=1x70x24,z=2x1x70x24 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=1x1x9x24,h=1x4x24,z=1x1x9x24 --target=x86-64-v3 | FileCheck %s

// CHECK-COUNT-4: agrees
// CHECK-NOT: DIFFERS

func.func @types(%x: tensor<?x1x?x24xbf16>, %h: tensor<1x?x24xbf16>, %z: tensor<?x1x?x24xf16>)
    -> (tensor<?x1x?x24xbf16>, tensor<?x1x?x24xf32>, tensor<?x1x?x24xf16>, tensor<?x1x?x24xf16>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x1x?x24xbf16>
  %t = tensor.dim %x, %c2 : tensor<?x1x?x24xbf16>
  %brain = tensor.empty(%b, %t) : tensor<?x1x?x24xbf16>
  %single = tensor.empty(%b, %t) : tensor<?x1x?x24xf32>
  %half = tensor.empty(%b, %t) : tensor<?x1x?x24xf16>
  %0 = attn.long_conv form(direct) ins(%x, %h : tensor<?x1x?x24xbf16>, tensor<1x?x24xbf16>)
      outs(%brain : tensor<?x1x?x24xbf16>)
  %1 = attn.long_conv form(fft) ins(%x, %h : tensor<?x1x?x24xbf16>, tensor<1x?x24xbf16>)
      outs(%single : tensor<?x1x?x24xf32>)
  %2 = attn.long_conv form(direct) ins(%z, %h : tensor<?x1x?x24xf16>, tensor<1x?x24xbf16>)
      outs(%half : tensor<?x1x?x24xf16>)
  %3 = attn.long_conv form(fft) ins(%z, %h : tensor<?x1x?x24xf16>, tensor<1x?x24xbf16>)
      before(%z : tensor<?x1x?x24xf16>) outs(%half : tensor<?x1x?x24xf16>)
  return %0, %1, %2, %3
      : tensor<?x1x?x24xbf16>, tensor<?x1x?x24xf32>, tensor<?x1x?x24xf16>, tensor<?x1x?x24xf16>
}
