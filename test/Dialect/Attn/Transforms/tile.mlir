// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-tile,canonicalize,cse))' \
// RUN:   | FileCheck %s

// One independent iteration for each batch, key head, query head of its group and
// tile of queries; keys stay whole.

// CHECK-DAG:   #[[HEAD:.*]] = affine_map<(d0, d1) -> (d0 * 3 + d1)>
// CHECK-DAG:   #[[ROWS:.*]] = affine_map<(d0) -> (-d0 + 100, 64)>
// CHECK-DAG:   #[[DIFF:.*]] = affine_map<()[s0, s1] -> (s0 - s1)>
// CHECK-LABEL: func.func @grouped
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<2x6x100x64xf32>, %[[K:[a-z0-9]+]]: tensor<2x2x300x64xf32>, %[[O:[a-z0-9]+]]: tensor<2x6x100x64xf32>)
// CHECK:         scf.forall (%[[B:[a-z0-9]+]], %[[G:[a-z0-9]+]], %[[M:[a-z0-9]+]], %[[I:[a-z0-9]+]]) = (0, 0, 0, 0) to (2, 2, 3, 100) step (1, 1, 1, 64) shared_outs(%[[OUT:.*]] = %[[O]])
// CHECK-DAG:       %[[N:.*]] = affine.min #[[ROWS]](%[[I]])
// CHECK-DAG:       %[[H:.*]] = affine.apply #[[HEAD]](%[[G]], %[[M]])
// CHECK-DAG:       %[[QT:.*]] = tensor.extract_slice %[[Q]][%[[B]], %[[H]], %[[I]], 0] [1, 1, %[[N]], 64]
// CHECK-DAG:       %[[KT:.*]] = tensor.extract_slice %[[K]][%[[B]], %[[G]], 0, 0] [1, 1, 300, 64]
// CHECK:           %[[R:.*]] = attn.dense schedule <{{.*}}> ins(%[[QT]], %[[KT]], %[[KT]] :
// CHECK-SAME:        origin(%[[B]], %[[H]], %[[I]], %{{.*}})
// CHECK:           scf.forall.in_parallel {
// CHECK-NEXT:        tensor.parallel_insert_slice %[[R]] into %[[OUT]][%[[B]], %[[H]], %[[I]], 0] [1, 1, %[[N]], 64]
func.func @grouped(%q: tensor<2x6x100x64xf32>, %k: tensor<2x2x300x64xf32>,
                   %o: tensor<2x6x100x64xf32>) -> tensor<2x6x100x64xf32> {
  %r = attn.dense
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64>
      ins(%q, %k, %k : tensor<2x6x100x64xf32>, tensor<2x2x300x64xf32>, tensor<2x2x300x64xf32>)
      outs(%o : tensor<2x6x100x64xf32>)
  return %r : tensor<2x6x100x64xf32>
}

// With one query, the query heads of a key head go together, as many as a tile
// has rows; an lse beside a sink, or a mask that differs from head to head, keeps
// them apart.

// CHECK-LABEL: func.func @one_query
// CHECK:         scf.forall {{.*}} to (2, 2, 24) step (1, 1, 16)
// CHECK:           attn.dense {{.*}} : tensor<1x?x1x64xf32>, tensor<1x1x300x64xf32>,
// CHECK:         scf.forall {{.*}} to (2, 2, 24) step (1, 1, 16)
// CHECK:           attn.dense {{.*}} sink(
// CHECK:         scf.forall {{.*}} in (2, 2, 24)
// CHECK:           attn.dense {{.*}} sink(
// CHECK:         scf.forall {{.*}} in (2, 2, 24)
// CHECK:           attn.dense {{.*}} mask {
func.func @one_query(%q: tensor<2x48x1x64xf32>, %k: tensor<2x2x300x64xf32>,
                     %z: tensor<48xf32>, %l: tensor<2x48x1xf32>) -> tensor<2x48x1x64xf32> {
  %r = attn.dense
      schedule <lanes = 16, query_tile = 16, row_tile = 4, key_block = 64>
      ins(%q, %k, %k : tensor<2x48x1x64xf32>, tensor<2x2x300x64xf32>, tensor<2x2x300x64xf32>)
      outs(%q : tensor<2x48x1x64xf32>)
  %s = attn.dense
      schedule <lanes = 16, query_tile = 16, row_tile = 4, key_block = 64>
      ins(%r, %k, %k : tensor<2x48x1x64xf32>, tensor<2x2x300x64xf32>, tensor<2x2x300x64xf32>)
      sink(%z : tensor<48xf32>)
      outs(%q : tensor<2x48x1x64xf32>)
  %u:2 = attn.dense
      schedule <lanes = 16, query_tile = 16, row_tile = 4, key_block = 64>
      ins(%s, %k, %k : tensor<2x48x1x64xf32>, tensor<2x2x300x64xf32>, tensor<2x2x300x64xf32>)
      sink(%z : tensor<48xf32>)
      outs(%q, %l : tensor<2x48x1x64xf32>, tensor<2x48x1xf32>)
  %t = attn.dense
      schedule <lanes = 16, query_tile = 16, row_tile = 4, key_block = 64>
      ins(%u#0, %k, %k : tensor<2x48x1x64xf32>, tensor<2x2x300x64xf32>, tensor<2x2x300x64xf32>)
      outs(%q : tensor<2x48x1x64xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %keep = arith.cmpi sle, %h, %j : index
        attn.yield %keep : i1
      }
  return %t : tensor<2x48x1x64xf32>
}

// Dynamic sizes are read from the operands; a causal op hands its diagonal S - T
// to the tiles, which no longer see T.

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<?x2x?x64xbf16>, %[[K:[a-z0-9]+]]: tensor<?x2x?x64xbf16>
// CHECK-DAG:     %[[B:.*]] = tensor.dim %[[Q]], %c0
// CHECK-DAG:     %[[T:.*]] = tensor.dim %[[Q]], %c2
// CHECK-DAG:     %[[S:.*]] = tensor.dim %[[K]], %c2
// CHECK:         scf.forall {{.*}} to (%[[B]], 2, %[[T]]) step (1, 1, 64)
// CHECK:           %[[D:.*]] = affine.apply #[[DIFF]]()[%[[S]], %[[T]]]
// CHECK:           attn.dense causal schedule <{{.*}} diagonal(%[[D]])
func.func @dynamic(%q: tensor<?x2x?x64xbf16>, %k: tensor<?x2x?x64xbf16>,
                   %o: tensor<?x2x?x64xbf16>) -> tensor<?x2x?x64xbf16> {
  %r = attn.dense causal align(bottom_right)
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 64>
      ins(%q, %k, %k : tensor<?x2x?x64xbf16>, tensor<?x2x?x64xbf16>, tensor<?x2x?x64xbf16>)
      outs(%o : tensor<?x2x?x64xbf16>)
  return %r : tensor<?x2x?x64xbf16>
}

// Parts stay whole in a merge, whose rows are tiled by 16.

// CHECK-LABEL: func.func @merge
// CHECK:         scf.forall (%[[H:.*]], %[[I:.*]]) = (0, 0) to (2, 64) step (1, 16)
// CHECK:           attn.merge ins({{.*}} : tensor<3x1x1x16x64xf32>, tensor<3x1x1x16xf32>)
func.func @merge(%os: tensor<3x1x2x64x64xf32>, %ls: tensor<3x1x2x64xf32>,
                 %o: tensor<1x2x64x64xf32>) -> tensor<1x2x64x64xf32> {
  %r = attn.merge ins(%os, %ls : tensor<3x1x2x64x64xf32>, tensor<3x1x2x64xf32>)
      outs(%o : tensor<1x2x64x64xf32>)
  return %r : tensor<1x2x64x64xf32>
}

// CHECK-LABEL: func.func @no_schedule
// CHECK-NOT:     scf.forall
// CHECK:         return
func.func @no_schedule(%q: tensor<1x2x8x64xf32>,
                       %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = attn.dense
      ins(%q, %q, %q : tensor<1x2x8x64xf32>, tensor<1x2x8x64xf32>, tensor<1x2x8x64xf32>)
      outs(%o : tensor<1x2x8x64xf32>)
  return %r : tensor<1x2x8x64xf32>
}
