// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s

// Every form of every operation prints as it is read, also by way of the
// generic form.

// ---- attn.dense ---------------------------------------------------------------

// CHECK-LABEL: func.func @dense_plain
// CHECK:         %{{.*}} = attn.dense ins(%arg0, %arg1, %arg2 : tensor<2x8x128x64xf32>, tensor<2x8x256x64xf32>, tensor<2x8x256x64xf32>) outs(%arg3 : tensor<2x8x128x64xf32>){{$}}
func.func @dense_plain(
    %q: tensor<2x8x128x64xf32>, %k: tensor<2x8x256x64xf32>,
    %v: tensor<2x8x256x64xf32>, %init: tensor<2x8x128x64xf32>)
    -> tensor<2x8x128x64xf32> {
  %o = attn.dense
      ins(%q, %k, %v : tensor<2x8x128x64xf32>, tensor<2x8x256x64xf32>, tensor<2x8x256x64xf32>)
      outs(%init : tensor<2x8x128x64xf32>)
  return %o : tensor<2x8x128x64xf32>
}

// CHECK-LABEL: func.func @dense_dynamic_with_lse
// CHECK:         %{{.*}}, %{{.*}} = attn.dense ins(%arg0, %arg1, %arg2 : tensor<?x6x?x64xf16>, tensor<?x2x?x64xf16>, tensor<?x2x?x80xf16>) outs(%arg3, %arg4 : tensor<?x6x?x80xf32>, tensor<?x6x?xf32>){{$}}
func.func @dense_dynamic_with_lse(
    %q: tensor<?x6x?x64xf16>, %k: tensor<?x2x?x64xf16>, %v: tensor<?x2x?x80xf16>,
    %init: tensor<?x6x?x80xf32>, %lse: tensor<?x6x?xf32>)
    -> (tensor<?x6x?x80xf32>, tensor<?x6x?xf32>) {
  %r:2 = attn.dense
      ins(%q, %k, %v : tensor<?x6x?x64xf16>, tensor<?x2x?x64xf16>, tensor<?x2x?x80xf16>)
      outs(%init, %lse : tensor<?x6x?x80xf32>, tensor<?x6x?xf32>)
  return %r#0, %r#1 : tensor<?x6x?x80xf32>, tensor<?x6x?xf32>
}

// CHECK-LABEL: func.func @dense_attributes
// CHECK:         attn.dense causal align(bottom_right) window [255, 0] scale 1.250000e-01 softcap 3.000000e+01 schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96> ins(
// CHECK:         attn.dense align(top_left) window [-1, 7] schedule <lanes = 16, query_tile = 32, row_tile = 4, key_block = 64, key_split = 512, prefetch = 0> ins(
func.func @dense_attributes(
    %q: tensor<1x2x3x8xbf16>, %k: tensor<1x2x5x8xbf16>, %v: tensor<1x2x5x4xbf16>,
    %init: tensor<1x2x3x4xbf16>) -> tensor<1x2x3x4xbf16> {
  %0 = attn.dense causal align(bottom_right) window [255, 0] scale 0.125
      softcap 30.0 schedule <lanes = 16, query_tile = 64, row_tile = 4, key_block = 96>
      ins(%q, %k, %v : tensor<1x2x3x8xbf16>, tensor<1x2x5x8xbf16>, tensor<1x2x5x4xbf16>)
      outs(%init : tensor<1x2x3x4xbf16>)
  %1 = attn.dense align(top_left) window [-1, 7]
      schedule <lanes = 16, query_tile = 32, row_tile = 4, key_block = 64, key_split = 512, prefetch = 0>
      ins(%q, %k, %v : tensor<1x2x3x8xbf16>, tensor<1x2x5x8xbf16>, tensor<1x2x5x4xbf16>)
      outs(%0 : tensor<1x2x3x4xbf16>)
  return %1 : tensor<1x2x3x4xbf16>
}

// CHECK-LABEL: func.func @dense_operands
// CHECK:         attn.dense ins(
// CHECK-SAME:      bias(%arg4 : tensor<1x1x?x?xi1>) sink(%arg5 : tensor<2xf16>) lengths(%arg6 : tensor<?xi32>) page_table(%arg7 : tensor<?x?xi64>) outs(
// CHECK:         attn.dense ins(
// CHECK-SAME:      bias(%arg9 : tensor<?x2x1x?xf64>) cu_seqlens(%arg8 : tensor<?xi64>) outs(
func.func @dense_operands(
    %q: tensor<?x2x?x8xf32>, %k: tensor<?x1x?x8xf32>, %v: tensor<?x1x?x4xf32>,
    %init: tensor<?x2x?x4xf32>, %mask: tensor<1x1x?x?xi1>, %sink: tensor<2xf16>,
    %lengths: tensor<?xi32>, %pages: tensor<?x?xi64>, %cu: tensor<?xi64>,
    %bias: tensor<?x2x1x?xf64>) -> tensor<?x2x?x4xf32> {
  %0 = attn.dense
      ins(%q, %k, %v : tensor<?x2x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x4xf32>)
      bias(%mask : tensor<1x1x?x?xi1>) sink(%sink : tensor<2xf16>)
      lengths(%lengths : tensor<?xi32>) page_table(%pages : tensor<?x?xi64>)
      outs(%init : tensor<?x2x?x4xf32>)
  %1 = attn.dense
      ins(%q, %k, %v : tensor<?x2x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x4xf32>)
      bias(%bias : tensor<?x2x1x?xf64>) cu_seqlens(%cu : tensor<?xi64>)
      outs(%0 : tensor<?x2x?x4xf32>)
  return %1 : tensor<?x2x?x4xf32>
}

// The example of the operation's description: explicit captures.

// CHECK-LABEL: func.func @dense_alibi
// CHECK:         attn.dense causal align(bottom_right) ins(
// CHECK-SAME:      captures(%arg4 : tensor<8xf32>) outs(%arg3 : tensor<1x8x?x64xf32>) score {
// CHECK-NEXT:    ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %[[H:.*]]: index, %[[I:.*]]: index, %[[J:.*]]: index, %[[SL:.*]]: tensor<8xf32>):
// CHECK-NEXT:      tensor.extract %[[SL]][%[[H]]]
// CHECK-NEXT:      arith.subi %[[J]], %[[I]] : index
// CHECK:           %[[R:.*]] = arith.addf %[[S]], %{{.*}} : f32
// CHECK-NEXT:      attn.yield %[[R]] : f32
// CHECK-NEXT:    }
func.func @dense_alibi(
    %q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>, %v: tensor<1x2x?x64xf32>,
    %init: tensor<1x8x?x64xf32>, %slopes: tensor<8xf32>) -> tensor<1x8x?x64xf32> {
  %o = attn.dense causal align(bottom_right)
      ins(%q, %k, %v : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
      captures(%slopes : tensor<8xf32>)
      outs(%init : tensor<1x8x?x64xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %sl: tensor<8xf32>):
        %slope = tensor.extract %sl[%h] : tensor<8xf32>
        %d = arith.subi %j, %i : index
        %di = arith.index_cast %d : index to i32
        %df = arith.sitofp %di : i32 to f32
        %a = arith.mulf %slope, %df : f32
        %r = arith.addf %s, %a : f32
        attn.yield %r : f32
      }
  return %o : tensor<1x8x?x64xf32>
}

// Both regions of an f64 operation, one with a value of the function.

// CHECK-LABEL: func.func @dense_regions
// CHECK:         attn.dense ins(
// CHECK-SAME:      score {
// CHECK-NEXT:    ^bb0(%[[S:.*]]: f64, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
// CHECK-NEXT:      math.tanh %[[S]] : f64
// CHECK-NEXT:      attn.yield %{{.*}} : f64
// CHECK-NEXT:    } mask {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[J:.*]]: index):
// CHECK-NEXT:      index.cmp ult(%[[J]], %arg4)
// CHECK-NEXT:      attn.yield %{{.*}} : i1
// CHECK-NEXT:    }
func.func @dense_regions(
    %q: tensor<1x2x3x8xf64>, %k: tensor<1x2x5x8xf64>, %v: tensor<1x2x5x4xf64>,
    %init: tensor<1x2x3x4xf64>, %used: index) -> tensor<1x2x3x4xf64> {
  %o = attn.dense
      ins(%q, %k, %v : tensor<1x2x3x8xf64>, tensor<1x2x5x8xf64>, tensor<1x2x5x4xf64>)
      outs(%init : tensor<1x2x3x4xf64>)
      score {
      ^bb0(%s: f64, %b: index, %h: index, %i: index, %j: index):
        %t = math.tanh %s : f64
        attn.yield %t : f64
      }
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %m = index.cmp ult(%j, %used)
        attn.yield %m : i1
      }
  return %o : tensor<1x2x3x4xf64>
}

// A tiled copy; an attribute that the operation does not know is kept.

// CHECK-LABEL: func.func @dense_tile
// CHECK:         attn.dense causal ins(
// CHECK-SAME:      origin(%arg4, %arg4, %arg5, %arg6) diagonal(%arg7) outs(%arg3 : tensor<1x2x3x4xf32>) {note = "kept"}{{$}}
func.func @dense_tile(
    %q: tensor<1x2x3x8xf32>, %k: tensor<1x1x5x8xf32>, %v: tensor<1x1x5x4xf32>,
    %init: tensor<1x2x3x4xf32>, %b: index, %i: index, %j: index, %d: index)
    -> tensor<1x2x3x4xf32> {
  %o = attn.dense causal
      ins(%q, %k, %v : tensor<1x2x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x4xf32>)
      origin(%b, %b, %i, %j) diagonal(%d)
      outs(%init : tensor<1x2x3x4xf32>) {note = "kept"}
  return %o : tensor<1x2x3x4xf32>
}

// How many heads there are may be known on one side only.

// CHECK-LABEL: func.func @dense_unknown_heads
// CHECK-COUNT-2: attn.dense ins(
func.func @dense_unknown_heads(
    %q: tensor<1x?x3x8xf32>, %k: tensor<1x3x5x8xf32>, %q6: tensor<1x6x3x8xf32>,
    %kn: tensor<1x?x5x8xf32>) -> (tensor<1x?x3x8xf32>, tensor<1x6x3x8xf32>) {
  %0 = attn.dense
      ins(%q, %k, %k : tensor<1x?x3x8xf32>, tensor<1x3x5x8xf32>, tensor<1x3x5x8xf32>)
      outs(%q : tensor<1x?x3x8xf32>)
  %1 = attn.dense
      ins(%q6, %kn, %kn : tensor<1x6x3x8xf32>, tensor<1x?x5x8xf32>, tensor<1x?x5x8xf32>)
      outs(%q6 : tensor<1x6x3x8xf32>)
  return %0, %1 : tensor<1x?x3x8xf32>, tensor<1x6x3x8xf32>
}

// A constant tensor may be a table to read.

// CHECK-LABEL: func.func @dense_table
// CHECK:         score {
// CHECK:           arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
func.func @dense_table(%q: tensor<1x2x3x8xf32>) -> tensor<1x2x3x8xf32> {
  %o = attn.dense
      ins(%q, %q, %q : tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
      outs(%q : tensor<1x2x3x8xf32>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %table = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
        %t = tensor.extract %table[%h] : tensor<2xf32>
        %r = arith.mulf %s, %t : f32
        attn.yield %r : f32
      }
  return %o : tensor<1x2x3x8xf32>
}

// ---- attn.online and attn.finish ----------------------------------------------

// CHECK-LABEL: func.func @online
// CHECK:         %[[M:.*]], %[[L:.*]], %[[A:.*]] = attn.online layout(feature_major) causal window [7, 0] scale 1.000000e+00 softcap 5.000000e+01 schedule <lanes = 16, query_tile = 32, row_tile = 4, key_block = 64>
// CHECK-SAME:      ins(%arg0, %arg1, %arg2 : tensor<64x32xbf16>, tensor<?x64xbf16>, tensor<?x80xbf16>) bias(%arg3 : tensor<32x?xf32>) captures(%arg4 : f32)
// CHECK-SAME:      origin(%arg5, %arg5, %arg6, %arg6) diagonal(%arg7) rows(%arg8) outs(%arg9, %arg10, %arg11 : tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>) score {
// CHECK:           attn.yield %{{.*}} : f32
// CHECK-NEXT:    } mask {
// CHECK:           attn.yield %{{.*}} : i1
// CHECK:         %{{.*}}, %{{.*}} = attn.finish layout(feature_major) ins(%[[M]], %[[L]], %[[A]] : tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>) sink(%arg4 : f32) outs(%arg12, %arg13 : tensor<?x80xbf16>, tensor<?xf32>){{$}}
func.func @online(
    %q: tensor<64x32xbf16>, %k: tensor<?x64xbf16>, %v: tensor<?x80xbf16>,
    %bias: tensor<32x?xf32>, %x: f32, %b: index, %i: index, %d: index,
    %rows: index, %m: tensor<32xf32>, %l: tensor<32xf32>, %acc: tensor<80x32xf32>,
    %o: tensor<?x80xbf16>, %lse: tensor<?xf32>) -> (tensor<?x80xbf16>, tensor<?xf32>) {
  %r:3 = attn.online layout(feature_major) causal window [7, 0] scale 1.0
      softcap 50.0 schedule <lanes = 16, query_tile = 32, row_tile = 4, key_block = 64>
      ins(%q, %k, %v : tensor<64x32xbf16>, tensor<?x64xbf16>, tensor<?x80xbf16>)
      bias(%bias : tensor<32x?xf32>) captures(%x : f32)
      origin(%b, %b, %i, %i) diagonal(%d) rows(%rows)
      outs(%m, %l, %acc : tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>)
      score {
      ^bb0(%s: f32, %bi: index, %h: index, %ii: index, %j: index, %c: f32):
        %y = arith.addf %s, %c : f32
        attn.yield %y : f32
      }
      mask {
      ^bb0(%bi: index, %h: index, %ii: index, %j: index, %c: f32):
        %y = arith.cmpi ne, %ii, %j : index
        attn.yield %y : i1
      }
  %f:2 = attn.finish layout(feature_major)
      ins(%r#0, %r#1, %r#2 : tensor<32xf32>, tensor<32xf32>, tensor<80x32xf32>)
      sink(%x : f32)
      outs(%o, %lse : tensor<?x80xbf16>, tensor<?xf32>)
  return %f#0, %f#1 : tensor<?x80xbf16>, tensor<?xf32>
}

// CHECK-LABEL: func.func @online_query_major
// CHECK:         %[[M:.*]], %[[L:.*]], %[[A:.*]] = attn.online layout(query_major) scale 5.000000e-01 ins(%arg0, %arg1, %arg2 : tensor<4x8xf64>, tensor<5x8xf64>, tensor<5x6xf64>) origin(%arg3, %arg3, %arg3, %arg3) outs(%arg4, %arg5, %arg6 : tensor<4xf64>, tensor<4xf64>, tensor<4x6xf64>){{$}}
// CHECK:         attn.finish layout(query_major) ins(%[[M]], %[[L]], %[[A]] : tensor<4xf64>, tensor<4xf64>, tensor<4x6xf64>) outs(%arg7 : tensor<3x6xf64>){{$}}
func.func @online_query_major(
    %q: tensor<4x8xf64>, %k: tensor<5x8xf64>, %v: tensor<5x6xf64>, %c: index,
    %m: tensor<4xf64>, %l: tensor<4xf64>, %acc: tensor<4x6xf64>,
    %o: tensor<3x6xf64>) -> tensor<3x6xf64> {
  %r:3 = attn.online layout(query_major) scale 0.5
      ins(%q, %k, %v : tensor<4x8xf64>, tensor<5x8xf64>, tensor<5x6xf64>)
      origin(%c, %c, %c, %c)
      outs(%m, %l, %acc : tensor<4xf64>, tensor<4xf64>, tensor<4x6xf64>)
  %f = attn.finish layout(query_major)
      ins(%r#0, %r#1, %r#2 : tensor<4xf64>, tensor<4xf64>, tensor<4x6xf64>)
      outs(%o : tensor<3x6xf64>)
  return %f : tensor<3x6xf64>
}

// What is compared needs two known sizes.

// CHECK-LABEL: func.func @online_unknown_rows
// CHECK:         attn.online
// CHECK-COUNT-2: attn.finish
func.func @online_unknown_rows(
    %q: tensor<?x8xf32>, %k: tensor<5x8xf32>, %bias: tensor<4x5xf32>, %c: index,
    %m: tensor<?xf32>, %a: tensor<?x8xf32>, %o: tensor<4x8xf32>,
    %m4: tensor<4xf32>, %on: tensor<?x8xf32>) -> (tensor<4x8xf32>, tensor<?x8xf32>) {
  %r:3 = attn.online layout(query_major) scale 0.5
      ins(%q, %k, %k : tensor<?x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>)
      bias(%bias : tensor<4x5xf32>) origin(%c, %c, %c, %c) rows(%c)
      outs(%m, %m, %a : tensor<?xf32>, tensor<?xf32>, tensor<?x8xf32>)
  %f = attn.finish layout(query_major)
      ins(%r#0, %r#1, %r#2 : tensor<?xf32>, tensor<?xf32>, tensor<?x8xf32>)
      outs(%o : tensor<4x8xf32>)
  %g = attn.finish layout(query_major)
      ins(%m4, %m4, %f : tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>)
      outs(%on : tensor<?x8xf32>)
  return %f, %g : tensor<4x8xf32>, tensor<?x8xf32>
}

// ---- attn.merge ---------------------------------------------------------------

// CHECK-LABEL: func.func @merge
// CHECK:         %{{.*}}, %{{.*}} = attn.merge ins(%arg0, %arg1 : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>) outs(%arg2, %arg3 : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>){{$}}
// CHECK:         %{{.*}} = attn.merge ins(%arg0, %arg1 : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>) outs(%arg4 : tensor<1x8x?x64xf16>){{$}}
func.func @merge(
    %os: tensor<?x1x8x?x64xf32>, %ls: tensor<?x1x8x?xf32>,
    %o: tensor<1x8x?x64xf32>, %l: tensor<1x8x?xf32>, %h: tensor<1x8x?x64xf16>)
    -> (tensor<1x8x?x64xf32>, tensor<1x8x?xf32>, tensor<1x8x?x64xf16>) {
  %r:2 = attn.merge ins(%os, %ls : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>)
      outs(%o, %l : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>)
  %s = attn.merge ins(%os, %ls : tensor<?x1x8x?x64xf32>, tensor<?x1x8x?xf32>)
      outs(%h : tensor<1x8x?x64xf16>)
  return %r#0, %r#1, %s
      : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>, tensor<1x8x?x64xf16>
}

// ---- attn.prefetch ------------------------------------------------------------

// CHECK-LABEL: func.func @prefetch
// CHECK:         attn.prefetch %arg0[%arg1, %arg2] : tensor<?x64xf32>
func.func @prefetch(%k: tensor<?x64xf32>, %i: index, %j: index) {
  attn.prefetch %k[%i, %j] : tensor<?x64xf32>
  return
}

// ---- attributes ---------------------------------------------------------------

// CHECK-LABEL: func.func @attributes
// CHECK-SAME:    #attn.register_tile<sizes = [4, 16], inner = [0, 1], tail = [1, 16], fuse = true, yield = true, lanes = [16]>
// CHECK-SAME:    #attn.register_tile<>
// CHECK-SAME:    #attn<alignment(top_left)>
// CHECK-SAME:    #attn<tile_layout(query_major)>
func.func @attributes() attributes {test.attributes = [
    #attn.register_tile<sizes = [4, 16], inner = [0, 1], tail = [1, 16], fuse = true, yield = true, lanes = [16]>,
    #attn.register_tile<>,
    #attn<alignment(top_left)>,
    #attn<tile_layout(query_major)>]} {
  return
}
