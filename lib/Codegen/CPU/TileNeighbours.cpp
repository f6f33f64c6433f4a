//===- TileNeighbours.cpp - linalg ops around attention as tiles ----------===//
//
//   %n = linalg.generic (norm of %x)      ->  scf.forall { vector loops }
//   %q = linalg.matmul ins(%n, %w)        ->  scf.forall { packed products }
//   %o = attn.dense ins(%q, ..)
//
// Chains of elementwise ops are fused first; nothing is ever fused into the
// tiles of attention, which would compute keys and values once per query tile.
//
// Tests: test/Codegen/CPU/tile-neighbours*.mlir
//
//===----------------------------------------------------------------------===//

#include "Neighbours.h"
#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUTILENEIGHBOURSPASS
#include "attn/Codegen/CPU/Passes.h.inc"

/// Why `op` is a copy and not a matter of strides; nothing if it is such.
static std::optional<std::string> explainCopy(linalg::TransposeOp op) {
  ArrayRef<int64_t> permutation = op.getPermutation();
  if (!permutation.empty() &&
      permutation.back() != static_cast<int64_t>(permutation.size()) - 1)
    return "it moves the innermost dimension";
  auto func = dyn_cast_or_null<func::FuncOp>(op->getParentOp());
  if (!op.hasPureTensorSemantics() || !func || func.isPrivate())
    return "it is not at the boundary of a public function";
  if (isa<BlockArgument>(op.getInput()))
    return std::nullopt;
  Value result = op->getResult(0);
  if (result.hasOneUse() && isa<func::ReturnOp>(*result.user_begin()))
    return std::nullopt;
  return "it reads no argument, and its result is not only returned";
}

bool foldsAtBoundary(linalg::TransposeOp op) { return !explainCopy(op); }

namespace {
/// linalg ops in their general form, except for what the boundary folds.
struct Generalize : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (auto transpose = dyn_cast<linalg::TransposeOp>(op.getOperation())) {
      std::optional<std::string> reason = explainCopy(transpose);
      if (!reason)
        return rewriter.notifyMatchFailure(op, "folds into strides");
      remark::missed(op.getLoc(), remark::RemarkOpts::name("transpose")
                                      .category("attn-cpu-tile-neighbours"))
          << "copied, not folded into strides: " + *reason;
    }
    return linalg::generalizeNamedOp(rewriter, op);
  }
};

struct CPUTileNeighboursPass
    : impl::CPUTileNeighboursPassBase<CPUTileNeighboursPass> {
  using CPUTileNeighboursPassBase::CPUTileNeighboursPassBase;

  LogicalResult normalize() {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<Generalize>(context);
    populateNeighbourFusionPatterns(patterns);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    populateMathAlgebraicSimplificationPatterns(patterns);
    math::populateExpansionPatterns(patterns, {"rsqrt", "tan", "sinh", "cosh"});
    linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  LogicalResult tile(RewriterBase &rewriter, linalg::GenericOp op,
                     const TargetInfo &info) {
    if (llvm::is_contained(op.getStaticLoopRanges(), 0)) {
      op->setAttr(kScalarAttrName, rewriter.getUnitAttr());
      return success();
    }
    if (std::optional<Contraction> contraction = matchContraction(op)) {
      ++numContractions;
      return tileContraction(rewriter, op, *contraction, info);
    }
    std::optional<std::string> reason = explainScalar(op);
    if (!reason) {
      ++numVectorized;
      return tileLoops(rewriter, op, /*vectorize=*/true, info);
    }
    ++numScalar;
    op->setAttr(kScalarAttrName, rewriter.getUnitAttr());
    remark::missed(op.getLoc(), remark::RemarkOpts::name("scalar").category(
                                    "attn-cpu-tile-neighbours"))
        << "compiled to scalar loops: " + *reason;
    return tileLoops(rewriter, op, /*vectorize=*/false, info);
  }

  void runOnOperation() override {
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info) || failed(normalize()))
      return signalPassFailure();
    reportUnfused(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.hasPureTensorSemantics())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : ops)
      if (failed(tile(rewriter, op, *info)))
        return signalPassFailure();
  }
};
} // namespace

} // namespace mlir::attn
