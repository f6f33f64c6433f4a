// The same numbers from every layout, to the bit, and on two threads.

// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --output=%t.npy
// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --compare=%t.npy --atol=0 --layout=padded | FileCheck %s
// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --compare=%t.npy --atol=0 --layout=bthd | FileCheck %s
// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --compare=%t.npy --atol=0 --guard | FileCheck %s
// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --compare=%t.npy --atol=0 --guard --layout=padded | FileCheck %s
// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --compare=%t.npy --atol=0 --guard --layout=bthd --threads=2 | FileCheck %s
// RUN: attn-run %s --seed=1 --shape=q=?x?x65x?,k=?x?x67x? --compare=%t.npy --atol=0 --threads=2 | FileCheck %s
// CHECK: result0: agrees, max error 0.00e+00

func.func @attention(%q: tensor<1x4x?x24xf32>, %k: tensor<1x2x?x24xf32>, %v: tensor<1x2x?x24xf32>)
    -> tensor<1x4x?x24xf32> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x24xf32>
  %init = tensor.empty(%t) : tensor<1x4x?x24xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x4x?x24xf32>, tensor<1x2x?x24xf32>, tensor<1x2x?x24xf32>)
      outs(%init : tensor<1x4x?x24xf32>)
  return %o : tensor<1x4x?x24xf32>
}
