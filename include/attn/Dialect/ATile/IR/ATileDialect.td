//===- ATileDialect.td - structured GPU kernels ------------*- tablegen -*-===//

#ifndef ATTN_ATILE_DIALECT
#define ATTN_ATILE_DIALECT

include "mlir/IR/OpBase.td"

def ATile_Dialect : Dialect {
  let name = "atile";
  let cppNamespace = "::mlir::attn::atile";
  let summary = "GPU kernels as roles, rings of tiles and fragments";
  let description = [{
    One operation is one action of the hardware on a whole tile: a load by the
    tensor memory accelerator, a product on tensor cores, a wait, a row maximum.
    Between them stand `arith`, `math` and `scf` on scalars. A kernel is executed
    by every thread of a block; a *fragment* is a tile that lies in the registers
    of 128 threads, a *slot* is a tile in shared memory.

    Two sets of patterns lower one and the same module of this dialect: to
    `nvvm`, `llvm` and PTX, and to calls of an emulator that runs on a CPU. All
    numbers that both need (offsets in shared memory, swizzles, descriptors) come
    from `attn/Codegen/GPU/TileLayout.h`.

    Asynchrony is in the types. A product yields a fragment `inflight`, and
    nothing but `atile.await` takes one; a slot is `empty` for the producer and
    `full` for consumers, by the operation that waited for it. What types cannot
    say, a verifier of `atile.kernel` follows along every path (rules H1 to H8,
    listed there).

    *Groups.* 128 consecutive threads are a group of four warps. Group g holds
    rows of its own of a query tile: thread t of the group has in fragment
    register 4i + 2h + j the element of row 16 (t / 32) + (t % 32) / 4 + 8h and
    column 8i + 2 (t % 4) + j. That is the accumulator of `wgmma.m64nNk16` and,
    warp by warp, of `mma.m16n8k16`. All values other than fragments and row
    vectors are the same in all threads of a group.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerTypes();
  }];
}

#endif // ATTN_ATILE_DIALECT
