// attn.compose by vectors and by plain loops, for each kind of transition: no
// parts, one, several; one batch and several; widths that fill no vector.

// REQUIRES: x86_64-host, avx2, fma
// RUN: attn-run %s --entry=number --seed=1 --compare=reference --shape=es=5x2x3x7x13,ms=5x2x3,s=2x3x7x13,m=2x3 | FileCheck %s --check-prefix=BOTH
// RUN: attn-run %s --entry=number --seed=1 --compare=reference --shape=es=0x2x3x7x13,ms=0x2x3,s=2x3x7x13,m=2x3 | FileCheck %s --check-prefix=BOTH
// RUN: attn-run %s --entry=rows --seed=2 --compare=reference --shape=es=3x1x4x7x13,ms=3x1x4x7,s=1x4x7x13,m=1x4x7 --target=x86-64-v3 | FileCheck %s --check-prefix=BOTH
// RUN: attn-run %s --entry=matrices --seed=3 --compare=reference --shape=es=3x2x2x7x13,ms=3x2x2x7x7,s=2x2x7x13,m=2x2x7x7 | FileCheck %s --check-prefix=BOTH
// RUN: attn-run %s --entry=matrices --seed=4 --compare=reference --shape=es=1x1x1x7x13,ms=1x1x1x7x7,s=1x1x7x13,m=1x1x7x7 --threads=2 | FileCheck %s --check-prefix=BOTH
// RUN: attn-run %s --entry=elements --seed=5 --compare=reference --shape=es=4x1x2x7x13,ms=4x1x2x7x13,s=1x2x7x13 | FileCheck %s --check-prefix=ONE
// RUN: attn-run %s --entry=fixed --seed=6 --compare=reference | FileCheck %s --check-prefix=BOTH

// BOTH: result0: agrees
// BOTH: result1: agrees
// ONE: result0: agrees

func.func @number(
    %es: tensor<?x?x?x7x13xf32>, %ms: tensor<?x?x?xf32>, %s: tensor<?x?x7x13xf32>,
    %m: tensor<?x?xf32>) -> (tensor<?x?x7x13xf32>, tensor<?x?xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<?x?x?x7x13xf32>, tensor<?x?x?xf32>)
      outs(%s, %m : tensor<?x?x7x13xf32>, tensor<?x?xf32>)
  return %r#0, %r#1 : tensor<?x?x7x13xf32>, tensor<?x?xf32>
}

func.func @rows(
    %es: tensor<?x?x?x7x13xf32>, %ms: tensor<?x?x?x7xf32>, %s: tensor<?x?x7x13xf32>,
    %m: tensor<?x?x7xf32>) -> (tensor<?x?x7x13xf32>, tensor<?x?x7xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<?x?x?x7x13xf32>, tensor<?x?x?x7xf32>)
      outs(%s, %m : tensor<?x?x7x13xf32>, tensor<?x?x7xf32>)
  return %r#0, %r#1 : tensor<?x?x7x13xf32>, tensor<?x?x7xf32>
}

func.func @matrices(
    %es: tensor<?x?x?x7x13xf32>, %ms: tensor<?x?x?x7x7xf32>, %s: tensor<?x?x7x13xf32>,
    %m: tensor<?x?x7x7xf32>) -> (tensor<?x?x7x13xf32>, tensor<?x?x7x7xf32>) {
  %r:2 = attn.compose ins(%es, %ms : tensor<?x?x?x7x13xf32>, tensor<?x?x?x7x7xf32>)
      outs(%s, %m : tensor<?x?x7x13xf32>, tensor<?x?x7x7xf32>)
  return %r#0, %r#1 : tensor<?x?x7x13xf32>, tensor<?x?x7x7xf32>
}

func.func @elements(
    %es: tensor<?x?x?x7x13xf32>, %ms: tensor<?x?x?x7x13xf32>, %s: tensor<?x?x7x13xf32>)
    -> tensor<?x?x7x13xf32> {
  %r = attn.compose per_element
      ins(%es, %ms : tensor<?x?x?x7x13xf32>, tensor<?x?x?x7x13xf32>)
      outs(%s : tensor<?x?x7x13xf32>)
  return %r : tensor<?x?x7x13xf32>
}

// All sizes are known, so that empty tensors can be eliminated.
func.func @fixed(
    %es: tensor<2x1x4x16x32xf32>, %ms: tensor<2x1x4x16x16xf32>, %s: tensor<1x4x16x32xf32>,
    %m: tensor<1x4x16x16xf32>) -> (tensor<1x4x16x32xf32>, tensor<1x4x16x16xf32>) {
  %r:2 = attn.compose
      ins(%es, %ms : tensor<2x1x4x16x32xf32>, tensor<2x1x4x16x16xf32>)
      outs(%s, %m : tensor<1x4x16x32xf32>, tensor<1x4x16x16xf32>)
  return %r#0, %r#1 : tensor<1x4x16x32xf32>, tensor<1x4x16x16xf32>
}
