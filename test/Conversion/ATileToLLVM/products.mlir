// RUN: attn-opt %s --attn-atile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=NVVM
// RUN: attn-opt %s --attn-atile-to-emulation --canonicalize --cse | FileCheck %s --check-prefix=EMU

// Both lowerings get their descriptors from one place: the base without its
// address is bit 62 (128-byte swizzle), 64 << 32 (1,024 bytes from eight rows to
// the next) and the offset of panels.

// NVVM-LABEL: llvm.func @products(
// NVVM: arith.addi %[[Q:.*]], %c4611686293305360384_i64 : i64
// NVVM: arith.addi %[[Q]], %c4611686293305360386_i64
// NVVM: arith.addi %[[Q]], %c4611686293305360388_i64
// NVVM: arith.addi %[[Q]], %c4611686293305360390_i64
// One block of assembly: without an accumulator the first step does not add.
// NVVM: %[[S:.*]] = llvm.inline_asm has_side_effects asm_dialect = att
// NVVM-SAME: wgmma.fence.sync.aligned;\0Awgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {$0, $1, $2, $3, $4, $5, $6, $7}, $8, $9, 0, 1, 1, 0, 0;
// NVVM-SAME: {$0, $1, $2, $3, $4, $5, $6, $7}, $10, $11, 1, 1, 1, 0, 0;
// NVVM-SAME: $14, $15, 1, 1, 1, 0, 0;\0Awgmma.commit_group.sync.aligned;"
// NVVM-SAME: "=f,=f,=f,=f,=f,=f,=f,=f,l,l,l,l,l,l,l,l"
// The wait holds the registers.
// NVVM: llvm.inline_asm has_side_effects asm_dialect = att "wgmma.wait_group.sync.aligned 0;", "=f,=f,=f,=f,=f,=f,=f,=f,0,1,2,3,4,5,6,7"
// NVVM: nvvm.convert.f32x2.to.bf16x2
// NVVM: llvm.inline_asm has_side_effects asm_dialect = att "// packed", "=r,=r,=r,=r,0,1,2,3"
// P in registers, V transposed, the accumulators tied.
// NVVM: arith.addi %{{.*}}, %c4611686293313683456_i64
// NVVM: llvm.inline_asm
// NVVM-SAME: m64n64k16.f32.bf16.bf16 {$0, {{.*}}, $31}, {$32, $33, $34, $35}, $36, 1, 1, 1, 1;
// NVVM-SAME: "=f,{{.*}},r,r,r,r,l,0,1,2

// EMU-LABEL: llvm.func @products(
// EMU: arith.addi %[[Q:.*]], %c4611686293305360384_i64 : i64
// EMU: arith.addi %[[Q]], %c4611686293305360386_i64
// EMU: llvm.call @attn_emu_wgmma_fence
// EMU: llvm.call @attn_emu_wgmma_ss(%{{.*}}, %c1_i32, %c16_i32, %{{.*}}, %{{.*}}, %{{.*}}, %c0_i32, %c0_i32, %c0_i32)
// EMU-COUNT-3: llvm.call @attn_emu_wgmma_ss(%{{.*}}, %c1_i32, %c16_i32, %{{.*}}, %{{.*}}, %{{.*}}, %c1_i32, %c0_i32, %c0_i32)
// EMU: llvm.call @attn_emu_wgmma_commit
// EMU: llvm.call @attn_emu_wgmma_wait(%{{.*}}, %c0_i32, %{{.*}}, %c8_i32)
// EMU: llvm.call @attn_emu_pack
// EMU: arith.addi %{{.*}}, %c4611686293313683456_i64
// EMU: llvm.call @attn_emu_wgmma_rs(%{{.*}}, %c1_i32, %c64_i32, %{{.*}}, %{{.*}}, %{{.*}}, %c1_i32, %c1_i32)
atile.kernel @products(%out: !atile.global<bf16> {atile.bind = #atile.bind<data, 0>})
    attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %off = arith.constant 0 : i64
  %f0 = arith.constant 0.0 : f32
  %rq = atile.ring : !atile.ring<1x64x64xbf16>
  %rk = atile.ring : !atile.ring<1x16x64xbf16>
  atile.setup %rq, %rk consumers(1) : !atile.ring<1x64x64xbf16>, !atile.ring<1x16x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%group: i32):
    %q = atile.wait_full %rq[%c0] : !atile.ring<1x64x64xbf16>
    %k = atile.wait_full %rk[%c0] : !atile.ring<1x16x64xbf16>
    %s0 = atile.mma_ss %q[%c0], %k : !atile.slot<64x64xbf16, full>,
        !atile.slot<16x64xbf16, full> -> !atile.frag<64x16xf32, inflight>
    %s = atile.await %s0 {pending = 0 : i32} : !atile.frag<64x16xf32, inflight>
    %p = atile.pack %s : !atile.frag<64x16xf32> -> !atile.operand<64x16xbf16>
    %o = atile.fill %f0 : !atile.frag<64x64xf32>
    %o1 = atile.mma_rs %p, %k, %o : !atile.operand<64x16xbf16>,
        !atile.slot<16x64xbf16, full>, !atile.frag<64x64xf32>
    %o2 = atile.await %o1 {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
    atile.release %k : !atile.slot<16x64xbf16, full>
    atile.release %q : !atile.slot<64x64xbf16, full>
    atile.store %o2, %out[%off] stride(%off) valid(%c64) : !atile.frag<64x64xf32>, !atile.global<bf16>
  }
  atile.return
}
