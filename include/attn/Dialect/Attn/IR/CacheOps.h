//===- CacheOps.h - operations on caches of keys and values -----*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_IR_CACHEOPS_H
#define ATTN_DIALECT_ATTN_IR_CACHEOPS_H

#include "attn/Dialect/Attn/IR/ScoredAttention.h"

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/CacheOps.h.inc"

namespace mlir::attn {

/// The scores and masks of `op`. It has neither value nor output, in whose
/// place are its key and query, of the same types.
ScoredAttention getScores(KeyMassOp op);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_IR_CACHEOPS_H
