//===- ListOps.h - attn.pool, attn.select, attn.invert ----------*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_IR_LISTOPS_H
#define ATTN_DIALECT_ATTN_IR_LISTOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "attn/Dialect/Attn/IR/ListOpsEnums.h.inc"

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/ListOps.h.inc"

#endif // ATTN_DIALECT_ATTN_IR_LISTOPS_H
