// Reductions that compute with the place along the reduced axis, which is longer
// than a vector: sum_j j x[i, j].

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=7x203 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=3x16 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=1x1 | FileCheck %s

// CHECK: agrees
// CHECK-NOT: DIFFERS

func.func @reduction_index(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x?xf32>
  %empty = tensor.empty(%rows) : tensor<?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  %places = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x?xf32>) outs(%init : tensor<?xf32>) {
  ^bb0(%e: f32, %sum: f32):
    %j = linalg.index 1 : index
    %int = arith.index_cast %j : index to i32
    %number = arith.sitofp %int : i32 to f32
    %scale = arith.constant 0.01 : f32
    %small = arith.mulf %number, %scale : f32
    %product = arith.mulf %e, %small : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<?xf32>
  return %places : tensor<?xf32>
}
