//===- AttentionTile.h - one tile of softmax attention ----------*- C++ -*-===//
//
// Shared by the tilings of attn.dense and attn.block_sparse and the split over
// keys of the former. Both have the loops [batch, key head, group, query]
// first.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_DIALECT_ATTN_IR_ATTENTIONTILE_H
#define ATTN_LIB_DIALECT_ATTN_IR_ATTENTIONTILE_H

#include "attn/Dialect/Attn/IR/ScoredAttention.h"

namespace mlir::attn {

/// Offset and size along one dimension.
using TileSpan = std::pair<OpFoldResult, OpFoldResult>;

/// A tile in the coordinates of the operands.
struct AttentionTile {
  TileSpan batch, head, keyHead, query, key;
};

/// Operands of the op on a tile; null where the op has none.
struct AttentionOperands {
  Value query, key, value, bias, sink, diagonal;
  SmallVector<Value> origin;
};

bool isSameSize(OpFoldResult x, OpFoldResult y);

/// The iteration domain, whose last loop has the extent `last`.
SmallVector<Range> getAttentionDomain(OpBuilder &b, const ScoredAttention &a,
                                      OpFoldResult last);

/// Maps a tile of the leading four loops to the operands; its keys are up to
/// the caller. Emits an error when its query heads would not be contiguous.
FailureOr<AttentionTile> getAttentionTile(OpBuilder &b,
                                          const ScoredAttention &a,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes);

/// A slice along the leading dimensions of `spans`; further ones stay whole.
Value sliceLeading(OpBuilder &b, Location loc, Value source,
                   ArrayRef<TileSpan> spans);

AttentionOperands sliceOperands(OpBuilder &b, const ScoredAttention &a,
                                const AttentionTile &tile, bool withSink);

/// The place of a tile in result `number`, which is the output or the lse.
LogicalResult getAttentionResultPosition(OpBuilder &b, const ScoredAttention &a,
                                         unsigned number,
                                         ArrayRef<OpFoldResult> offsets,
                                         ArrayRef<OpFoldResult> sizes,
                                         SmallVector<OpFoldResult> &position,
                                         SmallVector<OpFoldResult> &shape);

/// `tiled` with the slices that are its operands.
TilingResult getTilingResult(Operation *tiled);

/// Builds attn.dense on one tile into `inits` (output, and lse when there are
/// two).
DenseOp buildDenseTile(OpBuilder &b, DenseOp op, const AttentionTile &tile,
                       ValueRange inits, bool withSink);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_IR_ATTENTIONTILE_H
