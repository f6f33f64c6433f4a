// Sizes of generated inputs: one size given determines all equal ones.

// RUN: attn-run %s --pipeline=reference --seed=1 --shape=q=2x2x3x8,k=?x?x5x? --output=%t.npy
// RUN: %python -c "import numpy as np; print(np.load('%t.npy').shape)" | FileCheck %s
// CHECK: (2, 2, 3, 4)

// The same seed gives the same inputs, wherever they lie in memory.
// RUN: attn-run %s --pipeline=reference --seed=1 --shape=q=2x2x3x8 --shape=k=2x1x5x8 --layout=padded --compare=%t.npy --atol=0 | FileCheck %s --check-prefix=EQUAL
// EQUAL: result0: agrees, max error 0.00e+00
// RUN: not attn-run %s --pipeline=reference --seed=2 --shape=q=2x2x3x8,k=2x1x5x8 --compare=%t.npy | FileCheck %s --check-prefix=OTHER
// OTHER: result0: DIFFERS

// RUN: not attn-run %s --seed=1 --shape=q=2x2x3x8 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not attn-run %s --seed=1 --shape=q=2x2x3x8,x=5 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not attn-run %s --seed=1 --shape=q=2x2x-3x8 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not attn-run %s --seed=1 --shape=q=2x2x3x9 2>&1 | FileCheck %s --check-prefix=STATIC
// RUN: not attn-run %s --seed=1 --shape=q=2x2x3x8,v=3x1x5x4 2>&1 | FileCheck %s --check-prefix=OTHERS
// RUN: not attn-run %s --seed=1 --shape=q=9000000x2x9000000x8,k=?x?x9000000x? 2>&1 | FileCheck %s --check-prefix=HUGE

// UNKNOWN: attn-run: error: dimension 2 of 'k' is not known; give the sizes of 'k' by --shape
// NAME: attn-run: error: --shape: expected one of the tensors q, k, v, result0 but found 'x'
// NUMBER: attn-run: error: --shape: expected sizes such as 1x8x77x64 but found '2x2x-3x8'
// STATIC: attn-run: error: --shape: expected dimension 3 of 'q' to be 8 but found 9
// OTHERS: attn-run: error: --shape: expected dimension 0 of 'v' to be 2 (dimension 0 of 'q') but found 3
// HUGE: attn-run: error: cannot allocate 5184000000000000 bytes for a tensor of 9000000x2x9000000x8 elements

func.func @attention(%q: tensor<?x2x?x8xf32>, %k: tensor<?x1x?x8xf32>, %v: tensor<?x1x?x4xf32>)
    -> tensor<?x2x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x2x?x8xf32>
  %t = tensor.dim %q, %c2 : tensor<?x2x?x8xf32>
  %init = tensor.empty(%b, %t) : tensor<?x2x?x4xf32>
  %o = attn.dense ins(%q, %k, %v : tensor<?x2x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x4xf32>)
      outs(%init : tensor<?x2x?x4xf32>)
  return %o : tensor<?x2x?x4xf32>
}
