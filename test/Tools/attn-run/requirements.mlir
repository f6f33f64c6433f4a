// What operations ask of sizes and bounds that are known in a call only: a status
// tells of it, and nothing beyond a tensor is read or written.

// REQUIRES: fma, numpy
// RUN: rm -rf %t && mkdir -p %t
// RUN: %python -c "import numpy as np; [np.save('%t/' + n + '.npy', np.array(x, 'i4')) for n, x in dict(good=(0, 3, 3, 9), inside=(2, 3, 5, 8), falling=(0, 5, 4, 9), beyond=(0, 3, 3, 10), negative=(-1, 0, 3, 9), last=(0, 3, 9, 8), huge=(0, 0, 0, 2**31 - 1)).items()]; [np.save('%t/' + n + '64.npy', np.array(x)) for n, x in dict(good=(0, 3, 3, 9), beyond=(0, 3, 3, 10), huge=(0, 0, 2**62, 9)).items()]"

// Heads of dense attention: 2 do not divide 3, and 0 divides 0 alone.
// RUN: attn-run %s --entry=dense --seed=1 --guard --compare=reference --shape=q=1x4x5x8,k=1x2x7x8 | FileCheck %s --check-prefix=AGREES
// RUN: not attn-run %s --entry=dense --seed=1 --guard --shape=q=1x3x5x8,k=1x2x7x8 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=dense --seed=1 --guard --shape=q=1x2x5x8,k=1x4x7x8 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=dense --seed=1 --guard --shape=q=1x2x5x8,k=1x0x7x8 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: attn-run %s --entry=dense --seed=1 --guard --shape=q=1x0x5x8,k=1x2x7x8 | FileCheck %s --check-prefix=DONE --allow-empty
// RUN: not attn-run %s --entry=dense --seed=1 --guard --pipeline=reference --shape=q=1x3x5x8,k=1x2x7x8 2>&1 | FileCheck %s --check-prefix=SIZE
// AGREES: agrees
// DONE-NOT: error
// SIZE: the kernel returned status 3: sizes do not agree

// Heads of a state: those of keys divide, of queries and states one divides the
// other, and the output has the larger number.
// RUN: attn-run %s --entry=linear --seed=1 --guard --compare=reference --shape=q=1x6x5x8,k=1x1x5x8,v=1x2x5x4,e=1x6x5x4 | FileCheck %s --check-prefix=AGREES
// RUN: attn-run %s --entry=linear --seed=1 --guard --compare=reference --shape=q=1x2x5x8,k=1x3x5x8,v=1x6x5x4,e=1x6x5x4 | FileCheck %s --check-prefix=AGREES
// RUN: not attn-run %s --entry=linear --seed=1 --guard --shape=q=1x6x5x8,k=1x4x5x8,v=1x6x5x4,e=1x6x5x4 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=linear --seed=1 --guard --shape=q=1x4x5x8,k=1x2x5x8,v=1x6x5x4,e=1x6x5x4 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=linear --seed=1 --guard --shape=q=1x6x5x8,k=1x1x5x8,v=1x2x5x4,e=1x2x5x4 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=linear --seed=1 --guard --shape=q=1x2x5x8,k=1x2x5x8,v=1x2x5x4,e=1x4x5x4 2>&1 | FileCheck %s --check-prefix=SIZE

// Bounds of packed sequences, one more than states.
// DEFINE: %{bounds} = good
// DEFINE: %{packed} = attn-run %s --entry=packed --seed=1 --guard --shape=q=1x2x9x8,s=3x2x8x4 --input=%t/%{bounds}.npy
// RUN: %{packed} --compare=reference | FileCheck %s --check-prefix=AGREES
// REDEFINE: %{bounds} = inside
// RUN: %{packed} --compare=reference | FileCheck %s --check-prefix=AGREES
// REDEFINE: %{bounds} = falling
// RUN: not %{packed} 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not %{packed} --pipeline=reference 2>&1 | FileCheck %s --check-prefix=DATA
// REDEFINE: %{bounds} = beyond
// RUN: not %{packed} 2>&1 | FileCheck %s --check-prefix=DATA
// REDEFINE: %{bounds} = negative
// RUN: not %{packed} 2>&1 | FileCheck %s --check-prefix=DATA
// REDEFINE: %{bounds} = last
// RUN: not %{packed} 2>&1 | FileCheck %s --check-prefix=DATA
// REDEFINE: %{bounds} = huge
// RUN: not %{packed} 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not attn-run %s --entry=packed --seed=1 --guard --shape=q=1x2x9x8,s=4x2x8x4 --input=%t/good.npy 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=packed --seed=1 --guard --shape=q=1x2x9x8,s=2x2x8x4 --input=%t/good.npy 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not attn-run %s --entry=packed --seed=1 --guard --shape=q=2x2x9x8,s=3x2x8x4 --input=%t/good.npy 2>&1 | FileCheck %s --check-prefix=SIZE
// DATA: the kernel returned status 6: lengths or offsets are inconsistent

// RUN: attn-run %s --entry=packed64 --seed=1 --guard --compare=reference --shape=q=1x2x9x8 --input=%t/good64.npy | FileCheck %s --check-prefix=AGREES
// RUN: not attn-run %s --entry=packed64 --seed=1 --guard --shape=q=1x2x9x8 --input=%t/beyond64.npy 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not attn-run %s --entry=packed64 --seed=1 --guard --shape=q=1x2x9x8 --input=%t/huge64.npy 2>&1 | FileCheck %s --check-prefix=DATA

func.func @dense(%q: tensor<1x?x?x8xf32>, %k: tensor<1x?x?x8xf32>) -> tensor<1x?x?x8xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %h = tensor.dim %q, %c1 : tensor<1x?x?x8xf32>
  %n = tensor.dim %q, %c2 : tensor<1x?x?x8xf32>
  %e = tensor.empty(%h, %n) : tensor<1x?x?x8xf32>
  %o = attn.dense ins(%q, %k, %k : tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>) outs(%e : tensor<1x?x?x8xf32>)
  return %o : tensor<1x?x?x8xf32>
}

func.func @linear(%q: tensor<1x?x?x8xf32>, %k: tensor<1x?x?x8xf32>, %v: tensor<1x?x?x4xf32>, %e: tensor<1x?x?x4xf32>) -> tensor<1x?x?x4xf32> {
  %o = attn.linear ins(%q, %k, %v : tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x4xf32>) outs(%e : tensor<1x?x?x4xf32>)
  return %o : tensor<1x?x?x4xf32>
}

func.func @packed(%c: tensor<?xi32>, %q: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x4xf32>, %s: tensor<?x2x8x4xf32>)
    -> (tensor<?x2x?x4xf32>, tensor<?x2x8x4xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x2x?x8xf32>
  %n = tensor.dim %q, %c2 : tensor<?x2x?x8xf32>
  %e = tensor.empty(%b, %n) : tensor<?x2x?x4xf32>
  %o, %t = attn.linear ins(%q, %q, %v : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x4xf32>)
      cu_seqlens(%c : tensor<?xi32>) outs(%e, %s : tensor<?x2x?x4xf32>, tensor<?x2x8x4xf32>)
  return %o, %t : tensor<?x2x?x4xf32>, tensor<?x2x8x4xf32>
}

func.func @packed64(%c: tensor<?xi64>, %q: tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<1x2x?x8xf32>
  %e = tensor.empty(%n) : tensor<1x2x?x8xf32>
  %o = attn.linear ins(%q, %q, %q : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
      cu_seqlens(%c : tensor<?xi64>) outs(%e : tensor<1x2x?x8xf32>)
  return %o : tensor<1x2x?x8xf32>
}
