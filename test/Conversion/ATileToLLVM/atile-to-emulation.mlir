// RUN: attn-opt %s --attn-atile-to-emulation | FileCheck %s

// CHECK-LABEL: llvm.func @one(
// CHECK: %[[X:.*]] = llvm.load %{{.*}} invariant {alignment = 4 : i64} : !llvm.ptr -> f32
// CHECK: llvm.call @attn_emu_ex2(%{{.*}}, %[[X]])
// CHECK: llvm.call @attn_emu_thread_id
// CHECK: scf.if
// CHECK: llvm.store
atile.kernel @one(%out: !atile.global<f32> {atile.bind = #atile.bind<data, 0>})
    attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c1 = arith.constant 1 : i32
  %off = arith.constant 0 : i64
  %value = atile.read %out[%off] : !atile.global<f32>
  %rows = atile.fill %value : !atile.rows<64>
  %r = atile.map_rows %rows : (!atile.rows<64>) -> !atile.rows<64> {
  ^bb0(%x: f32):
    %y = math.exp2 %x : f32
    atile.yield %y : f32
  }
  atile.store_rows %r, %out[%off] stride(%off) valid(%c1) : !atile.rows<64>, !atile.global<f32>
  atile.return
}
