//===- StateFolds.cpp - canonical forms of the operations on states -------===//
//
// One normal form per meaning:
//   recurrent without correction and decay   -> linear
//   scale = 1 / sqrt(K), epsilon that is 0   -> absent
//   epsilon without a normalizer             -> absent
//   gate of zeros                            -> absent
//   transition that nobody uses              -> absent
//   states that start empty and nobody uses  -> absent
//   no tokens (B, H or T = 0), no parts      -> the destinations
//   compose of one part onto the identity    -> the part
//
// Casts of operands are folded by upstream's pattern for destinations.
//
// Tests: test/Dialect/Attn/canonicalize-state.mlir, canonicalize-compose.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::attn;

/// Whether every element of `tensor` is the constant `expected`.
static bool isFilledWith(Value tensor, double expected) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    tensor = fill.getInputs().front();
  Attribute constant;
  if (!matchPattern(tensor, m_Constant(&constant)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(constant))
    constant = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(constant);
  return number && number.getValueAsDouble() == expected;
}

//===----------------------------------------------------------------------===//
// attn.linear and attn.recurrent
//===----------------------------------------------------------------------===//

/// attn.recurrent without correction and without a decay per element
/// -> attn.linear
static LogicalResult makeLinear(RecurrentOp op, PatternRewriter &rewriter) {
  if (op.getBeta() || op.getLeft() || op.getTimeStep())
    return rewriter.notifyMatchFailure(op, "is corrected");
  auto linear = LinearOp::create(
      rewriter, op.getLoc(), op.getQuery(), op.getKey(), op.getValue(),
      op.getGate(), /*input_gate=*/Value(), /*bonus=*/Value(),
      op.getCuSeqlens(), op.getOutputInit(), op.getStateInits(),
      op.getScaleAttr(), /*read_before=*/UnitAttr(), NormalizerAttr(),
      /*epsilon=*/FloatAttr(), op.getTransitionAttr(), op.getScanAttr());
  rewriter.replaceOp(op, linear);
  return success();
}

/// A scale that is the default one says nothing.
template <typename OpTy>
static LogicalResult dropDefaultScale(OpTy op, PatternRewriter &rewriter) {
  double width = op.getRecurrence().getKeyWidth();
  if (!op.getScale() ||
      op.getScale()->convertToDouble() != 1.0 / std::sqrt(width))
    return rewriter.notifyMatchFailure(op, "scale is not 1 / sqrt(K)");
  rewriter.modifyOpInPlace(op, [&] { op.removeScaleAttr(); });
  return success();
}

static LogicalResult dropIdleEpsilon(LinearOp op, PatternRewriter &rewriter) {
  if (!op.getEpsilon() || (op.getNormalizer() && !op.getEpsilon()->isZero()))
    return rewriter.notifyMatchFailure(op, "has no epsilon of 0");
  rewriter.modifyOpInPlace(op, [&] { op.removeEpsilonAttr(); });
  return success();
}

/// exp(0) = 1: nothing decays.
template <typename OpTy>
static LogicalResult dropZeroGate(OpTy op, PatternRewriter &rewriter) {
  Recurrence parts = op.getRecurrence();
  if (!parts.gate || !isFilledWith(parts.gate, 0.0))
    return rewriter.notifyMatchFailure(op, "has no gate of zeros");
  if (parts.normalizesByMaximum)
    return rewriter.notifyMatchFailure(op, "normalizes against the gate");
  if (parts.hasTransition && parts.getGateKind() == GateKind::PerRow &&
      !parts.hasCorrection())
    return rewriter.notifyMatchFailure(op, "has a transition of its rank");
  rewriter.modifyOpInPlace(op, [&] { op.getGateMutable().clear(); });
  return success();
}

/// The operation with its first `count` states alone.
template <typename OpTy>
static void keepStates(OpTy op, PatternRewriter &rewriter, size_t count) {
  size_t dropped = op.getStateInits().size() - count;
  size_t numResults = op->getNumResults() - dropped;
  auto kept = cast<OpTy>(mlir::clone(
      rewriter, op, op->getResults().take_front(numResults).getTypes(),
      op->getOperands().drop_back(dropped)));
  kept.getProperties().operandSegmentSizes.back() = count;
  kept.removeTransitionAttr();
  // Nobody uses the others: any value of their type stands for them.
  SmallVector<Value> results(kept->getResults());
  llvm::append_range(results, op.getStateInits().take_back(dropped));
  rewriter.replaceOp(op, results);
}

template <typename OpTy>
static LogicalResult dropUnusedTransition(OpTy op, PatternRewriter &rewriter) {
  if (!op.getTransition() || op->getNumResults() == 0 ||
      !op->getResults().back().use_empty())
    return rewriter.notifyMatchFailure(op, "has no unused transition");
  keepStates(op, rewriter, op.getStateInits().size() - 1);
  return success();
}

template <typename OpTy>
static LogicalResult dropUnusedStates(OpTy op, PatternRewriter &rewriter) {
  Recurrence parts = op.getRecurrence();
  if (!parts.state || op->getNumResults() == 0)
    return rewriter.notifyMatchFailure(op, "has no states to drop");
  // Tiling gave them to it.
  if (op.getScan())
    return rewriter.notifyMatchFailure(op, "is scheduled");
  if (!llvm::all_of(op->getResults().drop_front(),
                    [](Value state) { return state.use_empty(); }))
    return rewriter.notifyMatchFailure(op, "states are used");
  double none = -std::numeric_limits<double>::infinity();
  if (!isFilledWith(parts.state, 0.0) ||
      (parts.keySum && !isFilledWith(parts.keySum, 0.0)) ||
      (parts.maximum && !isFilledWith(parts.maximum, none)))
    return rewriter.notifyMatchFailure(op, "states do not start empty");
  keepStates(op, rewriter, 0);
  return success();
}

/// The sizes may be known of the output and not of the value: a size of 0 is
/// folded into its destination first.
template <typename OpTy>
static LogicalResult foldEmpty(OpTy op, PatternRewriter &rewriter) {
  auto isEmpty = [](Value value) {
    return llvm::is_contained(
        cast<ShapedType>(value.getType()).getShape().take_front(3), 0);
  };
  if (!isEmpty(op.getValue()) && !isEmpty(op.getOutputInit()))
    return rewriter.notifyMatchFailure(op, "has tokens");
  rewriter.replaceOp(
      op, ValueRange(op.getDpsInits()).take_front(op->getNumResults()));
  return success();
}

template <typename OpTy> static void addShared(RewritePatternSet &patterns) {
  patterns.add(dropDefaultScale<OpTy>);
  patterns.add(dropZeroGate<OpTy>);
  patterns.add(dropUnusedTransition<OpTy>);
  patterns.add(dropUnusedStates<OpTy>);
  patterns.add(foldEmpty<OpTy>);
}

void LinearOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *) {
  addShared<LinearOp>(patterns);
  patterns.add(dropIdleEpsilon);
}
void RecurrentOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  addShared<RecurrentOp>(patterns);
  patterns.add(makeLinear);
}

//===----------------------------------------------------------------------===//
// attn.compose
//===----------------------------------------------------------------------===//

/// No parts, or states of no batch or head.
static LogicalResult foldNoParts(ComposeOp op, PatternRewriter &rewriter) {
  auto shapeOf = [](Value value) {
    return cast<ShapedType>(value.getType()).getShape();
  };
  if (!llvm::is_contained(shapeOf(op.getStates()).take_front(3), 0) &&
      !llvm::is_contained(shapeOf(op.getStateInit()).take_front(2), 0))
    return rewriter.notifyMatchFailure(op, "has parts");
  rewriter.replaceOp(
      op, ValueRange(op.getDpsInits()).take_front(op->getNumResults()));
  return success();
}

static LogicalResult dropUnusedProduct(ComposeOp op,
                                       PatternRewriter &rewriter) {
  if (op->getNumResults() != 2 || !op->getResult(1).use_empty())
    return rewriter.notifyMatchFailure(op, "has no unused transition");
  auto kept =
      ComposeOp::create(rewriter, op.getLoc(), op.getStates(),
                        op.getTransitions(), op.getStateInit(),
                        /*transition_init=*/Value(), op.getPerElementAttr());
  rewriter.replaceOp(op, {kept->getResult(0), op.getTransitionInit()});
  return success();
}

/// Part 0 of `parts`, as `type`.
static Value takeFirstPart(OpBuilder &b, Location loc, Value parts, Type type) {
  auto source = cast<RankedTensorType>(parts.getType());
  SmallVector<OpFoldResult> offsets(source.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(source.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, parts);
  auto sliced = RankedTensorType::get(source.getShape().drop_front(),
                                      source.getElementType());
  Value part = tensor::ExtractSliceOp::create(b, loc, sliced, parts, offsets,
                                              sizes, strides);
  return part.getType() == type ? part
                                : tensor::CastOp::create(b, loc, type, part);
}

/// One part onto a state of zeros; its transition onto ones, unless it is a
/// matrix, whose identity is no constant tensor worth looking for.
static LogicalResult foldOnePart(ComposeOp op, PatternRewriter &rewriter) {
  auto states = dyn_cast<RankedTensorType>(op.getStates().getType());
  if (!states || states.getDimSize(0) != 1)
    return rewriter.notifyMatchFailure(op, "has not one static part");
  Value transition = op.getTransitionInit();
  if (!isFilledWith(op.getStateInit(), 0.0) ||
      (transition && (op.isDense() || !isFilledWith(transition, 1.0))))
    return rewriter.notifyMatchFailure(op, "starts from no identity");
  SmallVector<Value> parts{takeFirstPart(rewriter, op.getLoc(), op.getStates(),
                                         op.getStateInit().getType())};
  if (transition)
    parts.push_back(takeFirstPart(rewriter, op.getLoc(), op.getTransitions(),
                                  transition.getType()));
  rewriter.replaceOp(op, parts);
  return success();
}

void ComposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *) {
  patterns.add(foldNoParts);
  patterns.add(dropUnusedProduct);
  patterns.add(foldOnePart);
}
