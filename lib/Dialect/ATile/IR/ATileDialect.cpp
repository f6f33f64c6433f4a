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

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   Overlap overlap, int64_t groups,
                                   int64_t keys, int64_t stages) {
  if (groups < 1 || groups > 3)
    return emitError() << "expected 1 to 3 groups but found " << groups;
  if (keys < 16 || keys > 256 || keys % 16 != 0)
    return emitError() << "expected keys to be a multiple of 16 up to 256 but "
                          "found "
                       << keys;
  if (stages < 1 || stages > 8)
    return emitError() << "expected 1 to 8 stages but found " << stages;
  if (overlap == Overlap::Sync && stages != 2)
    return emitError() << "expected 2 stages for overlap = sync but found "
                       << stages;
  return success();
}
