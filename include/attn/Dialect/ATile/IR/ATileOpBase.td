//===- ATileOpBase.td - what operations of atile have in common -*- tablegen -*-===//

#ifndef ATTN_ATILE_OP_BASE
#define ATTN_ATILE_OP_BASE

include "attn/Dialect/ATile/IR/ATileTypes.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class ATile_Op<string mnemonic, list<Trait> traits = []>
    : Op<ATile_Dialect, mnemonic, traits>;

// Waits, barriers, products and copies keep their order.
def ATileAsyncResource : Resource<"::mlir::attn::atile::AsyncResource">;
defvar ATile_InOrder = MemoryEffects<[MemRead<ATileAsyncResource>,
                                      MemWrite<ATileAsyncResource>]>;

def ATile_EmptySlot : Type<And<[
    ATile_SlotType.predicate,
    CPred<"!::llvm::cast<::mlir::attn::atile::SlotType>($_self).isFull()">]>,
  "empty slot", "::mlir::attn::atile::SlotType">;
def ATile_FullSlot : Type<And<[
    ATile_SlotType.predicate,
    CPred<"::llvm::cast<::mlir::attn::atile::SlotType>($_self).isFull()">]>,
  "full slot", "::mlir::attn::atile::SlotType">;
def ATile_UsableFrag : Type<And<[
    ATile_FragType.predicate,
    CPred<"!::llvm::cast<::mlir::attn::atile::FragType>($_self).getInflight()">]>,
  "usable fragment", "::mlir::attn::atile::FragType">;
def ATile_InflightFrag : Type<And<[
    ATile_FragType.predicate,
    CPred<"::llvm::cast<::mlir::attn::atile::FragType>($_self).getInflight()">]>,
  "fragment in flight", "::mlir::attn::atile::FragType">;
def ATile_WholeRows : Type<And<[
    ATile_RowsType.predicate,
    CPred<"!::llvm::cast<::mlir::attn::atile::RowsType>($_self).getPartial()">]>,
  "row vector", "::mlir::attn::atile::RowsType">;
def ATile_PartialRows : Type<And<[
    ATile_RowsType.predicate,
    CPred<"::llvm::cast<::mlir::attn::atile::RowsType>($_self).getPartial()">]>,
  "partial row vector", "::mlir::attn::atile::RowsType">;

#endif // ATTN_ATILE_OP_BASE
