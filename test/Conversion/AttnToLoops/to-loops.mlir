// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-to-loops),canonicalize,cse)' \
// RUN:   | FileCheck %s

// attn.dense: scores, maximum, sums and output of one row after another, in
// f64. Destinations are carried through the loops, a row of scores and one of
// sums are the only other tensors.

// CHECK-LABEL: func.func @full
// CHECK-SAME:    %[[Q:[a-z0-9_]+]]: tensor<?x6x?x8xf32>, %[[K:[a-z0-9_]+]]: tensor<?x2x?x8xf32>, %[[V:[a-z0-9_]+]]: tensor<?x2x?x4xf32>, %[[INIT:[a-z0-9_]+]]: tensor<?x6x?x4xf32>
// CHECK-DAG:     %[[NONE:[a-z0-9_]+]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[SCALE:[a-z0-9_]+]] = arith.constant 0.35355339059327373 : f64
// CHECK-DAG:     %[[ZERO:[a-z0-9_]+]] = arith.constant 0.000000e+00 : f64
// CHECK-DAG:     %[[C0:[a-z0-9_]+]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:[a-z0-9_]+]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:[a-z0-9_]+]] = arith.constant 2 : index
// CHECK-DAG:     %[[C3:[a-z0-9_]+]] = arith.constant 3 : index
// CHECK-DAG:     %[[C4:[a-z0-9_]+]] = arith.constant 4 : index
// CHECK-DAG:     %[[C6:[a-z0-9_]+]] = arith.constant 6 : index
// CHECK-DAG:     %[[C8:[a-z0-9_]+]] = arith.constant 8 : index
// CHECK-DAG:     %[[S:[a-z0-9_]+]] = tensor.dim %[[K]], %[[C2]]
// CHECK-DAG:     %[[B:[a-z0-9_]+]] = tensor.dim %[[Q]], %[[C0]]
// CHECK-DAG:     %[[T:[a-z0-9_]+]] = tensor.dim %[[Q]], %[[C2]]
// CHECK-DAG:     %[[SCORES:[a-z0-9_]+]] = tensor.empty(%[[S]]) : tensor<?xf64>
// CHECK-DAG:     %[[SUMS:[a-z0-9_]+]] = tensor.empty() : tensor<4xf64>
// CHECK:         %[[OUT:[a-z0-9_]+]] = scf.for %[[BI:[a-z0-9_]+]] = %[[C0]] to %[[B]] step %[[C1]] iter_args(%[[O1:[a-z0-9_]+]] = %[[INIT]])
// CHECK:         scf.for %[[H:[a-z0-9_]+]] = %[[C0]] to %[[C6]] step %[[C1]] iter_args(%[[O2:[a-z0-9_]+]] = %[[O1]])
// CHECK-NEXT:    scf.for %[[I:[a-z0-9_]+]] = %[[C0]] to %[[T]] step %[[C1]] iter_args(%[[O3:[a-z0-9_]+]] = %[[O2]])
// CHECK:           %[[G:[a-z0-9_]+]] = arith.divsi %[[H]], %[[C3]]
//
// CHECK:           %[[ROW:[a-z0-9_]+]] = scf.for %[[J:[a-z0-9_]+]] = %[[C0]] to %[[S]] step %[[C1]] iter_args(%[[R:[a-z0-9_]+]] = %[[SCORES]])
// CHECK:             %[[DOT:[a-z0-9_]+]] = scf.for %[[F:[a-z0-9_]+]] = %[[C0]] to %[[C8]] step %[[C1]] iter_args(%[[A:[a-z0-9_]+]] = %[[ZERO]])
// CHECK:               tensor.extract %[[Q]][%[[BI]], %[[H]], %[[I]], %[[F]]]
// CHECK-NEXT:          %[[QF:[a-z0-9_]+]] = arith.extf %{{.*}} : f32 to f64
// CHECK:               tensor.extract %[[K]][%[[BI]], %[[G]], %[[J]], %[[F]]]
// CHECK-NEXT:          %[[KF:[a-z0-9_]+]] = arith.extf %{{.*}} : f32 to f64
// CHECK-NEXT:          %[[QK:[a-z0-9_]+]] = arith.mulf %[[QF]], %[[KF]] : f64
// CHECK-NEXT:          arith.addf %[[A]], %[[QK]] : f64
// CHECK:             %[[SC:[a-z0-9_]+]] = arith.mulf %[[DOT]], %[[SCALE]] : f64
// CHECK-NEXT:        tensor.insert %[[SC]] into %[[R]][%[[J]]]
//
// CHECK:           %[[MAX:[a-z0-9_]+]] = scf.for %{{.*}} = %[[C0]] to %[[S]] step %[[C1]] iter_args(%{{.*}} = %[[NONE]])
// CHECK:             arith.maximumf
// CHECK:           %[[EMPTY:[a-z0-9_]+]] = arith.cmpf oeq, %[[MAX]], %[[NONE]] : f64
// CHECK-NEXT:      %[[M:[a-z0-9_]+]] = arith.select %[[EMPTY]], %[[ZERO]], %[[MAX]] : f64
//
// CHECK-NEXT:      %[[ZEROS:[a-z0-9_]+]] = scf.for {{.*}} iter_args(%{{.*}} = %[[SUMS]])
// CHECK:           %[[SUM:[a-z0-9_]+]]:2 = scf.for %[[J:[a-z0-9_]+]] = %[[C0]] to %[[S]] step %[[C1]] iter_args(%[[L:[a-z0-9_]+]] = %[[ZERO]], %[[ACC:[a-z0-9_]+]] = %[[ZEROS]])
// CHECK-NEXT:        %[[X:[a-z0-9_]+]] = tensor.extract %[[ROW]][%[[J]]]
// CHECK-NEXT:        %[[SKIP:[a-z0-9_]+]] = arith.cmpf oeq, %[[X]], %[[NONE]] : f64
// CHECK-NEXT:        scf.if %[[SKIP]] -> (f64, tensor<4xf64>) {
// CHECK-NEXT:          scf.yield %[[L]], %[[ACC]]
// CHECK-NEXT:        } else {
// CHECK-NEXT:          %[[D:[a-z0-9_]+]] = arith.subf %[[X]], %[[M]] : f64
// CHECK-NEXT:          %[[P:[a-z0-9_]+]] = math.exp %[[D]] : f64
// CHECK:               scf.for %[[F:[a-z0-9_]+]] = %[[C0]] to %[[C4]] step %[[C1]] iter_args(%{{.*}} = %[[ACC]])
// CHECK:                 tensor.extract %[[V]][%[[BI]], %[[G]], %[[J]], %[[F]]]
// CHECK:                 arith.mulf %[[P]], %{{.*}} : f64
// CHECK:               arith.addf %[[L]], %[[P]] : f64
//
// CHECK:           scf.for %[[F:[a-z0-9_]+]] = %[[C0]] to %[[C4]] step %[[C1]] iter_args(%[[O4:[a-z0-9_]+]] = %[[O3]])
// CHECK-NEXT:        %[[ACCF:[a-z0-9_]+]] = tensor.extract %[[SUM]]#1[%[[F]]]
// CHECK-NEXT:        %[[O:[a-z0-9_]+]] = arith.divf %[[ACCF]], %[[SUM]]#0 : f64
// CHECK-NEXT:        %[[Z:[a-z0-9_]+]] = arith.select %[[EMPTY]], %[[ZERO]], %[[O]] : f64
// CHECK-NEXT:        %[[OF:[a-z0-9_]+]] = arith.truncf %[[Z]] : f64 to f32
// CHECK-NEXT:        tensor.insert %[[OF]] into %[[O4]][%[[BI]], %[[H]], %[[I]], %[[F]]]
// CHECK:         return %[[OUT]]
func.func @full(%q: tensor<?x6x?x8xf32>, %k: tensor<?x2x?x8xf32>,
                %v: tensor<?x2x?x4xf32>, %init: tensor<?x6x?x4xf32>)
    -> tensor<?x6x?x4xf32> {
  %o = attn.dense
      ins(%q, %k, %v : tensor<?x6x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x4xf32>)
      outs(%init : tensor<?x6x?x4xf32>)
  return %o : tensor<?x6x?x4xf32>
}

// -----

// lse, with a sink in the denominator; a row without keys keeps 0 and -inf.

// CHECK-LABEL: func.func @sink_and_lse
// CHECK-SAME:    %[[SINK:[a-z0-9_]+]]: tensor<2xf32>, %[[INIT:[a-z0-9_]+]]: tensor<1x2x3x4xf32>, %[[LSE:[a-z0-9_]+]]: tensor<1x2x3xf32>
// CHECK-DAG:     %[[NONE:[a-z0-9_]+]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[ZERO:[a-z0-9_]+]] = arith.constant 0.000000e+00 : f64
// CHECK:         scf.for %[[H:[a-z0-9_]+]] = {{.*}} iter_args(%{{.*}} = %[[INIT]], %{{.*}} = %[[LSE]])
// CHECK:         scf.for %[[I:[a-z0-9_]+]] = {{.*}} iter_args(%{{.*}}, %[[L2:[a-z0-9_]+]] = %{{.*}})
// CHECK:           %[[MAX:[a-z0-9_]+]] = scf.for {{.*}} iter_args(%{{.*}} = %[[NONE]]) -> (f64)
// CHECK:           %[[EMPTY:[a-z0-9_]+]] = arith.cmpf oeq, %[[MAX]], %[[NONE]] : f64
// CHECK-NEXT:      %[[LOGIT32:[a-z0-9_]+]] = tensor.extract %[[SINK]][%[[H]]]
// CHECK-NEXT:      %[[LOGIT:[a-z0-9_]+]] = arith.extf %[[LOGIT32]] : f32 to f64
// CHECK-NEXT:      %[[BOTH:[a-z0-9_]+]] = arith.maximumf %[[MAX]], %[[LOGIT]] : f64
// CHECK-NEXT:      %[[NOTHING:[a-z0-9_]+]] = arith.cmpf oeq, %[[BOTH]], %[[NONE]] : f64
// CHECK-NEXT:      %[[M:[a-z0-9_]+]] = arith.select %[[NOTHING]], %[[ZERO]], %[[BOTH]] : f64
// CHECK:           %[[SUMS:[a-z0-9_]+]]:2 = scf.for {{.*}} -> (f64, tensor<4xf64>)
// CHECK:           %[[D:[a-z0-9_]+]] = arith.subf %[[LOGIT]], %[[M]] : f64
// CHECK-NEXT:      %[[E:[a-z0-9_]+]] = math.exp %[[D]] : f64
// CHECK-NEXT:      %[[TOTAL:[a-z0-9_]+]] = arith.addf %[[SUMS]]#0, %[[E]] : f64
// CHECK:           arith.divf %{{.*}}, %[[TOTAL]] : f64
// CHECK:           %[[LOG:[a-z0-9_]+]] = math.log %[[TOTAL]] : f64
// CHECK-NEXT:      %[[SUM:[a-z0-9_]+]] = arith.addf %[[M]], %[[LOG]] : f64
// CHECK-NEXT:      %[[L:[a-z0-9_]+]] = arith.select %[[EMPTY]], %[[NONE]], %[[SUM]] : f64
// CHECK-NEXT:      %[[L32:[a-z0-9_]+]] = arith.truncf %[[L]] : f64 to f32
// CHECK-NEXT:      tensor.insert %[[L32]] into %[[L2]][%{{.*}}, %[[H]], %[[I]]]
func.func @sink_and_lse(
    %q: tensor<1x2x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %sink: tensor<2xf32>, %init: tensor<1x2x3x4xf32>, %lse: tensor<1x2x3xf32>)
    -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>) {
  %r:2 = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      sink(%sink : tensor<2xf32>)
      outs(%init, %lse : tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  return %r#0, %r#1 : tensor<1x2x3x4xf32>, tensor<1x2x3xf32>
}

// -----

// 16-bit values are read and written by way of f32.

// CHECK-LABEL: func.func @bf16
// CHECK:         %[[X:[a-z0-9_]+]] = arith.extf %{{.*}} : bf16 to f32
// CHECK-NEXT:    arith.extf %[[X]] : f32 to f64
// CHECK:         %[[Y:[a-z0-9_]+]] = arith.truncf %{{.*}} : f64 to f32
// CHECK-NEXT:    arith.truncf %[[Y]] : f32 to bf16
func.func @bf16(%q: tensor<1x1x3x8xbf16>, %k: tensor<1x1x5x8xbf16>,
                %v: tensor<1x1x5x4xbf16>, %init: tensor<1x1x3x4xbf16>)
    -> tensor<1x1x3x4xbf16> {
  %o = attn.dense
      ins(%q, %k, %v : tensor<1x1x3x8xbf16>, tensor<1x1x5x8xbf16>, tensor<1x1x5x4xbf16>)
      outs(%init : tensor<1x1x3x4xbf16>)
  return %o : tensor<1x1x3x4xbf16>
}

// -----

// The number of query heads of a key head is found at run time, and is never 0
// where there are no heads to divide.

// CHECK-LABEL: func.func @dynamic_heads
// CHECK-SAME:    %[[Q:[a-z0-9_]+]]: tensor<1x?x3x8xf64>, %[[K:[a-z0-9_]+]]: tensor<1x?x5x8xf64>
// CHECK-DAG:     %[[C1:[a-z0-9_]+]] = arith.constant 1 : index
// CHECK-DAG:     %[[HKV:[a-z0-9_]+]] = tensor.dim %[[K]], %[[C1]]
// CHECK-DAG:     %[[D:[a-z0-9_]+]] = arith.maxsi %[[HKV]], %[[C1]]
// CHECK-DAG:     %[[HQ:[a-z0-9_]+]] = tensor.dim %[[Q]], %[[C1]]
// CHECK:         %[[N:[a-z0-9_]+]] = arith.divsi %[[HQ]], %[[D]]
// CHECK:         %[[G:[a-z0-9_]+]] = arith.maxsi %[[N]], %[[C1]]
// CHECK:         arith.divsi %{{.*}}, %[[G]]
func.func @dynamic_heads(
    %q: tensor<1x?x3x8xf64>, %k: tensor<1x?x5x8xf64>, %v: tensor<1x?x5x4xf64>,
    %init: tensor<1x?x3x4xf64>) -> tensor<1x?x3x4xf64> {
  %o = attn.dense
      ins(%q, %k, %v : tensor<1x?x3x8xf64>, tensor<1x?x5x8xf64>, tensor<1x?x5x4xf64>)
      outs(%init : tensor<1x?x3x4xf64>)
  return %o : tensor<1x?x3x4xf64>
}
