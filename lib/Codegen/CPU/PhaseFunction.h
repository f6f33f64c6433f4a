//===- PhaseFunction.h - a function made of part of another one -*- C++ -*-===//
//
// Builds the functions that attn-outline-phases makes: each takes the arguments
// of the source and repeats from its top level what it needs.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_PHASEFUNCTION_H
#define ATTN_LIB_CODEGEN_CPU_PHASEFUNCTION_H

#include "PhasePlan.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::attn {

/// The type of workspaces: bytes.
MemRefType getWorkspaceType(MLIRContext *context);

class PhaseFunction {
public:
  /// Adds a private function `name`, made unique, to `symbols`. It takes the
  /// arguments of `source` and `extraTypes` and returns `results`.
  PhaseFunction(func::FuncOp source, const PhasePlan &plan, const Twine &name,
                TypeRange extraTypes, TypeRange results, SymbolTable &symbols);

  /// Bytes of the buffers and carried values of the plan.
  Value buildSharedSize();
  /// Bytes that one tile of any phase needs for itself.
  Value buildScratchSize();
  /// The number of tiles of `phase`.
  Value buildTileCount(const Phase &phase);
  /// What has to run before the tiles of `phase`; the workspace is the first
  /// extra argument.
  void buildPreparation(const Phase &phase);
  /// Tile number `extra argument 2` of `phase`, with workspace and scratch
  /// being the extra arguments before it.
  LogicalResult buildTile(const Phase &phase);

  /// Ends the function.
  func::FuncOp finish(ValueRange results);

private:
  Value getExtra(unsigned index) {
    return func.getArgument(source.getNumArguments() + index);
  }
  Value constant(int64_t value);
  /// The value that stands for `value` of the source.
  Value get(Value value);
  Value get(OpFoldResult value);
  Value buildBytes(MemRefType type, ArrayRef<OpFoldResult> dynamicSizes);
  Value buildSharedBytes(Value buffer);
  /// Where `buffer`, one of the shared ones, begins.
  Value getSharedOffset(Value buffer);
  Value buildScratchBytes(const ScratchBuffer &buffer);
  Value buildView(Value bytes, Value offset, MemRefType type, ValueRange sizes);
  SmallVector<Value> buildTripCounts(scf::ForallOp forall);
  /// Trip counts of the loops of `phase`, from the outermost to the innermost.
  SmallVector<Value> buildTripCounts(const Phase &phase);
  void mapInductionVariables(const Phase &phase);
  void buildBody(const Phase &phase);
  void buildEpilogue(const Phase &phase);
  void cloneOps(ArrayRef<Operation *> ops);
  /// Gives the cloned allocations their places in the scratch.
  void placeScratch(const Phase &phase, ArrayRef<Value> offsets);

  func::FuncOp source;
  const PhasePlan &plan;
  func::FuncOp func;
  OpBuilder builder;
  IRMapping mapping;
  /// Buffers and carried values in the order of their places, and the places
  /// computed so far: offsets[i] is where shared[i] begins.
  SmallVector<Value> shared;
  SmallVector<Value> offsets;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_PHASEFUNCTION_H
