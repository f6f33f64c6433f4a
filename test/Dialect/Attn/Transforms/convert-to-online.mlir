// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-convert-to-online,canonicalize,cse))' \
// RUN:   | FileCheck %s

// A query tile becomes fills, up to three attn.online over the key ranges that
// the mask divides, and attn.finish.

// Without a mask there is one range. The query tile is transposed and multiplied
// by scale / ln 2, so that scores are exponents of 2: 0.125 / ln 2 = 0.18033688.

// CHECK-DAG:   #[[T:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-LABEL: func.func @full
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x1x50x64xf32>, %[[K:[a-z0-9]+]]: tensor<1x1x300x64xf32>, %[[O:[a-z0-9]+]]: tensor<1x1x50x64xf32>)
// CHECK-DAG:     %[[FACTOR:.*]] = arith.constant 0.180336878 : f32
// CHECK-DAG:     %[[C50:.*]] = arith.constant 50 : index
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         %[[Q2:.*]] = tensor.extract_slice %[[Q]]{{.*}} to tensor<50x64xf32>
// CHECK:         %[[COPY:.*]] = linalg.generic {indexing_maps = [#[[T]], {{.*}} ins(%[[Q2]] : tensor<50x64xf32>) outs(%{{.*}} : tensor<64x50xf32>)
// CHECK:           arith.mulf %{{.*}}, %[[FACTOR]] : f32
// CHECK:         %[[QT:.*]] = tensor.insert_slice %[[COPY]] into %{{.*}} : tensor<64x50xf32> into tensor<64x64xf32>
// CHECK-DAG:     %[[M:.*]] = linalg.fill ins(%[[INF]] : f32) {{.*}} -> tensor<64xf32>
// CHECK:         %[[MR:[a-z0-9_]+]], %[[LR:[a-z0-9_]+]], %[[AR:[a-z0-9_]+]] = attn.online layout(feature_major) scale 0.693147{{[0-9]+}} schedule
// CHECK-SAME:      ins(%[[QT]], {{.*}} : tensor<64x64xf32>, tensor<300x64xf32>, tensor<300x64xf32>)
// CHECK-SAME:      rows(%[[C50]]) outs(%[[M]],
// CHECK-NOT:     attn.online
// CHECK:         attn.finish layout(feature_major) ins(%[[MR]], %[[LR]], %[[AR]] : {{.*}}) outs(%{{.*}} : tensor<50x64xf32>)
func.func @full(%q: tensor<1x1x50x64xf32>, %k: tensor<1x1x300x64xf32>,
                %o: tensor<1x1x50x64xf32>) -> tensor<1x1x50x64xf32> {
  %r = attn.dense schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<1x1x50x64xf32>, tensor<1x1x300x64xf32>, tensor<1x1x300x64xf32>)
      outs(%o : tensor<1x1x50x64xf32>)
  return %r : tensor<1x1x50x64xf32>
}

// Queries 128 .. 191 of a causal op: keys 0 .. 127 without the mask, 128 .. 191
// with it, and none after. All rows admit key 128 too, but a range begins at a
// multiple of row_tile.

// CHECK-LABEL: func.func @causal_tile
// CHECK-SAME:    %[[K:[a-z0-9]+]]: tensor<1x1x300x64xf32>
// CHECK-DAG:     %[[C128:.*]] = arith.constant 128 : index
// CHECK-DAG:     %[[WHOLE:.*]] = tensor.extract_slice %[[K]]{{.*}} to tensor<300x64xf32>
// CHECK-DAG:     %[[FULL:.*]] = tensor.extract_slice %[[WHOLE]][0, 0] [128, 64]
// CHECK:         %[[M:[a-z0-9_]+]], %[[L:[a-z0-9_]+]], %[[A:[a-z0-9_]+]] = attn.online layout(feature_major) scale
// CHECK-SAME:      ins(%{{.*}}, %[[FULL]], %[[FULL]] :
// CHECK:         %[[REST:.*]] = tensor.extract_slice %[[WHOLE]][128, 0] [64, 64]
// CHECK:         attn.online layout(feature_major) causal scale
// CHECK-SAME:      ins(%{{.*}}, %[[REST]], %[[REST]] :
// CHECK-SAME:      origin(%{{.*}}, %{{.*}}, %{{.*}}, %[[C128]]) diagonal(%{{.*}}) {{.*}} outs(%[[M]], %[[L]], %[[A]] :
// CHECK:         attn.finish
func.func @causal_tile(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x300x64xf32>,
                       %o: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %r = attn.dense causal schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<1x1x64x64xf32>, tensor<1x1x300x64xf32>, tensor<1x1x300x64xf32>)
      origin(%c0, %c0, %c128, %c0) diagonal(%c0)
      outs(%o : tensor<1x1x64x64xf32>)
  return %r : tensor<1x1x64x64xf32>
}

// A window is cut on both sides; with dynamic sizes the bounds are computed.

// CHECK-LABEL: func.func @dynamic_window
// CHECK:         affine.max
// CHECK:         attn.online layout(feature_major) causal window [255, 0] scale
// CHECK:         attn.online layout(feature_major) scale
// CHECK:         attn.online layout(feature_major) causal window [255, 0] scale
// CHECK:         attn.finish {{.*}} outs(%{{.*}}, %{{.*}} : tensor<?x80xf16>, tensor<?xf32>)
func.func @dynamic_window(
    %q: tensor<1x1x?x64xf16>, %k: tensor<1x1x?x64xf16>, %v: tensor<1x1x?x80xf16>,
    %o: tensor<1x1x?x80xf16>, %l: tensor<1x1x?xf32>, %i: index, %d: index)
    -> (tensor<1x1x?x80xf16>, tensor<1x1x?xf32>) {
  %c0 = arith.constant 0 : index
  %r:2 = attn.dense causal window [255, 0] schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %v : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x80xf16>)
      origin(%c0, %c0, %i, %c0) diagonal(%d)
      outs(%o, %l : tensor<1x1x?x80xf16>, tensor<1x1x?xf32>)
  return %r#0, %r#1 : tensor<1x1x?x80xf16>, tensor<1x1x?xf32>
}

// Rows are the heads of one query: a structural mask is a range of keys, and a
// region that asks for the head finds it where it would find the query.

// CHECK-LABEL: func.func @heads_as_rows
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: tensor<1x6x1x64xf32>, %[[K:[a-z0-9]+]]: tensor<1x1x300x64xf32>, %{{.*}}: tensor<1x6x1x64xf32>, %[[H:[a-z0-9]+]]: index, %[[I:[a-z0-9]+]]: index)
// CHECK:         %{{.*}} = tensor.extract_slice %[[Q]]{{.*}} to tensor<6x64xf32>
// CHECK:         attn.online layout(feature_major) scale
// CHECK-SAME:      origin(%{{.*}}, %[[I]], %[[H]], %{{.*}}) rows(%{{.*}})
// CHECK-SAME:      score {
// CHECK-NEXT:    ^bb0(%[[S:[a-z0-9]+]]: f32, %{{.*}}: index, %[[QUERY:[a-z0-9]+]]: index, %[[HEAD:[a-z0-9]+]]: index, %{{.*}}: index):
// CHECK-NEXT:      arith.subi %[[HEAD]], %[[QUERY]]
// CHECK-NOT:     attn.online
// CHECK:         attn.finish {{.*}} outs(%{{.*}} : tensor<6x64xf32>)
func.func @heads_as_rows(
    %q: tensor<1x6x1x64xf32>, %k: tensor<1x1x300x64xf32>,
    %o: tensor<1x6x1x64xf32>, %h: index, %i: index) -> tensor<1x6x1x64xf32> {
  %c0 = arith.constant 0 : index
  %r = attn.dense causal schedule <lanes = 16, query_tile = 16, row_tile = 8, key_block = 64>
      ins(%q, %k, %k : tensor<1x6x1x64xf32>, tensor<1x1x300x64xf32>, tensor<1x1x300x64xf32>)
      origin(%c0, %h, %i, %c0) diagonal(%c0)
      outs(%o : tensor<1x6x1x64xf32>)
      score {
      ^bb0(%s: f32, %b: index, %head: index, %query: index, %j: index):
        %d = arith.subi %head, %query : index
        %e = arith.index_cast %d : index to i32
        %f = arith.sitofp %e : i32 to f32
        %t = arith.addf %s, %f : f32
        attn.yield %t : f32
      }
  return %r : tensor<1x6x1x64xf32>
}

// Every second key is no interval: one range, whose blocks attn-tile-keys
// classifies.

// CHECK-LABEL: func.func @dilated
// CHECK:         attn.online {{.*}} mask {
// CHECK-NOT:     attn.online
// CHECK:         attn.finish
func.func @dilated(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x300x64xf32>,
                   %o: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %r = attn.dense schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<1x1x64x64xf32>, tensor<1x1x300x64xf32>, tensor<1x1x300x64xf32>)
      outs(%o : tensor<1x1x64x64xf32>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %c0 = arith.constant 0 : index
        %c2 = arith.constant 2 : index
        %rest = arith.remui %j, %c2 : index
        %m = arith.cmpi eq, %rest, %c0 : index
        attn.yield %m : i1
      }
  return %r : tensor<1x1x64x64xf32>
}

// tanh needs s / softcap, a region s itself: 0.125 / 4 goes into the query, and
// the scores are multiplied by 4.

// CHECK-LABEL: func.func @softcap
// CHECK:         %[[FACTOR:.*]] = arith.constant 3.125000e-02 : f32
// CHECK:         arith.mulf %{{.*}}, %[[FACTOR]] : f32
// CHECK:         attn.online layout(feature_major) scale 4.000000e+00 softcap 4.000000e+00
func.func @softcap(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x96x64xf32>,
                   %o: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %r = attn.dense softcap 4.0 schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<1x1x64x64xf32>, tensor<1x1x96x64xf32>, tensor<1x1x96x64xf32>)
      outs(%o : tensor<1x1x64x64xf32>)
  return %r : tensor<1x1x64x64xf32>
}

// The region runs on every range, its captures go along; 16-bit queries are
// converted once. The sink is read for the tile's head.

// CHECK-LABEL: func.func @score_and_sink
// CHECK-SAME:    %[[X:[a-z0-9]+]]: f32, %[[SINK:[a-z0-9]+]]: tensor<1xf32>)
// CHECK:         arith.extf %{{.*}} : bf16 to f32
// CHECK:         attn.online layout(feature_major) scale 1.000000e+00
// CHECK-SAME:      captures(%[[X]] : f32)
// CHECK-SAME:      score {
// CHECK:         attn.online layout(feature_major) causal scale 1.000000e+00
// CHECK-SAME:      captures(%[[X]] : f32)
// CHECK-SAME:      score {
// CHECK:         %[[Z:.*]] = tensor.extract %[[SINK]][%{{.*}}] : tensor<1xf32>
// CHECK:         attn.finish {{.*}} sink(%[[Z]] : f32)
func.func @score_and_sink(
    %q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x?x64xbf16>,
    %o: tensor<1x1x64x64xbf16>, %x: f32, %sink: tensor<1xf32>)
    -> tensor<1x1x64x64xbf16> {
  %r = attn.dense causal align(bottom_right) schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %k : tensor<1x1x64x64xbf16>, tensor<1x1x?x64xbf16>, tensor<1x1x?x64xbf16>)
      sink(%sink : tensor<1xf32>) captures(%x : f32)
      outs(%o : tensor<1x1x64x64xbf16>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %arg: f32):
        %t = arith.mulf %s, %arg : f32
        attn.yield %t : f32
      }
  return %r : tensor<1x1x64x64xbf16>
}

// The sinks of heads that are rows are in their statistics from the start.

// CHECK-LABEL: func.func @sinks_of_rows
// CHECK-SAME:    %[[SINK:[a-z0-9]+]]: tensor<4xf16>)
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[UNIT:.*]] = arith.constant 1.44269502 : f32
// CHECK:         %[[NONE:.*]] = linalg.fill ins(%[[INF]] : f32) outs(%{{.*}} : tensor<16xf32>)
// CHECK:         %[[PART:.*]] = tensor.extract_slice %[[NONE]][0] [4] [1]
// CHECK:         %[[SCALED:.*]] = linalg.generic {{.*}} ins(%[[SINK]] : tensor<4xf16>) outs(%[[PART]] : tensor<4xf32>)
// CHECK:           %[[X:.*]] = arith.extf
// CHECK-NEXT:      arith.mulf %[[X]], %[[UNIT]]
// CHECK:         %[[MAX:.*]] = tensor.insert_slice %[[SCALED]] into %[[NONE]][0] [4] [1]
// CHECK:         %[[SUM:.*]] = linalg.fill ins(%[[ONE]] : f32) outs(%{{.*}} : tensor<16xf32>)
// CHECK:         attn.online {{.*}} outs(%[[MAX]], %[[SUM]], %{{.*}} :
// CHECK-NOT:     sink
// CHECK:         return
func.func @sinks_of_rows(
    %q: tensor<1x4x1x64xf16>, %k: tensor<1x1x?x64xf16>,
    %o: tensor<1x4x1x64xf16>, %sink: tensor<4xf16>) -> tensor<1x4x1x64xf16> {
  %r = attn.dense schedule <lanes = 16, query_tile = 16, row_tile = 8, key_block = 96>
      ins(%q, %k, %k : tensor<1x4x1x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
      sink(%sink : tensor<4xf16>)
      outs(%o : tensor<1x4x1x64xf16>)
  return %r : tensor<1x4x1x64xf16>
}

// CHECK-LABEL: func.func @no_schedule
// CHECK:         attn.dense
// CHECK-NOT:     attn.online
// CHECK:         return
func.func @no_schedule(%q: tensor<1x1x64x64xf32>,
                       %o: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %r = attn.dense
      ins(%q, %q, %q : tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>)
      outs(%o : tensor<1x1x64x64xf32>)
  return %r : tensor<1x1x64x64xf32>
}
