//===- StateVerifiers.cpp - constraints of attn.linear and attn.recurrent -===//
//
// Messages begin with the number of the constraint in the operation's
// description; test/Dialect/Attn/invalid-state.mlir breaks each of them.
//
//===----------------------------------------------------------------------===//

#include "VerifierRules.h"
#include "attn/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace mlir::attn;

static Type elementOf(Value value) { return getElementTypeOrSelf(value); }
static int64_t sizeOf(Value value, int64_t axis) {
  return cast<ShapedType>(value.getType()).getDimSize(axis);
}

/// `value`, when there is one, has this rank and a float type.
static LogicalResult verifyFloats(Operation *op, StringRef rule, StringRef name,
                                  Value value, int64_t rank) {
  if (!value)
    return success();
  if (failed(verifyRank(op, rule, name, value, rank)))
    return failure();
  if (isa<FloatType>(elementOf(value)))
    return success();
  return op->emitOpError() << rule << ": expected '" << name
                           << "' of a float type, but found "
                           << elementOf(value);
}

/// C1 and C2: the three inputs.
static LogicalResult verifyInputs(Operation *op, const Recurrence &parts) {
  std::pair<StringRef, Value> inputs[] = {
      {"query", parts.query}, {"key", parts.key}, {"value", parts.value}};
  Type element = elementOf(parts.query);
  for (auto [name, value] : inputs) {
    if (failed(verifyRank(op, "C1", name, value, 4)))
      return failure();
    if (elementOf(value) != element)
      return op->emitOpError()
             << "C1: expected '" << name << "' of " << element
             << " like 'query', but found " << elementOf(value);
  }
  if (!isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element))
    return op->emitOpError()
           << "C1: expected f16, bf16, f32 or f64, but found " << element;
  std::pair<StringRef, int64_t> widths[] = {{"key", parts.getKeyWidth()},
                                            {"value", parts.getValueWidth()}};
  for (auto [name, width] : widths)
    if (ShapedType::isDynamic(width) || width <= 0)
      return op->emitOpError()
             << "C2: expected a static positive " << name << " width";
  return success();
}

/// Says what is wrong unless `multiple` is a multiple of `divisor`.
static LogicalResult verifyDivides(Operation *op, StringRef what,
                                   int64_t multiple, StringRef ofWhat,
                                   int64_t divisor) {
  if (ShapedType::isDynamic(multiple) || ShapedType::isDynamic(divisor) ||
      (divisor == 0 ? multiple == 0 : multiple % divisor == 0))
    return success();
  return op->emitOpError() << "C4: expected the number of " << what
                           << " heads to be a multiple of the " << divisor
                           << " " << ofWhat << " heads, but found " << multiple;
}

/// C4: how heads are shared.
static LogicalResult verifyHeads(Operation *op, const Recurrence &parts) {
  int64_t queryHeads = sizeOf(parts.query, 1), keyHeads = sizeOf(parts.key, 1);
  int64_t heads = sizeOf(parts.value, 1), outputs = sizeOf(parts.output, 1);
  if (failed(verifyDivides(op, "value", heads, "key", keyHeads)))
    return failure();
  if (ShapedType::isDynamic(queryHeads) || ShapedType::isDynamic(heads))
    return success();
  bool manyQueries = queryHeads > heads;
  if (failed(manyQueries
                 ? verifyDivides(op, "query", queryHeads, "value", heads)
                 : verifyDivides(op, "value", heads, "query", queryHeads)))
    return failure();
  int64_t expected = std::max(queryHeads, heads);
  if (!ShapedType::isDynamic(outputs) && outputs != expected)
    return op->emitOpError() << "C4: expected " << expected
                             << " heads in the output, but found " << outputs;
  return success();
}

/// C5 and C10: the destinations.
static LogicalResult verifyDestinations(Operation *op, const Recurrence &parts,
                                        ValueRange states) {
  Type element = elementOf(parts.query), output = elementOf(parts.output);
  if (output != element && !output.isF32())
    return op->emitOpError() << "C5: expected 'output' of " << element
                             << " or f32, but found " << output;
  Type expected = parts.getStateType();
  for (Value state : states)
    if (elementOf(state) != expected)
      return op->emitOpError() << "C5: expected states of " << expected
                               << ", but found " << elementOf(state);
  size_t all = 1 + parts.hasNormalizer() + parts.normalizesByMaximum +
               parts.hasTransition;
  if (!states.empty() && states.size() != all)
    return op->emitOpError() << "C10: expected no state destination or all "
                             << all << ", but found " << states.size();
  if (parts.hasTransition && states.empty())
    return op->emitOpError() << "C10: expected a destination for 'transition'";
  return success();
}

/// The rank of the transition's destination.
static int64_t getTransitionRank(const Recurrence &parts) {
  if (parts.hasCorrection() || parts.timeStep)
    return 4;
  return parts.getGateKind() == GateKind::PerRow ? 3 : 2;
}

static LogicalResult verifyStateRanks(Operation *op, const Recurrence &parts) {
  std::tuple<StringRef, Value, int64_t> states[] = {
      {"output", parts.output, 4},
      {"state", parts.state, 4},
      {"key sum", parts.keySum, 3},
      {"maximum", parts.maximum, 2},
      {"transition", parts.transition, getTransitionRank(parts)}};
  for (auto [name, value, rank] : states)
    if (value && failed(verifyRank(op, "C3", name, value, rank)))
      return failure();
  return success();
}

/// C6 and C7.
static LogicalResult verifyGateAndFactors(Operation *op,
                                          const Recurrence &parts) {
  if (parts.gate) {
    int64_t rank = cast<ShapedType>(parts.gate.getType()).getRank();
    if (rank != 1 && rank != 3 && rank != 4)
      return op->emitOpError()
             << "C6: expected 'gate' of rank 1, 3 or 4, but found rank "
             << rank;
    if (failed(verifyFloats(op, "C6", "gate", parts.gate, rank)))
      return failure();
  }
  if (!std::isfinite(parts.scale))
    return op->emitOpError() << "C7: expected a finite 'scale'";
  if (!std::isfinite(parts.epsilon) || parts.epsilon < 0)
    return op->emitOpError()
           << "C7: expected 'epsilon' finite and not negative, but found "
           << parts.epsilon;
  return success();
}

/// C11: packed sequences.
static LogicalResult verifySequences(Operation *op, const Recurrence &parts) {
  if (!parts.cuSeqlens)
    return success();
  if (failed(verifyRank(op, "C11", "cu_seqlens", parts.cuSeqlens, 1)))
    return failure();
  Type element = elementOf(parts.cuSeqlens);
  if (!element.isInteger(32) && !element.isInteger(64))
    return op->emitOpError()
           << "C11: expected 'cu_seqlens' of i32 or i64, but found " << element;
  int64_t batch = sizeOf(parts.query, 0);
  if (!ShapedType::isDynamic(batch) && batch != 1)
    return op->emitOpError()
           << "C11: expected a batch of 1 with 'cu_seqlens', but found "
           << batch;
  int64_t bounds = sizeOf(parts.cuSeqlens, 0);
  if (bounds == 0)
    return op->emitOpError()
           << "C11: expected at least one bound in 'cu_seqlens'";
  if (parts.state && !ShapedType::isDynamic(bounds)) {
    int64_t states = sizeOf(parts.state, 0);
    if (!ShapedType::isDynamic(states) && states != bounds - 1)
      return op->emitOpError()
             << "C11: expected " << bounds - 1
             << " states for 'cu_seqlens', but found " << states;
  }
  return success();
}

LogicalResult mlir::attn::verifyOneKind(Operation *op, StringRef rule) {
  bool tensors = isa<RankedTensorType>(op->getOperand(0).getType());
  for (Type type : op->getOperandTypes())
    if (isa<RankedTensorType>(type) != tensors)
      return op->emitOpError()
             << rule << ": expected all operands to be "
             << (tensors ? "tensors" : "memrefs") << ", but found " << type;
  return success();
}

LogicalResult mlir::attn::verifyStaticWhereTied(Operation *op, StringRef rule,
                                                ArrayRef<int64_t> axes) {
  LogicalResult result = success();
  collectShapeTies(op, [&](Value a, int64_t i, Value b, int64_t j) {
    if (failed(result) || !llvm::is_contained(axes, i) ||
        !ShapedType::isDynamic(sizeOf(b, j)))
      return;
    result = op->emitOpError()
             << rule << ": expected a static size " << sizeOf(a, i)
             << " of dimension " << j << ", but found " << b.getType();
  });
  return result;
}

static LogicalResult verifyCommon(Operation *op, const Recurrence &parts,
                                  ValueRange states) {
  if (failed(verifyOneKind(op, "C12")) || failed(verifyInputs(op, parts)) ||
      failed(verifyStateRanks(op, parts)) || failed(verifyHeads(op, parts)) ||
      failed(verifyDestinations(op, parts, states)) ||
      failed(verifyGateAndFactors(op, parts)) ||
      failed(verifySequences(op, parts)))
    return failure();
  return success();
}

/// C2 and C3: what can be said once all ranks are known.
static LogicalResult verifySizes(Operation *op, const Recurrence &parts) {
  if (failed(verifyStaticWhereTied(op, "C2", 3)))
    return failure();
  return verifyTies(op, "C3");
}

LogicalResult LinearOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 7})))
    return failure();
  Recurrence parts = getRecurrence();
  if (failed(verifyCommon(*this, parts, getStateInits())) ||
      failed(verifyFloats(*this, "C8", "bonus", parts.bonus, 2)) ||
      failed(verifyFloats(*this, "C9", "input_gate", parts.inputGate, 3)))
    return failure();
  if (parts.bonus && !parts.readBefore)
    return emitOpError() << "C8: expected 'read_before' with 'bonus'";
  if (parts.hasNormalizer() && parts.readBefore)
    return emitOpError() << "C9: expected no 'read_before' with 'normalizer'";
  if (parts.normalizesByMaximum && parts.hasTransition)
    return emitOpError()
           << "C9: expected no 'transition' with 'normalizer(max_exp)'";
  if (parts.normalizesByMaximum &&
      (!parts.inputGate || parts.getGateKind() != GateKind::PerToken))
    return emitOpError() << "C9: expected an 'input_gate' and a 'gate' of rank "
                            "3 with 'normalizer(max_exp)'";
  if (parts.inputGate && !parts.normalizesByMaximum)
    return emitOpError()
           << "C9: expected 'normalizer(max_exp)' with 'input_gate'";
  return verifySizes(*this, parts);
}

LogicalResult RecurrentOp::verify() {
  if (failed(verifyGroups(*this, {0, 1, 2, 10})))
    return failure();
  // The generic form may have one of a pair.
  if (!getLeft() != !getRight())
    return emitOpError() << "C8: expected both operands of 'correction'";
  if (!getTimeStep() != !getRate())
    return emitOpError() << "C9: expected both operands of 'decay'";
  Recurrence parts = getRecurrence();
  if (failed(verifyCommon(*this, parts, getStateInits())) ||
      failed(verifyFloats(*this, "C8", "beta", parts.beta, 3)) ||
      failed(verifyFloats(*this, "C8", "left", parts.left, 4)) ||
      failed(verifyFloats(*this, "C8", "right", parts.right, 4)) ||
      failed(verifyFloats(*this, "C9", "time step", parts.timeStep, 4)) ||
      failed(verifyFloats(*this, "C9", "rate", parts.rate, 3)))
    return failure();
  if ((parts.beta ? 1 : 0) + (parts.left ? 1 : 0) + (parts.timeStep ? 1 : 0) >
      1)
    return emitOpError() << "C9: expected at most one of 'beta', 'correction' "
                            "and 'decay'";
  if (parts.timeStep && parts.gate)
    return emitOpError() << "C9: expected no 'gate' with 'decay'";
  return verifySizes(*this, parts);
}
