//===- SizeRules.h - what sizes must obey beyond being equal ---*- C++ -*-===//
//
// One list per operation of what its verifier cannot see where sizes are known
// only in a call, such as the number of key heads that has to divide the number
// of query heads. Generated functions check it, see attn-record-requirements.
//
// Covered by test/Compiler/record-requirements.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_IR_SIZERULES_H
#define ATTN_DIALECT_ATTN_IR_SIZERULES_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::attn {

/// A relation among sizes a, b, .. of a call.
enum class SizeRule {
  divides,       ///< a divides b; 0 divides 0 alone
  eitherDivides, ///< of a and b one divides the other
  largerOf,      ///< a is the larger of b and c
  oneMore,       ///< a is b + 1
  isOne,         ///< a is 1
  /// The elements of an integer tensor of rank 1 are at least 0, at most a, and
  /// none is below the one before it.
  ascending,
};

/// Dimension `dim` of `value`.
struct SizeOf {
  Value value;
  int64_t dim;
};

/// Calls `rule(kind, sizes, data)` for everything that `op` requires of sizes
/// known in a call only; `data` is the tensor whose elements `ascending` is
/// about, null otherwise.
void collectSizeRules(
    Operation *op,
    llvm::function_ref<void(SizeRule, llvm::ArrayRef<SizeOf>, Value)> rule);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_IR_SIZERULES_H
