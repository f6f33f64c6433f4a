// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-convert-to-online,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A tile of attn.block_sparse is a loop over its list. What is no block is skipped:
// compared as unsigned numbers, negative entries are too large as well. The
// prefetches say how far away the next block lies; behind the last entry that is
// the first block of the next list.

// CHECK-DAG:   #[[BLOCKS:.*]] = affine_map<()[s0] -> (s0 ceildiv 32)>
// CHECK-DAG:   #[[END:.*]] = affine_map<(d0)[s0] -> (s0, d0 + 32)>
// CHECK-DAG:   #[[NEXT:.*]] = affine_map<()[s0, s1, s2] -> ((s0 + s1) floordiv 64, s2 - 1)>
// CHECK-LABEL: func.func @tile
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x1x?x64xf32>, %[[K:[a-z0-9]+]]: tensor<1x1x?x64xf32>, %[[LISTS:[a-z0-9]+]]: tensor<1x2x?x5xi32>, %[[N:[a-z0-9]+]]: index
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C5:.*]] = arith.constant 5 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK:         %[[COUNT:.*]] = affine.apply #[[BLOCKS]]()[%[[S:.*]]]
// CHECK:         %[[R:.*]]:3 = scf.for %[[X:.*]] = %[[C0]] to %[[C5]] step %[[C1]] iter_args(%[[M:.*]] = %{{.*}}, %[[L:.*]] = %{{.*}}, %[[A:.*]] = %{{.*}})
// CHECK:           %[[E:.*]] = tensor.extract %{{.*}}[%[[X]]] : tensor<5xi32>
// CHECK:           %[[BLOCK:.*]] = arith.index_cast %[[E]] : i32 to index
// CHECK:           %[[IS:.*]] = arith.cmpi ult, %[[BLOCK]], %[[COUNT]] : index
// CHECK:           scf.if %[[IS]]
// CHECK:             %[[J:.*]] = arith.muli %[[BLOCK]], %[[C32]]
// CHECK:             affine.min #[[END]](%[[J]])[%[[S]]]
// CHECK:             %[[KEYS:.*]] = tensor.extract_slice %{{.*}}[%[[J]], 0] [%{{.*}}, 64]
// CHECK:             %[[X1:.*]] = arith.addi %[[X]], %[[C1]]
// CHECK:             %[[LAST:.*]] = arith.cmpi eq, %[[X1]], %[[C5]]
// CHECK:             affine.min #[[NEXT]]()
// CHECK:             %[[N1:.*]] = arith.select %[[LAST]], %{{.*}}, %[[N]]
// CHECK:             %[[X2:.*]] = arith.select %[[LAST]], %[[C0]], %[[X1]]
// CHECK:             tensor.extract %[[LISTS]][%[[C0]], %[[C1]], %[[N1]], %[[X2]]]
// CHECK:             %[[IS1:.*]] = arith.cmpi ult
// CHECK:             %[[B1:.*]] = arith.select %[[IS1]], %{{.*}}, %[[BLOCK]]
// CHECK:             %[[DELTA:.*]] = arith.subi %[[B1]], %[[BLOCK]]
// CHECK:             %[[ROWS:.*]] = arith.muli %[[DELTA]], %[[C32]]
// CHECK-COUNT-2:     attn.prefetch %[[KEYS]][%[[ROWS]], %[[C0]]] {attn.listed}
// CHECK:             attn.online {{.*}}outs(%[[M]], %[[L]], %[[A]] : {{.*}}{attn.listed}
// CHECK:           } else {
// CHECK-NEXT:        scf.yield %[[M]], %[[L]], %[[A]]
// CHECK:         attn.finish layout(feature_major) ins(%[[R]]#0, %[[R]]#1, %[[R]]#2 :
func.func @tile(%q: tensor<1x1x?x64xf32>, %k: tensor<1x1x?x64xf32>,
                %lists: tensor<1x2x?x5xi32>, %n: index,
                %o: tensor<1x1x?x64xf32>) -> tensor<1x1x?x64xf32> {
  %list = tensor.extract_slice %lists[0, 1, %n, 0] [1, 1, 1, 5] [1, 1, 1, 1]
      : tensor<1x2x?x5xi32> to tensor<1x1x1x5xi32>
  %r = attn.block_sparse query_block 64 key_block 32
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 32>
      ins(%q, %k, %k : tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>)
      blocks(%list : tensor<1x1x1x5xi32>) origin(%n, %n, %n, %n)
      outs(%o : tensor<1x1x?x64xf32>)
  return %r : tensor<1x1x?x64xf32>
}

// Counts are clamped to the entries there are, and not read where there are none.

// CHECK-LABEL: func.func @counts
// CHECK-SAME:    tensor<1x1x1x?xi32>, %[[COUNTS:[a-z0-9]+]]: tensor<1x1x1xi64>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK:         %[[IS:.*]] = arith.cmpi sgt, %[[L:.*]], %[[C0]]
// CHECK:         %[[N:.*]] = scf.if %[[IS]]
// CHECK:           %[[C:.*]] = tensor.extract %[[COUNTS]]
// CHECK:           %[[I:.*]] = arith.index_cast %[[C]]
// CHECK:           arith.minsi %[[I]], %[[L]]
// CHECK:         scf.for %{{.*}} = %[[C0]] to %[[N]]
func.func @counts(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x128x64xf32>,
                  %list: tensor<1x1x1x?xi32>, %counts: tensor<1x1x1xi64>,
                  %o: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %r = attn.block_sparse query_block 64 key_block 32
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 32>
      ins(%q, %k, %k : tensor<1x1x64x64xf32>, tensor<1x1x128x64xf32>, tensor<1x1x128x64xf32>)
      blocks(%list : tensor<1x1x1x?xi32>) counts(%counts : tensor<1x1x1xi64>)
      outs(%o : tensor<1x1x64x64xf32>)
  return %r : tensor<1x1x64x64xf32>
}
