// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-register-tile,canonicalize,cse))' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,OUTER
// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-cpu-register-tile,canonicalize,attn-cpu-register-tile{inner=true},canonicalize,cse))' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,INNER

// Hints make loops around register tiles. The maximum is tiled by 4 rows, the
// product it reads is fused into the loop and also returned from it; what is left
// of the rows runs one by one. The second run tiles the contraction, and unrolls
// its loop by the four rows.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// CHECK-DAG:   #[[MULTIPLE:.*]] = affine_map<()[s0] -> ((s0 floordiv 4) * 4)>
// CHECK-LABEL: func.func @ragged
// CHECK-SAME:    %[[K:[a-z0-9]+]]: tensor<?x8xf32>, %[[Q:[a-z0-9]+]]: tensor<8x64xf32>, %[[INIT:[a-z0-9]+]]: tensor<?x64xf32>, %[[M:[a-z0-9]+]]: tensor<64xf32>)
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[N:.*]] = tensor.dim
// CHECK-DAG:     %[[FULL:.*]] = affine.apply #[[MULTIPLE]]()[%[[N]]]
// CHECK:         %[[MAIN:.*]]:2 = scf.for %[[I:.*]] = %{{.*}} to %[[FULL]] step %[[C4]] iter_args(%[[M1:.*]] = %[[M]], %[[S1:.*]] = %[[INIT]])
// CHECK:           tensor.extract_slice %[[K]][%[[I]], 0] [4, 8]
// CHECK:           %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<4x64xf32>
// OUTER:           %[[S:.*]] = linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1]>} {{.*}} outs(%[[ZERO]] : tensor<4x64xf32>)
// INNER:           %[[S:.*]] = scf.for {{.*}} to %{{.*}} step %[[C4]] iter_args(%{{.*}} = %[[ZERO]])
// INNER-COUNT-4:     linalg.matmul {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x1xf32>, tensor<1x64xf32>)
// INNER-NEXT:        scf.yield
// CHECK:           %[[MAX:.*]] = linalg.generic {{.*}} ins(%[[S]] : tensor<4x64xf32>) outs(%[[M1]] : tensor<64xf32>)
// CHECK:           %[[BLOCK:.*]] = tensor.insert_slice %[[S]] into %[[S1]][%[[I]], 0] [4, 64]
// CHECK:           scf.yield %[[MAX]], %[[BLOCK]]
// CHECK:         %[[REST:.*]]:2 = scf.for %{{.*}} = %[[FULL]] to %[[N]] step %[[C4]] iter_args(%{{.*}} = %[[MAIN]]#0, %{{.*}} = %[[MAIN]]#1)
// CHECK:           scf.for {{.*}} step %[[C1]]
// OUTER:             linalg.matmul {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x8xf32>, tensor<8x64xf32>)
// INNER:             linalg.matmul {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x1xf32>, tensor<1x64xf32>)
// CHECK:         return %[[REST]]#0, %[[REST]]#1
func.func @ragged(%k: tensor<?x8xf32>, %q: tensor<8x64xf32>, %init: tensor<?x64xf32>,
                  %m: tensor<64xf32>) -> (tensor<64xf32>, tensor<?x64xf32>) {
  %c0 = arith.constant 0.0 : f32
  %zero = linalg.fill {attn.tile = #attn.register_tile<fuse = true>}
      ins(%c0 : f32) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  %s = linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1], fuse = true, yield = true>}
      ins(%k, %q : tensor<?x8xf32>, tensor<8x64xf32>)
      outs(%zero : tensor<?x64xf32>) -> tensor<?x64xf32>
  %max = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["reduction", "parallel"]}
      ins(%s : tensor<?x64xf32>) outs(%m : tensor<64xf32>)
      attrs = {attn.tile = #attn.register_tile<sizes = [4, 0], tail = [1, 0]>} {
  ^bb0(%x: f32, %y: f32):
    %z = arith.maxnumf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<64xf32>
  return %max, %s : tensor<64xf32>, tensor<?x64xf32>
}

// A size that divides leaves no rest.

// CHECK-LABEL: func.func @static
// CHECK:         scf.for
// CHECK:           linalg.generic {{.*}} ins(%{{.*}} : tensor<4x64xf32>)
// CHECK-NOT:     scf.for
// CHECK:         return
func.func @static(%s: tensor<96x64xf32>, %m: tensor<64xf32>) -> tensor<64xf32> {
  %max = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["reduction", "parallel"]}
      ins(%s : tensor<96x64xf32>) outs(%m : tensor<64xf32>)
      attrs = {attn.tile = #attn.register_tile<sizes = [4, 0], tail = [1, 0]>} {
  ^bb0(%x: f32, %y: f32):
    %z = arith.maxnumf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<64xf32>
  return %max : tensor<64xf32>
}

// Without `fuse` a producer stays whole in front of the loop; `lanes` stay on the
// op for attn-cpu-vectorize.

// CHECK-LABEL: func.func @not_fused
// CHECK:         linalg.fill ins({{.*}} -> tensor<?x?xf32>
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-NOT:         linalg.fill
// CHECK:             linalg.generic {{.*}} attrs = {attn.tile = #attn.register_tile<lanes = [16, 16]>}
func.func @not_fused(%s: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c1 = arith.constant 1.0 : f32
  %one = linalg.fill ins(%c1 : f32) outs(%s : tensor<?x?xf32>) -> tensor<?x?xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<?x?xf32>) outs(%one : tensor<?x?xf32>)
      attrs = {attn.tile = #attn.register_tile<sizes = [16, 16], lanes = [16, 16]>} {
  ^bb0(%x: f32, %y: f32):
    %z = arith.mulf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @no_hint
// CHECK-NOT:     scf.for
// CHECK:         return
func.func @no_hint(%x: tensor<96x64xf32>) -> tensor<96x64xf32> {
  %c0 = arith.constant 0.0 : f32
  %r = linalg.fill ins(%c0 : f32) outs(%x : tensor<96x64xf32>) -> tensor<96x64xf32>
  return %r : tensor<96x64xf32>
}

// The unroll factor is one that leaves no rest, up to twice the rows less one: 6
// rows and 64 steps give 8, 59 steps 6 with five left over. A loop of unknown
// length stays as it is.

// CHECK-LABEL: func.func @unroll
// INNER-DAG:     %[[C6:.*]] = arith.constant 6 : index
// INNER-DAG:     %[[C8:.*]] = arith.constant 8 : index
// INNER-DAG:     %[[C54:.*]] = arith.constant 54 : index
// INNER:         scf.for {{.*}} step %[[C8]]
// INNER-COUNT-8:   linalg.matmul
// INNER-NEXT:      scf.yield
// INNER:         scf.for {{.*}} to %[[C54]] step %[[C6]]
// INNER-COUNT-6:   linalg.matmul
// INNER-NEXT:      scf.yield
// INNER:         scf.for %{{.*}} = %[[C54]]
// INNER:           linalg.matmul
// INNER-NEXT:      scf.yield
// INNER:         scf.for
// INNER:           linalg.matmul
// INNER-NEXT:      scf.yield
func.func @unroll(%k64: tensor<6x64xf32>, %q64: tensor<64x64xf32>, %k59: tensor<6x59xf32>,
                  %q59: tensor<59x64xf32>, %k: tensor<6x?xf32>, %q: tensor<?x64xf32>,
                  %s: tensor<6x64xf32>) -> tensor<6x64xf32> {
  %0 = linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1]>}
      ins(%k64, %q64 : tensor<6x64xf32>, tensor<64x64xf32>) outs(%s : tensor<6x64xf32>) -> tensor<6x64xf32>
  %1 = linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1]>}
      ins(%k59, %q59 : tensor<6x59xf32>, tensor<59x64xf32>) outs(%0 : tensor<6x64xf32>) -> tensor<6x64xf32>
  %2 = linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1]>}
      ins(%k, %q : tensor<6x?xf32>, tensor<?x64xf32>) outs(%1 : tensor<6x64xf32>) -> tensor<6x64xf32>
  return %2 : tensor<6x64xf32>
}
