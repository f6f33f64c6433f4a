// Two attention ops, the second on the output of the first, with a residual
// between, and an argument that is returned as it came.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=q=1x2x77x64,k=1x2x33x64,v=1x2x33x64 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=q=1x2x1x64,k=1x2x33x64,v=1x2x33x64 --threads=2 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=q=1x2x0x64,k=1x2x33x64,v=1x2x33x64 | FileCheck %s

// CHECK-COUNT-3: agrees
// CHECK-NOT: DIFFERS

func.func @two(%q: tensor<1x2x?x64xf32>, %k: tensor<1x2x?x64xf32>,
               %v: tensor<1x2x?x64xf32>)
    -> (tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>) {
  %c2 = arith.constant 2 : index
  %length = tensor.dim %q, %c2 : tensor<1x2x?x64xf32>
  %init = tensor.empty(%length) : tensor<1x2x?x64xf32>
  %first = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>,
                       tensor<1x2x?x64xf32>)
      outs(%init : tensor<1x2x?x64xf32>)
  %sum = arith.addf %first, %q : tensor<1x2x?x64xf32>
  %second = attn.dense
      ins(%sum, %k, %v : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>,
                         tensor<1x2x?x64xf32>)
      outs(%init : tensor<1x2x?x64xf32>)
  return %first, %second, %q
      : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>
}
