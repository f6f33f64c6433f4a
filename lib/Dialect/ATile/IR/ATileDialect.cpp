//===- ATileDialect.cpp - registration of types and operations ------------===//

#include "attn/Dialect/ATile/IR/ATile.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn::atile;

#include "attn/Dialect/ATile/IR/ATileDialect.cpp.inc"
#include "attn/Dialect/ATile/IR/ATileEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "attn/Dialect/ATile/IR/ATileAttrs.cpp.inc"

void ATileDialect::initialize() {
  registerTypes();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "attn/Dialect/ATile/IR/ATileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/Dialect/ATile/IR/ATileOps.cpp.inc"
      >();
}
