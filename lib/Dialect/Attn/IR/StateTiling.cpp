//===- StateTiling.cpp - tiles and parts of linear and recurrent ops ------===//
//
// The iteration domain is [batch, state head, time, state column]. Time is a
// reduction whose running values are the state destinations:
//
//   scf.for %t = %c0 to %T step %chunk iter_args(%o, %s) {
//     attn.linear ins(%q[%t], %k[%t], %v[%t]) outs(%o[%t], %s)
//   }
//
// Columns are independent of each other, except for a normalizer or a
// transition, which every column needs: such ops keep their columns whole.
//
// Tests: test/Dialect/Attn/interfaces-tiling-state.mlir,
//        test/Dialect/Attn/Transforms/split-sequences.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/StateTiling.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::attn;

namespace {
enum Loop : unsigned { Batch, Head, Time, Column, NumLoops };

/// Places of one tile in every kind of operand.
struct StateTile {
  OpBuilder &b;
  Location loc;
  const Recurrence &parts;
  SmallVector<OpFoldResult> offsets, sizes;
  /// The sequence whose states these are, where sequences are packed.
  OpFoldResult sequence;
  SmallVector<Operation *> slices;

  StateTile(OpBuilder &b, Location loc, const Recurrence &parts,
            ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes)
      : b(b), loc(loc), parts(parts), offsets(offsets), sizes(sizes) {}

  using Place = std::pair<OpFoldResult, OpFoldResult>;

  OpFoldResult dim(Value value, int64_t axis) {
    return tensor::getMixedSize(b, loc, value, axis);
  }
  Place all(Value value, int64_t axis) {
    return {b.getIndexAttr(0), dim(value, axis)};
  }
  Place loop(unsigned loop) { return {offsets[loop], sizes[loop]}; }

  /// The heads of query, key or output that belong to this tile's state heads:
  /// there may be fewer of them (shared) or more (several read one state).
  Place heads(Value value) {
    OpFoldResult states = dim(parts.value, 1), own = dim(value, 1);
    if (isEqualConstantIntOrValue(states, own))
      return loop(Head);
    if (isEqualConstantIntOrValue(sizes[Head], states))
      return {b.getIndexAttr(0), own};
    // Not a division by zero, wherever this is moved to.
    MLIRContext *context = b.getContext();
    AffineExpr d0 = b.getAffineDimExpr(0), s0 = b.getAffineSymbolExpr(0),
               s1 = b.getAffineSymbolExpr(1), one = b.getAffineConstantExpr(1);
    states = affine::makeComposedFoldedAffineMax(
        b, loc, AffineMap::get(0, 1, {s0, one}, context), {states});
    // One state head, or whole groups: h * own / states, n * own / states.
    OpFoldResult offset = affine::makeComposedFoldedAffineApply(
        b, loc, AffineMap::get(1, 2, (d0 * s0).floorDiv(s1), context),
        {offsets[Head], own, states});
    // A state head has one key head, whatever their numbers are.
    if (value == parts.key && isOneInteger(sizes[Head]))
      return {offset, b.getIndexAttr(1)};
    OpFoldResult size = affine::makeComposedFoldedAffineMax(
        b, loc, AffineMap::get(1, 2, {(d0 * s0).floorDiv(s1), one}, context),
        {sizes[Head], own, states});
    // Never more than all: what a kernel's memory is measured by, as nothing is
    // known of a quotient of two sizes.
    if (!getConstantIntValue(size))
      size = affine::makeComposedFoldedAffineMin(
          b, loc, AffineMap::getMultiDimIdentityMap(2, context), {size, own});
    return {offset, size};
  }

  /// Whether heads() is right: a tile of several state heads has whole heads of
  /// every operand only where none is shared.
  bool hasWholeHeads() {
    if (isOneInteger(sizes[Head]))
      return true;
    OpFoldResult states = dim(parts.value, 1);
    if (isEqualConstantIntOrValue(sizes[Head], states))
      return true;
    return llvm::all_of(
        ValueRange{parts.query, parts.key, parts.output}, [&](Value value) {
          OpFoldResult own = dim(value, 1);
          if (isEqualConstantIntOrValue(states, own))
            return true;
          std::optional<int64_t> count = getConstantIntValue(states);
          std::optional<int64_t> more = getConstantIntValue(own);
          return count && more && *count > 0 && *more % *count == 0;
        });
  }

  Value slice(Value source, ArrayRef<Place> places) {
    SmallVector<OpFoldResult> from, size,
        strides(places.size(), b.getIndexAttr(1));
    for (Place place : places) {
      from.push_back(place.first);
      size.push_back(place.second);
    }
    auto op =
        tensor::ExtractSliceOp::create(b, loc, source, from, size, strides);
    slices.push_back(op);
    return op;
  }

  /// Place of a `[B, heads, T, ..]` operand; `columns` when the last axis is V,
  /// `heads` where they need not be the state's.
  SmallVector<Place> perToken(Value value, bool columns,
                              std::optional<Place> heads = std::nullopt) {
    SmallVector<Place> places{loop(Batch), heads.value_or(loop(Head)),
                              loop(Time)};
    if (cast<ShapedType>(value.getType()).getRank() == 4)
      places.push_back(columns ? loop(Column) : all(value, 3));
    return places;
  }
  /// Place of a `[B, H, ..]` state; `columns` when the last axis is V.
  SmallVector<Place> perState(Value value, bool columns) {
    int64_t rank = cast<ShapedType>(value.getType()).getRank();
    Place batch = loop(Batch);
    if (sequence)
      batch = {sequence, b.getIndexAttr(1)};
    SmallVector<Place> places{batch, loop(Head)};
    for (int64_t i = 2; i < rank; ++i)
      places.push_back(i == 3 && columns ? loop(Column) : all(value, i));
    return places;
  }

  using Places = SmallVector<Place>;

  /// Places of all operands, in the order of the operands: one value may stand
  /// in several of them.
  SmallVector<Places> ofOperands() {
    SmallVector<Places> places{perToken(parts.query, false, heads(parts.query)),
                               perToken(parts.key, false, heads(parts.key)),
                               perToken(parts.value, true)};
    auto add = [&](Value value, auto place) {
      if (value)
        places.push_back(place());
    };
    auto token = [&](Value value, bool columns) {
      add(value, [&] { return perToken(value, columns); });
    };
    if (parts.getGateKind() == GateKind::PerHead)
      places.push_back({loop(Head)});
    else
      token(parts.gate, false);
    token(parts.inputGate, false);
    add(parts.bonus, [&] { return Places{loop(Head), all(parts.bonus, 1)}; });
    token(parts.beta, false);
    token(parts.left, false);
    token(parts.right, false);
    token(parts.timeStep, true);
    add(parts.rate,
        [&] { return Places{loop(Head), all(parts.rate, 1), loop(Column)}; });
    llvm::append_range(places, ofInits());
    return places;
  }

  /// Places of the destinations, in their order.
  SmallVector<Places> ofInits() {
    SmallVector<Places> places{
        perToken(parts.output, true, heads(parts.output))};
    if (parts.state)
      places.push_back(perState(parts.state, true));
    for (Value sums : {parts.keySum, parts.maximum})
      if (sums)
        places.push_back(perState(sums, false));
    if (parts.transition)
      places.push_back(
          perState(parts.transition, static_cast<bool>(parts.timeStep)));
    return places;
  }
};
} // namespace

/// Whether all columns of the state must be in one tile.
static bool needsAllColumns(const Recurrence &parts) {
  return parts.hasNormalizer() || parts.hasTransition;
}

static SmallVector<Range> getDomain(OpBuilder &b, Location loc,
                                    const Recurrence &parts) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<Range> domain;
  for (int64_t axis = 0; axis < 4; ++axis)
    domain.push_back(
        {zero, linalg::createFoldedDimOp(b, loc, parts.value, axis), one});
  return domain;
}

static SmallVector<utils::IteratorType> getIteratorTypes() {
  using utils::IteratorType;
  return {IteratorType::parallel, IteratorType::parallel,
          IteratorType::reduction, IteratorType::parallel};
}

template <typename OpTy>
static FailureOr<TilingResult> tileStateOp(OpTy op, OpBuilder &b,
                                           ArrayRef<OpFoldResult> offsets,
                                           ArrayRef<OpFoldResult> sizes) {
  Recurrence parts = op.getRecurrence();
  Location loc = op.getLoc();
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors where tiled, but found memrefs");
  if (parts.cuSeqlens)
    return op.emitOpError("expected packed sequences to be split before "
                          "tiling");
  if (needsAllColumns(parts) &&
      !isEqualConstantIntOrValue(sizes[Column],
                                 tensor::getMixedSize(b, loc, parts.value, 3)))
    return op.emitOpError("expected all columns in one tile with a "
                          "'normalizer' or a 'transition'");
  StateTile tile(b, loc, parts, offsets, sizes);
  if (!tile.hasWholeHeads())
    return op.emitOpError("expected a tile of one state head, or of all, where "
                          "heads are shared");
  SmallVector<Value> operands;
  for (auto [operand, place] :
       llvm::zip_equal(op->getOperands(), tile.ofOperands()))
    operands.push_back(tile.slice(operand, place));
  SmallVector<Type> types;
  for (Value init : ArrayRef(operands).take_back(op->getNumResults()))
    types.push_back(init.getType());
  // The default scale depends on K, which no tile changes.
  Operation *tiled = mlir::clone(b, op.getOperation(), types, operands);
  return TilingResult{
      {tiled}, SmallVector<Value>(tiled->getResults()), tile.slices};
}

template <typename OpTy>
static LogicalResult getPlaceOfResult(OpTy op, OpBuilder &b, unsigned number,
                                      ArrayRef<OpFoldResult> offsets,
                                      ArrayRef<OpFoldResult> sizes,
                                      SmallVector<OpFoldResult> &resultOffsets,
                                      SmallVector<OpFoldResult> &resultSizes) {
  Recurrence parts = op.getRecurrence();
  StateTile tile(b, op.getLoc(), parts, offsets, sizes);
  SmallVector<StateTile::Places> places = tile.ofInits();
  for (StateTile::Place place : places[number]) {
    resultOffsets.push_back(place.first);
    resultSizes.push_back(place.second);
  }
  return success();
}

template <typename OpTy>
static FailureOr<Operation *>
buildTimePart(OpTy op, OpBuilder &b, Location loc, OpFoldResult offset,
              OpFoldResult size, ValueRange inits) {
  Recurrence parts = op.getRecurrence();
  if (parts.cuSeqlens)
    return op.emitOpError("expected packed sequences to be split before "
                          "cutting");
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors where cut, but found memrefs");
  SmallVector<OpFoldResult> offsets(NumLoops, b.getIndexAttr(0)), sizes;
  for (Range range : getDomain(b, loc, parts))
    sizes.push_back(range.size);
  offsets[Time] = offset;
  sizes[Time] = size;
  StateTile tile(b, loc, parts, offsets, sizes);
  SmallVector<Value> operands;
  size_t numInputs = op->getNumOperands() - inits.size();
  for (auto [operand, place] :
       llvm::zip(op->getOperands().take_front(numInputs), tile.ofOperands()))
    operands.push_back(tile.slice(operand, place));
  llvm::append_range(operands, inits);
  return mlir::clone(b, op.getOperation(), TypeRange(inits), operands);
}

SequenceTile
mlir::attn::buildSequenceTile(OpBuilder &b, AffineMonoidOpInterface op,
                              Value sequence, Value head, OpFoldResult begin,
                              OpFoldResult count, ValueRange inits) {
  Recurrence parts = op.getRecurrence();
  Location loc = op.getLoc();
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  StateTile tile(
      b, loc, parts, {zero, head, begin, zero},
      {one, one, count, tensor::getMixedSize(b, loc, parts.value, 3)});
  tile.sequence = sequence;
  SmallVector<StateTile::Places> places = tile.ofOperands();
  // The bounds stand between the other inputs and the destinations; they go.
  size_t numInputs = op->getNumOperands() - inits.size() - 1;
  SmallVector<Value> operands;
  for (size_t i = 0; i < numInputs; ++i)
    operands.push_back(tile.slice(op->getOperand(i), places[i]));
  operands.push_back(parts.cuSeqlens);
  SequenceTile result;
  SmallVector<Type> types;
  for (auto [init, place] :
       llvm::zip_equal(inits, ArrayRef(places).drop_front(numInputs))) {
    operands.push_back(tile.slice(init, place));
    types.push_back(operands.back().getType());
    result.places.emplace_back();
    for (StateTile::Place axis : place) {
      result.places.back().offsets.push_back(axis.first);
      result.places.back().sizes.push_back(axis.second);
    }
  }
  result.op = mlir::clone(b, op.getOperation(), types, operands);
  llvm::TypeSwitch<Operation *>(result.op).Case<LinearOp, RecurrentOp>(
      [](auto tiled) { tiled.getCuSeqlensMutable().clear(); });
  return result;
}

#define ATTN_STATE_TILING(OP)                                                  \
  SmallVector<Range> OP::getIterationDomain(OpBuilder &b) {                    \
    return getDomain(b, getLoc(), getRecurrence());                            \
  }                                                                            \
  SmallVector<utils::IteratorType> OP::getLoopIteratorTypes() {                \
    return getIteratorTypes();                                                 \
  }                                                                            \
  FailureOr<TilingResult> OP::getTiledImplementation(                          \
      OpBuilder &b, ArrayRef<OpFoldResult> offsets,                            \
      ArrayRef<OpFoldResult> sizes) {                                          \
    return tileStateOp(*this, b, offsets, sizes);                              \
  }                                                                            \
  LogicalResult OP::getResultTilePosition(                                     \
      OpBuilder &b, unsigned number, ArrayRef<OpFoldResult> offsets,           \
      ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,  \
      SmallVector<OpFoldResult> &resultSizes) {                                \
    return getPlaceOfResult(*this, b, number, offsets, sizes, resultOffsets,   \
                            resultSizes);                                      \
  }                                                                            \
  FailureOr<Operation *> OP::buildPart(OpBuilder &b, Location loc,             \
                                       OpFoldResult offset, OpFoldResult size, \
                                       ValueRange inits) {                     \
    return buildTimePart(*this, b, loc, offset, size, inits);                  \
  }

ATTN_STATE_TILING(LinearOp)
ATTN_STATE_TILING(RecurrentOp)

#undef ATTN_STATE_TILING
