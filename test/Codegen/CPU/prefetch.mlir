// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-prefetch,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A product that reads one column of a tile of keys a step: copies of the step
// in one loop body ask for it in one row each of the block `prefetch` rows ahead,
// in the tensor that the slices were taken of.

// CHECK-DAG:   #[[NEXT0:.*]] = affine_map<()[s0] -> (s0 + 96)>
// CHECK-DAG:   #[[NEXT1:.*]] = affine_map<()[s0] -> (s0 + 97)>
// CHECK-LABEL: func.func @keys
// CHECK-SAME:    %[[K:[a-z0-9]+]]: tensor<1x?x32xf32>, {{.*}}, %[[J:[a-z0-9]+]]: index)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           %[[R0:.*]] = affine.apply #[[NEXT0]]()[%[[J]]]
// CHECK-NEXT:      attn.prefetch %[[K]][%[[C0]], %[[R0]], %[[I]]] : tensor<1x?x32xf32>
// CHECK-NEXT:      linalg.matmul
// CHECK:           %[[R1:.*]] = affine.apply #[[NEXT1]]()[%[[J]]]
// CHECK-NEXT:      attn.prefetch %[[K]][%[[C0]], %[[R1]], %{{.*}}] : tensor<1x?x32xf32>
// CHECK-NEXT:      linalg.matmul
func.func @keys(%k: tensor<1x?x32xf32>, %q: tensor<32x64xf32>, %s: tensor<2x64xf32>,
                %j: index) -> tensor<2x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  %rows = tensor.extract_slice %k[0, %j, 0] [1, 2, 32] [1, 1, 1]
      : tensor<1x?x32xf32> to tensor<2x32xf32>
  %r = scf.for %i = %c0 to %c32 step %c2 iter_args(%acc = %s) -> tensor<2x64xf32> {
    %x = tensor.extract_slice %rows[0, %i] [2, 1] [1, 1]
        : tensor<2x32xf32> to tensor<2x1xf32>
    %y = tensor.extract_slice %q[%i, 0] [1, 64] [1, 1] : tensor<32x64xf32> to tensor<1x64xf32>
    %t = linalg.matmul {attn.tile = #attn.register_tile<prefetch = 96>}
        ins(%x, %y : tensor<2x1xf32>, tensor<1x64xf32>)
        outs(%acc : tensor<2x64xf32>) -> tensor<2x64xf32>
    %i1 = arith.addi %i, %c1 : index
    %x1 = tensor.extract_slice %rows[0, %i1] [2, 1] [1, 1]
        : tensor<2x32xf32> to tensor<2x1xf32>
    %y1 = tensor.extract_slice %q[%i1, 0] [1, 64] [1, 1] : tensor<32x64xf32> to tensor<1x64xf32>
    %t1 = linalg.matmul {attn.tile = #attn.register_tile<prefetch = 96>}
        ins(%x1, %y1 : tensor<2x1xf32>, tensor<1x64xf32>)
        outs(%t : tensor<2x64xf32>) -> tensor<2x64xf32>
    scf.yield %t1 : tensor<2x64xf32>
  }
  return %r : tensor<2x64xf32>
}

// A product that reads one row a step asks for that row of the next block.

// CHECK-LABEL: func.func @values
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           %[[NEXT:.*]] = affine.apply #{{.*}}(%[[I]])
// CHECK-NEXT:      attn.prefetch %{{.*}}[%[[NEXT]], %{{.*}}] : tensor<?x8xf32>
// CHECK-NEXT:      linalg.matmul
func.func @values(%v: tensor<?x8xf32>, %p: tensor<?x64xf32>, %s: tensor<4x64xf32>,
                  %n: index) -> tensor<4x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %s) -> tensor<4x64xf32> {
    %x = tensor.extract_slice %v[%i, 4] [1, 4] [1, 1] : tensor<?x8xf32> to tensor<1x4xf32>
    %y = tensor.extract_slice %p[%i, 0] [1, 64] [1, 1] : tensor<?x64xf32> to tensor<1x64xf32>
    %t = linalg.matmul indexing_maps = [
        affine_map<(d, q, j) -> (j, d)>, affine_map<(d, q, j) -> (j, q)>,
        affine_map<(d, q, j) -> (d, q)>]
        {attn.tile = #attn.register_tile<prefetch = 96>}
        ins(%x, %y : tensor<1x4xf32>, tensor<1x64xf32>)
        outs(%acc : tensor<4x64xf32>) -> tensor<4x64xf32>
    scf.yield %t : tensor<4x64xf32>
  }
  return %r : tensor<4x64xf32>
}

// No hint, or no loop around the op to take turns in: nothing is asked for.

// CHECK-LABEL: func.func @nothing
// CHECK-NOT:     attn.prefetch
// CHECK:         return
func.func @nothing(%k: tensor<4x1xf32>, %q: tensor<1x64xf32>, %s: tensor<4x64xf32>)
    -> tensor<4x64xf32> {
  %0 = linalg.matmul ins(%k, %q : tensor<4x1xf32>, tensor<1x64xf32>)
      outs(%s : tensor<4x64xf32>) -> tensor<4x64xf32>
  %1 = linalg.matmul {attn.tile = #attn.register_tile<prefetch = 96>}
      ins(%k, %q : tensor<4x1xf32>, tensor<1x64xf32>)
      outs(%0 : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %1 : tensor<4x64xf32>
}
