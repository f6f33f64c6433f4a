// RUN: attn-opt %s --attn-atile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=NVVM
// RUN: attn-opt %s --attn-atile-to-emulation --canonicalize --cse | FileCheck %s --check-prefix=EMU

// A kernel without roles: 128 threads copy 64 rows of 8 chunks, four each, and
// multiply by mma.sync.

// NVVM-LABEL: llvm.func @copies(
// NVVM-NOT: mbarrier
// NVVM: %[[VALID:.*]] = arith.cmpi slt, %[[ROW:.*]], %{{.*}} : i32
// NVVM: %[[BYTES:.*]] = arith.select %[[VALID]], %c16_i32, %c0_i32 : i32
// NVVM: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[BYTES]]
// NVVM-COUNT-3: nvvm.cp.async.shared.global
// NVVM: nvvm.cp.async.commit.group
// NVVM: nvvm.cp.async.wait.group 0
// NVVM: nvvm.barrier
// The left operand, then the right one's columns 0 to 15, as they lie.
// NVVM-COUNT-4: nvvm.ldmatrix %{{.*}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>}
// NVVM: nvvm.ldmatrix %{{.*}} {{.*}}layout = #nvvm.mma_layout<row>
// NVVM: nvvm.mma.sync {{.*}}shape = #nvvm.shape<m = 16, n = 8, k = 16>} : (vector<2xf16>, vector<2xf16>, f32)
// NVVM-COUNT-31: nvvm.mma.sync
// The second product reads columns: transposed on the way.
// NVVM: nvvm.ldmatrix %{{.*}} {{.*}}layout = #nvvm.mma_layout<col>

// EMU-LABEL: llvm.func @copies(
// EMU-COUNT-4: llvm.call @attn_emu_cp_async(%{{.*}}, %{{.*}}, %{{.*}}, %c16_i32, %{{.*}})
// EMU: llvm.call @attn_emu_cp_async_commit
// EMU: llvm.call @attn_emu_cp_async_wait(%{{.*}}, %c0_i32)
// EMU: llvm.call @attn_emu_barrier_sync(%{{.*}}, %c0_i32, %c128_i32)
// EMU-COUNT-4: llvm.call @attn_emu_ldmatrix(%{{.*}}, %{{.*}}, %c4_i32, %c0_i32, %{{.*}})
// EMU: llvm.call @attn_emu_ldmatrix(%{{.*}}, %{{.*}}, %c4_i32, %c0_i32, %{{.*}})
// EMU-COUNT-32: llvm.call @attn_emu_mma_m16n8k16(%{{.*}}, %c0_i32
// EMU: llvm.call @attn_emu_ldmatrix(%{{.*}}, %{{.*}}, %c4_i32, %c1_i32, %{{.*}})
atile.kernel @copies(%in: !atile.global<f16> {atile.bind = #atile.bind<data, 0>},
                     %out: !atile.global<f16> {atile.bind = #atile.bind<data, 1>},
                     %rows: i32 {atile.bind = #atile.bind<size, 0, 0>},
                     %ld: i64 {atile.bind = #atile.bind<stride, 0, 0>})
    attributes {threads = 128 : i32, grid = affine_map<()[s0] -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %off = arith.constant 0 : i64
  %f0 = arith.constant 0.0 : f32
  %ring = atile.ring : !atile.ring<1x64x64xf16>
  %e = atile.stage %ring[%c0] : !atile.ring<1x64x64xf16>
  atile.copy %in[%off] stride(%ld) valid(%rows) into %e : !atile.global<f16>, !atile.slot<64x64xf16, empty>
  %k = atile.wait_copies %ring[%c0] {pending = 0 : i32} : !atile.ring<1x64x64xf16>
  %a = atile.load_operand %k[%c0] : !atile.slot<64x64xf16, full> -> !atile.operand<64x64xf16>
  %zero = atile.fill %f0 : !atile.frag<64x64xf32>
  %s = atile.mma_sync %a, transposed %k, %zero : !atile.operand<64x64xf16>, !atile.slot<64x64xf16, full>, !atile.frag<64x64xf32>
  %p = atile.pack %s : !atile.frag<64x64xf32> -> !atile.operand<64x64xf16>
  %o = atile.mma_sync %p, %k, %zero : !atile.operand<64x64xf16>, !atile.slot<64x64xf16, full>, !atile.frag<64x64xf32>
  atile.retire %k : !atile.slot<64x64xf16, full>
  atile.store %o, %out[%off] stride(%ld) valid(%rows) : !atile.frag<64x64xf32>, !atile.global<f16>
  atile.return
}
