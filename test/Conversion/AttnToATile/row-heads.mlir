// RUN: attn-opt %s --pass-pipeline="builtin.module(attn-dense-to-atile,canonicalize,cse)" | FileCheck %s

// One query, eight heads on two key heads: the four heads of a group are the
// rows of a block, so that keys and values are loaded once for all of them.
// CHECK: #[[GRID:.*]] = affine_map<() -> (1, 2, 3)>
// CHECK-LABEL: atile.kernel @decode
// The map of the queries exchanges heads and sequence.
// CHECK-SAME: !atile.map<64x128xbf16> {atile.bind = #atile.bind<map, 0 dims[0, 2, 1, 3]>}
// CHECK-SAME: grid = #[[GRID]], schedule = #atile.schedule<overlap = seq, groups = 1
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : i32
// CHECK-DAG: %[[KEY_HEAD:.*]] = atile.block_id 1
// CHECK-DAG: %[[BATCH:.*]] = atile.block_id 2
// CHECK: %[[HEAD:.*]] = arith.muli %[[KEY_HEAD]], %[[C4]] : i32
// CHECK: producer {
// CHECK: atile.load %{{.*}}[%[[BATCH]], %[[C0]], %{{.*}}]
// CHECK: atile.load %{{.*}}[%[[BATCH]], %[[KEY_HEAD]], %{{.*}}]
// CHECK: } consumers(1) {
// Only the heads of the group are stored.
// CHECK: %[[VALID:.*]] = arith.subi %[[C4]], %{{.*}} : i32
// CHECK: atile.store %{{.*}} valid(%[[VALID]])
func.func @decode(%q: tensor<3x8x1x128xbf16>, %k: tensor<3x2x256x128xbf16>, %v: tensor<3x2x256x128xbf16>) -> tensor<3x8x1x128xbf16> {
  %init = tensor.empty() : tensor<3x8x1x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<3x8x1x128xbf16>, tensor<3x2x256x128xbf16>, tensor<3x2x256x128xbf16>) outs(%init : tensor<3x8x1x128xbf16>)
  return %o : tensor<3x8x1x128xbf16>
}

// A sink is given by head: rows are queries.
// CHECK-LABEL: atile.kernel @sink
// CHECK-SAME: #atile.bind<map, 0>
func.func @sink(%q: tensor<3x8x1x128xbf16>, %k: tensor<3x2x256x128xbf16>, %v: tensor<3x2x256x128xbf16>, %sink: tensor<8xf32>) -> tensor<3x8x1x128xbf16> {
  %init = tensor.empty() : tensor<3x8x1x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<3x8x1x128xbf16>, tensor<3x2x256x128xbf16>, tensor<3x2x256x128xbf16>) sink(%sink : tensor<8xf32>) outs(%init : tensor<3x8x1x128xbf16>)
  return %o : tensor<3x8x1x128xbf16>
}
