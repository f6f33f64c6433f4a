// Reads of tensors with fewer dimensions than there are loops: of contiguous
// elements, and along a sum; of sizes that fill vectors and that do not.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=p=3x50,x=3x50,t=50 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=p=1x64,x=1x64,t=64 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=p=0x7,x=0x7,t=7 | FileCheck %s

// CHECK-COUNT-2: agrees
// CHECK-NOT: DIFFERS

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @reads(%p: tensor<?x?xf32>, %x: tensor<?x?xf32>, %t: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %rows = tensor.dim %p, %c0 : tensor<?x?xf32>
  %columns = tensor.dim %p, %c1 : tensor<?x?xf32>
  %square = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %own = linalg.add ins(%p, %x : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%square : tensor<?x?xf32>) -> tensor<?x?xf32>
  %flat = tensor.collapse_shape %own [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  %split = linalg.generic {
      indexing_maps = [#element], iterator_types = ["parallel", "parallel"]}
      outs(%square : tensor<?x?xf32>) {
  ^bb0(%old: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %first = arith.muli %i, %columns : index
    %n = arith.addi %first, %j : index
    %a = tensor.extract %flat[%n] : tensor<?xf32>
    linalg.yield %a : f32
  } -> tensor<?x?xf32>
  %line = tensor.empty(%rows) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%line : tensor<?xf32>) -> tensor<?xf32>
  %sums = linalg.generic {
      indexing_maps = [#element, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x?xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %sum: f32):
    %j = linalg.index 1 : index
    %b = tensor.extract %t[%j] : tensor<?xf32>
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<?xf32>
  return %split, %sums : tensor<?x?xf32>, tensor<?xf32>
}
