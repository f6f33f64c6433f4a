// Comparing outputs with the reference pipeline and with files.

// RUN: attn-run %s --seed=1 --compare=reference --output=%t.o.npy --output=%t.l.npy | FileCheck %s --check-prefix=REFERENCE
// REFERENCE: result0: agrees, max error {{[0-9.]+e-0[5-9]|0.00e\+00}}, rms error {{.*}}; worst at [0, {{[0-3], [0-9]+, [0-9]+}}], {{.*}} for {{.*}}; 0 NaN for 0; allowed 2.00e-05 + 2.00e-05 |reference|
// REFERENCE-NEXT: result1: agrees, {{.*}}
// REFERENCE-NOT: {{.}}

// RUN: attn-run %s --seed=1 --compare=%t.o.npy,%t.l.npy | FileCheck %s --check-prefix=FILES
// FILES: result0: agrees, max error 0.00e+00, rms error 0.00e+00
// FILES: result1: agrees, max error 0.00e+00

// A reference may be more precise. One element is off; it is found and counted.
// RUN: %python -c "import numpy as np; o = np.load('%t.o.npy').astype('f8'); o[0, 1, 2, 3] += 1; np.save('%t.off.npy', o)"
// RUN: not attn-run %s --seed=1 --compare=%t.off.npy,%t.l.npy | FileCheck %s --check-prefix=OFF
// RUN: attn-run %s --seed=1 --compare=%t.off.npy,%t.l.npy --atol=1.1 | FileCheck %s --check-prefix=LOOSE
// RUN: not attn-run %s --seed=1 --compare=%t.off.npy,%t.l.npy --rtol=1e-3 | FileCheck %s --check-prefix=RELATIVE
// OFF: result0: DIFFERS, max error 1.00e+00, rms error {{.*}}; worst at [0, 1, 2, 3], {{.*}}; outside: 1 element
// LOOSE: result0: agrees, max error 1.00e+00{{.*}}; allowed 1.10e+00 + 0.00e+00 |reference|
// RELATIVE: result0: DIFFERS{{.*}}; allowed 0.00e+00 + 1.00e-03 |reference|

// NaN in the result only is an error beyond all tolerance.
// RUN: not attn-run %s --seed=1 --compare=%t.missing.npy,%t.l.npy 2>&1 | FileCheck %s --check-prefix=NOFILE
// RUN: %python -c "import numpy as np; o = np.load('%t.o.npy'); o[0, 0, 0, 0] = np.nan; np.save('%t.nan.npy', o)"
// RUN: not attn-run %s --seed=1 --compare=%t.nan.npy,%t.l.npy --atol=1e30 | FileCheck %s --check-prefix=NAN
// NOFILE: attn-run: error: --compare: {{.*}}missing.npy: cannot read the file
// NAN: result0: DIFFERS, max error 1.80e+308{{.*}}; worst at [0, 0, 0, 0]{{.*}} 0 NaN for 1;

// RUN: not attn-run %s --seed=1 --compare=%t.o.npy 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not attn-run %s --seed=1 --compare=%t.l.npy,%t.o.npy 2>&1 | FileCheck %s --check-prefix=SIZES
// COUNT: attn-run: error: --compare: expected 2 files but found 1
// SIZES: attn-run: error: --compare: 'result0': expected sizes 1x4x7 but found 1x4x7x16

func.func @attention(%q: tensor<1x4x7x16xf32>, %k: tensor<1x2x9x16xf32>, %v: tensor<1x2x9x16xf32>)
    -> (tensor<1x4x7x16xf32>, tensor<1x4x7xf32>) {
  %init = tensor.empty() : tensor<1x4x7x16xf32>
  %linit = tensor.empty() : tensor<1x4x7xf32>
  %o, %l = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x4x7x16xf32>, tensor<1x2x9x16xf32>, tensor<1x2x9x16xf32>)
      outs(%init, %linit : tensor<1x4x7x16xf32>, tensor<1x4x7xf32>)
  return %o, %l : tensor<1x4x7x16xf32>, tensor<1x4x7xf32>
}
