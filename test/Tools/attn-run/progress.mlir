// A step that takes longer than a second says so on stderr; quick ones do not.

// RUN: attn-run %s --pipeline=reference --seed=1 --shape=q=1x8x2048x64 2>&1 | FileCheck %s
// RUN: attn-run %s --pipeline=reference --seed=1 --shape=q=1x1x1x64 2>&1 | count 0
// CHECK: attn-run: running 'attention', 1 s

func.func @attention(%q: tensor<1x?x?x64xf32>) -> tensor<1x?x?x64xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %h = tensor.dim %q, %c1 : tensor<1x?x?x64xf32>
  %t = tensor.dim %q, %c2 : tensor<1x?x?x64xf32>
  %init = tensor.empty(%h, %t) : tensor<1x?x?x64xf32>
  %o = attn.dense ins(%q, %q, %q : tensor<1x?x?x64xf32>, tensor<1x?x?x64xf32>, tensor<1x?x?x64xf32>)
      outs(%init : tensor<1x?x?x64xf32>)
  return %o : tensor<1x?x?x64xf32>
}
