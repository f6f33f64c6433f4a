// RUN: attn-opt %s --attn-atile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=NVVM
// RUN: attn-opt %s --attn-atile-to-emulation --canonicalize --cse | FileCheck %s --check-prefix=EMU

// Two stages of 64 x 64 elements: 8,192 bytes each, so barriers from byte 16,384
// on: full, full, empty, empty.

// NVVM-LABEL: llvm.func @ring(
// NVVM: %[[BASE:.*]] = llvm.ptrtoint
// NVVM: %[[BARRIERS:.*]] = arith.addi %[[BASE]], %c16384_i32
// NVVM: scf.if
// NVVM: nvvm.mbarrier.init %{{.*}}, %c1_i32
// NVVM: nvvm.mbarrier.init %{{.*}}, %c1_i32
// NVVM: nvvm.mbarrier.init %{{.*}}, %c1_i32
// NVVM: nvvm.mbarrier.init %{{.*}}, %c1_i32
// NVVM: nvvm.fence.mbarrier.init
// NVVM: nvvm.barrier

// The producer waits for the other parity than the round's.
// NVVM: %[[STAGE:.*]] = arith.remui %[[N:.*]], %c2_i32
// NVVM: %[[ROUND:.*]] = arith.divui %[[N]], %c2_i32
// NVVM: %[[PARITY:.*]] = arith.andi %[[ROUND]], %c1_i32
// NVVM: %[[OTHER:.*]] = arith.xori %[[PARITY]], %c1_i32
// NVVM: nvvm.mbarrier.try_wait.parity %{{.*}}, %[[OTHER]]
// NVVM: llvm.inline_asm has_side_effects asm_dialect = att "mbarrier.arrive.expect_tx.shared::cta.b64 _, [$0], $1;", "r,r" %{{.*}}, %c8192_i32
// NVVM: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %{{.*}}, %{{.*}}, box[%c0_i32, %{{.*}}, %c0_i32, %c0_i32]

// A consumer waits for the round's, and one thread of the group releases.
// NVVM: nvvm.mbarrier.try_wait.parity
// NVVM: %[[FIRST:.*]] = arith.cmpi eq
// NVVM: %[[IS:.*]] = arith.cmpi ne
// NVVM: %[[BOTH:.*]] = arith.andi %[[FIRST]], %[[IS]]
// NVVM: scf.if %[[BOTH]] {
// NVVM: llvm.inline_asm has_side_effects asm_dialect = att "mbarrier.arrive.shared::cta.b64 _, [$0];", "r"

// EMU-LABEL: llvm.func @ring(
// EMU: llvm.call @attn_emu_shared_base
// EMU-COUNT-4: llvm.call @attn_emu_mbarrier_init
// EMU: llvm.call @attn_emu_fence_mbarrier_init
// EMU: llvm.call @attn_emu_barrier_sync(%{{.*}}, %c0_i32, %c256_i32)
// EMU: llvm.call @attn_emu_mbarrier_wait
// EMU: llvm.call @attn_emu_mbarrier_arrive_expect_tx(%{{.*}}, %{{.*}}, %c8192_i32)
// EMU: llvm.call @attn_emu_tma_load
// EMU: llvm.call @attn_emu_mbarrier_wait
// EMU: scf.if
// EMU: llvm.call @attn_emu_mbarrier_arrive
atile.kernel @ring(%map: !atile.map<64x64xbf16> {atile.bind = #atile.bind<map, 0>},
                   %t: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %ring = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %ring consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
    scf.for %n = %c0 to %t step %c1 : i32 {
      %slot = atile.wait_empty %ring[%n] : !atile.ring<2x64x64xbf16>
      atile.load %map[%c0, %c0, %n] into %slot : !atile.map<64x64xbf16>, !atile.slot<64x64xbf16, empty>
    }
  } consumers(1) {
  ^bb0(%group: i32):
    scf.for %n = %c0 to %t step %c1 : i32 {
      %slot = atile.wait_full %ring[%n] : !atile.ring<2x64x64xbf16>
      atile.release %slot : !atile.slot<64x64xbf16, full>
    }
  }
  atile.return
}
