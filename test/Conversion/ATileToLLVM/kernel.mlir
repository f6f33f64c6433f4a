// RUN: attn-opt %s --attn-atile-to-nvvm -split-input-file | FileCheck %s --check-prefix=NVVM
// RUN: attn-opt %s --attn-atile-to-emulation -split-input-file | FileCheck %s --check-prefix=EMU

// Parameters: a map by value in constant memory, pointers, numbers. The emulator
// gets their addresses.

// NVVM: llvm.mlir.global external @attn_shared() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
// NVVM-LABEL: llvm.func @parameters(
// NVVM-SAME: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}
// NVVM-SAME: !llvm.ptr<1>
// NVVM-SAME: i32
// NVVM-SAME: denormal_fp_math_f32 = "preserve-sign,preserve-sign"
// NVVM-SAME: nvvm.kernel
// NVVM-SAME: nvvm.maxntid = array<i32: 128>
// NVVM-SAME: nvvm.minctasm = 1 : i32
// NVVM: nvvm.read.ptx.sreg.ctaid.y : i32
// NVVM: nvvm.read.ptx.sreg.nctaid.x : i32
// NVVM: llvm.return

// EMU-LABEL: llvm.func @parameters(
// EMU-SAME: %[[THREAD:.*]]: !llvm.ptr, %[[PARAMETERS:.*]]: !llvm.ptr)
// EMU: %[[MAP:.*]] = llvm.getelementptr %[[PARAMETERS]][0]
// EMU: llvm.load %[[MAP]] : !llvm.ptr -> !llvm.ptr
// EMU: %[[PLACE:.*]] = llvm.getelementptr %[[PARAMETERS]][2]
// EMU: %[[ADDRESS:.*]] = llvm.load %[[PLACE]] : !llvm.ptr -> !llvm.ptr
// EMU: llvm.load %[[ADDRESS]] : !llvm.ptr -> i32
// EMU: %[[ONE:.*]] = arith.constant 1 : i32
// EMU: llvm.call @attn_emu_block_id(%[[THREAD]], %[[ONE]])
// EMU: %[[ZERO:.*]] = arith.constant 0 : i32
// EMU: llvm.call @attn_emu_grid_size(%[[THREAD]], %[[ZERO]])
atile.kernel @parameters(
    %map: !atile.map<64x64xbf16> {atile.bind = #atile.bind<map, 0>},
    %out: !atile.global<bf16> {atile.bind = #atile.bind<data, 1>},
    %t: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 128 : i32, grid = affine_map<()[s0] -> (s0 ceildiv 64, 1, 1)>} {
  %y = atile.block_id 1
  %n = atile.grid_size 0
  atile.return
}

// -----

// One if/else for the roles; one elected thread of the first warp produces.

// NVVM-LABEL: llvm.func @roles(
// NVVM: %[[SHIFT:.*]] = arith.shrui
// NVVM: %[[WARP:.*]] = nvvm.shfl.sync idx %{{.*}}, %[[SHIFT]], %{{.*}}, %{{.*}} : i32 -> i32
// NVVM: %[[GROUP:.*]] = arith.shrui %[[WARP]]
// NVVM: %[[PRODUCES:.*]] = arith.cmpi eq, %[[GROUP]]
// NVVM: scf.if %[[PRODUCES]] {
// NVVM: nvvm.setmaxregister decrease 24
// NVVM: scf.if
// NVVM: nvvm.elect.sync
// NVVM: } else {
// NVVM: nvvm.setmaxregister increase 240

// EMU-LABEL: llvm.func @roles(
// EMU: llvm.call @attn_emu_shfl
// EMU: scf.if
// EMU: llvm.call @attn_emu_setmaxnreg
// EMU: llvm.call @attn_emu_elect
// EMU: } else {
// EMU: llvm.call @attn_emu_setmaxnreg
atile.kernel @roles(%out: !atile.global<f32> {atile.bind = #atile.bind<data, 0>})
    attributes {threads = 384 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %f0 = arith.constant 0.0 : f32
  %off = arith.constant 0 : i64
  %ring = atile.ring : !atile.ring<1x64x64xbf16>
  atile.setup %ring consumers(2) : !atile.ring<1x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(2) {
  ^bb0(%group: i32):
    %rows = atile.fill %f0 : !atile.rows<64>
    atile.store_rows %rows, %out[%off] stride(%off) valid(%group) : !atile.rows<64>, !atile.global<f32>
  }
  atile.return
}
