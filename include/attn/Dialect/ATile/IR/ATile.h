//===- ATile.h - structured GPU kernels -------------------------*- C++ -*-===//
//
// The dialect between attention and machine code for GPUs: roles, rings of
// tiles in shared memory, products in flight, fragments. What it is for is in
// ATileDialect.td and docs/GPU.md.
//
// Covered by test/Dialect/ATile.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATILE_IR_ATILE_H
#define ATTN_DIALECT_ATILE_IR_ATILE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "attn/Dialect/ATile/IR/ATileDialect.h.inc"
#include "attn/Dialect/ATile/IR/ATileEnums.h.inc"

namespace mlir::attn::atile {

/// Rows of a fragment: those of the instructions of a group of four warps.
constexpr int64_t kGroupRows = 64;
/// Threads of a group.
constexpr int64_t kGroupThreads = 128;
/// Columns of a panel: 128 bytes, the span of the swizzle.
constexpr int64_t kPanelColumns = 64;
/// Name of the argument attribute that holds a `#atile.bind`.
constexpr llvm::StringLiteral kBindAttrName = "atile.bind";

/// What waits, barriers, products and copies have their effect on.
struct AsyncResource : public SideEffects::Resource::Base<AsyncResource> {
  llvm::StringRef getName() final { return "<asynchronous work>"; }
};

} // namespace mlir::attn::atile

#define GET_ATTRDEF_CLASSES
#include "attn/Dialect/ATile/IR/ATileAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "attn/Dialect/ATile/IR/ATileTypes.h.inc"

#define GET_OP_CLASSES
#include "attn/Dialect/ATile/IR/ATileOps.h.inc"

namespace mlir::attn::atile {

/// Follows every path through `kernel` and reports the first race by the rules
/// H1 to H8 of `atile.kernel`. Called by its verifier.
LogicalResult verifyHazards(KernelOp kernel);

} // namespace mlir::attn::atile

#endif // ATTN_DIALECT_ATILE_IR_ATILE_H
