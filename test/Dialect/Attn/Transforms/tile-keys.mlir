// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-tile-keys,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A key range becomes a loop over blocks of `key_block` keys that carries
// maximum, sum and accumulator; every block knows its place.

!q = tensor<64x64xf32>
!r = tensor<64xf32>

// CHECK-DAG:   #[[N:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 96)>
// CHECK-DAG:   #[[SUM:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<64x64xf32>, %[[K:[a-z0-9]+]]: tensor<?x64xf32>, %[[M:[a-z0-9]+]]: tensor<64xf32>, %[[L:[a-z0-9]+]]: tensor<64xf32>, %[[A:[a-z0-9]+]]: tensor<64x64xf32>, %[[I:[a-z0-9]+]]: index, %[[J:[a-z0-9]+]]: index, %[[D:[a-z0-9]+]]: index)
// CHECK-DAG:     %[[C96:.*]] = arith.constant 96 : index
// CHECK-DAG:     %[[S:.*]] = tensor.dim %[[K]], %{{.*}}
// CHECK:         %[[R:.*]]:3 = scf.for %[[X:.*]] = %{{.*}} to %[[S]] step %[[C96]] iter_args(%[[M1:.*]] = %[[M]], %[[L1:.*]] = %[[L]], %[[A1:.*]] = %[[A]])
// CHECK-DAG:       %[[N1:.*]] = affine.min #[[N]](%[[X]])[%[[S]]]
// CHECK-DAG:       %[[BLOCK:.*]] = tensor.extract_slice %[[K]][%[[X]], 0] [%[[N1]], 64]
// CHECK-DAG:       %[[J1:.*]] = affine.apply #[[SUM]](%[[X]])[%[[J]]]
// CHECK:           %[[B:.*]], %[[B1:.*]], %[[B2:.*]] = attn.online layout(feature_major) causal
// CHECK-SAME:        ins(%[[Q]], %[[BLOCK]], %[[BLOCK]] :
// CHECK-SAME:        origin(%[[I]], %[[I]], %[[I]], %[[J1]]) diagonal(%[[D]]) outs(%[[M1]], %[[L1]], %[[A1]] :
// CHECK:           scf.yield %[[B]], %[[B1]], %[[B2]]
// CHECK:         return %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @dynamic(%q: !q, %k: tensor<?x64xf32>, %m: !r, %l: !r, %acc: !q,
                   %i: index, %j: index, %d: index) -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) causal scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, tensor<?x64xf32>, tensor<?x64xf32>)
      origin(%i, %i, %i, %j) diagonal(%d) outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// A range of one block or less needs no loop.

// CHECK-LABEL: func.func @one_block
// CHECK-NOT:     scf.for
// CHECK:         attn.online
// CHECK-NOT:     attn.online
// CHECK:         return
func.func @one_block(%q: !q, %k: tensor<80x64xf32>, %m: !r, %l: !r, %acc: !q,
                     %i: index) -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, tensor<80x64xf32>, tensor<80x64xf32>)
      origin(%i, %i, %i, %i) outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// Chunks of 1000 keys counted modulo 2000 are no interval: an empty block is
// skipped, a full one runs without the mask.

// CHECK-LABEL: func.func @classified
// CHECK:         scf.for {{.*}} iter_args(%[[M:.*]] = %{{.*}}, %[[L:.*]] = %{{.*}}, %[[A:.*]] = %{{.*}})
// CHECK:           scf.if %{{.*}} -> {{.*}} {
// CHECK:             scf.if %{{.*}} -> {{.*}} {
// CHECK:               attn.online
// CHECK-NOT:           mask
// CHECK:             } else {
// CHECK:               attn.online {{.*}} mask {
// CHECK:             }
// CHECK:           } else {
// CHECK-NEXT:        scf.yield %[[M]], %[[L]], %[[A]]
func.func @classified(%q: !q, %k: tensor<9600x64xf32>, %m: !r, %l: !r, %acc: !q,
                      %i: index) -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, tensor<9600x64xf32>, tensor<9600x64xf32>)
      origin(%i, %i, %i, %i) outs(%m, %l, %acc : !r, !r, !q)
      mask {
      ^bb0(%b: index, %h: index, %row: index, %j: index):
        %c1000 = arith.constant 1000 : index
        %c2000 = arith.constant 2000 : index
        %rest = arith.remui %j, %c2000 : index
        %a = arith.cmpi slt, %rest, %c1000 : index
        attn.yield %a : i1
      }
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// A boolean bias is known pair by pair alone: there is nothing to classify by.

// CHECK-LABEL: func.func @bias_of_booleans
// CHECK:         scf.for
// CHECK-NOT:     scf.if
// CHECK:           tensor.extract_slice %{{.*}} : tensor<64x960xi1> to tensor<64x96xi1>
// CHECK:           attn.online
// CHECK-NOT:     attn.online
// CHECK:         return
func.func @bias_of_booleans(%q: !q, %k: tensor<960x64xf32>,
                            %bias: tensor<64x960xi1>, %m: !r, %l: !r, %acc: !q,
                            %i: index) -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) scale 1.0
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, tensor<960x64xf32>, tensor<960x64xf32>)
      bias(%bias : tensor<64x960xi1>)
      origin(%i, %i, %i, %i) outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}
