// RUN: attn-opt %s --pass-pipeline="builtin.module(func.func(attn-explicit-captures),attn-dense-to-atile{target=sm_90a},canonicalize,cse)" | FileCheck %s

// Static sizes that are whole tiles: one range of keys, no mask.
// CHECK-LABEL: atile.kernel @full
// CHECK-SAME: #atile.bind<map, 0>
// CHECK-SAME: #atile.bind<map, 1>
// CHECK-SAME: #atile.bind<map, 2>
// CHECK-SAME: grid = #{{.*}}, schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>
// CHECK-SAME: signature = (tensor<1x4x256x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) -> tensor<1x4x256x64xbf16>
// CHECK-SAME: threads = 384 : i32
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : i32
// CHECK-DAG: %[[TILE:.*]] = atile.block_id 0
// CHECK-DAG: %[[HEAD:.*]] = atile.block_id 1
// CHECK-DAG: %[[ROW:.*]] = arith.muli %[[TILE]], %{{.*}} : i32
// Two query heads share a key head.
// CHECK-DAG: %[[KEY_HEAD:.*]] = arith.divui %[[HEAD]], %{{.*}} : i32
// CHECK: atile.specialize registers(24, 240) producer {
// CHECK: atile.load %{{.*}}[%{{.*}}, %[[HEAD]], %[[ROW]]]
// CHECK: scf.for %{{.*}} = %[[C0]] to %[[C4]]
// CHECK: atile.load %{{.*}}[%{{.*}}, %[[KEY_HEAD]], %{{.*}}]
// CHECK: atile.load %{{.*}}[%{{.*}}, %[[KEY_HEAD]], %{{.*}}]
// CHECK: } consumers(2) {
// CHECK: scf.for %{{.*}} = %[[C0]] to %[[C4]]
// CHECK: %[[K:.*]] = atile.wait_full
// CHECK: %[[S:.*]] = atile.mma_ss %{{.*}}, %[[K]]
// CHECK: %[[S1:.*]] = atile.await %[[S]] {pending = 0 : i32}
// CHECK: atile.release %[[K]]
// CHECK-NOT: atile.map %
// CHECK: atile.row_max %[[S1]]
// CHECK: %[[P:.*]] = atile.exp2_sub %[[S1]]
// CHECK: atile.row_sum %[[P]]
// CHECK: %[[A:.*]] = atile.pack %[[P]]
// CHECK: %[[V:.*]] = atile.wait_full
// CHECK: %[[O:.*]] = atile.mma_rs %[[A]], %[[V]]
// CHECK: atile.await %[[O]] {pending = 0 : i32}
// CHECK: atile.release %[[V]]
// CHECK-NOT: scf.for
// CHECK: atile.reduce_rows
// CHECK: atile.store
// CHECK-NOT: atile.store_rows
func.func @full(%q: tensor<1x4x256x64xbf16>, %k: tensor<1x2x512x64xbf16>, %v: tensor<1x2x512x64xbf16>) -> tensor<1x4x256x64xbf16> {
  %init = tensor.empty() : tensor<1x4x256x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x4x256x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>)
      outs(%init : tensor<1x4x256x64xbf16>) {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %o : tensor<1x4x256x64xbf16>
}

// A causal layer: tiles below the diagonal without a mask, then those on it;
// the longest blocks first; lse beside the output, in the order of results.
// CHECK-LABEL: atile.kernel @causal
// CHECK: %[[LAST:.*]] = arith.subi %{{.*}}, %{{.*}} : i32
// CHECK: arith.subi %[[LAST]], %{{.*}} : i32
// CHECK: atile.specialize
// CHECK: scf.for
// CHECK: } consumers(2) {
// CHECK: scf.for
// CHECK-NOT: atile.map %
// CHECK: atile.mma_rs
// CHECK: scf.for
// CHECK: atile.map %
// CHECK: arith.cmpi sle
// CHECK: arith.select
// CHECK: atile.mma_rs
// CHECK-NOT: scf.for
// CHECK: atile.store %{{.*}}, %[[OUT:.*]][
// CHECK: atile.store_rows
func.func @causal(%q: tensor<1x4x256x64xf16>, %k: tensor<1x4x256x64xf16>, %v: tensor<1x4x256x64xf16>) -> (tensor<1x4x256xf32>, tensor<1x4x256x64xf16>) {
  %init = tensor.empty() : tensor<1x4x256x64xf16>
  %linit = tensor.empty() : tensor<1x4x256xf32>
  %o, %lse = attn.dense causal align(top_left) ins(%q, %k, %v : tensor<1x4x256x64xf16>, tensor<1x4x256x64xf16>, tensor<1x4x256x64xf16>)
      outs(%init, %linit : tensor<1x4x256x64xf16>, tensor<1x4x256xf32>) {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %lse, %o : tensor<1x4x256xf32>, tensor<1x4x256x64xf16>
}

// Sizes known in the call only: arguments of the kernel, and a mask for the last
// tile.

// CHECK-LABEL: atile.kernel @dynamic
// CHECK-SAME: i32 {atile.bind = #atile.bind<size, 0, 2>}
// CHECK-SAME: i32 {atile.bind = #atile.bind<size, 1, 2>}
// CHECK-SAME: i64 {atile.bind = #atile.bind<stride, 3, 2>}
// CHECK: } consumers(2) {
// CHECK: atile.map %
// CHECK: arith.cmpi slt
func.func @dynamic(%q: tensor<1x4x?x64xbf16>, %k: tensor<1x4x?x64xbf16>, %v: tensor<1x4x?x64xbf16>) -> tensor<1x4x?x64xbf16> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x4x?x64xbf16>
  %init = tensor.empty(%t) : tensor<1x4x?x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>)
      outs(%init : tensor<1x4x?x64xbf16>) {atile.schedule = #atile.schedule<overlap = seq, groups = 2, keys = 128>}
  return %o : tensor<1x4x?x64xbf16>
}
