//===- Attn.h - operations, attributes and interfaces of attn ---*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_IR_ATTN_H
#define ATTN_DIALECT_ATTN_IR_ATTN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "attn/Dialect/Attn/IR/AttnDialect.h.inc"
#include "attn/Dialect/Attn/IR/AttnEnums.h.inc"

#include "attn/Dialect/Attn/IR/Recurrence.h"

#include "attn/Dialect/Attn/IR/AttnInterfaces.h.inc"

namespace mlir::attn {

/// What attn.prefetch has its effect on: nothing else touches it.
struct PrefetchResource : public SideEffects::Resource::Base<PrefetchResource> {
  StringRef getName() final { return "attn.prefetch"; }
};

} // namespace mlir::attn

#define GET_ATTRDEF_CLASSES
#include "attn/Dialect/Attn/IR/AttnAttrs.h.inc"

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/AttnOps.h.inc"

namespace mlir::attn {

/// Calls `tie(a, i, b, j)` for every pair of dimensions that `op` requires to
/// be equal: dimension i of value a and dimension j of value b.
void collectShapeTies(
    Operation *op,
    llvm::function_ref<void(Value, int64_t, Value, int64_t)> tie);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_IR_ATTN_H
