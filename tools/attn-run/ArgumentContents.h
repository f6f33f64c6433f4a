//===- ArgumentContents.h - what --seed puts into arguments ----*- C++ -*-===//
//
// Normal numbers are good queries, but a positive gate lets a state grow beyond
// every bound, and so does a key of the delta rule that is longer than 1. What
// an argument means is seen where an attn operation takes it:
//
//   attn.recurrent ins(%q, %k, %v) gate(%g) beta(%b) cu_seqlens(%c) ..
//     %k: rows of length 1    %g: negative    %b: in (0, 1)    %c: ascending
//
// An attribute tells it of others: `attn.values = "positive"`, with the names
// of attn::Meaning; for "counts" and "bounds" `attn.values_of = ["k", 2]` names
// the argument and the dimension whose size is the largest value.
//
// Covered by test/Tools/attn-run/contents.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUN_ARGUMENTCONTENTS_H
#define ATTN_RUN_ARGUMENTCONTENTS_H

#include "attn/Runtime/Random.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::attn {

/// How one argument is filled.
struct ArgumentContents {
  Contents contents;
  /// The argument and its dimension whose size is `contents.limit`.
  std::optional<std::pair<unsigned, unsigned>> limit;
  /// The argument whose values these are a multiple of.
  std::optional<unsigned> stream;
};

/// One entry per argument of `func`; none where it is null.
llvm::Expected<SmallVector<ArgumentContents>> findContents(func::FuncOp func);

} // namespace mlir::attn

#endif // ATTN_RUN_ARGUMENTCONTENTS_H
