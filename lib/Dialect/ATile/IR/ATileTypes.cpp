//===- ATileTypes.cpp - shapes of tiles, slots and fragments --------------===//
//
// Printing and checking of the types. Covered by test/Dialect/ATile/ops.mlir
// and invalid-types.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/ATile/IR/ATile.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn::atile;

using EmitError = function_ref<InFlightDiagnostic()>;

//===----------------------------------------------------------------------===//
// Parts of the assembly formats
//===----------------------------------------------------------------------===//

/// Parses `AxBx..xT` with as many sizes as `sizes` has pointers.
static ParseResult parseShape(AsmParser &parser, ArrayRef<int64_t *> sizes,
                              Type &element) {
  SmallVector<int64_t> dims;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(dims, /*allowDynamic=*/false) ||
      parser.parseType(element))
    return failure();
  if (dims.size() != sizes.size())
    return parser.emitError(loc)
           << "expected " << sizes.size() << " sizes but found " << dims.size();
  for (auto [pointer, size] : llvm::zip(sizes, dims))
    *pointer = size;
  return success();
}

static ParseResult parseShape2D(AsmParser &parser, int64_t &rows,
                                int64_t &columns, Type &element) {
  return parseShape(parser, {&rows, &columns}, element);
}

static void printShape2D(AsmPrinter &printer, int64_t rows, int64_t columns,
                         Type element) {
  printer << rows << 'x' << columns << 'x' << element;
}

static ParseResult parseShape3D(AsmParser &parser, int64_t &stages,
                                int64_t &rows, int64_t &columns,
                                Type &element) {
  return parseShape(parser, {&stages, &rows, &columns}, element);
}

static void printShape3D(AsmPrinter &printer, int64_t stages, int64_t rows,
                         int64_t columns, Type element) {
  printer << stages << 'x' << rows << 'x' << columns << 'x' << element;
}

static ParseResult parseFlag(AsmParser &parser, StringRef word, bool &flag) {
  flag = succeeded(parser.parseOptionalComma());
  return flag ? parser.parseKeyword(word) : success();
}

static ParseResult parseInFlight(AsmParser &parser, bool &inflight) {
  return parseFlag(parser, "inflight", inflight);
}

static void printInFlight(AsmPrinter &printer, bool inflight) {
  if (inflight)
    printer << ", inflight";
}

static ParseResult parsePartial(AsmParser &parser, bool &partial) {
  return parseFlag(parser, "partial", partial);
}

static void printPartial(AsmPrinter &printer, bool partial) {
  if (partial)
    printer << ", partial";
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static LogicalResult verifyHalf(EmitError emitError, Type element) {
  if (isa<Float16Type, BFloat16Type>(element))
    return success();
  return emitError() << "expected elements of f16 or bf16 but found "
                     << element;
}

static LogicalResult verifySize(EmitError emitError, StringRef what,
                                int64_t size, int64_t multiple) {
  if (size > 0 && size <= 256 && size % multiple == 0)
    return success();
  return emitError() << "expected " << what << " to be a multiple of "
                     << multiple << " up to 256 but found " << size;
}

static LogicalResult verifyTile(EmitError emitError, int64_t rows,
                                int64_t columns, Type element) {
  return failure(failed(verifyHalf(emitError, element)) ||
                 failed(verifySize(emitError, "rows", rows, 8)) ||
                 failed(verifySize(emitError, "columns", columns, 8)));
}

static LogicalResult verifyGroupRows(EmitError emitError, int64_t rows) {
  if (rows == kGroupRows)
    return success();
  return emitError() << "expected 64 rows, those of a group, but found "
                     << rows;
}

LogicalResult GlobalType::verify(EmitError emitError, Type element) {
  if (element.isIntOrFloat())
    return success();
  return emitError() << "expected a number as element but found " << element;
}

LogicalResult MapType::verify(EmitError emitError, int64_t rows,
                              int64_t columns, Type element) {
  return verifyTile(emitError, rows, columns, element);
}

LogicalResult RingType::verify(EmitError emitError, int64_t stages,
                               int64_t rows, int64_t columns, Type element) {
  if (stages < 1 || stages > 16)
    return emitError() << "expected 1 to 16 stages but found " << stages;
  return verifyTile(emitError, rows, columns, element);
}

LogicalResult SlotType::verify(EmitError emitError, int64_t rows,
                               int64_t columns, Type element, SlotState) {
  return verifyTile(emitError, rows, columns, element);
}

LogicalResult FragType::verify(EmitError emitError, int64_t rows,
                               int64_t columns, Type element, bool) {
  if (!element.isF32())
    return emitError() << "expected elements of f32 but found " << element;
  return failure(failed(verifyGroupRows(emitError, rows)) ||
                 failed(verifySize(emitError, "columns", columns, 8)));
}

LogicalResult OperandType::verify(EmitError emitError, int64_t rows,
                                  int64_t columns, Type element) {
  return failure(failed(verifyHalf(emitError, element)) ||
                 failed(verifyGroupRows(emitError, rows)) ||
                 failed(verifySize(emitError, "columns", columns, 16)));
}

LogicalResult RowsType::verify(EmitError emitError, int64_t rows, bool) {
  return verifyGroupRows(emitError, rows);
}

#define GET_TYPEDEF_CLASSES
#include "attn/Dialect/ATile/IR/ATileTypes.cpp.inc"

void ATileDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "attn/Dialect/ATile/IR/ATileTypes.cpp.inc"
      >();
}
