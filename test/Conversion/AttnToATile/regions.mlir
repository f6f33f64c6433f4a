// RUN: attn-opt %s --pass-pipeline="builtin.module(func.func(attn-explicit-captures),attn-dense-to-atile{target=sm_90a},canonicalize,cse)" | FileCheck %s

// Scores in natural units, positions of 32 bits, exponentials of base 2; the
// slope of a head is read once per tile, at rows and keys that exist.
// CHECK-LABEL: atile.kernel @score
// CHECK: } consumers(2) {
// CHECK: %[[S:.*]] = atile.await
// CHECK: %[[SLOPE:.*]] = atile.read
// CHECK: atile.map %[[S]]
// CHECK: ^bb0(%[[X:.*]]: f32, %[[I:.*]]: i32, %[[J:.*]]: i32):
// CHECK-NOT: atile.read
// CHECK-DAG: %[[INSIDE:.*]] = arith.minsi %[[I]], %{{.*}} : i32
// CHECK-DAG: %[[NATURAL:.*]] = arith.mulf %[[X]], %{{.*}} : f32
// CHECK: arith.subi %[[J]], %[[INSIDE]] : i32
// CHECK: arith.sitofp %{{.*}} : i32 to f32
// CHECK: math.exp2
// CHECK-NOT: math.exp %
func.func @score(%q: tensor<1x8x256x64xbf16>, %k: tensor<1x2x256x64xbf16>, %v: tensor<1x2x256x64xbf16>, %slopes: tensor<8xf32>) -> tensor<1x8x256x64xbf16> {
  %init = tensor.empty() : tensor<1x8x256x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x8x256x64xbf16>, tensor<1x2x256x64xbf16>, tensor<1x2x256x64xbf16>)
      outs(%init : tensor<1x8x256x64xbf16>)
      score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %slope = tensor.extract %slopes[%h] : tensor<8xf32>
        %d = index.sub %j, %i
        %di = arith.index_cast %d : index to i32
        %df = arith.sitofp %di : i32 to f32
        %a = arith.mulf %slope, %df : f32
        %e = math.exp %a : f32
        %r = arith.addf %s, %e : f32
        attn.yield %r : f32
      } {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %o : tensor<1x8x256x64xbf16>
}

// A mask that only the data knows: every tile is masked.
// CHECK-LABEL: atile.kernel @mask
// CHECK: } consumers(2) {
// CHECK: scf.for
// CHECK: atile.map %
// CHECK-COUNT-2: atile.read
// CHECK: arith.cmpi eq
// CHECK: arith.select
// CHECK: atile.row_max
// CHECK-NOT: scf.for
// CHECK: atile.return
func.func @mask(%q: tensor<1x1x256x64xbf16>, %k: tensor<1x1x256x64xbf16>, %v: tensor<1x1x256x64xbf16>, %ids: tensor<256xi32>) -> tensor<1x1x256x64xbf16> {
  %init = tensor.empty() : tensor<1x1x256x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>)
      outs(%init : tensor<1x1x256x64xbf16>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %ids[%i] : tensor<256xi32>
        %y = tensor.extract %ids[%j] : tensor<256xi32>
        %same = arith.cmpi eq, %x, %y : i32
        attn.yield %same : i1
      } {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %o : tensor<1x1x256x64xbf16>
}

// A sink joins the sum under a maximum of both; softcap and a bias come in the
// order of attn.dense.
// CHECK-LABEL: atile.kernel @sink_softcap_bias
// CHECK: } consumers(2) {
// CHECK: atile.map %
// CHECK: math.tanh
// CHECK: atile.read
// CHECK: arith.addf
// CHECK: atile.reduce_rows
// CHECK: atile.read
// CHECK: arith.maximumf
func.func @sink_softcap_bias(%q: tensor<1x2x256x64xbf16>, %k: tensor<1x2x256x64xbf16>, %v: tensor<1x2x256x64xbf16>, %bias: tensor<1x1x256x256xf32>, %sink: tensor<2xf32>) -> tensor<1x2x256x64xbf16> {
  %init = tensor.empty() : tensor<1x2x256x64xbf16>
  %o = attn.dense softcap 30.0 ins(%q, %k, %v : tensor<1x2x256x64xbf16>, tensor<1x2x256x64xbf16>, tensor<1x2x256x64xbf16>)
      bias(%bias : tensor<1x1x256x256xf32>) sink(%sink : tensor<2xf32>)
      outs(%init : tensor<1x2x256x64xbf16>) {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %o : tensor<1x2x256x64xbf16>
}

// Chunks of 50 keys: constants may stand outside of the region, and a captured
// index is passed as i64.
// CHECK-LABEL: atile.kernel @chunks
// CHECK-SAME: i64 {atile.bind = #atile.bind<scalar, 3>}
// CHECK: } consumers(2) {
// CHECK: atile.map %
// CHECK: arith.floordivsi
// CHECK: arith.cmpi eq
func.func @chunks(%q: tensor<1x1x256x64xbf16>, %k: tensor<1x1x256x64xbf16>, %v: tensor<1x1x256x64xbf16>, %shift: index) -> tensor<1x1x256x64xbf16> {
  %c50 = arith.constant 50 : index
  %init = tensor.empty() : tensor<1x1x256x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>, tensor<1x1x256x64xbf16>)
      outs(%init : tensor<1x1x256x64xbf16>)
      mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %moved = arith.addi %i, %shift : index
        %x = arith.floordivsi %moved, %c50 : index
        %y = arith.floordivsi %j, %c50 : index
        %same = arith.cmpi eq, %x, %y : index
        attn.yield %same : i1
      } {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %o : tensor<1x1x256x64xbf16>
}
