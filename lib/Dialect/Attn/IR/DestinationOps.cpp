//===- DestinationOps.cpp - what destinations say of an op ----------------===//

#include "DestinationOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

LogicalResult reifyFromInits(DestinationStyleOpInterface op, OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  for (OpResult result : op->getResults())
    shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(),
                                           op.getTiedOpOperand(result)->get()));
  return success();
}

void addDestinationEffects(
    DestinationStyleOpInterface op, bool readsInits,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    bool isInit = op.isDpsInit(&operand);
    if (!isInit || readsInits)
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (isInit)
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

} // namespace mlir::attn
