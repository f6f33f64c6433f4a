//===- StateOps.cpp - attn.linear and attn.recurrent: types, parts --------===//
//
// What the two operations share with each other: destinations, effects, the
// view of an operation by what its operands mean, and the canonical form (a
// recurrent op without correction is a linear one).
//
// Tests: test/Dialect/Attn/ops-state.mlir, canonicalize-state.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::attn;

FloatType Recurrence::getStateType() const {
  Type element = getElementTypeOrSelf(query);
  return element.isF64() ? cast<FloatType>(element)
                         : Float32Type::get(element.getContext());
}

//===----------------------------------------------------------------------===//
// The view
//===----------------------------------------------------------------------===//

/// The fields that both operations have.
template <typename OpTy> static Recurrence getCommonParts(OpTy op) {
  Recurrence parts;
  parts.query = op.getQuery();
  parts.key = op.getKey();
  parts.value = op.getValue();
  parts.gate = op.getGate();
  parts.cuSeqlens = op.getCuSeqlens();
  parts.output = op.getOutputInit();
  parts.hasTransition = op.getTransition();
  parts.scale = op.getScale()
                    ? op.getScale()->convertToDouble()
                    : 1.0 / std::sqrt(static_cast<double>(parts.getKeyWidth()));
  return parts;
}

/// Gives the state destinations their names, in the order of the description.
static void nameStates(Recurrence &parts, ValueRange states) {
  auto take = [&](bool present) -> Value {
    if (!present || states.empty())
      return Value();
    Value first = states.front();
    states = states.drop_front();
    return first;
  };
  parts.state = take(true);
  parts.keySum = take(parts.hasNormalizer());
  parts.maximum = take(parts.normalizesByMaximum);
  parts.transition = take(parts.hasTransition);
}

Recurrence LinearOp::getRecurrence() {
  Recurrence parts = getCommonParts(*this);
  parts.inputGate = getInputGate();
  parts.bonus = getBonus();
  parts.readBefore = getReadBefore();
  parts.normalizesByKeySum = getNormalizer() == Normalizer::KeySum;
  parts.normalizesByMaximum = getNormalizer() == Normalizer::MaxExp;
  parts.epsilon = getEpsilon() ? getEpsilon()->convertToDouble() : 0.0;
  nameStates(parts, getStateInits());
  return parts;
}

Recurrence RecurrentOp::getRecurrence() {
  Recurrence parts = getCommonParts(*this);
  parts.beta = getBeta();
  parts.left = getLeft();
  parts.right = getRight();
  parts.timeStep = getTimeStep();
  parts.rate = getRate();
  nameStates(parts, getStateInits());
  return parts;
}

unsigned LinearOp::getTimeLoop() { return Time; }
unsigned RecurrentOp::getTimeLoop() { return Time; }

//===----------------------------------------------------------------------===//
// Destinations and results
//===----------------------------------------------------------------------===//

template <typename OpTy> static MutableOperandRange getInits(OpTy op) {
  unsigned count = 1 + op.getStateInits().size();
  MutableOperandRange all(op.getOperation());
  return all.slice(op->getNumOperands() - count, count);
}

MutableOperandRange LinearOp::getDpsInitsMutable() { return getInits(*this); }
MutableOperandRange RecurrentOp::getDpsInitsMutable() {
  return getInits(*this);
}

template <typename Adaptor>
static LogicalResult inferFromInits(Adaptor adaptor,
                                    SmallVectorImpl<Type> &types) {
  auto add = [&](Value init) {
    if (isa<RankedTensorType>(init.getType()))
      types.push_back(init.getType());
  };
  add(adaptor.getOutputInit());
  llvm::for_each(adaptor.getStateInits(), add);
  return success();
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferFromInits(adaptor, types);
}
LogicalResult RecurrentOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferFromInits(adaptor, types);
}

static LogicalResult reifyFromInits(DestinationStyleOpInterface op,
                                    OpBuilder &builder,
                                    ReifiedRankedShapedTypeDims &shapes) {
  for (OpResult result : op->getResults())
    shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(),
                                           op.getTiedOpOperand(result)->get()));
  return success();
}

LogicalResult LinearOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult
RecurrentOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// Effects: none on tensors, reads and writes of memrefs
//===----------------------------------------------------------------------===//

using Effects = SmallVectorImpl<MemoryEffects::EffectInstance>;

static void collectEffects(DestinationStyleOpInterface op, Effects &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

void LinearOp::getEffects(Effects &effects) { collectEffects(*this, effects); }
void RecurrentOp::getEffects(Effects &effects) {
  collectEffects(*this, effects);
}

static Speculation::Speculatability speculatability(Operation *op) {
  return cast<DestinationStyleOpInterface>(op).hasPureTensorSemantics()
             ? Speculation::Speculatable
             : Speculation::NotSpeculatable;
}

Speculation::Speculatability LinearOp::getSpeculatability() {
  return speculatability(*this);
}
Speculation::Speculatability RecurrentOp::getSpeculatability() {
  return speculatability(*this);
}

//===----------------------------------------------------------------------===//
// Canonical form
//===----------------------------------------------------------------------===//

/// attn.recurrent without correction and without a decay per element
/// -> attn.linear
static LogicalResult makeLinear(RecurrentOp op, PatternRewriter &rewriter) {
  if (op.getBeta() || op.getLeft() || op.getTimeStep())
    return failure();
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
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.removeScaleAttr(); });
  return success();
}

void LinearOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *) {
  patterns.add(dropDefaultScale<LinearOp>);
}
void RecurrentOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(makeLinear);
  patterns.add(dropDefaultScale<RecurrentOp>);
}
