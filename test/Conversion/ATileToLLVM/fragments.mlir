// RUN: attn-opt %s --attn-atile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=NVVM
// RUN: attn-opt %s --attn-atile-to-emulation --canonicalize --cse | FileCheck %s --check-prefix=EMU

// 64 x 8: four registers in each thread, two of each of its rows.

// NVVM-LABEL: llvm.func @rows(
// NVVM: %[[S:.*]] = llvm.inline_asm {{.*}}wgmma.wait_group
// NVVM: %[[S0:.*]] = llvm.extractvalue %{{.*}}[0]
// NVVM: %[[S1:.*]] = llvm.extractvalue %{{.*}}[1]
// NVVM: %[[S2:.*]] = llvm.extractvalue %{{.*}}[2]
// NVVM: %[[S3:.*]] = llvm.extractvalue %{{.*}}[3]
// NVVM: %[[A:.*]] = llvm.intr.maxnum(%[[S0]], %[[S1]])
// NVVM: %[[B:.*]] = llvm.intr.maxnum(%[[A]], %{{.*}})
// NVVM: %[[X:.*]] = nvvm.shfl.sync bfly %{{.*}}, %[[B]], %c1_i32, %c31_i32 : f32 -> f32
// NVVM: %[[C:.*]] = llvm.intr.maxnum(%[[B]], %[[X]])
// NVVM: %[[Y:.*]] = nvvm.shfl.sync bfly %{{.*}}, %[[C]], %c2_i32, %c31_i32 : f32 -> f32
// NVVM: %[[M0:.*]] = llvm.intr.maxnum(%[[C]], %[[Y]])
// NVVM: llvm.intr.maxnum(%[[S2]], %[[S3]])

// Each row's value negated once, then one fma and one exponential per element.
// NVVM: %[[N0:.*]] = llvm.fneg %[[M0]]
// NVVM: %[[F0:.*]] = llvm.intr.fma(%[[S0]], %{{.*}}, %[[N0]])
// NVVM: %[[E0:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[F0]])
// NVVM: %[[F1:.*]] = llvm.intr.fma(%[[S1]], %{{.*}}, %[[N0]])
// NVVM: %[[E1:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[F1]])
// NVVM: %[[SUM:.*]] = llvm.fadd %[[E0]], %[[E1]]
// NVVM: llvm.intr.fma(%{{.*}}, %{{.*}}, %[[SUM]])

// EMU-LABEL: llvm.func @rows(
// EMU: llvm.call @attn_emu_wgmma_wait
// EMU: llvm.intr.maxnum
// EMU: llvm.call @attn_emu_shfl(%{{.*}}, %c3_i32, %{{.*}}, %c1_i32)
// EMU: llvm.call @attn_emu_shfl(%{{.*}}, %c3_i32, %{{.*}}, %c2_i32)
// EMU: llvm.intr.fma
// EMU: llvm.call @attn_emu_ex2
atile.kernel @rows(%map: !atile.map<8x64xbf16> {atile.bind = #atile.bind<map, 0>},
                   %mapq: !atile.map<64x64xbf16> {atile.bind = #atile.bind<map, 1>},
                   %out: !atile.global<f32> {atile.bind = #atile.bind<data, 2>})
    attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %off = arith.constant 0 : i64
  %f0 = arith.constant 0.0 : f32
  %scale = arith.constant 0.25 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %rq = atile.ring : !atile.ring<1x64x64xbf16>
  %rk = atile.ring : !atile.ring<1x8x64xbf16>
  atile.setup %rq, %rk consumers(1) : !atile.ring<1x64x64xbf16>, !atile.ring<1x8x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%group: i32):
    %q = atile.wait_full %rq[%c0] : !atile.ring<1x64x64xbf16>
    %k = atile.wait_full %rk[%c0] : !atile.ring<1x8x64xbf16>
    %s0 = atile.mma_ss %q[%c0], %k : !atile.slot<64x64xbf16, full>,
        !atile.slot<8x64xbf16, full> -> !atile.frag<64x8xf32, inflight>
    %s = atile.await %s0 {pending = 0 : i32} : !atile.frag<64x8xf32, inflight>
    atile.release %k : !atile.slot<8x64xbf16, full>
    atile.release %q : !atile.slot<64x64xbf16, full>
    %m0 = atile.fill %ninf : !atile.rows<64>
    %l0 = atile.fill %f0 : !atile.rows<64, partial>
    %m = atile.row_max %s, %m0 : !atile.frag<64x8xf32>, !atile.rows<64>
    %p = atile.exp2_sub %s scale %scale minus %m : !atile.frag<64x8xf32>, !atile.rows<64>
    %l1 = atile.row_sum %p, %l0 scaled %m : !atile.frag<64x8xf32>, !atile.rows<64, partial>, !atile.rows<64>
    %l = atile.reduce_rows %l1 : !atile.rows<64, partial> -> !atile.rows<64>
    %x = atile.scale %p by %l : !atile.frag<64x8xf32>, !atile.rows<64>
    atile.store %x, %out[%off] stride(%off) valid(%c64) : !atile.frag<64x8xf32>, !atile.global<f32>
  }
  atile.return
}
