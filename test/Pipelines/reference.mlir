// RUN: attn-compile --pipeline=reference --target=x86-64-v3 --print-pipeline \
// RUN:   | tr ',' '\n' | sed 's/canonicalize{[^}]*}/canonicalize/' \
// RUN:   | FileCheck %s --match-full-lines

// The passes of the reference pipeline, one a line, under the names of their stages;
// the options of canonicalize are left out.

//      graph
// CHECK:      builtin.module(attn-check-sizes
// CHECK-NEXT: inline{default-pipeline=canonicalize inlining-threshold=4294967295 max-iterations=4 }
// CHECK-NEXT: symbol-dce
// CHECK-NEXT: attn-record-signature
// CHECK-NEXT: attn-keep-inputs
// CHECK-NEXT: func.func(attn-expand-neighbours
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: attn-explicit-captures
// CHECK-NEXT: attn-expand-lengths)
// CHECK-NEXT: attn-widen-booleans
// CHECK-NEXT: attn-check-sizes
// CHECK-NEXT: func.func(attn-specialize-mask
// CHECK-NEXT: canonicalize)
//      loops
// CHECK-NEXT: func.func(attn-to-loops)
// CHECK-NEXT: canonicalize
//      bufferize
// CHECK-NEXT: attn-cpu-boundary
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: eliminate-empty-tensors
// CHECK-NEXT: one-shot-bufferize{{[{].*}} bufferize-function-boundaries=true {{.*}} function-boundary-type-conversion=identity-layout-map {{.*[}]}}
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: canonicalize
// CHECK-NEXT: func.func(attn-cpu-lower-copies{target=x86-64-v3})
// CHECK-NEXT: resolve-shaped-type-result-dims{error-on-pattern-iteration-limit=true}
// CHECK-NEXT: canonicalize
//      phases
// CHECK-NEXT: attn-outline-phases{allocate=false openmp=false}
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
//      target
// CHECK-NEXT: func.func(scf-forall-to-for)
// CHECK-NEXT: func.func(arith-emulate-unsupported-floats{source-types={bf16} target-type=f32}
// CHECK-NEXT: attn-cpu-expand-math
// CHECK-NEXT: lower-vector-multi-reduction{lowering-strategy=inner-parallel}
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: convert-vector-to-scf{full-unroll=true lower-scalable=false lower-tensors=false target-rank=1})
// CHECK-NEXT: convert-linalg-to-loops
// CHECK-NEXT: convert-scf-to-cf{allow-pattern-rollback=true}
// CHECK-NEXT: expand-strided-metadata
// CHECK-NEXT: lower-affine
// CHECK-NEXT: convert-vector-to-llvm{{[{].*}} vector-contract-lowering=outerproduct vector-transpose-lowering=shuffle16x16}
// CHECK-NEXT: arith-expand{include-bf16=true include-f4e2m1=false include-f8e8m0=false}
// CHECK-NEXT: convert-math-to-llvm{approximate-log1p=true}
// CHECK-NEXT: convert-math-to-libm
// CHECK-NEXT: finalize-memref-to-llvm{index-bitwidth=0 use-aligned-alloc=true use-generic-functions=false}
// CHECK-NEXT: convert-arith-to-llvm{index-bitwidth=0}
// CHECK-NEXT: convert-index-to-llvm{index-bitwidth=0}
// CHECK-NEXT: convert-func-to-llvm{index-bitwidth=0 use-bare-ptr-memref-call-conv=false}
// CHECK-NEXT: convert-cf-to-llvm{index-bitwidth=0}
// CHECK-NEXT: convert-ub-to-llvm{index-bitwidth=0}
// CHECK-NEXT: reconcile-unrealized-casts
// CHECK-NEXT: attn-cpu-bf16-bits
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: attn-attach-target{target=x86-64-v3}
// CHECK-NEXT: attn-emit-entry-points{symbol-prefix=})

// Every stage is dumped after it has run, in this order.

// RUN: rm -rf %t && mkdir -p %t
// RUN: attn-compile %s --pipeline=reference --target=x86-64-v3 --dump-stages=%t/stages -o %t/attention.o
// RUN: ls %t/stages | FileCheck %s --check-prefix=STAGES --match-full-lines

// STAGES:      00-input.mlir
// STAGES-NEXT: 01-graph.mlir
// STAGES-NEXT: 02-loops.mlir
// STAGES-NEXT: 03-bufferize.mlir
// STAGES-NEXT: 04-phases.mlir
// STAGES-NEXT: 05-target.mlir
// STAGES-NOT:  {{.}}

// The stages one by one make what the pipeline makes.

// RUN: attn-opt %s \
// RUN:   --attn-reference-stage-graph=target=x86-64-v3 \
// RUN:   --attn-reference-stage-loops=target=x86-64-v3 \
// RUN:   --attn-reference-stage-bufferize=target=x86-64-v3 \
// RUN:   --attn-reference-stage-phases=target=x86-64-v3 \
// RUN:   --attn-reference-stage-target=target=x86-64-v3 \
// RUN:   -o %t/by-stages.mlir
// RUN: attn-opt %s --attn-reference-pipeline=target=x86-64-v3 -o %t/whole.mlir
// RUN: diff %t/by-stages.mlir %t/whole.mlir

func.func @attention(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>)
    -> tensor<1x4x?x16xf32> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x16xf32>
  %e = tensor.empty(%t) : tensor<1x4x?x16xf32>
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %k : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%e : tensor<1x4x?x16xf32>)
  return %o : tensor<1x4x?x16xf32>
}
