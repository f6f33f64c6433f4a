//===- TileOp.h - upstream's tiling, and the op replaced --------*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_TILEOP_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_TILEOP_H

#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"

namespace mlir::attn {

/// Tiles `op` by `sizes`, 0 for a loop that stays whole, and replaces it.
FailureOr<scf::SCFTilingResult>
tileOp(RewriterBase &rewriter, Operation *op, ArrayRef<int64_t> sizes,
       scf::SCFTilingOptions::LoopType loopType);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_TILEOP_H
