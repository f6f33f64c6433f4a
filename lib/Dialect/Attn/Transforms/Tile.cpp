//===- Tile.cpp - tile attn.dense and attn.merge into independent work ----===//
//
//   %o = attn.dense .. schedule <query_tile = 64, ..> ins(%q, %k, %v) outs(%i)
//   ->
//   %o = scf.forall (%b, %g, %r, %t) .. shared_outs(%out = %i) {
//     attn.dense .. ins(%q[..], %k[..], %v[..]) origin(..) outs(%out[..])
//   }
//
// Tests: test/Dialect/Attn/Transforms/tile.mlir
//
//===----------------------------------------------------------------------===//

#include "OpMask.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_TILEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// Rows of a merge tile: one row of parts is a few cache lines.
static constexpr int64_t kMergeRows = 16;

static LogicalResult tileInParallel(RewriterBase &rewriter, TilingInterface op,
                                    ArrayRef<int64_t> sizes) {
  rewriter.setInsertionPoint(op);
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(op.getContext(), sizes));
  options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  FailureOr<scf::SCFTilingResult> tiled =
      scf::tileUsingSCF(rewriter, op, options);
  if (failed(tiled))
    return failure();
  // Merging is little work behind the parts: their last tile does it.
  if (isa<MergeOp>(op))
    for (LoopLikeOpInterface loop : tiled->loops)
      loop->setAttr("attn.epilogue", rewriter.getUnitAttr());
  rewriter.replaceOp(op, tiled->replacements);
  return success();
}

namespace {
struct TilePass : impl::TilePassBase<TilePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<TilingInterface> ops;
    getOperation().walk([&](TilingInterface op) {
      if (isa<DenseOp, MergeOp>(op))
        ops.push_back(op);
    });
    for (TilingInterface op : ops) {
      SmallVector<int64_t> sizes{1, 1, kMergeRows};
      if (auto dense = dyn_cast<DenseOp>(op.getOperation())) {
        if (!dense.getSchedule())
          continue;
        int64_t rows = dense.getSchedule()->getQueryTile();
        int64_t heads = std::clamp<int64_t>(countPackedHeads(dense), 1, rows);
        sizes = {1, 1, heads, heads > 1 ? 1 : rows, 0};
      }
      if (failed(tileInParallel(rewriter, op, sizes)))
        return signalPassFailure();
      ++numTiled;
    }
  }
};
} // namespace

} // namespace mlir::attn
