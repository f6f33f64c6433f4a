//===- SplitKeys.cpp - parts of the key range, merged in order ------------===//
//
//   %o = attn.dense schedule <.., key_split = 4096> ins(%q, %k, %v) outs(%i)
//   ->
//   %os, %ls = scf.forall (%p) .. { attn.dense ins(%q, %k[p], %v[p]) .. }
//   %o = attn.merge ins(%os, %ls) outs(%i)
//
// Tests: test/Dialect/Attn/Transforms/split-keys.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_SPLITKEYSPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// Parts at most, so that their results need no more room for more keys.
static constexpr int64_t kMaxParts = 16;

/// `keys`, or more where there would be too many parts.
static OpFoldResult choosePartSize(OpBuilder &b, DenseOp op, int64_t keys) {
  AffineExpr least = b.getAffineConstantExpr(keys);
  AffineExpr share = b.getAffineDimExpr(0).ceilDiv(kMaxParts);
  return affine::makeComposedFoldedAffineMax(
      b, op.getLoc(), AffineMap::get(1, 0, {least, share}, b.getContext()),
      {tensor::getMixedSize(b, op.getLoc(), op.getKey(), 2)});
}

static LogicalResult splitKeys(RewriterBase &rewriter, DenseOp op) {
  rewriter.setInsertionPoint(op);
  int64_t keys = op.getSchedule()->getKeySplit();
  SmallVector<OpFoldResult> sizes(DenseOp::NumLoops, rewriter.getIndexAttr(0));
  sizes[DenseOp::Key] = choosePartSize(rewriter, op, keys);
  scf::SCFTilingOptions options;
  options.setTileSizes(sizes);
  options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  options.setReductionTilingStrategy(
      ReductionTilingStrategy::PartialReductionOuterParallel);
  options.setReductionDims({DenseOp::Key});
  FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
      rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(tiled))
    return failure();
  remark::passed(op.getLoc(),
                 remark::RemarkOpts::name("split").category("attn-schedule"))
      << "keys split into parts of " + std::to_string(keys) +
             ", which run side by side and are merged";
  rewriter.replaceOp(op, tiled->replacements);
  return success();
}

namespace {
struct SplitKeysPass : impl::SplitKeysPassBase<SplitKeysPass> {
  void runOnOperation() override {
    SmallVector<DenseOp> ops;
    getOperation().walk([&](DenseOp op) {
      if (op.getSchedule() && op.getSchedule()->getKeySplit() > 0)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (DenseOp op : ops) {
      if (failed(splitKeys(rewriter, op)))
        return signalPassFailure();
      ++numSplit;
    }
  }
};
} // namespace

} // namespace mlir::attn
