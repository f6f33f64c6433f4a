// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-to-loops),canonicalize,cse)' \
// RUN:   | FileCheck %s

// attn.block_sparse: for every row, twice over its list and the keys of each block:
// for the largest score, then for the sums. What is no block is skipped.

// CHECK-LABEL: func.func @lists
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x4x?x8xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x?x8xf32>, %[[LISTS:[a-z0-9]+]]: tensor<1x2x?x3xi32>, %[[COUNTS:[a-z0-9]+]]: tensor<1x2x?xi32>
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         %[[NB:.*]] = arith.ceildivui %{{.*}}, %[[C32]]
// CHECK:         scf.for %[[H:[a-z0-9]+]] = %[[C0]] to %c4
// CHECK:           scf.for %[[I:[a-z0-9]+]] =
// CHECK:             %[[P:.*]] = arith.divsi %[[H]], %[[C2]]
// CHECK:             %[[N:.*]] = arith.divsi %[[I]], %[[C64]]
// CHECK:             %[[COUNT:.*]] = scf.if
// CHECK:               tensor.extract %[[COUNTS]][%{{.*}}, %[[P]], %[[N]]]
// CHECK:               arith.minsi %{{.*}}, %[[C3]]
// CHECK:               arith.maxsi %{{.*}}, %[[C0]]
// CHECK:             %[[MAX:.*]] = scf.for %[[X:.*]] = %[[C0]] to %[[COUNT]] step %[[C1]] iter_args(%{{.*}} = %[[NONE]])
// CHECK:               tensor.extract %[[LISTS]][%{{.*}}, %[[P]], %[[N]], %[[X]]]
// CHECK:               %[[BLOCK:.*]] = arith.index_cast
// CHECK:               %[[IS:.*]] = arith.cmpi ult, %[[BLOCK]], %[[NB]]
// CHECK:               scf.if %[[IS]]
// CHECK:                 %[[J:.*]] = arith.muli %[[BLOCK]], %[[C32]]
// CHECK:                 scf.for
// CHECK:                 arith.maximumf
// CHECK:             scf.for %{{.*}} = %[[C0]] to %[[COUNT]]
// CHECK:               math.exp
// CHECK:             arith.divf
func.func @lists(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>,
                 %list: tensor<1x2x?x3xi32>, %counts: tensor<1x2x?xi32>,
                 %o: tensor<1x4x?x8xf32>) -> tensor<1x4x?x8xf32> {
  %r = attn.block_sparse query_block 64 key_block 32
      ins(%q, %k, %k : tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
      blocks(%list : tensor<1x2x?x3xi32>) counts(%counts : tensor<1x2x?xi32>)
      outs(%o : tensor<1x4x?x8xf32>)
  return %r : tensor<1x4x?x8xf32>
}
