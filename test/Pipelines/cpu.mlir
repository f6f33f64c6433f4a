// RUN: attn-compile --target=x86-64-v3 --print-pipeline \
// RUN:   | tr ',' '\n' | sed 's/canonicalize{[^}]*}/canonicalize/' \
// RUN:   | FileCheck %s --match-full-lines

// The passes of the cpu pipeline, one a line, under the names of their stages;
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
//      schedule
// CHECK-NEXT: func.func(attn-expand-mass)
// CHECK-NEXT: func.func(attn-expand-groups)
// CHECK-NEXT: func.func(attn-pack-queries{target=x86-64-v3})
// CHECK-NEXT: func.func(attn-explicit-captures)
// CHECK-NEXT: func.func(attn-schedule{target=x86-64-v3})
// CHECK-NEXT: func.func(attn-schedule-conv{target=x86-64-v3})
//      tile
// CHECK-NEXT: func.func(attn-decompose-compose
// CHECK-NEXT: attn-cpu-tile-neighbours{target=x86-64-v3}
// CHECK-NEXT: attn-split-keys
// CHECK-NEXT: attn-tile
// CHECK-NEXT: attn-split-sequences
// CHECK-NEXT: attn-tile-state
// CHECK-NEXT: canonicalize
// CHECK-NEXT: attn-convert-to-online
// CHECK-NEXT: attn-tile-keys)
// CHECK-NEXT: resolve-shaped-type-result-dims{error-on-pattern-iteration-limit=true}
// CHECK-NEXT: canonicalize
// CHECK-NEXT: func.func(scf-for-loop-canonicalization)
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
//      decompose
// CHECK-NEXT: func.func(attn-decompose
// CHECK-NEXT: scf-for-loop-canonicalization
// CHECK-NEXT: canonicalize
// CHECK-NEXT: attn-cpu-register-tile{inner=false})
// CHECK-NEXT: resolve-shaped-type-result-dims{error-on-pattern-iteration-limit=true}
// CHECK-NEXT: canonicalize
// CHECK-NEXT: func.func(scf-for-loop-canonicalization)
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: func.func(attn-cpu-register-tile{inner=true})
// CHECK-NEXT: func.func(attn-cpu-prefetch)
// CHECK-NEXT: canonicalize
//      vectorize
// CHECK-NEXT: func.func(attn-cpu-vectorize
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse)
//      bufferize
// CHECK-NEXT: attn-cpu-boundary
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: eliminate-empty-tensors
// CHECK-NEXT: one-shot-bufferize{{[{].*}} bufferize-function-boundaries=true {{.*}} function-boundary-type-conversion=identity-layout-map {{.*[}]}}
// CHECK-NEXT: canonicalize
// CHECK-NEXT: cse
// CHECK-NEXT: canonicalize
// CHECK-NEXT: func.func(attn-cpu-lower-recurrence)
// CHECK-NEXT: func.func(attn-cpu-lower-lists{target=x86-64-v3})
// CHECK-NEXT: func.func(attn-cpu-lower-long-conv{target=x86-64-v3})
// CHECK-NEXT: func.func(attn-cpu-lower-cache)
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
// RUN: attn-compile %s --target=x86-64-v3 --dump-stages=%t/stages -o %t/attention.o
// RUN: ls %t/stages | FileCheck %s --check-prefix=STAGES --match-full-lines

// STAGES:      00-input.mlir
// STAGES-NEXT: 01-graph.mlir
// STAGES-NEXT: 02-schedule.mlir
// STAGES-NEXT: 03-tile.mlir
// STAGES-NEXT: 04-decompose.mlir
// STAGES-NEXT: 05-vectorize.mlir
// STAGES-NEXT: 06-bufferize.mlir
// STAGES-NEXT: 07-phases.mlir
// STAGES-NEXT: 08-target.mlir
// STAGES-NOT:  {{.}}

// The stages one by one make what the pipeline makes.

// RUN: attn-opt %s \
// RUN:   --attn-cpu-stage-graph=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-schedule=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-tile=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-decompose=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-vectorize=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-bufferize=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-phases=target=x86-64-v3 \
// RUN:   --attn-cpu-stage-target=target=x86-64-v3 \
// RUN:   -o %t/by-stages.mlir
// RUN: attn-opt %s --attn-cpu-pipeline=target=x86-64-v3 -o %t/whole.mlir
// RUN: diff %t/by-stages.mlir %t/whole.mlir

// What a stage leaves: no tensor operation of attention after decompose, none on
// tensors after bufferize, no allocation after phases, LLVM alone after target.

// RUN: FileCheck %s --check-prefix=TILE < %t/stages/03-tile.mlir
// TILE:     scf.forall
// TILE:     scf.for
// TILE:     attn.online
// RUN: FileCheck %s --check-prefix=DECOMPOSE < %t/stages/04-decompose.mlir
// DECOMPOSE-NOT: attn.{{(dense|online|finish)}}
// DECOMPOSE: linalg.matmul
// DECOMPOSE-NOT: attn.{{(dense|online|finish)}}
// RUN: FileCheck %s --check-prefix=VECTORIZE < %t/stages/05-vectorize.mlir
// VECTORIZE-NOT: linalg.{{(matmul|generic)}}
// VECTORIZE: vector.contract
// VECTORIZE-NOT: linalg.{{(matmul|generic)}}
// RUN: FileCheck %s --check-prefix=BUFFERIZE < %t/stages/06-bufferize.mlir
// BUFFERIZE-NOT: {{(tensor|bufferization)[.]}}
// BUFFERIZE: func.func @attention({{.*}}memref<1x4x?x16xf32, strided<[?, ?, ?, 1], offset: ?>>
// BUFFERIZE-NOT: {{(tensor|bufferization)[.]}}
// RUN: FileCheck %s --check-prefix=PHASES < %t/stages/07-phases.mlir
// PHASES-NOT: memref.{{(de)?}}alloc
// PHASES: func.func @attention(
// PHASES-NOT: memref.{{(de)?}}alloc
// RUN: FileCheck %s --check-prefix=TARGET < %t/stages/08-target.mlir
// TARGET-NOT: {{(func\.func|memref\.|scf\.|arith\.|math\.|vector\.)}}
// TARGET: llvm.func @attention(
// TARGET-NOT: {{(func\.func|memref\.|scf\.|arith\.|math\.|vector\.)}}

// Threads are a matter of the last two stages.

// RUN: attn-compile --target=x86-64-v3 --threading=openmp --print-pipeline \
// RUN:   | FileCheck %s --check-prefix=OPENMP
// OPENMP: attn-outline-phases{allocate=false openmp=true}
// OPENMP: func.func(scf-forall-to-parallel),convert-scf-to-openmp{num-threads=0},attn-pass-threads,
// OPENMP: convert-openmp-to-llvm
// RUN: attn-opt %s --attn-cpu-pipeline="target=x86-64-v3 openmp symbol-prefix=my_" \
// RUN:   | FileCheck %s --check-prefix=NAMED
// NAMED: llvm.func @my_attention(

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
