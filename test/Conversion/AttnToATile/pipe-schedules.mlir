// RUN: attn-opt %s --pass-pipeline="builtin.module(attn-dense-to-atile,canonicalize,cse)" | FileCheck %s

// The product of the last turn is awaited behind the softmax of this one.
// CHECK-LABEL: atile.kernel @pipe
// CHECK: atile.mma_ss
// CHECK: atile.pack
// CHECK: scf.for
// CHECK: %[[K:.*]] = atile.wait_full
// CHECK: %[[S:.*]] = atile.mma_ss
// CHECK: %[[V:.*]] = atile.wait_full
// CHECK: %[[O:.*]] = atile.mma_rs
// CHECK: atile.await %[[S]] {pending = 1 : i32}
// CHECK: atile.release %[[K]]
// CHECK: %[[P:.*]] = atile.exp2_sub
// CHECK: %[[R:.*]]:2 = atile.await %[[O]], %[[P]] {pending = 0 : i32}
// CHECK: atile.release %[[V]]
// CHECK: atile.pack %[[R]]#1
// CHECK: atile.scale %[[R]]#0
// CHECK: scf.yield
// The last product.
// CHECK: atile.mma_rs
// CHECK: atile.await
func.func @pipe(%q: tensor<1x4x256x128xbf16>, %k: tensor<1x4x512x128xbf16>, %v: tensor<1x4x512x128xbf16>) -> tensor<1x4x256x128xbf16> {
  %init = tensor.empty() : tensor<1x4x256x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x4x256x128xbf16>, tensor<1x4x512x128xbf16>, tensor<1x4x512x128xbf16>)
      outs(%init : tensor<1x4x256x128xbf16>) {atile.schedule = #atile.schedule<overlap = pipe, groups = 2, keys = 128>}
  return %o : tensor<1x4x256x128xbf16>
}

// It is awaited at the top of the next turn, behind the wait for K, and the
// loop carries it in flight.
// CHECK-LABEL: atile.kernel @pipe2
// CHECK: atile.no_slot
// CHECK: scf.for
// CHECK-SAME: !atile.frag<64x128xf32, inflight>
// CHECK: atile.wait_full
// CHECK: %[[R:.*]]:2 = atile.await %{{.*}}, %{{.*}} {pending = 0 : i32} : !atile.frag<64x128xf32, inflight>, !atile.frag<64x128xf32>
// CHECK: atile.release
// CHECK: atile.pack %[[R]]#1
// CHECK: %[[S:.*]] = atile.mma_ss
// CHECK: %[[O:.*]] = atile.mma_rs
// CHECK: atile.await %[[S]] {pending = 1 : i32}
// CHECK: %[[P:.*]] = atile.exp2_sub
// CHECK: scf.yield %[[O]], %[[P]]
func.func @pipe2(%q: tensor<1x4x256x128xbf16>, %k: tensor<1x4x512x128xbf16>, %v: tensor<1x4x512x128xbf16>) -> tensor<1x4x256x128xbf16> {
  %init = tensor.empty() : tensor<1x4x256x128xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<1x4x256x128xbf16>, tensor<1x4x512x128xbf16>, tensor<1x4x512x128xbf16>)
      outs(%init : tensor<1x4x256x128xbf16>) {atile.schedule = #atile.schedule<overlap = pipe2, groups = 2, keys = 128>}
  return %o : tensor<1x4x256x128xbf16>
}
