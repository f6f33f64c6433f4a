// RUN: attn-opt %s --attn-atile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=NVVM
// RUN: attn-opt %s --attn-atile-to-emulation --canonicalize --cse | FileCheck %s --check-prefix=EMU

// A body is copied once per register, its coordinates a base of the thread and
// constants; what it reads of global memory, each element reads.

// NVVM-LABEL: llvm.func @maps(
// NVVM: %[[ROW:.*]] = arith.addi %{{.*}}, %{{.*}} : i32
// NVVM: arith.cmpi sle
// NVVM: arith.addi %{{.*}}, %c1_i32 overflow<nsw>
// NVVM: arith.addi %{{.*}}, %c8_i32 overflow<nsw>
// NVVM: llvm.load %{{.*}} invariant {alignment = 1 : i64} : !llvm.ptr<1> -> i8
// NVVM: arith.trunci %{{.*}} : i8 to i1
// NVVM: llvm.inline_asm has_side_effects asm_dialect = att "tanh.approx.f32 $0, $1;", "=f,f"
// NVVM: llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"
// NVVM: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"

// EMU-LABEL: llvm.func @maps(
// EMU: llvm.load %{{.*}} invariant {alignment = 1 : i64} : !llvm.ptr -> i8
// EMU: llvm.call @attn_emu_tanh
// EMU: llvm.call @attn_emu_lg2
// EMU: llvm.call @attn_emu_ex2
atile.kernel @maps(%allowed: !atile.global<i1> {atile.bind = #atile.bind<data, 0>},
                   %out: !atile.global<f32> {atile.bind = #atile.bind<data, 1>},
                   %row: i32 {atile.bind = #atile.bind<size, 0, 0>})
    attributes {threads = 128 : i32, grid = affine_map<()[s0] -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %off = arith.constant 0 : i64
  %f0 = arith.constant 0.0 : f32
  %value = atile.read %out[%off] : !atile.global<f32>
  %zero = atile.fill %value : !atile.frag<64x8xf32>
  %s = atile.map %zero at(%row, %c0) : !atile.frag<64x8xf32> {
  ^bb0(%x: f32, %i: i32, %j: i32):
    %before = arith.cmpi sle, %j, %i : i32
    %jj = arith.extsi %j : i32 to i64
    %may = atile.read %allowed[%jj] : !atile.global<i1>
    %both = arith.andi %before, %may : i1
    %t = math.tanh %x : f32
    %y = arith.select %both, %t, %f0 : f32
    atile.yield %y : f32
  }
  %rows = atile.fill %value : !atile.rows<64>
  %r = atile.map_rows %rows : (!atile.rows<64>) -> !atile.rows<64> {
  ^bb0(%x: f32):
    %l = math.log %x : f32
    %e = math.exp %l : f32
    atile.yield %e : f32
  }
  %o = atile.scale %s by %r : !atile.frag<64x8xf32>, !atile.rows<64>
  atile.store %o, %out[%off] stride(%off) valid(%row) : !atile.frag<64x8xf32>, !atile.global<f32>
  atile.return
}
