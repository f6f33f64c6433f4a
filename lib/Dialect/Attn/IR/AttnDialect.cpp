//===- AttnDialect.cpp - registration of operations and attributes --------===//

#include "attn/Dialect/Attn/IR/AttnSparseOps.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "attn/Dialect/Attn/IR/LongConv.h"
#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn;

#include "attn/Dialect/Attn/IR/AttnDialect.cpp.inc"
#include "attn/Dialect/Attn/IR/AttnEnums.cpp.inc"
#include "attn/Dialect/Attn/IR/AttnInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "attn/Dialect/Attn/IR/AttnAttrs.cpp.inc"

void AttnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "attn/Dialect/Attn/IR/AttnAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/Dialect/Attn/IR/AttnOps.cpp.inc"
      ,
#define GET_OP_LIST
#include "attn/Dialect/Attn/IR/AttnSparseOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/Dialect/Attn/IR/LongConv.cpp.inc"
      ,
#define GET_OP_LIST
#include "attn/Dialect/Attn/IR/ListOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/Dialect/Attn/IR/CacheOps.cpp.inc"
      ,
#define GET_OP_LIST
#include "attn/Dialect/Attn/IR/RouteOps.cpp.inc"
      >();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t lanes, int64_t queryTile,
                                   int64_t rowTile, int64_t keyBlock,
                                   int64_t keySplit, int64_t prefetch,
                                   int64_t columnTile) {
  if (lanes < 1 || lanes > 64 || (lanes & (lanes - 1)) != 0)
    return emitError() << "expected lanes to be a power of two of at most 64, "
                          "but found "
                       << lanes;
  // Lanes are whole vectors of the machine, which LLVM splits only when their
  // count is a power of two.
  if (queryTile < 1 || queryTile > 1024 || (queryTile & (queryTile - 1)) != 0)
    return emitError() << "expected query_tile to be a power of two of at most "
                          "1024, but found "
                       << queryTile;
  if (rowTile < 1 || rowTile > 64)
    return emitError() << "expected row_tile between 1 and 64, but found "
                       << rowTile;
  if (keyBlock < 1 || keyBlock > 65536 || keyBlock % rowTile != 0)
    return emitError() << "expected key_block to be a positive multiple of "
                          "row_tile ("
                       << rowTile << ") of at most 65536, but found "
                       << keyBlock;
  if (keySplit < 0)
    return emitError() << "expected key_split of 0 or more, but found "
                       << keySplit;
  if (prefetch < 0 || prefetch > 1)
    return emitError() << "expected prefetch to be 0 or 1, but found "
                       << prefetch;
  if (columnTile < 0 || columnTile > 64)
    return emitError() << "expected column_tile between 0 and 64, but found "
                       << columnTile;
  return success();
}

LogicalResult ScanAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t chunk, int64_t step, int64_t panel,
                               int64_t lanes, int64_t split, int64_t prefetch) {
  // 0 is a number yet to be chosen, to go with those that are there.
  auto isMultiple = [](int64_t value, int64_t of) {
    return value == 0 || of == 0 || value % of == 0;
  };
  if (lanes < 0 || lanes > 64 || (lanes & (lanes - 1)) != 0)
    return emitError() << "expected lanes to be a power of two of at most 64, "
                          "but found "
                       << lanes;
  if (step < 0 || step > 16)
    return emitError() << "expected step between 1 and 16, but found " << step;
  if (chunk < 0 || chunk > 4096 || !isMultiple(chunk, step))
    return emitError() << "expected chunk to be a positive multiple of step ("
                       << step << ") of at most 4096, but found " << chunk;
  if (panel < 0 || panel > 1024 || !isMultiple(panel, lanes))
    return emitError() << "expected panel to be a positive multiple of lanes ("
                       << lanes << ") of at most 1024, but found " << panel;
  if (split < 0 || !isMultiple(split, panel))
    return emitError() << "expected split to be 0 or a multiple of panel ("
                       << panel << "), but found " << split;
  if (prefetch < 0 || prefetch > 1)
    return emitError() << "expected prefetch to be 0 or 1, but found "
                       << prefetch;
  return success();
}
