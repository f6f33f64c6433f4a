// --guard: what reads beyond a tensor crashes, at either end, and says
// which run it was. Here the program itself asks for an element that is not there.

// RUN: rm -rf %t && mkdir -p %t
// RUN: %python -c "import numpy as np; np.save('%t/x.npy', np.arange(7, dtype='f4')); [np.save('%t/%d.npy' % n, np.array(n)) for n in (-1, 0, 6, 7)]"
// RUN: attn-run %s --input=%t/x.npy --input=%t/6.npy --print --guard | FileCheck %s --check-prefix=LAST
// RUN: attn-run %s --input=%t/x.npy --input=%t/0.npy --print --guard | FileCheck %s --check-prefix=FIRST
// LAST: result0 = [6]
// FIRST: result0 = [0]

// RUN: env TMPDIR=%t %python %S/../attn-compile/Inputs/exit-code.py 70 attn-run %s --input=%t/x.npy --input=%t/7.npy --guard 2>&1 | FileCheck %s --check-prefix=END
// RUN: env TMPDIR=%t %python %S/../attn-compile/Inputs/exit-code.py 70 attn-run %s --input=%t/x.npy --input=%t/-1.npy --guard 2>&1 | FileCheck %s --check-prefix=START
// RUN: env TMPDIR=%t %python %S/../attn-compile/Inputs/exit-code.py 70 attn-run %s --input=%t/x.npy --input=%t/7.npy --guard --pipeline=reference 2>&1 | FileCheck %s --check-prefix=END
// END: attn-run: internal error: signal 11 in 'running read, tensors guarded at their end'
// START: attn-run: internal error: signal 11 in 'running read, tensors guarded at their start'

// RUN: not attn-run --peak --guard 2>&1 | FileCheck %s --check-prefix=ALONE
// ALONE: attn-run: error: expected an input file with --guard

func.func @read(%x: tensor<7xf32>, %i: index) -> tensor<1xf32> {
  %e = tensor.extract %x[%i] : tensor<7xf32>
  %r = tensor.from_elements %e : tensor<1xf32>
  return %r : tensor<1xf32>
}
