// Inputs from files, outputs to files, and what is wrong with them.

// RUN: rm -rf %t && mkdir -p %t
// RUN: %python -c "import numpy as np; a = np.arange(6, dtype='f4').reshape(2, 3); np.save('%t/x.npy', a); np.save('%t/y.npy', a[:1]); np.save('%t/wide.npy', a.astype('f8')); np.save('%t/flat.npy', a[0]); np.save('%t/s.npy', np.float32(10)); np.save('%t/list.npy', a[0])"

// RUN: attn-run %s --pipeline=reference --input=%t/x.npy --input=%t/x.npy --input=%t/s.npy --output=%t/o.npy --print | FileCheck %s
// RUN: %python -c "import numpy as np; o = np.load('%t/o.npy'); x = np.load('%t/x.npy'); print(o.dtype, o.shape, np.abs(o - (x * 10 + x)).max())" | FileCheck %s --check-prefix=NUMPY
// CHECK: result0 = {{\[}}[0, 11, 22],
// CHECK-NEXT: {{^ }}[33, 44, 55]]
// NUMPY: float32 (2, 3) 0.0

// Files and a seed go together: the seed makes what no file gives.
// RUN: attn-run %s --pipeline=reference --input=%t/x.npy --seed=3 --print | FileCheck %s --check-prefix=MIXED
// MIXED: result0 =

// RUN: not attn-run %s --input=%t/x.npy 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: not attn-run %s --input=%t/x.npy --input=%t/x.npy --input=%t/s.npy --input=%t/x.npy 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not attn-run %s --seed=1 --output=%t/a.npy --output=%t/b.npy 2>&1 | FileCheck %s --check-prefix=OUTPUTS
// RUN: not attn-run %s --input=%t/wide.npy --seed=1 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not attn-run %s --input=%t/no-such.npy --seed=1 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not attn-run %s --input=%t/flat.npy --seed=1 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not attn-run %s --input=%t/x.npy --input=%t/y.npy --seed=1 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --input=%t/x.npy --input=%t/x.npy --input=%t/list.npy 2>&1 | FileCheck %s --check-prefix=SCALAR

// FEW: attn-run: error: expected 3 inputs (x, y, s) but found 1; give --input or --seed
// MANY: attn-run: error: expected 3 inputs (x, y, s) but found 4
// OUTPUTS: attn-run: error: expected at most 1 output (result0) but found 2
// TYPE: attn-run: error: input 'x': {{.*}}wide.npy: expected element type f32 ('<f4') but found '<f8'
// MISSING: attn-run: error: input 'x': {{.*}}no-such.npy: cannot read the file: No such file or directory
// RANK: attn-run: error: expected 'x' to have 2 dimensions but found 1 (3)
// SIZE: attn-run: error: expected dimension 0 of 'y' to be 2 (dimension 0 of 'x') but found 1
// SCALAR: attn-run: error: expected 's' to be a scalar but found 3 elements

func.func @f(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>, %s: f32) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3xf32>
  %init = tensor.empty(%n) : tensor<?x3xf32>
  %o = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
                       affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : tensor<?x3xf32>, tensor<?x3xf32>) outs(%init : tensor<?x3xf32>) {
  ^bb0(%a: f32, %b: f32, %unused: f32):
    %m = arith.mulf %a, %s : f32
    %r = arith.addf %m, %b : f32
    linalg.yield %r : f32
  } -> tensor<?x3xf32>
  return %o : tensor<?x3xf32>
}
