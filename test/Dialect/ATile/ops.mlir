// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s
// RUN: attn-opt %s --emit-bytecode | attn-opt | FileCheck %s

// Attention over all keys, D = 64, 128 queries and 128 keys per tile: one
// producer, two groups, no overlap inside a group.
// CHECK: #[[GRID:.*]] = affine_map<()[s0, s1] -> (s0 ceildiv 128, 8, 1)>
// CHECK-LABEL: atile.kernel @attention
// CHECK-SAME: %{{.*}}: !atile.map<128x64xbf16> {atile.bind = #atile.bind<map, 0>}
// CHECK-SAME: attributes {grid = #[[GRID]], signature = (tensor<1x8x?x64xbf16>,
// CHECK-SAME: threads = 384 : i32}
// CHECK: atile.ring : !atile.ring<1x128x64xbf16>
// CHECK: atile.setup %{{.*}}, %{{.*}}, %{{.*}} consumers(2)
// CHECK: atile.specialize registers(24, 240) producer {
// CHECK: atile.wait_empty %{{.*}}[%{{.*}}] : !atile.ring<1x128x64xbf16>
// CHECK: atile.load %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] into %{{.*}} : !atile.map<128x64xbf16>, !atile.slot<128x64xbf16, empty>
// CHECK: } consumers(2) {
// CHECK: ^bb0(%{{.*}}: i32):
// CHECK: atile.wait_full
// CHECK: atile.fill %{{.*}} : !atile.rows<64, partial>
// CHECK: atile.mma_ss %{{.*}}[%{{.*}}], %{{.*}} : !atile.slot<128x64xbf16, full>, !atile.slot<128x64xbf16, full> -> !atile.frag<64x128xf32, inflight>
// CHECK: atile.await %{{.*}} {pending = 0 : i32} : !atile.frag<64x128xf32, inflight>
// CHECK: atile.release
// CHECK: atile.map %{{.*}} at(%{{.*}}, %{{.*}}) : !atile.frag<64x128xf32> {
// CHECK: ^bb0(%{{.*}}: f32, %{{.*}}: i32, %{{.*}}: i32):
// CHECK: atile.yield %{{.*}} : f32
// CHECK: atile.row_max
// CHECK: atile.map_rows %{{.*}}, %{{.*}} : (!atile.rows<64>, !atile.rows<64>) -> !atile.rows<64> {
// CHECK: atile.exp2_sub %{{.*}} scale %{{.*}} minus %{{.*}} : !atile.frag<64x128xf32>, !atile.rows<64>
// CHECK: atile.row_sum %{{.*}}, %{{.*}} scaled %{{.*}} : !atile.frag<64x128xf32>, !atile.rows<64, partial>, !atile.rows<64>
// CHECK: atile.scale %{{.*}} by %{{.*}}
// CHECK: atile.pack %{{.*}} : !atile.frag<64x128xf32> -> !atile.operand<64x128xbf16>
// CHECK: atile.mma_rs
// CHECK: atile.reduce_rows %{{.*}} : !atile.rows<64, partial> -> !atile.rows<64>
// CHECK: atile.store %{{.*}}, %{{.*}}[%{{.*}}] stride(%{{.*}}) valid(%{{.*}}) : !atile.frag<64x64xf32>, !atile.global<bf16>
// CHECK: atile.return
atile.kernel @attention(
    %mq: !atile.map<128x64xbf16> {atile.bind = #atile.bind<map, 0>},
    %mk: !atile.map<128x64xbf16> {atile.bind = #atile.bind<map, 1>},
    %mv: !atile.map<128x64xbf16> {atile.bind = #atile.bind<map, 2>},
    %out: !atile.global<bf16> {atile.bind = #atile.bind<data, 3>},
    %lse: !atile.global<f32> {atile.bind = #atile.bind<data, 4>},
    %t: i32 {atile.bind = #atile.bind<size, 0, 2>},
    %s: i32 {atile.bind = #atile.bind<size, 1, 2>},
    %out_head: i64 {atile.bind = #atile.bind<stride, 3, 1>},
    %out_row: i64 {atile.bind = #atile.bind<stride, 3, 2>},
    %lse_head: i64 {atile.bind = #atile.bind<stride, 4, 1>},
    %lse_row: i64 {atile.bind = #atile.bind<stride, 4, 2>})
    attributes {
      threads = 384 : i32,
      grid = affine_map<()[s0, s1] -> (s0 ceildiv 128, 8, 1)>,
      signature = (tensor<1x8x?x64xbf16>, tensor<1x8x?x64xbf16>, tensor<1x8x?x64xbf16>)
          -> (tensor<1x8x?x64xbf16>, tensor<1x8x?xf32>)} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %c127 = arith.constant 127 : i32
  %c128 = arith.constant 128 : i32
  %f0 = arith.constant 0.0 : f32
  %f1 = arith.constant 1.0 : f32
  %ln2 = arith.constant 0.693147182 : f32
  %ninf = arith.constant 0xFF800000 : f32
  // log2(e) / sqrt(64)
  %scale = arith.constant 0.180336877 : f32

  %tile = atile.block_id 0
  %head = atile.block_id 1
  %batch = atile.block_id 2
  %row0 = arith.muli %tile, %c128 : i32
  %s127 = arith.addi %s, %c127 : i32
  %num = arith.divui %s127, %c128 : i32
  %full = arith.divui %s, %c128 : i32

  %rq = atile.ring : !atile.ring<1x128x64xbf16>
  %rk = atile.ring : !atile.ring<2x128x64xbf16>
  %rv = atile.ring : !atile.ring<2x128x64xbf16>
  atile.setup %rq, %rk, %rv consumers(2)
      : !atile.ring<1x128x64xbf16>, !atile.ring<2x128x64xbf16>, !atile.ring<2x128x64xbf16>

  atile.specialize registers(24, 240) producer {
    %q = atile.wait_empty %rq[%c0] : !atile.ring<1x128x64xbf16>
    atile.load %mq[%batch, %head, %row0] into %q : !atile.map<128x64xbf16>, !atile.slot<128x64xbf16, empty>
    scf.for %n = %c0 to %num step %c1 : i32 {
      %key = arith.muli %n, %c128 : i32
      %k = atile.wait_empty %rk[%n] : !atile.ring<2x128x64xbf16>
      atile.load %mk[%batch, %head, %key] into %k : !atile.map<128x64xbf16>, !atile.slot<128x64xbf16, empty>
      %v = atile.wait_empty %rv[%n] : !atile.ring<2x128x64xbf16>
      atile.load %mv[%batch, %head, %key] into %v : !atile.map<128x64xbf16>, !atile.slot<128x64xbf16, empty>
    }
  } consumers(2) {
  ^bb0(%group: i32):
    %first = arith.muli %group, %c64 : i32
    %q = atile.wait_full %rq[%c0] : !atile.ring<1x128x64xbf16>
    %o0 = atile.fill %f0 : !atile.frag<64x64xf32>
    %m0 = atile.fill %ninf : !atile.rows<64>
    %l0 = atile.fill %f0 : !atile.rows<64, partial>
    %r:3 = scf.for %n = %c0 to %num step %c1
        iter_args(%o = %o0, %m = %m0, %l = %l0)
        -> (!atile.frag<64x64xf32>, !atile.rows<64>, !atile.rows<64, partial>) : i32 {
      %k = atile.wait_full %rk[%n] : !atile.ring<2x128x64xbf16>
      %s0 = atile.mma_ss %q[%first], %k : !atile.slot<128x64xbf16, full>,
          !atile.slot<128x64xbf16, full> -> !atile.frag<64x128xf32, inflight>
      %s1 = atile.await %s0 {pending = 0 : i32} : !atile.frag<64x128xf32, inflight>
      atile.release %k : !atile.slot<128x64xbf16, full>
      // The last tile may reach beyond the keys.
      %ragged = arith.cmpi uge, %n, %full : i32
      %s2 = scf.if %ragged -> (!atile.frag<64x128xf32>) {
        %key = arith.muli %n, %c128 : i32
        %masked = atile.map %s1 at(%c0, %key) : !atile.frag<64x128xf32> {
        ^bb0(%x: f32, %i: i32, %j: i32):
          %in = arith.cmpi slt, %j, %s : i32
          %y = arith.select %in, %x, %ninf : f32
          atile.yield %y : f32
        }
        scf.yield %masked : !atile.frag<64x128xf32>
      } else {
        scf.yield %s1 : !atile.frag<64x128xf32>
      }
      %m1 = atile.row_max %s2, %m : !atile.frag<64x128xf32>, !atile.rows<64>
      // A row without keys subtracts 0 instead of -inf.
      %minus = atile.map_rows %m1 : (!atile.rows<64>) -> !atile.rows<64> {
      ^bb0(%x: f32):
        %scaled = arith.mulf %x, %scale : f32
        %none = arith.cmpf oeq, %x, %ninf : f32
        %y = arith.select %none, %f0, %scaled : f32
        atile.yield %y : f32
      }
      %alpha = atile.map_rows %m, %minus : (!atile.rows<64>, !atile.rows<64>) -> !atile.rows<64> {
      ^bb0(%x: f32, %y: f32):
        %scaled = arith.mulf %x, %scale : f32
        %d = arith.subf %scaled, %y : f32
        %e = math.exp2 %d : f32
        atile.yield %e : f32
      }
      %p = atile.exp2_sub %s2 scale %scale minus %minus : !atile.frag<64x128xf32>, !atile.rows<64>
      %l1 = atile.row_sum %p, %l scaled %alpha
          : !atile.frag<64x128xf32>, !atile.rows<64, partial>, !atile.rows<64>
      %o1 = atile.scale %o by %alpha : !atile.frag<64x64xf32>, !atile.rows<64>
      %a = atile.pack %p : !atile.frag<64x128xf32> -> !atile.operand<64x128xbf16>
      %v = atile.wait_full %rv[%n] : !atile.ring<2x128x64xbf16>
      %o2 = atile.mma_rs %a, %v, %o1 : !atile.operand<64x128xbf16>,
          !atile.slot<128x64xbf16, full>, !atile.frag<64x64xf32>
      %o3 = atile.await %o2 {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
      atile.release %v : !atile.slot<128x64xbf16, full>
      scf.yield %o3, %m1, %l1 : !atile.frag<64x64xf32>, !atile.rows<64>, !atile.rows<64, partial>
    }
    atile.release %q : !atile.slot<128x64xbf16, full>

    %sum = atile.reduce_rows %r#2 : !atile.rows<64, partial> -> !atile.rows<64>
    %inverse = atile.map_rows %sum : (!atile.rows<64>) -> !atile.rows<64> {
    ^bb0(%x: f32):
      %none = arith.cmpf oeq, %x, %f0 : f32
      %d = arith.divf %f1, %x : f32
      %y = arith.select %none, %f0, %d : f32
      atile.yield %y : f32
    }
    %o = atile.scale %r#0 by %inverse : !atile.frag<64x64xf32>, !atile.rows<64>
    %natural = atile.map_rows %r#1, %sum : (!atile.rows<64>, !atile.rows<64>) -> !atile.rows<64> {
    ^bb0(%x: f32, %y: f32):
      %scaled = arith.mulf %x, %scale : f32
      %log = math.log2 %y : f32
      %z = arith.addf %scaled, %log : f32
      %nat = arith.mulf %z, %ln2 : f32
      atile.yield %nat : f32
    }

    %row = arith.addi %row0, %first : i32
    %valid = arith.subi %t, %row : i32
    %row64 = arith.extui %row : i32 to i64
    %head64 = arith.extui %head : i32 to i64
    %oh = arith.muli %head64, %out_head : i64
    %or = arith.muli %row64, %out_row : i64
    %offset = arith.addi %oh, %or : i64
    atile.store %o, %out[%offset] stride(%out_row) valid(%valid)
        : !atile.frag<64x64xf32>, !atile.global<bf16>
    %lh = arith.muli %head64, %lse_head : i64
    %lr = arith.muli %row64, %lse_row : i64
    %lse_offset = arith.addi %lh, %lr : i64
    atile.store_rows %natural, %lse[%lse_offset] stride(%lse_row) valid(%valid)
        : !atile.rows<64>, !atile.global<f32>
  }
  atile.return
}
