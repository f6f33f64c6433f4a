//===- PhasePlan.h - which ops of a function form a phase -------*- C++ -*-===//
//
// Divides the body of a function on memrefs into phases of independent tiles,
// for attn-outline-phases.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_PHASEPLAN_H
#define ATTN_LIB_CODEGEN_CPU_PHASEPLAN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::attn {

/// Name of the unit attribute on an op that has to run before the first tile of
/// the phase behind it.
inline constexpr StringLiteral kPrepareAttrName = "attn.prepare";

/// A buffer of a tile and the largest value of each of its dynamic sizes, in
/// terms of values at the top level of the function.
struct ScratchBuffer {
  Value buffer;
  SmallVector<OpFoldResult> bounds;
};

/// Work that needs everything before it and nothing behind it.
struct Phase {
  /// The loop over tiles; null where one tile runs all of `ops`.
  scf::ForallOp forall;
  /// The loop that is all of the body of `forall` but for repeatable ops, if
  /// its iterations are tiles too.
  scf::ForallOp inner;
  /// Top-level ops in order, `forall` alone if there is one.
  SmallVector<Operation *> ops;
  /// Top-level ops that the last of the tiles to end runs, in order.
  SmallVector<Operation *> epilogue;
  /// Holds how many tiles have ended, where there is an epilogue; preparation
  /// sets it to 0.
  Value counter;
  /// Ops to run before any tile.
  SmallVector<Operation *> preparation;
  SmallVector<ScratchBuffer> scratch;
};

struct PhasePlan {
  SmallVector<Phase, 0> phases;
  /// Buffers that live from phase to phase.
  SmallVector<Value> buffers;
  /// Values that one phase computes from memory and a later one uses.
  SmallVector<Value> carried;
  /// The only phase allocates and frees its buffers by itself.
  bool allocates = false;
};

/// Whether `op`, at the top level of a function, can be repeated wherever its
/// result is needed.
bool isRepeatable(Operation *op);

/// Calls `callback` with every value from outside of `op` that it uses.
void forEachInput(Operation *op, function_ref<void(Value)> callback);

/// Makes a plan for `func`, whose body is one block. Bounds of scratch sizes
/// that are no constants are computed by new ops before each phase. A buffer
/// that has no place in a workspace is an error, unless the function
/// `mayAllocate`.
FailureOr<PhasePlan> planPhases(func::FuncOp func, bool mayAllocate);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_PHASEPLAN_H
