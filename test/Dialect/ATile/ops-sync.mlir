// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s

// A kernel without roles: every thread copies its part of a tile.
// CHECK-LABEL: atile.kernel @product
// CHECK: atile.group_id
// CHECK: atile.grid_size 1
// CHECK: atile.stage %{{.*}}[%{{.*}}] : !atile.ring<2x64x64xf16>
// CHECK: atile.copy %{{.*}}[%{{.*}}] stride(%{{.*}}) valid(%{{.*}}) into %{{.*}} : !atile.global<f16>, !atile.slot<64x64xf16, empty>
// CHECK: atile.wait_copies %{{.*}}[%{{.*}}] {pending = 0 : i32} : !atile.ring<2x64x64xf16>
// CHECK: atile.load_operand %{{.*}}[%{{.*}}] : !atile.slot<64x64xf16, full> -> !atile.operand<64x64xf16>
// CHECK: atile.mma_sync %{{.*}}, transposed %{{.*}}, %{{.*}} : !atile.operand<64x64xf16>, !atile.slot<64x64xf16, full>, !atile.frag<64x64xf32>
// CHECK: atile.mma_sync %{{.*}}, %{{.*}}, %{{.*}} : !atile.operand<64x64xf16>, !atile.slot<64x64xf16, full>, !atile.frag<64x64xf32>
// CHECK: atile.retire %{{.*}} : !atile.slot<64x64xf16, full>
// CHECK: atile.read %{{.*}}[%{{.*}}] : !atile.global<f32>
atile.kernel @product(
    %a: !atile.global<f16> {atile.bind = #atile.bind<data, 0>},
    %f: !atile.global<f32> {atile.bind = #atile.bind<data, 1>},
    %out: !atile.global<f32> {atile.bind = #atile.bind<data, 2>},
    %ld: i64 {atile.bind = #atile.bind<stride, 0, 2>})
    attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %z = arith.constant 0 : i64
  %f0 = arith.constant 0.0 : f32
  %g = atile.group_id
  %n = atile.grid_size 1
  %r = atile.ring : !atile.ring<2x64x64xf16>
  %e = atile.stage %r[%c0] : !atile.ring<2x64x64xf16>
  atile.copy %a[%z] stride(%ld) valid(%c64) into %e : !atile.global<f16>, !atile.slot<64x64xf16, empty>
  %x = atile.wait_copies %r[%c0] {pending = 0 : i32} : !atile.ring<2x64x64xf16>
  %p = atile.load_operand %x[%c0] : !atile.slot<64x64xf16, full> -> !atile.operand<64x64xf16>
  %zero = atile.fill %f0 : !atile.frag<64x64xf32>
  %s = atile.mma_sync %p, transposed %x, %zero : !atile.operand<64x64xf16>, !atile.slot<64x64xf16, full>, !atile.frag<64x64xf32>
  %t = atile.mma_sync %p, %x, %s : !atile.operand<64x64xf16>, !atile.slot<64x64xf16, full>, !atile.frag<64x64xf32>
  atile.retire %x : !atile.slot<64x64xf16, full>
  %factor = atile.read %f[%z] : !atile.global<f32>
  %u = atile.map %t at(%c0, %c0) : !atile.frag<64x64xf32> {
  ^bb0(%y: f32, %i: i32, %j: i32):
    %w = arith.mulf %y, %factor : f32
    atile.yield %w : f32
  }
  atile.store %u, %out[%z] stride(%ld) valid(%c64) : !atile.frag<64x64xf32>, !atile.global<f32>
  atile.return
}
