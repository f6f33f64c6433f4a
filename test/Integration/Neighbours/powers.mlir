// powf of negative bases, of exponents that are integers, odd and even ones, and
// of everything that C says something special about.

// REQUIRES: numpy
// RUN: %python -c "import numpy as np; s = np.array([0, -0., .5, -.5, 1, -1, 2, -2, 3, -3, 2.5, 1e9, -1e9, 3e38, np.inf, -np.inf, np.nan], 'f4'); x, y = np.meshgrid(s, s); np.save('%t.x.npy', x); np.save('%t.y.npy', y)"
// RUN: attn-run %s --entry=powers --input=%t.x.npy --input=%t.y.npy --compare=reference --guard | FileCheck %s
// RUN: attn-run %s --entry=whole --seed=1 --shape=x=7x37,y=7x37 --compare=reference --guard | FileCheck %s

// CHECK: result0: agrees

func.func @powers(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = math.powf %x, %y : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

func.func @whole(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %n = math.roundeven %y : tensor<?x?xf32>
  %r = math.powf %x, %n : tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
