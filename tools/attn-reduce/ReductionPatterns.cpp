//===- ReductionPatterns.cpp - simpler forms of attn operations -----------===//
//
//   %o = attn.dense causal align(bottom_right) softcap 3.0 ins(..) bias(..)
//   ->
//   %o = attn.dense softcap 3.0 ins(..)
//
// when the script still fails without causal and bias, but not without softcap.
// An operation that the failure does not need at all is bypassed: its users
// take its destinations. Each part is dropped on its own and the module tested,
// since dropping all parts of an operation at once loses the failure in nearly
// every case.
//
// Covered by test/Tools/attn-reduce/parts.test.
//
//===----------------------------------------------------------------------===//

#include "ReductionPatterns.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Reducer/ReductionPatternInterface.h"

namespace mlir::attn {

/// Drops one part of an operation; false if it has no such part.
template <typename OpTy> using DropPart = bool (*)(OpTy);

static bool dropRegion(Region &region) {
  if (region.empty())
    return false;
  region.dropAllReferences();
  region.getBlocks().clear();
  return true;
}

static bool dropOperands(MutableOperandRange operands) {
  if (operands.size() == 0)
    return false;
  operands.clear();
  return true;
}

template <typename OpTy> static bool dropScore(OpTy op) {
  return dropRegion(op.getScore());
}

template <typename OpTy> static bool dropMask(OpTy op) {
  return dropRegion(op.getMask());
}

/// Captures are arguments of both regions, so they go when no region uses them.
template <typename OpTy> static bool dropCaptures(OpTy op) {
  unsigned count = op.getCaptures().size();
  if (count == 0)
    return false;
  for (Region *region : {&op.getScore(), &op.getMask()}) {
    if (region->empty())
      continue;
    auto arguments = region->getArguments().take_back(count);
    if (llvm::any_of(arguments,
                     [](BlockArgument value) { return !value.use_empty(); }))
      return false;
    region->front().eraseArguments(region->getNumArguments() - count, count);
  }
  return dropOperands(op.getCapturesMutable());
}

template <typename OpTy> static bool dropBias(OpTy op) {
  return dropOperands(op.getBiasMutable());
}

/// A causal or window mask with what says where its diagonal is.
template <typename OpTy> static bool dropStructure(OpTy op) {
  if (!op.hasStructuralMask())
    return false;
  op.setCausal(false);
  op.removeWindowAttr();
  if constexpr (std::is_same_v<OpTy, DenseOp>)
    op.removeAlignAttr();
  dropOperands(op.getDiagonalMutable());
  return true;
}

/// Causality alone, where the op has a window as well.
template <typename OpTy> static bool dropCausal(OpTy op) {
  if (!op.getCausal() || !op.getWindow())
    return false;
  op.setCausal(false);
  return true;
}

/// The window alone, where the op is causal as well.
template <typename OpTy> static bool dropWindow(OpTy op) {
  return op.getCausal() && op.removeWindowAttr();
}

template <typename OpTy> static bool dropSoftcap(OpTy op) {
  return static_cast<bool>(op.removeSoftcapAttr());
}

template <typename OpTy> static bool dropSchedule(OpTy op) {
  return static_cast<bool>(op.removeScheduleAttr());
}

static bool dropScale(DenseOp op) {
  return static_cast<bool>(op.removeScaleAttr());
}

static bool dropSink(DenseOp op) { return dropOperands(op.getSinkMutable()); }

static bool dropLengths(DenseOp op) {
  bool hasLengths = op.getKvLengths() || op.getCuSeqlens() || op.getPageTable();
  dropOperands(op.getKvLengthsMutable());
  dropOperands(op.getCuSeqlensMutable());
  dropOperands(op.getPageTableMutable());
  return hasLengths;
}

namespace {
/// Drops every part of an operation without which the module stays
/// interesting.
template <typename OpTy> class DropParts : public OpRewritePattern<OpTy> {
public:
  DropParts(MLIRContext *context, ArrayRef<DropPart<OpTy>> parts,
            const Tester &tester)
      : OpRewritePattern<OpTy>(context), parts(parts), tester(tester) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto module = op->template getParentOfType<ModuleOp>();
    bool changed = false;
    for (DropPart<OpTy> drop : parts) {
      // A copy that nothing uses and that is no part of the module yet.
      auto smaller = cast<OpTy>(op->clone());
      if (!drop(smaller)) {
        smaller->erase();
        continue;
      }
      rewriter.setInsertionPoint(op);
      rewriter.insert(smaller);
      rewriter.replaceAllUsesWith(op->getResults(), smaller->getResults());
      op->remove();
      bool isInteresting =
          tester.isInteresting(module).first == Tester::Interestingness::True;
      smaller->getBlock()->getOperations().insert(Block::iterator(smaller), op);
      OpTy dropped = isInteresting ? op : smaller;
      OpTy kept = isInteresting ? smaller : op;
      rewriter.replaceAllUsesWith(dropped->getResults(), kept->getResults());
      rewriter.eraseOp(dropped);
      op = kept;
      changed |= isInteresting;
    }
    return success(changed);
  }

private:
  ArrayRef<DropPart<OpTy>> parts;
  const Tester &tester;
};

/// Lets the users of an operation take its destinations.
template <typename OpTy> class Bypass : public OpRewritePattern<OpTy> {
public:
  Bypass(MLIRContext *context, const Tester &tester)
      : OpRewritePattern<OpTy>(context, /*benefit=*/2), tester(tester) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (op->use_empty())
      return rewriter.notifyMatchFailure(op, "nothing uses it");
    SmallVector<std::pair<OpOperand *, unsigned>> uses;
    for (OpResult result : op->getResults())
      for (OpOperand &use : result.getUses())
        uses.emplace_back(&use, result.getResultNumber());
    for (auto [use, number] : uses)
      use->set(op.getDpsInits()[number]);
    auto module = op->template getParentOfType<ModuleOp>();
    // The module is tested without the operation.
    Block *block = op->getBlock();
    auto next = std::next(Block::iterator(op));
    op->remove();
    bool isInteresting =
        tester.isInteresting(module).first == Tester::Interestingness::True;
    block->getOperations().insert(next, op);
    if (isInteresting) {
      rewriter.eraseOp(op);
      return success();
    }
    for (auto [use, number] : uses)
      use->set(op->getResult(number));
    return rewriter.notifyMatchFailure(op, "it is needed");
  }

private:
  const Tester &tester;
};

constexpr DropPart<DenseOp> kDenseParts[] = {dropScore<DenseOp>,
                                             dropMask<DenseOp>,
                                             dropCaptures<DenseOp>,
                                             dropBias<DenseOp>,
                                             dropStructure<DenseOp>,
                                             dropCausal<DenseOp>,
                                             dropWindow<DenseOp>,
                                             dropSoftcap<DenseOp>,
                                             dropScale,
                                             dropSink,
                                             dropLengths,
                                             dropSchedule<DenseOp>};

constexpr DropPart<OnlineOp> kOnlineParts[] = {
    dropScore<OnlineOp>,  dropMask<OnlineOp>,      dropCaptures<OnlineOp>,
    dropBias<OnlineOp>,   dropStructure<OnlineOp>, dropCausal<OnlineOp>,
    dropWindow<OnlineOp>, dropSoftcap<OnlineOp>,   dropSchedule<OnlineOp>};

struct AttnReductionPatterns : DialectReductionPatternInterface {
  explicit AttnReductionPatterns(Dialect *dialect)
      : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &) const override {}

  void populateReductionPatternsWithTester(RewritePatternSet &patterns,
                                           Tester &tester) const override {
    MLIRContext *context = patterns.getContext();
    patterns.add<Bypass<DenseOp>, Bypass<OnlineOp>, Bypass<MergeOp>>(context,
                                                                     tester);
    patterns.add<DropParts<DenseOp>>(context, kDenseParts, tester);
    patterns.add<DropParts<OnlineOp>>(context, kOnlineParts, tester);
  }
};
} // namespace

void registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, AttnDialect *dialect) {
    dialect->addInterfaces<AttnReductionPatterns>();
  });
}

} // namespace mlir::attn
