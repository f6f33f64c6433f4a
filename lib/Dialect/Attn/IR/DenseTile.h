//===- DenseTile.h - one tile of attn.dense ---------------------*- C++ -*-===//
//
// Shared by the tiling and the split over keys of attn.dense.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_DIALECT_ATTN_IR_DENSETILE_H
#define ATTN_LIB_DIALECT_ATTN_IR_DENSETILE_H

#include "attn/Dialect/Attn/IR/Attn.h"

namespace mlir::attn {

/// Offset and size along one dimension.
using TileSpan = std::pair<OpFoldResult, OpFoldResult>;

/// A tile in the coordinates of the operands.
struct DenseTile {
  TileSpan batch, head, keyHead, query, key;
};

/// Maps a tile of the iteration domain to the operands; emits an error when
/// its query heads would not be contiguous.
FailureOr<DenseTile> getDenseTile(OpBuilder &b, DenseOp op,
                                  ArrayRef<OpFoldResult> offsets,
                                  ArrayRef<OpFoldResult> sizes);

/// Builds the op on one tile into `inits` (output, and lse when there are two).
DenseOp buildDenseTile(OpBuilder &b, DenseOp op, const DenseTile &tile,
                       ValueRange inits, bool withSink);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_IR_DENSETILE_H
