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

#include "TileOp.h"
#include "attn/Dialect/Attn/Transforms/OpMask.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_TILEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// Rows of a merge tile: one row of parts is a few cache lines.
static constexpr int64_t kMergeRows = 16;

using LoopType = scf::SCFTilingOptions::LoopType;

static LogicalResult tileDense(RewriterBase &rewriter, DenseOp op) {
  int64_t rows = op.getSchedule()->getQueryTile();
  int64_t heads = std::clamp<int64_t>(countPackedHeads(op), 1, rows);
  return tileOp(rewriter, op, {1, 1, heads, heads > 1 ? 1 : rows, 0},
                LoopType::ForallOp);
}

/// A tile has one list: it lies in one block of queries.
static LogicalResult tileLists(RewriterBase &rewriter, BlockSparseOp op) {
  int64_t block = op.getQueryBlock();
  int64_t rows = op.getSchedule()->getQueryTile();
  if (int64_t heads = std::min(countPackedHeads(op), rows); heads > 1)
    return tileOp(rewriter, op, {1, 1, heads, 1, 0}, LoopType::ForallOp);
  bool divides = block % rows == 0;
  FailureOr<scf::SCFTilingResult> whole = tileOp(
      rewriter, op, {1, 1, 1, divides ? rows : block, 0}, LoopType::ForallOp);
  if (failed(whole) || divides || block < rows)
    return whole;
  return tileOp(rewriter, whole->tiledOps.front(), {0, 0, 0, rows, 0},
                LoopType::ForOp);
}

/// Merging is little work behind the parts: their last tile does it.
static LogicalResult tileMerge(RewriterBase &rewriter, MergeOp op) {
  FailureOr<scf::SCFTilingResult> tiled =
      tileOp(rewriter, op, {1, 1, kMergeRows}, LoopType::ForallOp);
  if (failed(tiled))
    return failure();
  for (LoopLikeOpInterface loop : tiled->loops)
    loop->setAttr(kEpilogueAttrName, rewriter.getUnitAttr());
  return success();
}

/// Tiles what has a schedule, and merges; says whether `op` is tiled.
static FailureOr<bool> tileIfScheduled(RewriterBase &rewriter, Operation *op) {
  if (auto merge = dyn_cast<MergeOp>(op))
    return failed(tileMerge(rewriter, merge)) ? FailureOr<bool>(failure())
                                              : true;
  if (!ScoredAttention::match(op)->schedule)
    return false;
  auto sparse = dyn_cast<BlockSparseOp>(op);
  LogicalResult tiled = sparse ? tileLists(rewriter, sparse)
                               : tileDense(rewriter, cast<DenseOp>(op));
  return failed(tiled) ? FailureOr<bool>(failure()) : true;
}

namespace {
struct TilePass : impl::TilePassBase<TilePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<DenseOp, BlockSparseOp, MergeOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      FailureOr<bool> tiled = tileIfScheduled(rewriter, op);
      if (failed(tiled))
        return signalPassFailure();
      numTiled += *tiled;
    }
  }
};
} // namespace

} // namespace mlir::attn
