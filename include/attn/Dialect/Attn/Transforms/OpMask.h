//===- OpMask.h - the whole mask of an op as one expression -----*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_TRANSFORMS_OPMASK_H
#define ATTN_DIALECT_ATTN_TRANSFORMS_OPMASK_H

#include "attn/Analysis/MaskExpr.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"

namespace mlir::attn {

/// The conjunction of everything that forbids pairs: causal, window, the mask
/// region, and a boolean bias, which is opaque. `diagonal` is the diagonal of
/// the structural mask; its value or an equivalent symbol of `symbols`.
MaskExpr getMaskExpr(const ScoredAttention &attention, AffineExpr diagonal,
                     MaskSymbols &symbols);
MaskExpr getMaskExpr(OnlineOp op, MaskSymbols &symbols);

/// How many query heads may be the rows of one tile: those that share a key
/// head, where there is one query, the mask is the same for all heads and
/// nothing else is given by head; otherwise 1.
int64_t countPackedHeads(DenseOp op);
int64_t countPackedHeads(BlockSparseOp op);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_TRANSFORMS_OPMASK_H
