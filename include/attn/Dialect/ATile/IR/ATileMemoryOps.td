//===- ATileMemoryOps.td - rings, loads and stores ---------*- tablegen -*-===//

#ifndef ATTN_ATILE_MEMORY_OPS
#define ATTN_ATILE_MEMORY_OPS

include "attn/Dialect/ATile/IR/ATileOpBase.td"

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

def ATile_RingOp : ATile_Op<"ring", [HasParent<"KernelOp">]> {
  let summary = "reserves shared memory for a ring of tiles";
  let description = [{
    Rings lie in shared memory in the order of the text, each tile aligned to
    1,024 bytes, behind them the barriers (`SharedLayout`). PTX: none.

    ```mlir
    %ring = atile.ring : !atile.ring<2x128x64xbf16>
    ```
  }];
  let results = (outs ATile_RingType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
}

def ATile_SetupOp : ATile_Op<"setup", [HasParent<"KernelOp">, ATile_InOrder]> {
  let summary = "initialises the barriers of rings and lets all threads meet";
  let description = [{
    Full barriers are given a count of 1 (the producer's arrival; bytes are
    counted apart), empty barriers a count of `consumers`, the number of groups.
    PTX: by thread 0 `mbarrier.init` of each barrier and
    `fence.mbarrier_init.release.cluster`, then `bar.sync 0` of the block.

    ```mlir
    atile.setup %q, %k, %v consumers(2)
        : !atile.ring<1x128x64xbf16>, !atile.ring<2x128x64xbf16>, !atile.ring<2x128x64xbf16>
    ```
  }];
  let arguments = (ins Variadic<ATile_RingType>:$rings, I32Attr:$consumers);
  let assemblyFormat = "$rings `consumers` `(` $consumers `)` attr-dict `:` qualified(type($rings))";
}

def ATile_WaitEmptyOp : ATile_Op<"wait_empty", [ATile_InOrder, InferTypeOpAdaptor]> {
  let summary = "waits, in the producer, until the stage of tile n is free";
  let description = [{
    `n` counts the tiles that went through the ring, from 0, over the life of the
    block. The stage is n mod stages; the first turn does not wait. PTX:
    `mbarrier.try_wait.parity` in a loop on the empty barrier of the stage, parity
    ((n / stages) & 1) ^ 1.

    ```mlir
    %slot = atile.wait_empty %ring[%n] : !atile.ring<2x128x64xbf16>
    ```
  }];
  let arguments = (ins ATile_RingType:$ring, I32:$n);
  let results = (outs ATile_EmptySlot:$slot);
  let assemblyFormat = "$ring `[` $n `]` attr-dict `:` qualified(type($ring))";
}

def ATile_WaitFullOp : ATile_Op<"wait_full", [ATile_InOrder, InferTypeOpAdaptor]> {
  let summary = "waits, in a group, until tile n has arrived";
  let description = [{
    PTX: `mbarrier.try_wait.parity` in a loop on the full barrier of stage n mod
    stages, parity (n / stages) & 1.

    ```mlir
    %k = atile.wait_full %ring[%n] : !atile.ring<2x128x64xbf16>
    ```
  }];
  let arguments = (ins ATile_RingType:$ring, I32:$n);
  let results = (outs ATile_FullSlot:$slot);
  let assemblyFormat = "$ring `[` $n `]` attr-dict `:` qualified(type($ring))";
}

def ATile_NoSlotOp : ATile_Op<"no_slot", [Pure]> {
  let summary = "a full slot that is none, to begin a loop with";
  let description = [{
    A schedule that releases a tile one iteration after it was read carries the
    slot; this is the one before the first iteration. `atile.release` of it does
    nothing; no product may read it. Lowers to the addresses 0, 0.

    ```mlir
    %none = atile.no_slot : !atile.slot<128x64xbf16, full>
    ```
  }];
  let results = (outs ATile_FullSlot:$slot);
  let assemblyFormat = "attr-dict `:` qualified(type($slot))";
}

def ATile_ReleaseOp : ATile_Op<"release", [ATile_InOrder]> {
  let summary = "gives a full slot back to the producer";
  let description = [{
    One thread of the group arrives at the empty barrier of the stage, after all
    128 have executed the wait that ended the last product reading it (H2). PTX:
    `mbarrier.arrive.shared::cta.b64` under a predicate of thread 0 of the group;
    nothing where the barrier's address is 0 (`atile.no_slot`).

    ```mlir
    atile.release %k : !atile.slot<128x64xbf16, full>
    ```
  }];
  let arguments = (ins ATile_FullSlot:$slot);
  let assemblyFormat = "$slot attr-dict `:` qualified(type($slot))";
}

//===----------------------------------------------------------------------===//
// Loads by the tensor memory accelerator
//===----------------------------------------------------------------------===//

def ATile_LoadOp : ATile_Op<"load", [ATile_InOrder]> {
  let summary = "starts the load of a tile into an empty slot";
  let description = [{
    Coordinates are batch, head and the first row, as i32; rows and features
    outside of the tensor become 0. PTX: `mbarrier.arrive.expect_tx` of the bytes
    of all panels on the slot's full barrier, then for each panel p of 64 features
    `cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx`
    at {64 p, row, head, batch} to the slot's address + p * rows * 128.

    Constraints: map and slot have the same rows, columns and element.

    ```mlir
    atile.load %map[%b, %h, %row] into %slot
        : !atile.map<128x64xbf16>, !atile.slot<128x64xbf16, empty>
    ```
  }];
  let arguments = (ins ATile_MapType:$map, I32:$batch, I32:$head, I32:$row,
                       ATile_EmptySlot:$slot);
  let assemblyFormat = [{
    $map `[` $batch `,` $head `,` $row `]` `into` $slot attr-dict
    `:` qualified(type($map)) `,` qualified(type($slot))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Loads by all threads (before sm_90)
//===----------------------------------------------------------------------===//

def ATile_StageOp : ATile_Op<"stage", [ATile_InOrder, InferTypeOpAdaptor]> {
  let summary = "takes the stage of tile n, without waiting";
  let description = [{
    For kernels without roles, where every thread copies its part. The threads
    must have met (`atile.wait_copies`) since the last `atile.retire` of that
    stage (H8). PTX: none but the address.

    ```mlir
    %slot = atile.stage %ring[%n] : !atile.ring<2x64x64xbf16>
    ```
  }];
  let arguments = (ins ATile_RingType:$ring, I32:$n);
  let results = (outs ATile_EmptySlot:$slot);
  let assemblyFormat = "$ring `[` $n `]` attr-dict `:` qualified(type($ring))";
}

def ATile_CopyOp : ATile_Op<"copy", [ATile_InOrder]> {
  let summary = "starts the copy of a tile by all threads of the block";
  let description = [{
    Row r, column c of the tile is element `offset + r * stride + c` of the
    source. Rows from `valid` on become 0; where `valid` is 0 or less nothing is
    read. One copy group per operation. PTX: for each 16 bytes of the tile,
    dealt to the threads in order, `cp.async.cg.shared.global` to the swizzled
    address, with a source size of 0 where the row is not valid; then
    `cp.async.commit_group`. The source is 16-byte aligned, and so are its rows.

    ```mlir
    atile.copy %k[%offset] stride(%ld) valid(%rows) into %slot
        : !atile.global<bf16>, !atile.slot<64x64xbf16, empty>
    ```
  }];
  let arguments = (ins ATile_GlobalType:$source, I64:$offset, I64:$stride,
                       I32:$valid, ATile_EmptySlot:$slot);
  let assemblyFormat = [{
    $source `[` $offset `]` `stride` `(` $stride `)` `valid` `(` $valid `)`
    `into` $slot attr-dict `:` qualified(type($source)) `,` qualified(type($slot))
  }];
  let hasVerifier = 1;
}

def ATile_WaitCopiesOp : ATile_Op<"wait_copies", [ATile_InOrder, InferTypeOpAdaptor]> {
  let summary = "waits until the copy of tile n is complete in all threads";
  let description = [{
    At most the last `pending` copies of this thread are left unfinished, and all
    threads of the block meet. PTX: `cp.async.wait_group pending`, `bar.sync 0`.

    ```mlir
    %k = atile.wait_copies %ring[%n] {pending = 1 : i32} : !atile.ring<2x64x64xbf16>
    ```
  }];
  let arguments = (ins ATile_RingType:$ring, I32:$n,
                       ConfinedAttr<I32Attr, [IntNonNegative]>:$pending);
  let results = (outs ATile_FullSlot:$slot);
  let assemblyFormat = "$ring `[` $n `]` attr-dict `:` qualified(type($ring))";
}

def ATile_RetireOp : ATile_Op<"retire", [ATile_InOrder]> {
  let summary = "ends the use of a full slot in a kernel without roles";
  let description = [{
    For the verifier (H4, H8). PTX: none.

    ```mlir
    atile.retire %k : !atile.slot<64x64xbf16, full>
    ```
  }];
  let arguments = (ins ATile_FullSlot:$slot);
  let assemblyFormat = "$slot attr-dict `:` qualified(type($slot))";
}

//===----------------------------------------------------------------------===//
// Global memory
//===----------------------------------------------------------------------===//

def ATile_ReadOp : ATile_Op<"read", [
    MemoryEffects<[MemRead]>,
    TypesMatchWith<"result is an element of source", "source", "result",
      "::llvm::cast<::mlir::attn::atile::GlobalType>($_self).getElement()">]> {
  let summary = "loads one element from global memory";
  let description = [{
    PTX: `ld.global.nc`. The offset is in elements. In regions of `atile.map` each
    thread reads for each of its elements.

    ```mlir
    %slope = atile.read %slopes[%offset] : !atile.global<f32>
    ```
  }];
  let arguments = (ins ATile_GlobalType:$source, I64:$offset);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$source `[` $offset `]` attr-dict `:` qualified(type($source))";
}

def ATile_StoreOp : ATile_Op<"store", [MemoryEffects<[MemWrite]>]> {
  let summary = "rounds a fragment and stores its valid rows";
  let description = [{
    Element (r, c) of the fragment goes to element `offset + r * stride + c` of
    the destination, rounded to nearest even, if r < `valid`. All columns are
    stored. PTX: `cvt.rn.bf16x2.f32` and `st.global.b32` for each pair of columns
    (or `st.global.v2.f32`), under a predicate per row.

    ```mlir
    atile.store %o, %out[%offset] stride(%ld) valid(%rows)
        : !atile.frag<64x64xf32>, !atile.global<bf16>
    ```
  }];
  let arguments = (ins ATile_UsableFrag:$value, ATile_GlobalType:$dest,
                       I64:$offset, I64:$stride, I32:$valid);
  let assemblyFormat = [{
    $value `,` $dest `[` $offset `]` `stride` `(` $stride `)` `valid` `(` $valid `)`
    attr-dict `:` qualified(type($value)) `,` qualified(type($dest))
  }];
}

def ATile_StoreRowsOp : ATile_Op<"store_rows", [MemoryEffects<[MemWrite]>]> {
  let summary = "stores the valid entries of a row vector";
  let description = [{
    Entry r goes to element `offset + r * stride` of the destination if
    r < `valid`. PTX: `st.global.f32` by one of the four threads of a row.

    ```mlir
    atile.store_rows %lse, %out[%offset] stride(%ld) valid(%rows)
        : !atile.rows<64>, !atile.global<f32>
    ```
  }];
  let arguments = (ins ATile_WholeRows:$value, ATile_GlobalType:$dest,
                       I64:$offset, I64:$stride, I32:$valid);
  let assemblyFormat = [{
    $value `,` $dest `[` $offset `]` `stride` `(` $stride `)` `valid` `(` $valid `)`
    attr-dict `:` qualified(type($value)) `,` qualified(type($dest))
  }];
  let hasVerifier = 1;
}

#endif // ATTN_ATILE_MEMORY_OPS
