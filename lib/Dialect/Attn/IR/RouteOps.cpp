//===- RouteOps.cpp - operations on tokens by group -----------------------===//
//
// Messages begin with the number of the constraint in the operation's
// description; test/Dialect/Attn/invalid-route.mlir breaks each of them.
//
// Tests: test/Dialect/Attn/ops-route.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "DestinationOps.h"
#include "VerifierRules.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::attn;

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/RouteOps.cpp.inc"

LogicalResult RouteOp::verify() {
  std::pair<StringRef, Value> operands[] = {{"ids", getIds()},
                                            {"order", getOrderInit()},
                                            {"place", getPlaceInit()},
                                            {"offsets", getOffsetsInit()}};
  for (auto [name, value] : operands)
    if (failed(verifyRank(*this, "C1", name, value, 1)) ||
        failed(verifyIndexElement(*this, "C1", name, value)))
      return failure();
  for (auto [name, value] : llvm::drop_begin(operands))
    if (!getElementTypeOrSelf(value).isInteger(32))
      return emitOpError() << "C1: expected '" << name << "' of i32, but found "
                           << getElementTypeOrSelf(value);
  if (getOffsetsInit().getType().getDimSize(0) == 0)
    return emitOpError() << "C2: expected at least one offset";
  return verifyTies(*this, "C2");
}

LogicalResult GroupedProjectOp::verify() {
  std::tuple<StringRef, Value, int64_t> operands[] = {
      {"input", getInput(), 2},
      {"weights", getWeights(), 3},
      {"offsets", getOffsets(), 1},
      {"output", getOutputInit(), 2}};
  for (auto [name, value, rank] : operands)
    if (failed(verifyRank(*this, "C1", name, value, rank)))
      return failure();
  Type element = getElementTypeOrSelf(getInput());
  if (!isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element))
    return emitOpError() << "C2: expected f16, bf16, f32 or f64, but found "
                         << element;
  if (getElementTypeOrSelf(getWeights()) != element)
    return emitOpError() << "C2: expected 'weights' of " << element
                         << " like 'input', but found "
                         << getElementTypeOrSelf(getWeights());
  Type output = element.isF64() ? element : Float32Type::get(getContext());
  if (getElementTypeOrSelf(getOutputInit()) != output)
    return emitOpError() << "C2: expected 'output' of " << output
                         << ", but found "
                         << getElementTypeOrSelf(getOutputInit());
  if (failed(verifyIndexElement(*this, "C2", "offsets", getOffsets())))
    return failure();
  int64_t groups = getWeights().getType().getDimSize(0);
  int64_t offsets = getOffsets().getType().getDimSize(0);
  if (!ShapedType::isDynamic(groups) && !ShapedType::isDynamic(offsets) &&
      offsets != groups + 1)
    return emitOpError() << "C3: expected " << groups + 1
                         << " offsets, but found " << offsets;
  return verifyTies(*this, "C3");
}

LogicalResult RouteOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  types.append({adaptor.getOrderInit().getType(),
                adaptor.getPlaceInit().getType(),
                adaptor.getOffsetsInit().getType()});
  return success();
}

LogicalResult GroupedProjectOp::inferReturnTypes(MLIRContext *,
                                                 std::optional<Location>,
                                                 Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getOutputInit().getType());
  return success();
}

LogicalResult RouteOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult
GroupedProjectOp::reifyResultShapes(OpBuilder &builder,
                                    ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
