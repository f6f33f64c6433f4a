//===- LongConvOp.cpp - attn.long_conv: constraints, types, effects -------===//
//
// Messages begin with the number of the constraint in the operation's
// description; test/Dialect/Attn/invalid-long-conv.mlir breaks each of them.
//
// Tests: test/Dialect/Attn/ops-long-conv.mlir
//
//===----------------------------------------------------------------------===//

#include "DestinationOps.h"
#include "VerifierRules.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/IR/LongConv.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

#include "attn/Dialect/Attn/IR/LongConvEnums.cpp.inc"
#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/LongConv.cpp.inc"

static LogicalResult verifyRanks(LongConvOp op) {
  std::tuple<StringRef, Value, int64_t> operands[] = {
      {"input", op.getInput(), 4},      {"filter", op.getFilter(), 3},
      {"before", op.getBefore(), 4},    {"behind", op.getBehind(), 4},
      {"skip", op.getSkip(), 2},        {"history", op.getHistory(), 4},
      {"output", op.getOutputInit(), 4}};
  for (auto [name, value, rank] : operands)
    if (value && failed(verifyRank(op, "C1", name, value, rank)))
      return failure();
  return success();
}

static LogicalResult verifyTypes(LongConvOp op) {
  Type element = getElementTypeOrSelf(op.getInput());
  if (!isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element))
    return op.emitOpError()
           << "C2: expected f16, bf16, f32 or f64, but found " << element;
  std::pair<StringRef, Value> same[] = {{"before", op.getBefore()},
                                        {"behind", op.getBehind()},
                                        {"history", op.getHistory()}};
  for (auto [name, value] : same)
    if (value && getElementTypeOrSelf(value) != element)
      return op.emitOpError()
             << "C2: expected '" << name << "' of " << element
             << " like 'input', but found " << getElementTypeOrSelf(value);
  Type output = getElementTypeOrSelf(op.getOutputInit());
  if (output != element && !output.isF32())
    return op.emitOpError() << "C2: expected 'output' of " << element
                            << " or f32, but found " << output;
  std::pair<StringRef, Value> floats[] = {{"filter", op.getFilter()},
                                          {"skip", op.getSkip()}};
  for (auto [name, value] : floats)
    if (value && !isa<FloatType>(getElementTypeOrSelf(value)))
      return op.emitOpError()
             << "C2: expected '" << name << "' of a float type, but found "
             << getElementTypeOrSelf(value);
  return success();
}

LogicalResult LongConvOp::verify() {
  if (failed(verifyOneKind(*this, "C5")) || failed(verifyRanks(*this)) ||
      failed(verifyTypes(*this)))
    return failure();
  if (ShapedType::isDynamic(getChannels()) || getChannels() <= 0)
    return emitOpError() << "C4: expected a static positive number of channels";
  if (failed(verifyStaticWhereTied(*this, "C4", 3)))
    return failure();
  return verifyTies(*this, "C3");
}

LogicalResult LongConvOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location>,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  Type output = adaptor.getOutputInit().getType();
  if (isa<RankedTensorType>(output))
    types.push_back(output);
  return success();
}

LogicalResult
LongConvOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}

/// None on tensors; on memrefs the destination is written, the rest read.
void LongConvOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDestinationEffects(*this, /*readsInits=*/false, effects);
}

Speculation::Speculatability LongConvOp::getSpeculatability() {
  return hasPureTensorSemantics() ? Speculation::Speculatable
                                  : Speculation::NotSpeculatable;
}
