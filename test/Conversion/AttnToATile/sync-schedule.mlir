// RUN: attn-opt %s --pass-pipeline="builtin.module(attn-dense-to-atile{target=sm_80},canonicalize,cse)" | FileCheck %s

// CHECK-LABEL: atile.kernel @sync
// CHECK-SAME: threads = 256 : i32
// CHECK-NOT: atile.setup
// CHECK: %[[G:.*]] = atile.group_id
// CHECK-COUNT-3: atile.copy
// CHECK: atile.wait_copies %{{.*}}[%{{.*}}] {pending = 2 : i32}
// CHECK: %[[Q:.*]] = atile.load_operand
// CHECK: atile.retire
// CHECK: scf.for
// CHECK: %[[K:.*]] = atile.wait_copies %{{.*}}[%{{.*}}] {pending = 1 : i32}
// CHECK: atile.stage
// CHECK: atile.copy
// CHECK: atile.mma_sync %[[Q]], transposed %[[K]]
// CHECK: atile.retire %[[K]]
// CHECK: %[[V:.*]] = atile.wait_copies %{{.*}}[%{{.*}}] {pending = 1 : i32}
// CHECK: atile.copy
// CHECK: atile.mma_sync %{{.*}}, %[[V]]
// CHECK: atile.retire %[[V]]
func.func @sync(%q: tensor<1x4x256x128xbf16>, %k: tensor<1x4x512x128xbf16>, %v: tensor<1x4x512x128xbf16>) -> tensor<1x4x256x128xbf16> {
  %init = tensor.empty() : tensor<1x4x256x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x4x256x128xbf16>, tensor<1x4x512x128xbf16>, tensor<1x4x512x128xbf16>)
      outs(%init : tensor<1x4x256x128xbf16>)
  return %o : tensor<1x4x256x128xbf16>
}
