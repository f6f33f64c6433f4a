//===- LongConv.h - the operation attn.long_conv ----------------*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_IR_LONGCONV_H
#define ATTN_DIALECT_ATTN_IR_LONGCONV_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "attn/Dialect/Attn/IR/LongConvEnums.h.inc"

#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/LongConv.h.inc"

#endif // ATTN_DIALECT_ATTN_IR_LONGCONV_H
