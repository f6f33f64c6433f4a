// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-prefetch,canonicalize,cse))' \
// RUN:   | FileCheck %s

// Where a mark says how many rows away the block lies that is read next, the steps
// of all products below it on that tensor ask for that block, and the mark goes.

// CHECK-DAG:   #[[SUM:.*]] = affine_map<(d0)[s0, s1] -> (d0 + s0 + s1)>
// CHECK-LABEL: func.func @listed
// CHECK-SAME:    %[[V:[a-z0-9]+]]: tensor<?x8xf32>, {{.*}}, %[[J:[a-z0-9]+]]: index, %[[D:[a-z0-9]+]]: index
// CHECK-NOT:     attn.listed
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK-NEXT:      tensor.extract_slice
// CHECK-NEXT:      tensor.extract_slice
// CHECK-NEXT:      %[[ROW:.*]] = affine.apply #[[SUM]](%[[I]])[%[[J]], %[[D]]]
// CHECK-NEXT:      attn.prefetch %[[V]][%[[ROW]], %{{.*}}] : tensor<?x8xf32>
// CHECK-NEXT:      linalg.matmul
// CHECK:         return
func.func @listed(%v: tensor<?x8xf32>, %p: tensor<64x64xf32>, %s: tensor<1x64xf32>,
                  %j: index, %d: index) -> tensor<1x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %block = tensor.extract_slice %v[%j, 0] [8, 8] [1, 1] : tensor<?x8xf32> to tensor<8x8xf32>
  attn.prefetch %block[%d, %c0] {attn.listed} : tensor<8x8xf32>
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %s) -> tensor<1x64xf32> {
    %x = tensor.extract_slice %block[%i, 4] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
    %y = tensor.extract_slice %p[%i, 0] [1, 64] [1, 1] : tensor<64x64xf32> to tensor<1x64xf32>
    %t = linalg.matmul {attn.tile = #attn.register_tile<prefetch = 96>}
        ins(%x, %y : tensor<1x1xf32>, tensor<1x64xf32>)
        outs(%acc : tensor<1x64xf32>) -> tensor<1x64xf32>
    scf.yield %t : tensor<1x64xf32>
  }
  return %r : tensor<1x64xf32>
}

// Any other prefetch stays as it was written.

// CHECK-LABEL: func.func @written
// CHECK:         attn.prefetch
func.func @written(%v: tensor<?x8xf32>, %j: index) {
  attn.prefetch %v[%j, %j] : tensor<?x8xf32>
  return
}
