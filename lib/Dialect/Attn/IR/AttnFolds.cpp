//===- AttnFolds.cpp - canonical forms of softmax attention ---------------===//
//
// One normal form per meaning:
//   window [-1, 0]            -> causal
//   causal window [l, r >= 0] -> causal window [l, 0], or causal for l = -1
//   window [-1, -1]           -> nothing
//   scale = 1 / sqrt(K)       -> absent
//   mask that yields true     -> no region
//   score that yields s       -> no region
//   merge of one part         -> the part
//   operands that are casts   -> their sources
//   index of a size of 1      -> 0, in reads of regions
//   no keys, parts or entries -> zeros and -inf
//   no rows (B, Hq or T = 0)  -> the destinations
//
// A mask region that is a causal or window comparison becomes the attribute in
// attn-specialize-mask, which reads masks symbolically.
//
// Tests: test/Dialect/Attn/canonicalize.mlir
//
//===----------------------------------------------------------------------===//

#include "FoldCasts.h"
#include "attn/Dialect/Attn/IR/AttnSparseOps.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::attn;

namespace {

/// The structural mask in its normal form.
template <typename OpTy> struct NormalizeWindow : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!op.getWindow())
      return rewriter.notifyMatchFailure(op, "has no window");
    int64_t left = (*op.getWindow())[0], right = (*op.getWindow())[1];
    bool causal = op.getCausal() || right == 0;
    if (causal)
      right = 0;
    bool open = left == -1 && (causal || right == -1);
    if (causal == op.getCausal() && !open &&
        ArrayRef<int64_t>{left, right} == *op.getWindow())
      return rewriter.notifyMatchFailure(op, "window is in normal form");
    rewriter.modifyOpInPlace(op, [&] {
      op.setCausal(causal);
      if (open)
        op.removeWindowAttr();
      else
        op.setWindow(ArrayRef<int64_t>{left, right});
      if (!op.hasStructuralMask()) {
        op.removeAlignAttr();
        op.getDiagonalMutable().clear();
      }
    });
    return success();
  }
};

template <typename OpTy> struct DropDefaultScale : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    double standard = 1.0 / std::sqrt(static_cast<double>(op.getKeyWidth()));
    if (!op.getScale() || op.getScale()->convertToDouble() != standard)
      return rewriter.notifyMatchFailure(op, "scale is not 1 / sqrt(K)");
    rewriter.modifyOpInPlace(op, [&] { op.removeScaleAttr(); });
    return success();
  }
};

/// Regions that change nothing, and captures that nothing reads.
template <typename OpTy> struct DropTrivialRegions : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    bool changed = false;
    // The driver may still hold what is inside, and has to hear of its end.
    auto drop = [&](Region &region) {
      rewriter.modifyOpInPlace(op,
                               [&] { rewriter.eraseBlock(&region.front()); });
      changed = true;
    };
    auto yielded = [](Region &region) {
      return cast<YieldOp>(region.front().getTerminator()).getValue();
    };
    if (!op.getMask().empty() && matchPattern(yielded(op.getMask()), m_One()))
      drop(op.getMask());
    if (!op.getScore().empty() &&
        yielded(op.getScore()) == op.getScore().getArgument(0))
      drop(op.getScore());
    return success(changed || dropUnreadCaptures(op, rewriter));
  }

  static bool dropUnreadCaptures(OpTy op, PatternRewriter &rewriter) {
    bool changed = false;
    for (int64_t c = op.getCaptures().size() - 1; c >= 0; --c) {
      std::pair<Region *, unsigned> uses[] = {{&op.getScore(), 5 + c},
                                              {&op.getMask(), 4 + c}};
      if (llvm::any_of(uses, [](auto use) {
            return !use.first->empty() &&
                   !use.first->getArgument(use.second).use_empty();
          }))
        continue;
      rewriter.modifyOpInPlace(op, [&] {
        for (auto [region, argument] : uses)
          if (!region->empty())
            region->eraseArgument(argument);
        op.getCapturesMutable().erase(c);
      });
      changed = true;
    }
    return changed;
  }
};

/// Takes operands before a tensor.cast that only forgets sizes. Upstream's
/// pattern for destination-passing operations does the same, but cannot clone
/// regions that are empty; this one has the higher benefit and comes first.
template <typename OpTy> struct FoldCasts : OpRewritePattern<OpTy> {
  explicit FoldCasts(MLIRContext *context)
      : OpRewritePattern<OpTy>(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> operands(op->getOperands());
    bool changed = false;
    for (Value &operand : operands)
      if (auto cast = operand.getDefiningOp<tensor::CastOp>();
          tensor::canFoldIntoConsumerOp(cast)) {
        operand = cast.getSource();
        changed = true;
      }
    if (!changed)
      return rewriter.notifyMatchFailure(op, "no operand forgets sizes");
    Operation *folded = op->clone();
    folded->setOperands(operands);
    if constexpr (!std::is_same_v<OpTy, SelectOp>)
      retypeCaptures(cast<OpTy>(folded));
    auto dps = cast<DestinationStyleOpInterface>(folded);
    for (OpResult result : folded->getResults())
      result.setType(dps.getTiedOpOperand(result)->get().getType());
    rewriter.insert(folded);
    SmallVector<Value> results;
    for (auto [old, result] :
         llvm::zip_equal(op->getResults(), folded->getResults())) {
      Value replacement = result;
      if (old.getType() != result.getType())
        replacement = tensor::CastOp::create(rewriter, op.getLoc(),
                                             old.getType(), result);
      results.push_back(replacement);
    }
    rewriter.replaceOp(op, results);
    return success();
  }

  /// Gives the region arguments that are captures the types of these: regions
  /// only extract from them.
  static void retypeCaptures(OpTy op) {
    TypeRange captures = op.getCaptures().getTypes();
    for (Region *region : {&op.getScore(), &op.getMask()})
      for (auto [argument, type] : llvm::zip(
               region->getArguments().take_back(captures.size()), captures))
        argument.setType(type);
  }
};

/// The number of keys, or of parts, where it is known.
int64_t getNumSummands(DenseOp op) {
  return op.getKey().getType().getDimSize(2);
}
int64_t getNumSummands(BlockSparseOp op) {
  int64_t entries = op.getBlocks().getType().getDimSize(3);
  return entries == 0 ? 0 : op.getKey().getType().getDimSize(2);
}
int64_t getNumSummands(MergeOp op) {
  return op.getOutputs().getType().getDimSize(0);
}

/// Statically empty operations, which need no loops.
template <typename OpTy> struct FoldEmpty : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> rows = op.getOutputInit().getType().getShape();
    if (llvm::is_contained(rows.take_front(3), 0)) {
      rewriter.replaceOp(op, op.getDpsInits());
      return success();
    }
    if (getNumSummands(op) != 0)
      return rewriter.notifyMatchFailure(op, "has rows, and keys or parts");
    SmallVector<Value> results;
    double values[] = {0.0, -std::numeric_limits<double>::infinity()};
    for (auto [init, value] : llvm::zip(op.getDpsInits(), values)) {
      Value constant = arith::ConstantOp::create(
          rewriter, op.getLoc(),
          rewriter.getFloatAttr(getElementTypeOrSelf(init), value));
      results.push_back(
          linalg::FillOp::create(rewriter, op.getLoc(), constant, init)
              .getResult(0));
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// The only index into a dimension of size 1 is 0: what a region reads there
/// moves with no position.
template <typename OpTy> struct ZeroUnitIndices : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    bool changed = false;
    op->walk([&](tensor::ExtractOp read) {
      ArrayRef<int64_t> shape = read.getTensor().getType().getShape();
      for (auto [i, size] : llvm::enumerate(shape)) {
        if (size != 1 || matchPattern(read.getIndices()[i], m_Zero()))
          continue;
        rewriter.setInsertionPoint(read);
        Value zero = arith::ConstantIndexOp::create(rewriter, read.getLoc(), 0);
        OpOperand &index = read.getIndicesMutable()[i];
        rewriter.modifyOpInPlace(read, [&] { index.set(zero); });
        changed = true;
      }
    });
    return success(changed);
  }
};

/// One part needs no combination when its type is the result's.
struct MergeOfOne : OpRewritePattern<MergeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MergeOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getOutputs().getType().getDimSize(0) != 1)
      return rewriter.notifyMatchFailure(op, "has not one static part");
    if (op.getOutputs().getType().getElementType() !=
        op.getOutput().getType().getElementType())
      return rewriter.notifyMatchFailure(op, "converts the element type");
    SmallVector<Value> parts;
    std::pair<Value, Value> pairs[] = {{op.getOutputs(), op.getOutput()},
                                       {op.getLses(), op.getLse()}};
    for (auto [source, result] : pairs) {
      if (!result)
        continue;
      int64_t rank = cast<RankedTensorType>(source.getType()).getRank();
      SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0));
      SmallVector<OpFoldResult> strides(rank, rewriter.getIndexAttr(1));
      SmallVector<OpFoldResult> sizes =
          tensor::getMixedSizes(rewriter, op.getLoc(), source);
      SmallVector<int64_t> shape(
          cast<RankedTensorType>(source.getType()).getShape().drop_front());
      auto type = RankedTensorType::get(shape, getElementTypeOrSelf(source));
      Value part = tensor::ExtractSliceOp::create(
          rewriter, op.getLoc(), type, source, offsets, sizes, strides);
      if (part.getType() != result.getType())
        part = tensor::CastOp::create(rewriter, op.getLoc(), result.getType(),
                                      part);
      parts.push_back(part);
    }
    rewriter.replaceOp(op, parts);
    return success();
  }
};

} // namespace

template <typename OpTy>
static void addScoredPatterns(RewritePatternSet &patterns,
                              MLIRContext *context) {
  patterns.add<NormalizeWindow<OpTy>, DropDefaultScale<OpTy>,
               DropTrivialRegions<OpTy>, FoldCasts<OpTy>, FoldEmpty<OpTy>,
               ZeroUnitIndices<OpTy>>(context);
}

void DenseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  addScoredPatterns<DenseOp>(patterns, context);
}

void BlockSparseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *context) {
  addScoredPatterns<BlockSparseOp>(patterns, context);
}

void OnlineOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<FoldCasts<OnlineOp>>(context);
}

void KeyMassOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<FoldCasts<KeyMassOp>>(context);
}

void mlir::attn::addFoldCastsOfSelect(RewritePatternSet &patterns,
                                      MLIRContext *context) {
  patterns.add<FoldCasts<SelectOp>>(context);
}

void MergeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<FoldEmpty<MergeOp>, MergeOfOne>(context);
}
