// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-prefetch,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Beside each step of a product, one element of the block `prefetch` rows ahead
// is asked for, in the tensor that the slices were taken of; the four rows of the
// register tile take turns.

// CHECK-DAG:   #[[ROW:.*]] = affine_map<(d0)[s0] -> (d0 + (d0 floordiv 4) * -4 + s0 + 96)>
// CHECK-LABEL: func.func @keys
// CHECK-SAME:    %[[K:[a-z0-9]+]]: tensor<1x?x8xf32>, {{.*}}, %[[J:[a-z0-9]+]]: index)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           %[[NEXT:.*]] = affine.apply #[[ROW]](%[[I]])[%[[J]]]
// CHECK-NEXT:      attn.prefetch %[[K]][%[[C0]], %[[NEXT]], %[[I]]] : tensor<1x?x8xf32>
// CHECK-NEXT:      linalg.matmul
func.func @keys(%k: tensor<1x?x8xf32>, %q: tensor<8x64xf32>, %s: tensor<4x64xf32>,
                %j: index) -> tensor<4x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %s) -> tensor<4x64xf32> {
    %x = tensor.extract_slice %k[0, %j, %i] [1, 4, 1] [1, 1, 1]
        : tensor<1x?x8xf32> to tensor<4x1xf32>
    %y = tensor.extract_slice %q[%i, 0] [1, 64] [1, 1] : tensor<8x64xf32> to tensor<1x64xf32>
    %t = linalg.matmul {attn.tile = #attn.register_tile<prefetch = 96>}
        ins(%x, %y : tensor<4x1xf32>, tensor<1x64xf32>)
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
