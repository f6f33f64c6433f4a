// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-tile,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A tile has one list, that of its group of heads and its block of queries, and
// the list's count.

// CHECK-DAG:   #[[HEAD:.*]] = affine_map<(d0, d1) -> (d0 * 3 + d1)>
// CHECK-DAG:   #[[LIST:.*]] = affine_map<(d0, d1) -> (d0 + d1 floordiv 3)>
// CHECK-DAG:   #[[BLOCK:.*]] = affine_map<(d0) -> (d0 floordiv 64)>
// CHECK-DAG:   #[[PART:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 96)>
// CHECK-DAG:   #[[ROWS:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 64)>
// CHECK-LABEL: func.func @whole
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<2x6x128x64xf32>, %[[K:[a-z0-9]+]]: tensor<2x2x256x64xf32>, %[[LISTS:[a-z0-9]+]]: tensor<2x2x2x5xi32>, %[[COUNTS:[a-z0-9]+]]: tensor<2x2x2xi32>,
// CHECK-DAG:     %[[D:.*]] = arith.constant 128 : index
// CHECK:         scf.forall (%[[B:[a-z0-9]+]], %[[G:[a-z0-9]+]], %[[M:[a-z0-9]+]], %[[I:[a-z0-9]+]]) = (0, 0, 0, 0) to (2, 2, 3, 128) step (1, 1, 1, 64)
// CHECK-DAG:       %[[H:.*]] = affine.apply #[[HEAD]](%[[G]], %[[M]])
// CHECK-DAG:       %[[P:.*]] = affine.apply #[[LIST]](%[[G]], %[[M]])
// CHECK-DAG:       %[[N:.*]] = affine.apply #[[BLOCK]](%[[I]])
// CHECK-DAG:       %[[LIST1:.*]] = tensor.extract_slice %[[LISTS]][%[[B]], %[[P]], %[[N]], 0] [1, 1, 1, 5]
// CHECK-DAG:       %[[COUNT:.*]] = tensor.extract_slice %[[COUNTS]][%[[B]], %[[P]], %[[N]]] [1, 1, 1]
// CHECK:           attn.block_sparse causal query_block 64 key_block 32
// CHECK-SAME:        blocks(%[[LIST1]] : tensor<1x1x1x5xi32>) counts(%[[COUNT]] : tensor<1x1x1xi32>) origin(%[[B]], %[[H]], %[[I]], %{{.*}}) diagonal(%[[D]])
// CHECK:           scf.forall.in_parallel
func.func @whole(%q: tensor<2x6x128x64xf32>, %k: tensor<2x2x256x64xf32>,
                 %list: tensor<2x2x2x5xi32>, %counts: tensor<2x2x2xi32>,
                 %o: tensor<2x6x128x64xf32>) -> tensor<2x6x128x64xf32> {
  %r = attn.block_sparse causal align(bottom_right) query_block 64 key_block 32
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 32>
      ins(%q, %k, %k : tensor<2x6x128x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x64xf32>)
      blocks(%list : tensor<2x2x2x5xi32>) counts(%counts : tensor<2x2x2xi32>)
      outs(%o : tensor<2x6x128x64xf32>)
  return %r : tensor<2x6x128x64xf32>
}

// Blocks of queries that are no multiple of a tile have a loop of tiles inside,
// which share the list. One that is not there, as there are fewer lists than
// blocks of queries, is empty.

// CHECK-LABEL: func.func @parts
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x2x?x64xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x?x64xf32>, %[[LISTS:[a-z0-9]+]]: tensor<1x1x?x5xi32>,
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C5:.*]] = arith.constant 5 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         scf.forall (%[[H:.*]], %[[I:.*]]) = (0, 0) to (2, %{{.*}}) step (1, 96)
// CHECK-DAG:       %[[NQ:.*]] = affine.min #[[PART]](%[[I]])
// CHECK-DAG:       %[[NL:.*]] = tensor.dim %[[LISTS]],
// CHECK:           %[[IS:.*]] = arith.cmpi slt, %[[N:.*]], %[[NL]]
// CHECK:           %[[N1:.*]] = arith.select %[[IS]], %[[N]], %[[C0]]
// CHECK:           %[[L:.*]] = arith.select %[[IS]], %[[C5]], %[[C0]]
// CHECK:           tensor.extract_slice %[[LISTS]][0, 0, %[[N1]], 0] [1, 1, 1, %[[L]]]
// CHECK:           scf.for %[[X:.*]] = %[[C0]] to %[[NQ]] step %[[C64]]
// CHECK:             affine.min #[[ROWS]](%[[X]])
// CHECK:             attn.block_sparse query_block 96 key_block 32 {{.*}} blocks(%{{.*}} : tensor<1x1x1x?xi32>)
// CHECK:           scf.forall.in_parallel
func.func @parts(%q: tensor<1x2x?x64xf32>, %k: tensor<1x2x?x64xf32>,
                 %list: tensor<1x1x?x5xi32>, %counts: tensor<1x1x?xi32>,
                 %o: tensor<1x2x?x64xf32>) -> tensor<1x2x?x64xf32> {
  %r = attn.block_sparse query_block 96 key_block 32
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 32>
      ins(%q, %k, %k : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      blocks(%list : tensor<1x1x?x5xi32>) counts(%counts : tensor<1x1x?xi32>)
      outs(%o : tensor<1x2x?x64xf32>)
  return %r : tensor<1x2x?x64xf32>
}
