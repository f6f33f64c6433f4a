//===- RecurrenceToken.h - one token of a recurrence, in f64 ----*- C++ -*-===//
//
// What RecurrenceToLoops.cpp carries along a sequence, and its step: a token's
// output and what the token makes of the state.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOLOOPS_RECURRENCETOKEN_H
#define ATTN_LIB_CONVERSION_ATTNTOLOOPS_RECURRENCETOKEN_H

#include "ScalarBuilder.h"
#include "attn/Dialect/Attn/IR/Attn.h"

namespace mlir::attn {

/// What one state head carries from token to token. All of it is f64; what the
/// operation does not have is null.
struct Running {
  /// The operation's output, so far.
  Value output;
  /// S `[K, V]`.
  Value state;
  /// z `[K]`, and m, which is a scalar.
  Value keySum, maximum;
  /// The product of all maps: a scalar, `[K]`, `[K, K]` or `[K, V]`.
  Value transition;

  /// What there is, in this order, for a loop to carry.
  SmallVector<Value> pack() const;
  /// The same values after a step of such a loop.
  Running unpack(ValueRange next) const;
};

/// Storage of one row: of V for the state, of K for a dense transition.
struct RowStorage {
  Value state, transition;
};

/// Where a token is: b, the state head h and its key head, t.
struct TokenPlace {
  Value batch, head, keyHead, time;
};

/// Output and running values after the token.
Running buildToken(ScalarBuilder &b, const Recurrence &parts,
                   const TokenPlace &place, const RowStorage &rows,
                   Running now);

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLOOPS_RECURRENCETOKEN_H
