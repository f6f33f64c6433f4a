//===- StateOps.cpp - operations on states: types, effects, parts ---------===//
//
// What attn.linear, attn.recurrent and attn.compose share: destinations,
// effects, and the view of the first two by what their operands mean.
//
// Tests: test/Dialect/Attn/ops-state.mlir
//
//===----------------------------------------------------------------------===//

#include "DestinationOps.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
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
  // The verifier asks before it knows the rank.
  if (op.getScale())
    parts.scale = op.getScale()->convertToDouble();
  else if (cast<ShapedType>(parts.query.getType()).getRank() == 4)
    parts.scale = 1.0 / std::sqrt(static_cast<double>(parts.getKeyWidth()));
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

/// The last `count` operands.
static MutableOperandRange getLast(Operation *op, unsigned count) {
  return MutableOperandRange(op).slice(op->getNumOperands() - count, count);
}

MutableOperandRange LinearOp::getDpsInitsMutable() {
  return getLast(*this, 1 + getStateInits().size());
}
MutableOperandRange RecurrentOp::getDpsInitsMutable() {
  return getLast(*this, 1 + getStateInits().size());
}
MutableOperandRange ComposeOp::getDpsInitsMutable() {
  return getLast(*this, getTransitionInit() ? 2 : 1);
}

static LogicalResult inferFromInits(ValueRange inits,
                                    SmallVectorImpl<Type> &types) {
  for (Type type : inits.getTypes())
    if (isa<RankedTensorType>(type))
      types.push_back(type);
  return success();
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferFromInits(
      adaptor.getOperands().take_back(1 + adaptor.getStateInits().size()),
      types);
}
LogicalResult RecurrentOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferFromInits(
      adaptor.getOperands().take_back(1 + adaptor.getStateInits().size()),
      types);
}
LogicalResult ComposeOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location>,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferFromInits(adaptor.getOperands().drop_front(2), types);
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
LogicalResult
ComposeOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}

//===----------------------------------------------------------------------===//
// Effects: none on tensors, reads and writes of memrefs
//===----------------------------------------------------------------------===//

using Effects = SmallVectorImpl<MemoryEffects::EffectInstance>;

void LinearOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, /*readsInits=*/true, effects);
}
void RecurrentOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, /*readsInits=*/true, effects);
}
void ComposeOp::getEffects(Effects &effects) {
  addDestinationEffects(*this, /*readsInits=*/true, effects);
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
Speculation::Speculatability ComposeOp::getSpeculatability() {
  return speculatability(*this);
}
