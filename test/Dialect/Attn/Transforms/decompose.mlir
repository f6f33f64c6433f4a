// RUN: attn-opt %s --split-input-file \
// RUN:   --pass-pipeline='builtin.module(func.func(attn-decompose,canonicalize,cse))' \
// RUN:   | FileCheck %s

// attn.online on one key block, a step of the online softmax at a time; the hints
// say what attn-cpu-register-tile fuses, tiles and returns.

!q = tensor<64x64xf32>
!k = tensor<?x64xf32>
!r = tensor<64xf32>

// CHECK-DAG:   #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @unmasked
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<64x64xf32>, %[[K:[a-z0-9]+]]: tensor<?x64xf32>, %[[M:[a-z0-9]+]]: tensor<64xf32>, %[[L:[a-z0-9]+]]: tensor<64xf32>, %[[ACC:[a-z0-9]+]]: tensor<64x64xf32>
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
//                S = K Q, into a slice of a static block
// CHECK:         %[[BLOCK:.*]] = tensor.empty() : tensor<96x64xf32>
// CHECK:         tensor.extract_slice %[[BLOCK]][0, 0] [%{{.*}}, 64] [1, 1]
// CHECK:         linalg.fill {attn.tile = #attn.register_tile<fuse = true>}
// CHECK:         %[[S:.*]] = linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1], fuse = true, yield = true{{.*}}>} ins(%[[K]], %[[Q]] :
//                m' = max(m, max_j S)
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[S]] : {{.*}}) outs(%[[M]] : {{.*}}) attrs = {attn.tile = #attn.register_tile<sizes = [4, 0], tail = [1, 0]>}
// CHECK:           arith.maxnumf
//                z = 0 where m' = -inf
// CHECK:         %[[Z:.*]] = linalg.generic {{.*}} ins(%[[MAX]] :
// CHECK:           %[[NONE:.*]] = arith.cmpf oeq, %[[X:.*]], %[[INF]]
// CHECK-NEXT:      arith.select %[[NONE]], %[[ZERO]], %[[X]]
//                a = exp2(m - z)
// CHECK:         %[[A:.*]] = linalg.generic {{.*}} ins(%[[M]], %[[Z]] :
// CHECK:           math.exp2 %{{.*}} {attn.nonpositive}
//                P = exp2(S - z)
// CHECK:         %[[P:.*]] = linalg.generic {indexing_maps = [#[[ROW]], {{.*}} ins(%[[Z]] : {{.*}}) outs(%[[S]] : {{.*}}) attrs = {attn.tile = #attn.register_tile<fuse = true, yield = true>}
// CHECK:           %[[W:.*]] = math.exp2 %{{.*}} {attn.nonpositive}
// CHECK-NEXT:      linalg.yield %[[W]]
//                l' = a l + sum_j P
// CHECK:         %[[LA:.*]] = linalg.generic {{.*}} ins(%[[A]] : {{.*}}) outs(%[[L]] :
// CHECK:           arith.mulf
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[P]] : {{.*}}) outs(%[[LA]] : {{.*}}) attrs = {attn.tile = #attn.register_tile<sizes = [1, 0]>}
// CHECK:           arith.addf
//                acc' = a acc + V^T P
// CHECK:         %[[ACCA:.*]] = linalg.generic {{.*}} ins(%[[A]] : {{.*}}) outs(%[[ACC]] : {{.*}}) attrs = {attn.tile = #attn.register_tile<fuse = true>}
// CHECK:         %[[O:.*]] = linalg.matmul {{.*}}{attn.tile = #attn.register_tile<sizes = [4, 64, 0], inner = [0, 0, 1], tail = [1, 0, 0]{{.*}}>} ins(%[[K]], %[[P]] : {{.*}}) outs(%[[ACCA]] :
// CHECK:         return %[[MAX]], %[[SUM]], %[[O]]
func.func @unmasked(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index)
    -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) scale 0.69314718055994530
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k) origin(%i, %i, %i, %i)
      outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// -----

// In a masked block the score of a forbidden pair is -inf and its weight -0.0,
// which the product with V skips: no NaN of a forbidden value gets through. That
// matters only where V is not finite, which is looked at first; the product for
// finite values is that of an unmasked block.

!q = tensor<64x64xf32>
!k = tensor<96x64xf32>
!r = tensor<64xf32>

// CHECK-LABEL: func.func @masked
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[MARK:.*]] = arith.constant -0.000000e+00 : f32
// CHECK-DAG:     %[[BITS:.*]] = arith.constant -2147483648 : i32
// CHECK:         linalg.matmul {attn.tile = #attn.register_tile<inner = [0, 0, 1], fuse = true{{(, prefetch = 96)?}}>}
// CHECK:         attn.tile = #attn.register_tile<fuse = true, yield = true>
// CHECK:           %[[ADMITTED:.*]] = arith.cmpi sle
// CHECK-NEXT:      arith.select %[[ADMITTED]], %{{.*}}, %[[INF]] : f32
// CHECK:         arith.maxnumf
// CHECK:         arith.cmpf oeq, %[[S:.*]], %[[INF]] : f32
// CHECK:         attn.tile = #attn.register_tile<fuse = true, yield = true>
// CHECK:           %[[W:.*]] = math.exp2
// CHECK-NEXT:      %[[NONE:.*]] = arith.cmpf oeq, %{{.*}}, %[[INF]] : f32
// CHECK-NEXT:      arith.select %[[NONE]], %[[MARK]], %[[W]] : f32
//                one slice per 16 of the 64 columns
// CHECK:         linalg.fill {{.*}} -> tensor<16xi32>
// CHECK-COUNT-4: arith.subf %[[IN:.*]], %[[IN]] : f32
// CHECK:         %[[ANY:.*]] = tensor.extract %{{.*}}[] : tensor<i32>
// CHECK:         %[[FINITE:.*]] = arith.cmpi eq, %[[ANY]], %c0_i32
// CHECK:         scf.if %[[FINITE]] -> (tensor<64x64xf32>) {
// CHECK:           linalg.matmul {{.*}}sizes = [4, 64, 0], inner = [0, 0, 1], tail = [1, 0, 0]
// CHECK:         } else {
// CHECK:         iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME:      sizes = [1, 64, 0], inner = [0, 0, 1]
// CHECK-NEXT:    ^bb0(%[[V:.*]]: f32, %[[P:.*]]: f32, %[[ACC:.*]]: f32):
// CHECK-NEXT:      %[[PB:.*]] = arith.bitcast %[[P]] : f32 to i32
// CHECK-NEXT:      %[[COUNT:.*]] = arith.cmpi ne, %[[PB]], %[[BITS]] : i32
// CHECK-NEXT:      %[[FMA:.*]] = math.fma %[[V]], %[[P]], %[[ACC]] : f32
// CHECK-NEXT:      arith.select %[[COUNT]], %[[FMA]], %[[ACC]] : f32
func.func @masked(%q: !q, %k: !k, %m: !r, %l: !r, %acc: !q, %i: index, %d: index)
    -> (!r, !r, !q) {
  %r:3 = attn.online layout(feature_major) causal scale 0.69314718055994530
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : !q, !k, !k) origin(%i, %i, %i, %i) diagonal(%d)
      outs(%m, %l, %acc : !r, !r, !q)
  return %r#0, %r#1, %r#2 : !r, !r, !q
}

// -----

// 16-bit keys are converted a register tile at a time, just before the product
// reads them; values, which every tile of the product reads, before it.

!q = tensor<64x64xf32>
!r = tensor<64xf32>

// CHECK-LABEL: func.func @bf16
// CHECK-SAME:    %[[K:[a-z0-9]+]]: tensor<96x64xbf16>, %[[V:[a-z0-9]+]]: tensor<96x80xbf16>
// CHECK:         %[[KF:.*]] = linalg.generic {{.*}} ins(%[[K]] : {{.*}}) outs(%{{.*}} : tensor<96x64xf32>) attrs = {attn.tile = #attn.register_tile<inner = [1, 16], fuse = true, lanes = [1, 16]>}
// CHECK:           arith.extf %{{.*}} : bf16 to f32
// CHECK:         %[[VF:.*]] = linalg.generic {{.*}} ins(%[[V]] : {{.*}}) outs(%{{.*}} : tensor<96x80xf32>) attrs = {attn.tile = #attn.register_tile<sizes = [1, 16], lanes = [1, 16]>}
// CHECK:         linalg.matmul {{.*}} ins(%[[KF]], %{{.*}} :
// CHECK:         linalg.matmul {{.*}} ins(%[[VF]], %{{.*}} : {{.*}}) outs(%{{.*}} : tensor<80x64xf32>)
func.func @bf16(%q: !q, %k: tensor<96x64xbf16>, %v: tensor<96x80xbf16>, %m: !r,
                %l: !r, %acc: tensor<80x64xf32>, %i: index)
    -> (!r, !r, tensor<80x64xf32>) {
  %r:3 = attn.online layout(feature_major) scale 0.69314718055994530
      schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %v : !q, tensor<96x64xbf16>, tensor<96x80xbf16>)
      origin(%i, %i, %i, %i) outs(%m, %l, %acc : !r, !r, tensor<80x64xf32>)
  return %r#0, %r#1, %r#2 : !r, !r, tensor<80x64xf32>
}

// -----

// The end of a tile: 1 / l, or 0 for a row without keys; rows past those of the
// destination are dropped; lse = (m + log2 l) ln 2.

!r = tensor<64xf32>

// CHECK-DAG:   #[[T:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-LABEL: func.func @finish
// CHECK-SAME:    %[[M:[a-z0-9]+]]: tensor<64xf32>, %[[L:[a-z0-9]+]]: tensor<64xf32>, %[[ACC:[a-z0-9]+]]: tensor<80x64xf32>, %[[O:[a-z0-9]+]]: tensor<?x80xbf16>
// CHECK-DAG:     %[[LN2:.*]] = arith.constant 0.693147182 : f32
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK:         %[[STATS:.*]]:2 = linalg.generic {{.*}} ins(%[[M]], %[[L]] :
// CHECK:           %[[EMPTY:.*]] = arith.cmpf oeq, %[[SUM:.*]], %[[ZERO]]
// CHECK:           %[[INVERSE:.*]] = arith.divf %[[ONE]], %[[SUM]]
// CHECK:           arith.select %[[EMPTY]], %[[ZERO]], %[[INVERSE]]
// CHECK:           math.log2 %[[SUM]]
// CHECK:         %[[REAL:.*]] = tensor.extract_slice %[[ACC]][0, 0] [80, %{{.*}}]
// CHECK:         linalg.generic {indexing_maps = [#[[T]], {{.*}} ins(%[[REAL]], %{{.*}} outs(%[[O]] : tensor<?x80xbf16>)
// CHECK:           %[[X:.*]] = arith.mulf
// CHECK-NEXT:      arith.truncf %[[X]] : f32 to bf16
// CHECK:         arith.mulf %{{.*}}, %[[LN2]] : f32
func.func @finish(%m: !r, %l: !r, %acc: tensor<80x64xf32>, %o: tensor<?x80xbf16>,
                  %lse: tensor<?xf32>) -> (tensor<?x80xbf16>, tensor<?xf32>) {
  %r:2 = attn.finish layout(feature_major)
      ins(%m, %l, %acc : !r, !r, tensor<80x64xf32>)
      outs(%o, %lse : tensor<?x80xbf16>, tensor<?xf32>)
  return %r#0, %r#1 : tensor<?x80xbf16>, tensor<?xf32>
}

// -----

// A sink joins the sum as a key of value 0, in units of log2.

// CHECK-LABEL: func.func @sink
// CHECK-SAME:    %[[SINK:[a-z0-9]+]]: f32
// CHECK:         %[[LOG2E:.*]] = arith.constant 1.44269502 : f32
// CHECK:         %[[Z:.*]] = arith.mulf %[[SINK]], %[[LOG2E]] : f32
// CHECK:         %[[MAX:.*]] = arith.maxnumf %[[M:.*]], %[[Z]] : f32
// CHECK:         math.exp2
// CHECK:         math.exp2
// CHECK:         arith.divf
func.func @sink(%m: tensor<64xf32>, %acc: tensor<80x64xf32>, %sink: f32,
                %o: tensor<64x80xf32>) -> tensor<64x80xf32> {
  %r = attn.finish layout(feature_major)
      ins(%m, %m, %acc : tensor<64xf32>, tensor<64xf32>, tensor<80x64xf32>)
      sink(%sink : f32) outs(%o : tensor<64x80xf32>)
  return %r : tensor<64x80xf32>
}

// -----

// Parts are merged by the maximum of their lse, the sum of the weights
// exp(lse - max), and the weighted sum of their outputs; a part without keys is
// skipped.

// CHECK-LABEL: func.func @merge
// CHECK-SAME:    %[[OS:[a-z0-9]+]]: tensor<?x1x1x16x64xf32>, %[[LS:[a-z0-9]+]]: tensor<?x1x1x16xf32>
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}} ins(%[[LS]] :
// CHECK:           arith.maxnumf
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[LS]], %[[MAX]] :
// CHECK:           math.exp
// CHECK-NEXT:      arith.addf
// CHECK:         linalg.generic {{.*}} ins(%[[LS]], %[[MAX]], %[[SUM]], %[[OS]] :
// CHECK-NEXT:    ^bb0(%[[LSE:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %[[ACC:.*]]: f32):
// CHECK:           %[[TOTAL:.*]] = arith.addf %{{.*}}, %[[ACC]] : f32
// CHECK:           %[[NONE:.*]] = arith.cmpf oeq, %[[LSE]], %[[INF]] : f32
// CHECK-NEXT:      arith.select %[[NONE]], %[[ACC]], %[[TOTAL]] : f32
func.func @merge(%os: tensor<?x1x1x16x64xf32>, %ls: tensor<?x1x1x16xf32>,
                 %o: tensor<1x1x16x64xf32>) -> tensor<1x1x16x64xf32> {
  %r = attn.merge ins(%os, %ls : tensor<?x1x1x16x64xf32>, tensor<?x1x1x16xf32>)
      outs(%o : tensor<1x1x16x64xf32>)
  return %r : tensor<1x1x16x64xf32>
}

// Many parts are a loop, with each row's features in vectors.

// CHECK-LABEL: func.func @merge_of_many
// CHECK:         linalg.generic {{.*}} attrs =  {attn.tile = #attn.register_tile<sizes = [0, 0, 0, 1]>}
// CHECK:           arith.maxnumf
// CHECK:         linalg.generic {{.*}} attrs =  {attn.tile = #attn.register_tile<sizes = [0, 0, 0, 1]>}
// CHECK:           math.exp
// CHECK:         linalg.generic {{.*}} attrs =  {attn.tile = #attn.register_tile<sizes = [0, 0, 0, 0, 1]>}
func.func @merge_of_many(%os: tensor<17x1x1x16x64xf32>, %ls: tensor<17x1x1x16xf32>,
                         %o: tensor<1x1x16x64xf32>) -> tensor<1x1x16x64xf32> {
  %r = attn.merge ins(%os, %ls : tensor<17x1x1x16x64xf32>, tensor<17x1x1x16xf32>)
      outs(%o : tensor<1x1x16x64xf32>)
  return %r : tensor<1x1x16x64xf32>
}
