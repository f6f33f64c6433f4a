//===- Tile.cpp - tile softmax attention into independent work ------------===//
//
//   %o = attn.dense .. schedule <query_tile = 64, ..> ins(%q, %k, %v) outs(%i)
//   ->
//   %o = scf.forall (%b, %g, %r, %t) .. shared_outs(%out = %i) {
//     attn.dense .. ins(%q[..], %k[..], %v[..]) origin(..) outs(%out[..])
//   }
//
// attn.block_sparse has a tile for each block of queries, and a loop over parts
// of it where the schedule's tile is smaller and does not divide it.
//
// Tests: test/Dialect/Attn/Transforms/tile.mlir, tile-block-sparse.mlir
//
//===----------------------------------------------------------------------===//

#include "OpMask.h"
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

/// Tiles `op` by `sizes` and replaces it; the tile.
static FailureOr<Operation *> tile(RewriterBase &rewriter, TilingInterface op,
                                   ArrayRef<int64_t> sizes,
                                   scf::SCFTilingOptions::LoopType loopType) {
  rewriter.setInsertionPoint(op);
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(op.getContext(), sizes));
  options.setLoopType(loopType);
  FailureOr<scf::SCFTilingResult> tiled =
      scf::tileUsingSCF(rewriter, op, options);
  if (failed(tiled))
    return failure();
  // Merging is little work behind the parts: their last tile does it.
  if (isa<MergeOp>(op))
    for (LoopLikeOpInterface loop : tiled->loops)
      loop->setAttr("attn.epilogue", rewriter.getUnitAttr());
  rewriter.replaceOp(op, tiled->replacements);
  return tiled->tiledOps.front();
}

static LogicalResult tileInParallel(RewriterBase &rewriter, TilingInterface op,
                                    ArrayRef<int64_t> sizes) {
  return tile(rewriter, op, sizes, scf::SCFTilingOptions::LoopType::ForallOp);
}

static LogicalResult tileDense(RewriterBase &rewriter, DenseOp op) {
  int64_t rows = op.getSchedule()->getQueryTile();
  int64_t heads = std::clamp<int64_t>(countPackedHeads(op), 1, rows);
  return tileInParallel(rewriter, cast<TilingInterface>(op.getOperation()),
                        {1, 1, heads, heads > 1 ? 1 : rows, 0});
}

/// A tile has one list: it lies in one block of queries.
static LogicalResult tileLists(RewriterBase &rewriter, BlockSparseOp op) {
  using LoopType = scf::SCFTilingOptions::LoopType;
  int64_t block = op.getQueryBlock();
  int64_t rows = op.getSchedule()->getQueryTile();
  if (int64_t heads = std::min(countPackedHeads(op), rows); heads > 1)
    return tileInParallel(rewriter, cast<TilingInterface>(op.getOperation()),
                          {1, 1, heads, 1, 0});
  bool divides = block % rows == 0;
  FailureOr<Operation *> whole =
      tile(rewriter, cast<TilingInterface>(op.getOperation()),
           {1, 1, 1, divides ? rows : block, 0}, LoopType::ForallOp);
  if (failed(whole) || divides || block < rows)
    return whole;
  return tile(rewriter, cast<TilingInterface>(*whole), {0, 0, 0, rows, 0},
              LoopType::ForOp);
}

namespace {
struct TilePass : impl::TilePassBase<TilePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<TilingInterface> ops;
    getOperation().walk([&](TilingInterface op) {
      if (isa<DenseOp, BlockSparseOp, MergeOp>(op))
        ops.push_back(op);
    });
    for (TilingInterface op : ops) {
      if (isa<MergeOp>(op)) {
        if (failed(tileInParallel(rewriter, op, {1, 1, kMergeRows})))
          return signalPassFailure();
        ++numTiled;
        continue;
      }
      ScheduleAttr schedule = ScoredAttention::match(op)->schedule;
      if (!schedule)
        continue;
      auto sparse = dyn_cast<BlockSparseOp>(op.getOperation());
      if (failed(sparse ? tileLists(rewriter, sparse)
                        : tileDense(rewriter, cast<DenseOp>(op))))
        return signalPassFailure();
      ++numTiled;
    }
  }
};
} // namespace

} // namespace mlir::attn
