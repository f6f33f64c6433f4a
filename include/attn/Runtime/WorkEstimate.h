//===- WorkEstimate.h - Useful work of one call -----------------*- C++ -*-===//
//
// How many floating-point operations of a function's attention ops are useful
// at given sizes: 2 (K + V) for every admitted (query, key) pair and query
// head, for width K of queries and keys and V of values. Masks are read
// symbolically, so causal attention counts about half of what full attention
// does, and the tiles that the analysis calls empty, full and partial are
// counted beside.
//
// Linear and recurrent ops count per token what a token at a time would need,
// whatever chunks a lowering forms, for a state of K by V: 2 K V per state head
// to add the token, 2 K V per output head to read it, and 2 K V per state head
// for what a correction reads of the state. So it is 4 K V, with a correction
// 6 K V, where each state is read by one head. Decays, exponentials and
// normalizers are not counted. With `cu_seqlens` every token counts.
//
// Covered by test/unittests/Runtime/WorkEstimateTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_WORKESTIMATE_H
#define ATTN_RUNTIME_WORKESTIMATE_H

#include "attn/Analysis/TileClass.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <optional>

namespace mlir::attn {

/// What is known of one argument of a call: the sizes of a tensor, or the value
/// of an integer scalar.
struct CallArgument {
  SmallVector<int64_t> sizes;
  std::optional<int64_t> value;
};

struct WorkEstimate {
  /// Useful floating-point operations.
  double flops = 0.0;
  /// False if a mask depends on run-time data; then only its causal and window
  /// parts restrict the pairs that are counted. False too with `cu_seqlens`:
  /// every token is counted, in a sequence or not.
  bool isExact = true;
  /// Tiles over all batches, query heads and ops, of the sizes that the
  /// target's schedule has; none if `isExact` is false or it has no schedule.
  std::optional<TileCounts> tiles;
};

/// Estimates a call of the function called `name` of `module` with these
/// inputs, compiled for `target` (see `TargetInfo::parse`). Fails if the size
/// of an attention op does not follow from them.
llvm::Expected<WorkEstimate> estimateWork(ModuleOp module, StringRef name,
                                          ArrayRef<CallArgument> inputs,
                                          StringRef target = "native");

} // namespace mlir::attn

#endif // ATTN_RUNTIME_WORKESTIMATE_H
