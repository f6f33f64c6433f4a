//===- ComposeOp.cpp - attn.compose: constraints and tiles ----------------===//
//
// The iteration domain is [batch, head, part, column of the state]. Parts are a
// reduction whose running values are the destinations. Columns are independent
// of each other; a transition without columns of the state needs all of them.
//
// Tests: test/Dialect/Attn/ops-compose.mlir, invalid-compose.mlir,
//        interfaces-tiling-compose.mlir
//
//===----------------------------------------------------------------------===//

#include "VerifierRules.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::attn;

static int64_t rankOf(Value value) {
  return cast<ShapedType>(value.getType()).getRank();
}

//===----------------------------------------------------------------------===//
// Constraints
//===----------------------------------------------------------------------===//

LogicalResult ComposeOp::verify() {
  if (failed(verifyOneKind(*this, "C5")) ||
      failed(verifyRank(*this, "C1", "states", getStates(), 5)))
    return failure();
  Type element = getElementTypeOrSelf(getStates());
  if (!element.isF32() && !element.isF64())
    return emitOpError() << "C1: expected states of f32 or f64, but found "
                         << element;
  for (Type type : getOperandTypes())
    if (getElementTypeOrSelf(type) != element)
      return emitOpError() << "C1: expected all operands of " << element
                           << ", but found " << type;
  int64_t rank = rankOf(getTransitions()), least = getPerElement() ? 5 : 3;
  if (rank < least || rank > 5)
    return emitOpError() << "C4: expected transitions of rank "
                         << (getPerElement() ? "5 with 'per_element'"
                                             : "3, 4 or 5")
                         << ", but found rank " << rank;
  if (failed(verifyRank(*this, "C3", "state", getStateInit(), 4)))
    return failure();
  if (Value transition = getTransitionInit())
    if (failed(verifyRank(*this, "C3", "transition", transition, rank - 1)))
      return failure();
  auto states = cast<ShapedType>(getStates().getType());
  for (auto [name, axis] : {std::pair("key", 3), std::pair("value", 4)}) {
    int64_t width = states.getDimSize(axis);
    if (ShapedType::isDynamic(width) || width <= 0)
      return emitOpError() << "C2: expected a static positive " << name
                           << " width";
  }
  if (failed(verifyStaticWhereTied(*this, "C2", {3, 4})))
    return failure();
  return verifyTies(*this, "C3");
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

SmallVector<utils::IteratorType> ComposeOp::getLoopIteratorTypes() {
  using utils::IteratorType;
  return {IteratorType::parallel, IteratorType::parallel,
          IteratorType::reduction, IteratorType::parallel};
}

SmallVector<Range> ComposeOp::getIterationDomain(OpBuilder &b) {
  SmallVector<Range> domain;
  for (int64_t axis : {1, 2, 0, 4})
    domain.push_back({b.getIndexAttr(0),
                      linalg::createFoldedDimOp(b, getLoc(), getStates(), axis),
                      b.getIndexAttr(1)});
  return domain;
}

namespace {
struct Box {
  SmallVector<OpFoldResult> offsets, sizes;

  void add(OpFoldResult offset, OpFoldResult size) {
    offsets.push_back(offset);
    sizes.push_back(size);
  }
};
} // namespace

/// The box of a tile in a value `[P, B, H, ..]`, or without P.
static Box getBox(OpBuilder &b, Location loc, Value value, bool hasParts,
                  bool hasColumns, ArrayRef<OpFoldResult> offsets,
                  ArrayRef<OpFoldResult> sizes) {
  Box box;
  if (hasParts)
    box.add(offsets[ComposeOp::Part], sizes[ComposeOp::Part]);
  for (unsigned loop : {ComposeOp::Batch, ComposeOp::Head})
    box.add(offsets[loop], sizes[loop]);
  int64_t rank = rankOf(value);
  for (int64_t axis = box.offsets.size(); axis < rank; ++axis)
    box.add(b.getIndexAttr(0), tensor::getMixedSize(b, loc, value, axis));
  if (hasColumns) {
    box.offsets.back() = offsets[ComposeOp::Column];
    box.sizes.back() = sizes[ComposeOp::Column];
  }
  return box;
}

FailureOr<TilingResult>
ComposeOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                  ArrayRef<OpFoldResult> sizes) {
  if (!hasPureTensorSemantics())
    return emitOpError("expected tensors where tiled, but found memrefs");
  Location loc = getLoc();
  if (getTransitionInit() && !getPerElement() &&
      !isEqualConstantIntOrValue(sizes[Column],
                                 tensor::getMixedSize(b, loc, getStates(), 4)))
    return emitOpError(
        "expected all columns in one tile with a transition that has none");
  SmallVector<Operation *> slices;
  auto slice = [&](Value value, bool hasParts, bool hasColumns) -> Value {
    Box box = getBox(b, loc, value, hasParts, hasColumns, offsets, sizes);
    SmallVector<OpFoldResult> strides(box.sizes.size(), b.getIndexAttr(1));
    slices.push_back(tensor::ExtractSliceOp::create(b, loc, value, box.offsets,
                                                    box.sizes, strides));
    return slices.back()->getResult(0);
  };
  Value states = slice(getStates(), true, true);
  Value transitions = slice(getTransitions(), true, getPerElement());
  Value state = slice(getStateInit(), false, true), transition;
  if (getTransitionInit())
    transition = slice(getTransitionInit(), false, getPerElement());
  auto tiled = ComposeOp::create(b, loc, states, transitions, state, transition,
                                 getPerElementAttr());
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

LogicalResult ComposeOp::getResultTilePosition(
    OpBuilder &b, unsigned number, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  Box box =
      getBox(b, getLoc(), getDpsInits()[number], /*hasParts=*/false,
             /*hasColumns=*/number == 0 || getPerElement(), offsets, sizes);
  resultOffsets = box.offsets;
  resultSizes = box.sizes;
  return success();
}
