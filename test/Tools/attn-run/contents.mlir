// --seed fills arguments with what they mean: negative decays, rates in (0, 1),
// keys of the delta rule of length 1, corrections that shrink, bounds that ascend.
// So states stay finite over any number of tokens.

// REQUIRES: fma, numpy
// RUN: rm -rf %t && mkdir -p %t
// DEFINE: %{check} =
// DEFINE: %{run} = attn-run %s --seed=1
// RUN: %{run} --entry=delta --output=%t/o.npy --output=%t/s.npy --output=%t/g.npy --output=%t/b.npy --output=%t/k.npy
// RUN: %python -c "import numpy as np; o, s, g, b, k = (np.load('%t/' + n + '.npy') for n in 'osgbk'); print((abs(o) < 9).all(), (abs(s) < 9).all(), (g <= 0).all() and g.min() < -0.5, (b > 0).all() and (b < 1).all(), np.allclose((k ** 2).sum(-1), 1))" | FileCheck %s --check-prefix=DELTA
// DELTA: True True True True True

// RUN: %{run} --entry=rank1 --shape=a=1x2x500x16 --output=%t/o.npy --output=%t/s.npy --compare=reference --atol=1e-3 | FileCheck %s --check-prefix=AGREES
// RUN: %python -c "import numpy as np; print((abs(np.load('%t/s.npy')) < 99).all())" | FileCheck %s --check-prefix=SMALL
// AGREES: agrees
// SMALL: True

// Bounds from 0 to the number of tokens, in the layout of the argument too.
// RUN: %{run} --entry=packed --shape=q=1x77x2x16,c=6 --output=%t/c.npy --output=%t/o.npy --compare=reference | FileCheck %s --check-prefix=AGREES
// RUN: %python -c "import numpy as np; c = np.load('%t/c.npy'); print(c[0], (np.diff(c) >= 0).all(), c[-1])" | FileCheck %s --check-prefix=BOUNDS
// BOUNDS: 0 True 77

// By attribute.
// RUN: %{run} --entry=told --shape=k=1x40x2x8 --output=%t/n.npy --output=%t/p.npy
// RUN: %python -c "import numpy as np; n, p = np.load('%t/n.npy'), np.load('%t/p.npy'); print((n >= 0).all() and (n <= 40).all() and n.max() > 9, (p >= 0).all())" | FileCheck %s --check-prefix=TOLD
// TOLD: True True

// Kernels of attn-gen have them.
// RUN: attn-gen --mask=length --score=alibi --layout=bthd | FileCheck %s --check-prefix=GEN
// GEN: attn.name = "slopes", attn.values = "positive"
// GEN: attn.name = "lengths", attn.values = "counts", attn.values_of = ["k", 1]
// RUN: attn-gen --mask=length --seq=50 | attn-run - --seed=1 --compare=reference | FileCheck %s --check-prefix=AGREES

// RUN: not %{run} --entry=unknown 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: attn-run: error: expected 'attn.values' of 'x' to be any, positive, decay, fraction, unit, counts or bounds
// RUN: not %{run} --entry=limitless 2>&1 | FileCheck %s --check-prefix=LIMITLESS
// LIMITLESS: attn-run: error: expected 'attn.values_of' of 'arg0' to name a tensor and one of its dimensions

func.func @delta(%q: tensor<1x2x4000x16xf32>, %k: tensor<1x2x4000x16xf32>, %v: tensor<1x2x4000x16xf32>, %g: tensor<1x2x4000xf32>, %b: tensor<1x2x4000xf32>, %s: tensor<1x2x16x16xf32>)
    -> (tensor<1x2x4000x16xf32>, tensor<1x2x16x16xf32>, tensor<1x2x4000xf32>, tensor<1x2x4000xf32>, tensor<1x2x4000x16xf32>) {
  %e = tensor.empty() : tensor<1x2x4000x16xf32>
  %o, %t = attn.recurrent ins(%q, %k, %v : tensor<1x2x4000x16xf32>, tensor<1x2x4000x16xf32>, tensor<1x2x4000x16xf32>)
      gate(%g : tensor<1x2x4000xf32>) beta(%b : tensor<1x2x4000xf32>)
      outs(%e, %s : tensor<1x2x4000x16xf32>, tensor<1x2x16x16xf32>)
  return %o, %t, %g, %b, %k : tensor<1x2x4000x16xf32>, tensor<1x2x16x16xf32>, tensor<1x2x4000xf32>, tensor<1x2x4000xf32>, tensor<1x2x4000x16xf32>
}

func.func @rank1(%a: tensor<1x2x?x16xf32>, %b: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %e: tensor<1x2x?x16xf32>, %s: tensor<1x2x16x16xf32>)
    -> (tensor<1x2x?x16xf32>, tensor<1x2x16x16xf32>) {
  %o, %t = attn.recurrent ins(%k, %k, %k : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      correction(%a, %b : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%e, %s : tensor<1x2x?x16xf32>, tensor<1x2x16x16xf32>)
  return %o, %t : tensor<1x2x?x16xf32>, tensor<1x2x16x16xf32>
}

func.func @packed(%q: tensor<1x?x2x16xf32>, %c: tensor<?xi32>) -> (tensor<?xi32>, tensor<1x2x?x16xf32>) {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %q, %c1 : tensor<1x?x2x16xf32>
  %e = tensor.empty(%n) : tensor<1x2x?x16xf32>
  %l = linalg.transpose ins(%q : tensor<1x?x2x16xf32>) outs(%e : tensor<1x2x?x16xf32>) permutation = [0, 2, 1, 3]
  %o = attn.linear ins(%l, %l, %l : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      cu_seqlens(%c : tensor<?xi32>) outs(%e : tensor<1x2x?x16xf32>)
  return %c, %o : tensor<?xi32>, tensor<1x2x?x16xf32>
}

func.func @told(%n: tensor<9xi32> {attn.values = "counts", attn.values_of = ["k", 1]}, %p: tensor<9xf32> {attn.values = "positive"}, %k: tensor<1x?x2x8xf32> {attn.name = "k"})
    -> (tensor<9xi32>, tensor<9xf32>) {
  return %n, %p : tensor<9xi32>, tensor<9xf32>
}

func.func @unknown(%x: tensor<9xf32> {attn.name = "x", attn.values = "large"}) -> tensor<9xf32> {
  return %x : tensor<9xf32>
}

func.func @limitless(%x: tensor<9xi32> {attn.name = "arg0", attn.values = "counts"}) -> tensor<9xi32> {
  return %x : tensor<9xi32>
}
