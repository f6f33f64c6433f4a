// Data that moves around attention: transposes that are copies, results that are
// arguments or updates of them, reads by an index, merged dimensions.

// RUN: attn-run %s --seed=1 --compare=reference --guard --shape=x=33x50,m=33x50,t=50,p=2x5x33x16 | FileCheck %s
// RUN: attn-run %s --seed=2 --compare=reference --guard --shape=x=3x50,m=3x50,t=50,p=2x5x3x16 --target=x86-64-v3 | FileCheck %s
// RUN: attn-run %s --seed=3 --compare=reference --guard --shape=x=1x16,m=1x16,t=16,p=2x5x1x16 | FileCheck %s
// RUN: attn-run %s --seed=4 --compare=reference --guard --shape=x=0x50,m=0x50,t=50,p=2x5x0x16 | FileCheck %s

// CHECK-COUNT-6: agrees
// CHECK-NOT: DIFFERS

#element = affine_map<(i, j) -> (i, j)>

func.func @moves(%x: tensor<?x?xf32>, %m: tensor<?x?xi1>,
                 %t: tensor<?xf32>, %p: tensor<2x5x?x16xf32>)
    -> (tensor<?x?xf32>, tensor<?x?xi1>, tensor<?x?xf32>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<2x?x80xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %value = arith.constant 1.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x?xf32>
  %columns = tensor.dim %x, %c1 : tensor<?x?xf32>
  %turned = tensor.empty(%columns, %rows) : tensor<?x?xf32>
  %transposed = linalg.transpose ins(%x : tensor<?x?xf32>)
      outs(%turned : tensor<?x?xf32>) permutation = [1, 0]
  %turned_mask = tensor.empty(%columns, %rows) : tensor<?x?xi1>
  %transposed_mask = linalg.transpose ins(%m : tensor<?x?xi1>)
      outs(%turned_mask : tensor<?x?xi1>) permutation = [1, 0]
  %square = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %last = arith.subi %columns, %c1 : index
  %reversed = linalg.generic {
      indexing_maps = [#element, #element],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%square : tensor<?x?xf32>) {
  ^bb0(%a: f32, %old: f32):
    %j = linalg.index 1 : index
    %k = arith.subi %last, %j : index
    %b = tensor.extract %t[%k] : tensor<?xf32>
    %sum = arith.addf %a, %b : f32
    linalg.yield %sum : f32
  } -> tensor<?x?xf32>
  %updated = linalg.generic {
      indexing_maps = [#element], iterator_types = ["parallel", "parallel"]}
      outs(%x : tensor<?x?xf32>) {
  ^bb0(%a: f32):
    %sum = arith.addf %a, %value : f32
    linalg.yield %sum : f32
  } -> tensor<?x?xf32>
  %length = tensor.dim %p, %c2 : tensor<2x5x?x16xf32>
  %split = tensor.empty(%length) : tensor<2x?x5x16xf32>
  %by_row = linalg.transpose ins(%p : tensor<2x5x?x16xf32>)
      outs(%split : tensor<2x?x5x16xf32>) permutation = [0, 2, 1, 3]
  %merged = tensor.collapse_shape %by_row [[0], [1], [2, 3]]
      : tensor<2x?x5x16xf32> into tensor<2x?x80xf32>
  return %transposed, %transposed_mask, %reversed, %updated, %x, %merged
      : tensor<?x?xf32>, tensor<?x?xi1>, tensor<?x?xf32>, tensor<?x?xf32>,
        tensor<?x?xf32>, tensor<2x?x80xf32>
}
