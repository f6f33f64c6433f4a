// RUN: attn-opt %s -verify-diagnostics -split-input-file

// H1: one product was issued after the one awaited, so none may be pending.
atile.kernel @awaits_too_little() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
    // expected-error @+1 {{H1: expected to await all products up to its operands but found one among the last 1 issued}}
    %u = atile.await %s {pending = 1 : i32} : !atile.frag<64x64xf32, inflight>
    atile.release %k : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

// H2: the tensor core still reads the tile.
atile.kernel @releases_too_early() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    // expected-note @+1 {{a product that reads it}}
    %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
    // expected-error @+1 {{H2: expected an await of every product that reads the slot before it}}
    atile.release %k : !atile.slot<64x64xbf16, full>
    %u = atile.await %s {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
  }
  atile.return
}

// -----

// H2, around a loop: the slot that the last turn read is released before the
// product that it carries was awaited.
atile.kernel @releases_what_a_loop_carries(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (s0, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %s0 = atile.fill %f0 : !atile.frag<64x64xf32, inflight>
    %k0 = atile.no_slot : !atile.slot<64x64xbf16, full>
    // expected-note @+1 {{a product that reads it}}
    %l:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %s0, %old = %k0)
        -> (!atile.frag<64x64xf32, inflight>, !atile.slot<64x64xbf16, full>) : i32 {
      // expected-error @+1 {{H2: expected an await of every product that reads the slot before it}}
      atile.release %old : !atile.slot<64x64xbf16, full>
      %u = atile.await %s {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
      %k = atile.wait_full %r[%i] : !atile.ring<2x64x64xbf16>
      %s1 = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
      scf.yield %s1, %k : !atile.frag<64x64xf32, inflight>, !atile.slot<64x64xbf16, full>
    }
    %u = atile.await %l#0 {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
    atile.release %l#1 : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

// H3: the operand of the product in flight may lose its registers to the new one.
atile.kernel @packs_under_a_product(%p: !atile.global<f32> {atile.bind = #atile.bind<data, 0>})
    attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %v = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    %x = atile.fill %f0 : !atile.frag<64x64xf32>
    %a = atile.pack %x : !atile.frag<64x64xf32> -> !atile.operand<64x64xbf16>
    // expected-note @+1 {{the product}}
    %o = atile.mma_rs %a, %v, %x : !atile.operand<64x64xbf16>, !atile.slot<64x64xbf16, full>, !atile.frag<64x64xf32>
    // expected-error @+1 {{H3: expected no product in flight that borrows an operand}}
    %b = atile.pack %x : !atile.frag<64x64xf32> -> !atile.operand<64x64xbf16>
    %u = atile.await %o {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
    atile.release %v : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

// H3: nothing holds the conversion behind the await.
atile.kernel @packs_what_was_not_awaited() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %v = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    %x = atile.fill %f0 : !atile.frag<64x64xf32>
    %a = atile.pack %x : !atile.frag<64x64xf32> -> !atile.operand<64x64xbf16>
    %o = atile.mma_rs %a, %v, %x : !atile.operand<64x64xbf16>, !atile.slot<64x64xbf16, full>, !atile.frag<64x64xf32>
    %u = atile.await %o {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
    // expected-error @+1 {{H3: expected a source that went through the await that ended the last product with an operand}}
    %b = atile.pack %x : !atile.frag<64x64xf32> -> !atile.operand<64x64xbf16>
    atile.release %v : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

// H3, around a loop: what one turn computed is packed in the next, and the
// product between them was awaited without it.
atile.kernel @packs_what_a_loop_carries(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (s0, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %x0 = atile.fill %f0 : !atile.frag<64x64xf32>
    %l:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %x0, %acc = %x0)
        -> (!atile.frag<64x64xf32>, !atile.frag<64x64xf32>) : i32 {
      // expected-error @+1 {{H3: expected a source that went through the await}}
      %a = atile.pack %x : !atile.frag<64x64xf32> -> !atile.operand<64x64xbf16>
      %v = atile.wait_full %r[%i] : !atile.ring<2x64x64xbf16>
      %o = atile.mma_rs %a, %v, %acc : !atile.operand<64x64xbf16>, !atile.slot<64x64xbf16, full>, !atile.frag<64x64xf32>
      %u = atile.await %o {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
      atile.release %v : !atile.slot<64x64xbf16, full>
      scf.yield %x, %u : !atile.frag<64x64xf32>, !atile.frag<64x64xf32>
    }
  }
  atile.return
}

// -----

// H4: the second arrival lets the producer overwrite another tile.
atile.kernel @releases_twice() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    atile.release %k : !atile.slot<64x64xbf16, full>
    // expected-error @+1 {{H4: expected a slot that is held but found one that was loaded, released or passed on}}
    atile.release %k : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

atile.kernel @reads_after_release() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    atile.release %k : !atile.slot<64x64xbf16, full>
    // expected-error @+1 {{H4: expected a slot that is held}}
    %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
  }
  atile.return
}

// -----

atile.kernel @reads_no_slot() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.no_slot : !atile.slot<64x64xbf16, full>
    // expected-error @+1 {{H4: expected a tile but found atile.no_slot}}
    %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
  }
  atile.return
}

// -----

atile.kernel @never_releases() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  // expected-error @+1 {{H4: expected every slot to be loaded or released before the end of the role but found 1 held}}
  atile.specialize registers(24, 240) producer {
    %k = atile.wait_empty %r[%c0] : !atile.ring<2x64x64xbf16>
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

atile.kernel @holds_one_more_each_turn(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (s0, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    // expected-error @+1 {{H4: expected the same slots held at the end of the loop's body as at its beginning, but found 1 instead of 0}}
    scf.for %i = %c0 to %n step %c1 : i32 {
      %k = atile.wait_full %r[%i] : !atile.ring<2x64x64xbf16>
    }
  }
  atile.return
}

// -----

// H5: a turn leaves its product in flight and does not pass it on.
atile.kernel @leaves_in_flight(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (s0, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    // expected-error @+1 {{H5: expected the same products in flight at the end of the loop's body as at its beginning, but found 1 instead of 0 or other values in their places}}
    scf.for %i = %c0 to %n step %c1 : i32 {
      %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
    }
    atile.release %k : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

// H5: one branch awaits what the other leaves in flight.
atile.kernel @branches_differ(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (s0, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
    %c = arith.cmpi eq, %n, %c0 : i32
    // expected-error @+1 {{H5: expected the same products in flight at the end of one branch as at its beginning}}
    scf.if %c {
      %u = atile.await %s {pending = 0 : i32} : !atile.frag<64x64xf32, inflight>
    }
    atile.release %k : !atile.slot<64x64xbf16, full>
  }
  atile.return
}

// -----

// H5: a wait for all but the last product would count this one.
atile.kernel @fills_behind_a_product() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %k = atile.wait_full %r[%c0] : !atile.ring<2x64x64xbf16>
    %s = atile.mma_ss %k[%c0], %k : !atile.slot<64x64xbf16, full>, !atile.slot<64x64xbf16, full> -> !atile.frag<64x64xf32, inflight>
    // expected-error @+1 {{H5: expected no product in flight where one that computes nothing begins}}
    %o = atile.fill %f0 : !atile.frag<64x64xf32, inflight>
  }
  atile.return
}

// -----

atile.kernel @loops_otherwise(%n: i1 {atile.bind = #atile.bind<scalar, 0>})
    attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  // expected-error @+1 {{H5: expected control flow by scf.for and scf.if only}}
  scf.while : () -> () {
    scf.condition(%n)
  } do {
    scf.yield
  }
  atile.return
}

// -----

// H6: the last product is never awaited.
atile.kernel @never_awaits() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    // expected-error @+1 {{H6: expected an await of this product before the end of the role}}
    %o = atile.fill %f0 : !atile.frag<64x64xf32, inflight>
  }
  atile.return
}

// -----

// H6, of a product that a loop carried.
atile.kernel @never_awaits_the_last(%n: i32 {atile.bind = #atile.bind<size, 0, 2>})
    attributes {threads = 256 : i32, grid = affine_map<()[s0] -> (s0, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
  } consumers(1) {
  ^bb0(%g: i32):
    %s0 = atile.fill %f0 : !atile.frag<64x64xf32, inflight>
    // expected-error @+1 {{H6: expected an await of this product before the end of the role}}
    %l = scf.for %i = %c0 to %n step %c1 iter_args(%s = %s0) -> (!atile.frag<64x64xf32, inflight>) : i32 {
      scf.yield %s : !atile.frag<64x64xf32, inflight>
    }
  }
  atile.return
}

// -----

// H7: only one thread executes the producer.
atile.kernel @computes_in_the_producer() attributes {threads = 256 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %f0 = arith.constant 0.0 : f32
  %r = atile.ring : !atile.ring<2x64x64xbf16>
  atile.setup %r consumers(1) : !atile.ring<2x64x64xbf16>
  atile.specialize registers(24, 240) producer {
    // expected-error @+1 {{H7: expected another role but found it in the producer}}
    %o = atile.fill %f0 : !atile.frag<64x64xf32>
  } consumers(1) {
  ^bb0(%g: i32):
  }
  atile.return
}

// -----

// H8: another thread may still read the stage.
atile.kernel @copies_over_what_is_read(%p: !atile.global<bf16> {atile.bind = #atile.bind<data, 0>})
    attributes {threads = 128 : i32, grid = affine_map<() -> (1, 1, 1)>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %z = arith.constant 0 : i64
  %r = atile.ring : !atile.ring<1x64x64xbf16>
  %e0 = atile.stage %r[%c0] : !atile.ring<1x64x64xbf16>
  atile.copy %p[%z] stride(%z) valid(%c64) into %e0 : !atile.global<bf16>, !atile.slot<64x64xbf16, empty>
  %k0 = atile.wait_copies %r[%c0] {pending = 0 : i32} : !atile.ring<1x64x64xbf16>
  %a = atile.load_operand %k0[%c0] : !atile.slot<64x64xbf16, full> -> !atile.operand<64x64xbf16>
  atile.retire %k0 : !atile.slot<64x64xbf16, full>
  // expected-error @+1 {{H8: expected all threads to meet, by atile.wait_copies, after the last atile.retire}}
  %e1 = atile.stage %r[%c0] : !atile.ring<1x64x64xbf16>
  atile.copy %p[%z] stride(%z) valid(%c64) into %e1 : !atile.global<bf16>, !atile.slot<64x64xbf16, empty>
  atile.return
}
