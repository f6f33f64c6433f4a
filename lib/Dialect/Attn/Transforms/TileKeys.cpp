//===- TileKeys.cpp - attn.online in key blocks ---------------------------===//
//
//   %r:3 = attn.online schedule <.., key_block = 96> ins(%q, %k, %v) outs(%s)
//   ->
//   %r:3 = scf.for %j = 0 to S step 96 iter_args(%m, %l, %acc) {
//     attn.online ins(%q, %k[j], %v[j]) outs(%m, %l, %acc)
//   }
//
// and, where the mask is no interval of keys, or the keys are a listed block,
//
//     scf.if %mayAdmit { scf.if %allAdmit { unmasked } else { masked } }
//
// Tests: test/Dialect/Attn/Transforms/tile-keys.mlir, tile-keys-listed.mlir
//
//===----------------------------------------------------------------------===//

#include "OnlineRanges.h"
#include "attn/Dialect/Attn/Transforms/OpMask.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace mlir::attn {

#define GEN_PASS_DEF_TILEKEYSPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// `op` without anything that forbids pairs.
static OnlineOp cloneUnmasked(OpBuilder &b, OnlineOp op) {
  auto clone = cast<OnlineOp>(b.clone(*op));
  clone.setCausal(false);
  clone.removeWindowAttr();
  clone.getDiagonalMutable().clear();
  clone.getMask().dropAllReferences();
  clone.getMask().getBlocks().clear();
  if (clone.hasBooleanBias())
    clone.getBiasMutable().clear();
  return clone;
}

static OpFoldResult add(OpBuilder &b, Location loc, Value x, OpFoldResult y) {
  return affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) + b.getAffineDimExpr(1),
      {OpFoldResult(x), y});
}

/// The rows of `op` in coordinates of the undivided op.
static QueryTile getQueryTile(OpBuilder &b, OnlineOp op) {
  OpFoldResult rows = op.getRows()
                          ? OpFoldResult(op.getRows())
                          : tensor::getMixedSize(b, op.getLoc(), op.getQuery(),
                                                 op.getRowAxis());
  return {op.getBatchOrigin(), op.getHeadOrigin(), op.getQueryOrigin(),
          add(b, op.getLoc(), op.getQueryOrigin(), rows)};
}

/// Classifies the key block of `block` at run time.
static void classifyBlock(RewriterBase &rewriter, OnlineOp block,
                          MaskEmitter &emitter) {
  Location loc = block.getLoc();
  rewriter.setInsertionPoint(block);
  OpFoldResult keys = tensor::getMixedSize(rewriter, loc, block.getKey(), 0);
  TileClassValues tileClass =
      emitter.emitTileClass(rewriter, loc, OpFoldResult(block.getKeyOrigin()),
                            add(rewriter, loc, block.getKeyOrigin(), keys));

  TypeRange types = block->getResultTypes();
  auto skip = scf::IfOp::create(rewriter, loc, types, tileClass.mayAdmit,
                                /*withElseRegion=*/true);
  rewriter.setInsertionPointToStart(skip.elseBlock());
  scf::YieldOp::create(rewriter, loc, block.getDpsInits());
  rewriter.setInsertionPointToStart(skip.thenBlock());
  auto full = scf::IfOp::create(rewriter, loc, types, tileClass.allAdmit,
                                /*withElseRegion=*/true);
  scf::YieldOp::create(rewriter, loc, full.getResults());
  rewriter.setInsertionPointToStart(full.thenBlock());
  scf::YieldOp::create(rewriter, loc,
                       cloneUnmasked(rewriter, block).getResults());
  rewriter.setInsertionPointToStart(full.elseBlock());
  scf::YieldOp::create(rewriter, loc, rewriter.clone(*block)->getResults());
  rewriter.replaceOp(block, skip.getResults());
}

/// Whether the keys of `op` are known to be at most one block of its schedule.
static bool isOneBlock(OnlineOp op) {
  FailureOr<int64_t> keys = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {op.getKey(), 0}, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
  return succeeded(keys) && *keys <= op.getSchedule()->getKeyBlock();
}

/// Tiles `op` and says whether its blocks are classified.
static FailureOr<bool> tileKeys(RewriterBase &rewriter, OnlineOp op) {
  rewriter.setInsertionPoint(op);
  MaskSymbols symbols(op.getContext());
  MaskExpr mask = getMaskExpr(op, symbols);
  bool listed = op->hasAttr(kListedAttrName);
  op->removeAttr(kListedAttrName);
  bool classified = !mask.isTrue() &&
                    mask.getKind() != MaskExpr::Kind::Opaque &&
                    (listed || !summarizeKeyBounds(mask, symbols).isInterval);
  // What the mask reads for the whole query tile is materialised once, before
  // the loop over its key blocks.
  std::optional<MaskEmitter> emitter;
  if (classified)
    emitter.emplace(rewriter, op.getLoc(), mask, symbols,
                    getQueryTile(rewriter, op));
  if (listed && isOneBlock(op)) {
    if (classified)
      classifyBlock(rewriter, op, *emitter);
    return classified;
  }
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(
      op.getContext(), {0, op.getSchedule()->getKeyBlock()}));
  FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
      rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(tiled))
    return failure();
  // The mask's inputs are values of the op's region: it goes last.
  auto block = cast<OnlineOp>(tiled->tiledOps.front());
  if (classified && !tiled->loops.empty())
    classifyBlock(rewriter, block, *emitter);
  rewriter.replaceOp(op, tiled->replacements);
  return classified;
}

namespace {
struct TileKeysPass : impl::TileKeysPassBase<TileKeysPass> {
  void runOnOperation() override {
    SmallVector<OnlineOp> ops;
    getOperation().walk([&](OnlineOp op) {
      if (op.getSchedule())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (OnlineOp op : ops) {
      FailureOr<bool> classified = tileKeys(rewriter, op);
      if (failed(classified))
        return signalPassFailure();
      ++numTiled;
      numClassified += *classified;
    }
  }
};
} // namespace

} // namespace mlir::attn
