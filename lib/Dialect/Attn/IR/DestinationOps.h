//===- DestinationOps.h - what destinations say of an op -------*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_IR_DESTINATIONOPS_H
#define ATTN_LIB_DIALECT_ATTN_IR_DESTINATIONOPS_H

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::attn {

/// Results have the shapes of their destinations.
LogicalResult reifyFromInits(DestinationStyleOpInterface op, OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes);

/// None on tensors; on memrefs destinations are written, and read too if
/// `readsInits`, and other operands are read.
void addDestinationEffects(
    DestinationStyleOpInterface op, bool readsInits,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_IR_DESTINATIONOPS_H
