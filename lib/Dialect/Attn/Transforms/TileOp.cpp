//===- TileOp.cpp - upstream's tiling, and the op replaced ----------------===//

#include "TileOp.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::attn {

FailureOr<scf::SCFTilingResult>
tileOp(RewriterBase &rewriter, Operation *op, ArrayRef<int64_t> sizes,
       scf::SCFTilingOptions::LoopType loopType) {
  rewriter.setInsertionPoint(op);
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(op->getContext(), sizes));
  options.setLoopType(loopType);
  FailureOr<scf::SCFTilingResult> tiled =
      scf::tileUsingSCF(rewriter, cast<TilingInterface>(op), options);
  if (succeeded(tiled))
    rewriter.replaceOp(op, tiled->replacements);
  return tiled;
}

} // namespace mlir::attn
