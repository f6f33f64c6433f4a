// Every size but the widths may be known only at run time, the numbers of heads
// too: several query heads for a state, or several states for a query head.

// REQUIRES: fma
// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=q=2x4x33x64,k=2x2x33x64,v=2x2x33x32,e=2x4x33x32 | FileCheck %s
// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=q=1x2x9x64,k=1x1x9x64,v=1x4x9x32,e=1x4x9x32 | FileCheck %s

// CHECK: agrees

func.func @heads(
    %q: tensor<?x?x?x64xf32>, %k: tensor<?x?x?x64xf32>, %v: tensor<?x?x?x32xf32>,
    %e: tensor<?x?x?x32xf32>) -> tensor<?x?x?x32xf32> {
  %o = attn.linear
      ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x32xf32>)
      outs(%e : tensor<?x?x?x32xf32>)
  return %o : tensor<?x?x?x32xf32>
}
