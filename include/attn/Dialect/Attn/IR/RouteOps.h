//===- RouteOps.h - operations on tokens by group ---------------*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_IR_ROUTEOPS_H
#define ATTN_DIALECT_ATTN_IR_ROUTEOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/RouteOps.h.inc"

#endif // ATTN_DIALECT_ATTN_IR_ROUTEOPS_H
