//===- Vectorize.cpp - register tiles as vectors --------------------------===//
//
//   scf.for %k = 0 to 64 step 1 iter_args(%acc = tensor<4x64xf32>) {
//     linalg.matmul ins(4x1, 1x64) outs(%acc)
//   }
//   ->
//   scf.for %k = 0 to 64 step 1 iter_args(%acc = vector<4x64xf32>) {
//     vector.contract 4x1, 1x64, %acc
//   }
//
// Tests: test/Codegen/CPU/vectorize.mlir
//
//===----------------------------------------------------------------------===//

#include "GatherBases.h"
#include "Neighbours.h"
#include "attn/Codegen/CPU/Passes.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Hoisting.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUVECTORIZEPASS
#include "attn/Codegen/CPU/Passes.h.inc"

static RegisterTileAttr getHint(Operation *op) {
  return op->getAttrOfType<RegisterTileAttr>("attn.tile");
}

/// Drops contraction loops of one iteration, so that a body that is no plain
/// multiply-add becomes elementwise.
static FailureOr<linalg::LinalgOp> dropUnitReductions(RewriterBase &rewriter,
                                                      linalg::GenericOp op) {
  linalg::ControlDropUnitDims control;
  control.rankReductionStrategy =
      linalg::ControlDropUnitDims::RankReductionStrategy::ExtractInsertSlice;
  control.controlFn = [](Operation *candidate) {
    SmallVector<unsigned> loops;
    auto generic = cast<linalg::GenericOp>(candidate);
    for (auto [i, type] : llvm::enumerate(generic.getIteratorTypesArray()))
      if (type == utils::IteratorType::reduction)
        loops.push_back(i);
    return loops;
  };
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::DropUnitDimsResult> dropped =
      linalg::dropUnitDims(rewriter, op, control);
  if (failed(dropped))
    return failure();
  rewriter.replaceOp(op, dropped->replacements);
  return cast<linalg::LinalgOp>(dropped->resultOp.getOperation());
}

/// A contraction whose body is more than one combining operation.
static bool hasOpaqueReduction(linalg::LinalgOp op) {
  return isa<linalg::GenericOp>(op) && op.getNumReductionLoops() > 0 &&
         llvm::any_of(
             llvm::seq<unsigned>(0, op.getNumDpsInits()), [&](unsigned i) {
               SmallVector<Operation *> combiners;
               return !matchReduction(op.getRegionOutputArgs(), i, combiners) ||
                      combiners.size() != 1;
             });
}

/// Vectors of more elements would be thousands of instructions.
static constexpr int64_t kMaxElements = 16384;

static bool fitsRegisters(linalg::LinalgOp op) {
  int64_t elements = 1;
  for (int64_t range : op.getStaticLoopRanges())
    elements *= std::max<int64_t>(range, 1);
  return elements <= kMaxElements;
}

/// Whether a masked vector of `op` would read a tensor of fewer dimensions than
/// it has loops. Upstream makes one load of such a read where it is contiguous,
/// with the mask of all loops, which does not verify.
static bool hasShortMaskedRead(linalg::LinalgOp op, ArrayRef<int64_t> lanes) {
  if (lanes.empty() || llvm::equal(lanes, op.getStaticLoopRanges()))
    return false;
  return op.getBlock()
      ->walk([&](tensor::ExtractOp read) {
        bool isShort = read.getTensor().getType().getRank() <
                       static_cast<int64_t>(op.getNumLoops());
        return isShort ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

static LogicalResult vectorizeOp(RewriterBase &rewriter, linalg::LinalgOp op) {
  if (op->hasAttr(kScalarAttrName))
    return failure();
  RegisterTileAttr hint = getHint(op);
  SmallVector<int64_t> lanes;
  if (hint && hint.getLanes())
    lanes = SmallVector<int64_t>(hint.getLanes().asArrayRef());
  if (lanes.empty() && (op.hasDynamicShape() || !fitsRegisters(op)))
    return failure();
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op.getOperation()))
    if (foldsAtBoundary(transpose))
      return failure();
  if (hasShortMaskedRead(op, lanes)) {
    remark::missed(op.getLoc(), remark::RemarkOpts::name("scalar").category(
                                    "attn-cpu-vectorize"))
        << "compiled to scalar loops: its last elements would be read under a "
           "mask from a tensor of fewer dimensions than there are loops";
    return failure();
  }
  if (hasOpaqueReduction(op)) {
    SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
    FailureOr<linalg::LinalgOp> elementwise =
        dropUnitReductions(rewriter, cast<linalg::GenericOp>(op));
    if (failed(elementwise))
      return failure();
    // The loops that are left have their sizes still.
    if (!lanes.empty())
      for (unsigned i = lanes.size(); i-- > 0;)
        if (kinds[i] == utils::IteratorType::reduction)
          lanes.erase(lanes.begin() + i);
    op = *elementwise;
  }
  rewriter.setInsertionPoint(op);
  // One flag per size: types made from an empty list compare unequal.
  SmallVector<bool> scalable(lanes.size(), false);
  FailureOr<linalg::VectorizationResult> result = linalg::vectorize(
      rewriter, op, lanes, scalable, /*vectorizeNDExtract=*/true,
      /*flatten1DDepthwiseConv=*/false,
      /*assumeDynamicDimsMatchVecSizes=*/false,
      /*createNamedContraction=*/lanes.empty());
  if (failed(result))
    return failure();
  rewriter.replaceOp(op, result->replacements);
  return success();
}

static void applyAll(Operation *root,
                     function_ref<void(RewritePatternSet &)> populate) {
  RewritePatternSet patterns(root->getContext());
  populate(patterns);
  for (auto *dialect : root->getContext()->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op :
       root->getContext()->getRegisteredOperations())
    op.getCanonicalizationPatterns(patterns, root->getContext());
  (void)applyPatternsGreedily(root, std::move(patterns));
}

namespace {
/// Reads the elements that a contraction broadcasts one by one, as each is a
/// load that broadcasts. Left as a vector, one whose size is no power of two is
/// loaded in pieces and permuted.
struct ReadBroadcastsAsScalars : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;

  /// Elements beyond which a vector is no tile of broadcasts.
  static constexpr int64_t kMaxBroadcasts = 16;

  LogicalResult matchAndRewrite(vector::TransferReadOp op,
                                PatternRewriter &rewriter) const override {
    VectorType type = op.getVectorType();
    bool isRow = type.getRank() == 2 && !type.isScalable() &&
                 type.getDimSize(0) == 1 && type.getDimSize(1) > 1 &&
                 type.getDimSize(1) <= kMaxBroadcasts;
    if (!isRow || op.getMask() || op.hasOutOfBoundsDim() ||
        !op.getPermutationMap().isMinorIdentity() ||
        !isa<RankedTensorType>(op.getBase().getType()))
      return rewriter.notifyMatchFailure(op, "is not a row in bounds");
    bool isBroadcast = llvm::all_of(op->getUses(), [](OpOperand &use) {
      auto product = dyn_cast<vector::ContractionOp>(use.getOwner());
      return product && use.get() == product.getLhs() &&
             use.get() != product.getAcc();
    });
    if (!isBroadcast)
      return rewriter.notifyMatchFailure(op, "is not broadcast");
    Location loc = op.getLoc();
    SmallVector<Value> elements, indices(op.getIndices());
    AffineExpr d0 = rewriter.getAffineDimExpr(0);
    for (int64_t column = 0; column < type.getDimSize(1); ++column) {
      indices.back() = affine::makeComposedAffineApply(
          rewriter, loc, d0 + column, {op.getIndices().back()});
      elements.push_back(
          tensor::ExtractOp::create(rewriter, loc, op.getBase(), indices));
    }
    rewriter.replaceOpWithNewOp<vector::FromElementsOp>(op, type, elements);
    return success();
  }
};

struct CPUVectorizePass : impl::CPUVectorizePassBase<CPUVectorizePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops)
      if (succeeded(vectorizeOp(rewriter, op)))
        ++numVectorized;
    copyGatherBases(rewriter, getOperation());
    // Masks are lowered before permutations, which expect bare transfers.
    applyAll(getOperation(), [](RewritePatternSet &patterns) {
      vector::populateVectorMaskLoweringPatternsForSideEffectingOps(patterns);
    });
    applyAll(getOperation(), [](RewritePatternSet &patterns) {
      vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
      vector::populateVectorReductionToContractPatterns(patterns);
      vector::populateSinkVectorOpsPatterns(patterns);
      tensor::populateFoldTensorSubsetIntoVectorTransferPatterns(patterns);
    });
    getOperation()->walk([&](scf::ForOp loop) {
      (void)hoistLoopInvariantSubsets(rewriter, loop);
    });
    applyAll(getOperation(), [](RewritePatternSet &patterns) {
      patterns.add<ReadBroadcastsAsScalars>(patterns.getContext());
    });
  }
};
} // namespace

} // namespace mlir::attn
