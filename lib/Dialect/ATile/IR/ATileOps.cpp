//===- ATileOps.cpp - what types of operands and results agree on ---------===//
//
// Covered by test/Dialect/ATile/ops.mlir and invalid.mlir. What no single
// operation can see is in Hazards.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/ATile/IR/ATile.h"

using namespace mlir;
using namespace mlir::attn::atile;

//===----------------------------------------------------------------------===//
// Rings and slots
//===----------------------------------------------------------------------===//

static LogicalResult inferSlot(Value ring, SlotState state,
                               SmallVectorImpl<Type> &types) {
  auto type = cast<RingType>(ring.getType());
  types.push_back(SlotType::get(type.getContext(), type.getRows(),
                                type.getColumns(), type.getElement(), state));
  return success();
}

LogicalResult WaitEmptyOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferSlot(adaptor.getRing(), SlotState::Empty, types);
}

LogicalResult WaitFullOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location>,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  return inferSlot(adaptor.getRing(), SlotState::Full, types);
}

LogicalResult StageOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return inferSlot(adaptor.getRing(), SlotState::Empty, types);
}

LogicalResult WaitCopiesOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location>,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  return inferSlot(adaptor.getRing(), SlotState::Full, types);
}

LogicalResult LoadOp::verify() {
  MapType map = getMap().getType();
  auto slot = cast<SlotType>(getSlot().getType());
  if (map.getRows() == slot.getRows() &&
      map.getColumns() == slot.getColumns() &&
      map.getElement() == slot.getElement())
    return success();
  return emitOpError() << "expected a slot of the map's shape, " << map
                       << ", but found " << slot;
}

LogicalResult CopyOp::verify() {
  auto slot = cast<SlotType>(getSlot().getType());
  if (getSource().getType().getElement() == slot.getElement())
    return success();
  return emitOpError() << "expected a source of " << slot.getElement()
                       << " but found " << getSource().getType();
}

LogicalResult StoreRowsOp::verify() {
  if (getDest().getType().getElement().isF32())
    return success();
  return emitOpError() << "expected a destination of f32 but found "
                       << getDest().getType();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Reports `found` unless it is `expected`.
static LogicalResult expectSize(Operation *op, StringRef what, int64_t expected,
                                int64_t found) {
  if (expected == found)
    return success();
  return op->emitOpError() << "expected " << what << " to be " << expected
                           << " but found " << found;
}

static LogicalResult expectElement(Operation *op, Type expected, Type found) {
  if (expected == found)
    return success();
  return op->emitOpError() << "expected operands of one type but found "
                           << expected << " and " << found;
}

/// The contraction runs in steps of 16.
static LogicalResult expectSteps(Operation *op, int64_t size) {
  if (size % 16 == 0)
    return success();
  return op->emitOpError()
         << "expected the contraction to be a multiple of 16 but found "
         << size;
}

LogicalResult MmaSSOp::verify() {
  auto a = cast<SlotType>(getA().getType());
  auto b = cast<SlotType>(getB().getType());
  auto result = cast<FragType>(getResult().getType());
  if (a.getRows() % kGroupRows != 0)
    return emitOpError() << "expected a left tile of whole groups of 64 rows "
                            "but found "
                         << a.getRows();
  return failure(failed(expectElement(*this, a.getElement(), b.getElement())) ||
                 failed(expectSize(*this, "columns of the right tile",
                                   a.getColumns(), b.getColumns())) ||
                 failed(expectSteps(*this, a.getColumns())) ||
                 failed(expectSize(*this, "columns of the result", b.getRows(),
                                   result.getColumns())));
}

LogicalResult MmaRSOp::verify() {
  OperandType p = getP().getType();
  auto v = cast<SlotType>(getV().getType());
  auto acc = cast<FragType>(getAcc().getType());
  return failure(failed(expectElement(*this, p.getElement(), v.getElement())) ||
                 failed(expectSize(*this, "rows of the right tile",
                                   p.getColumns(), v.getRows())) ||
                 failed(expectSteps(*this, p.getColumns())) ||
                 failed(expectSize(*this, "columns of the accumulator",
                                   v.getColumns(), acc.getColumns())));
}

LogicalResult AwaitOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        ValueRange operands, DictionaryAttr,
                                        OpaqueProperties, RegionRange,
                                        SmallVectorImpl<Type> &types) {
  for (Value operand : operands)
    types.push_back(cast<FragType>(operand.getType()).withInflight(false));
  return success();
}

LogicalResult LoadOperandOp::verify() {
  auto slot = cast<SlotType>(getSlot().getType());
  OperandType result = getResult().getType();
  return failure(
      failed(expectElement(*this, slot.getElement(), result.getElement())) ||
      failed(expectSize(*this, "columns of the result", slot.getColumns(),
                        result.getColumns())));
}

LogicalResult MmaSyncOp::verify() {
  OperandType a = getA().getType();
  auto b = cast<SlotType>(getB().getType());
  auto acc = cast<FragType>(getAcc().getType());
  int64_t contraction = getTransposed() ? b.getColumns() : b.getRows();
  int64_t columns = getTransposed() ? b.getRows() : b.getColumns();
  if (columns % 16 != 0)
    return emitOpError()
           << "expected columns of the result to be a multiple of 16 but found "
           << columns;
  return failure(failed(expectElement(*this, a.getElement(), b.getElement())) ||
                 failed(expectSize(*this, "the contraction of the right tile",
                                   a.getColumns(), contraction)) ||
                 failed(expectSize(*this, "columns of the accumulator", columns,
                                   acc.getColumns())));
}

LogicalResult PackOp::verify() {
  return expectSize(*this, "columns of the result",
                    cast<FragType>(getSource().getType()).getColumns(),
                    getResult().getType().getColumns());
}

//===----------------------------------------------------------------------===//
// Maps
//===----------------------------------------------------------------------===//

/// Bodies are inlined once per register: one block of the given argument types
/// that yields f32 and holds scalar operations only.
static LogicalResult verifyBody(Operation *op, Region &body,
                                ArrayRef<Type> arguments) {
  Block &block = body.front();
  if (block.getArgumentTypes() != TypeRange(arguments))
    return op->emitOpError()
           << "expected a body with arguments of types (" << arguments
           << ") but found (" << block.getArgumentTypes() << ")";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || !yield.getValue())
    return op->emitOpError("expected a body that yields a value of f32");
  for (Operation &inner : block.without_terminator())
    if (!isa<arith::ArithDialect, math::MathDialect>(inner.getDialect()) &&
        !isa<ReadOp>(inner))
      return inner.emitOpError()
             << "expected arith, math or atile.read in the body of "
             << op->getName();
  return success();
}

LogicalResult MapOp::verify() {
  Builder b(getContext());
  return verifyBody(*this, getBody(),
                    {b.getF32Type(), b.getI32Type(), b.getI32Type()});
}

LogicalResult MapRowsOp::verify() {
  SmallVector<Type> arguments(getSources().size(),
                              Builder(getContext()).getF32Type());
  return verifyBody(*this, getBody(), arguments);
}

#define GET_OP_CLASSES
#include "attn/Dialect/ATile/IR/ATileOps.cpp.inc"
