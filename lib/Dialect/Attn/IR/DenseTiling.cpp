//===- DenseTiling.cpp - TilingInterface of attn.dense --------------------===//
//
// The iteration domain is [batch, key head, group, query, key]. A tile is an
// attn.dense on slices whose origin and diagonal speak of the undivided op:
//
//   attn.dense causal align(bottom_right) ins(%q, %k, %v) outs(%o)
//   ->
//   attn.dense causal ins(%q[b, h, i], %k[b, g], %v[b, g])
//       origin(%b, %h, %i, %c0) diagonal(S - T) outs(%o[b, h, i])
//
// The key loop is a reduction over a monoid that the op's own results do not
// carry, so an ordinary tiling of it is refused: keys are tiled as attn.online,
// or split as partial results (DenseSplit.cpp).
//
// Tests: test/Dialect/Attn/interfaces-tiling.mlir
//
//===----------------------------------------------------------------------===//

#include "DenseTile.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::attn;

static AffineExpr dim(OpBuilder &b, unsigned i) {
  return b.getAffineDimExpr(i);
}

static OpFoldResult apply(OpBuilder &b, Location loc, AffineExpr expr,
                          ArrayRef<OpFoldResult> operands) {
  return affine::makeComposedFoldedAffineApply(b, loc, expr, operands);
}

static OpFoldResult add(OpBuilder &b, Location loc, OpFoldResult x,
                        OpFoldResult y) {
  return apply(b, loc, dim(b, 0) + dim(b, 1), {x, y});
}

/// True when both values come from the same operations on the same values:
/// every call of getIterationDomain() computes its sizes anew.
static bool isSameValue(Value x, Value y) {
  Operation *a = x.getDefiningOp(), *b = y.getDefiningOp();
  if (x == y || !a || !b || !isMemoryEffectFree(a))
    return x == y;
  auto areOperandsSame = [](Value l, Value r) {
    return success(isSameValue(l, r));
  };
  return cast<OpResult>(x).getResultNumber() ==
             cast<OpResult>(y).getResultNumber() &&
         OperationEquivalence::isEquivalentTo(
             a, b, areOperandsSame, /*markEquivalent=*/nullptr,
             OperationEquivalence::IgnoreLocations);
}

static bool isSameSize(OpFoldResult x, OpFoldResult y) {
  if (isa<Value>(x) && isa<Value>(y))
    return isSameValue(cast<Value>(x), cast<Value>(y));
  return isEqualConstantIntOrValue(x, y);
}

/// Hq / Hkv, at least 1 so that no later division meets an empty op's zero.
static OpFoldResult groupSize(OpBuilder &b, DenseOp op) {
  Location loc = op.getLoc();
  OpFoldResult heads = tensor::getMixedSize(b, loc, op.getQuery(), 1);
  OpFoldResult keyHeads = tensor::getMixedSize(b, loc, op.getKey(), 1);
  std::optional<int64_t> h = getConstantIntValue(heads);
  std::optional<int64_t> g = getConstantIntValue(keyHeads);
  if (h && g)
    return b.getIndexAttr(*g == 0 ? 0 : *h / *g);
  if (g == 1)
    return heads;
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value divisor = arith::MaxSIOp::create(
      b, loc, getValueOrCreateConstantIndexOp(b, loc, keyHeads), one);
  return arith::DivSIOp::create(
             b, loc, getValueOrCreateConstantIndexOp(b, loc, heads), divisor)
      .getResult();
}

SmallVector<utils::IteratorType> DenseOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(NumLoops,
                                         utils::IteratorType::parallel);
  types[Key] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> DenseOp::getIterationDomain(OpBuilder &b) {
  Location loc = getLoc();
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  OpFoldResult sizes[] = {tensor::getMixedSize(b, loc, getQuery(), 0),
                          tensor::getMixedSize(b, loc, getKey(), 1),
                          groupSize(b, *this),
                          tensor::getMixedSize(b, loc, getQuery(), 2),
                          tensor::getMixedSize(b, loc, getKey(), 2)};
  SmallVector<Range> domain;
  for (OpFoldResult size : sizes)
    domain.push_back(Range{zero, size, one});
  return domain;
}

Value mlir::attn::getDiagonal(OpBuilder &b, DenseOp op) {
  if (!op.hasStructuralMask())
    return {};
  if (Value diagonal = op.getDiagonal())
    return diagonal;
  Location loc = op.getLoc();
  if (op.getAlign() == Alignment::TopLeft)
    return arith::ConstantIndexOp::create(b, loc, 0);
  OpFoldResult keys = tensor::getMixedSize(b, loc, op.getKey(), 2);
  OpFoldResult queries = tensor::getMixedSize(b, loc, op.getQuery(), 2);
  return getValueOrCreateConstantIndexOp(
      b, loc, apply(b, loc, dim(b, 0) - dim(b, 1), {keys, queries}));
}

FailureOr<DenseTile> mlir::attn::getDenseTile(OpBuilder &b, DenseOp op,
                                              ArrayRef<OpFoldResult> offsets,
                                              ArrayRef<OpFoldResult> sizes) {
  Location loc = op.getLoc();
  OpFoldResult group = groupSize(b, op);
  // Heads of a tile are contiguous only within one group, or in whole groups.
  if (!isConstantIntValue(sizes[DenseOp::KeyHead], 1) &&
      !isSameSize(sizes[DenseOp::Group], group))
    return op.emitOpError() << "expected a tile of one key head, or of whole "
                               "groups of query heads";
  DenseTile tile;
  tile.keyHead = {offsets[DenseOp::KeyHead], sizes[DenseOp::KeyHead]};
  // head = key head * G + group
  tile.head.first =
      apply(b, loc, dim(b, 0) * b.getAffineSymbolExpr(0) + dim(b, 1),
            {offsets[DenseOp::KeyHead], offsets[DenseOp::Group], group});
  tile.head.second = isConstantIntValue(sizes[DenseOp::KeyHead], 1)
                         ? sizes[DenseOp::Group]
                         : apply(b, loc, dim(b, 0) * b.getAffineSymbolExpr(0),
                                 {sizes[DenseOp::KeyHead], group});
  tile.batch = {offsets[DenseOp::Batch], sizes[DenseOp::Batch]};
  tile.query = {offsets[DenseOp::Query], sizes[DenseOp::Query]};
  tile.key = {offsets[DenseOp::Key], sizes[DenseOp::Key]};
  return tile;
}

/// A slice along the leading dimensions of `spans`; further ones stay whole.
static Value slice(OpBuilder &b, Location loc, Value source,
                   ArrayRef<TileSpan> spans) {
  SmallVector<OpFoldResult> offsets, sizes;
  auto type = cast<RankedTensorType>(source.getType());
  for (int64_t i = 0, e = type.getRank(); i < e; ++i) {
    bool whole = i >= static_cast<int64_t>(spans.size());
    offsets.push_back(whole ? b.getIndexAttr(0) : spans[i].first);
    sizes.push_back(whole ? tensor::getMixedSize(b, loc, source, i)
                          : spans[i].second);
  }
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, source, offsets, sizes,
                                        strides);
}

DenseOp mlir::attn::buildDenseTile(OpBuilder &b, DenseOp op,
                                   const DenseTile &tile, ValueRange inits,
                                   bool withSink) {
  Location loc = op.getLoc();
  TileSpan unit{b.getIndexAttr(0), b.getIndexAttr(1)};
  Value bias = op.getBias();
  if (bias) {
    // A size of 1 is broadcast and keeps its only element.
    SmallVector<TileSpan> spans{tile.batch, tile.head, tile.query, tile.key};
    for (auto [i, size] :
         llvm::enumerate(cast<RankedTensorType>(bias.getType()).getShape()))
      if (size == 1)
        spans[i] = unit;
    bias = slice(b, loc, bias, spans);
  }
  Value sink = withSink ? op.getSink() : Value();
  if (sink)
    sink = slice(b, loc, sink, {tile.head});
  Value lengths = op.getKvLengths();
  if (lengths)
    lengths = slice(b, loc, lengths, {tile.batch});

  OpFoldResult starts[] = {tile.batch.first, tile.head.first, tile.query.first,
                           tile.key.first};
  SmallVector<Value> origin;
  for (auto [i, start] : llvm::enumerate(starts)) {
    OpFoldResult place = start;
    if (!op.getOrigin().empty())
      place = add(b, loc, op.getOrigin()[i], place);
    origin.push_back(getValueOrCreateConstantIndexOp(b, loc, place));
  }

  auto tiled = DenseOp::create(
      b, loc, slice(b, loc, op.getQuery(), {tile.batch, tile.head, tile.query}),
      slice(b, loc, op.getKey(), {tile.batch, tile.keyHead, tile.key}),
      slice(b, loc, op.getValue(), {tile.batch, tile.keyHead, tile.key}), bias,
      sink, lengths, op.getCuSeqlens(), op.getPageTable(), op.getCaptures(),
      origin, getDiagonal(b, op), inits[0],
      inits.size() > 1 ? inits[1] : Value(), op.getScaleAttr(),
      op.getSoftcapAttr(), op.getCausal(), AlignmentAttr(), op.getWindowAttr(),
      op.getScheduleAttr());
  // An absent scale means 1 / sqrt(K), which slices of K do not change.
  IRMapping mapping;
  op.getScore().cloneInto(&tiled.getScore(), mapping);
  op.getMask().cloneInto(&tiled.getMask(), mapping);
  return tiled;
}

FailureOr<TilingResult>
DenseOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  OpFoldResult keys = tensor::getMixedSize(b, loc, getKey(), 2);
  if (!isZeroInteger(offsets[Key]) || !isSameSize(sizes[Key], keys))
    return emitOpError() << "expected the key loop to stay whole; keys are "
                            "tiled as 'attn.online' or split into parts";
  FailureOr<DenseTile> tile = getDenseTile(b, *this, offsets, sizes);
  if (failed(tile))
    return failure();
  SmallVector<Value> inits;
  for (Value init : getDpsInits())
    inits.push_back(
        slice(b, loc, init, {tile->batch, tile->head, tile->query}));
  DenseOp tiled = buildDenseTile(b, *this, *tile, inits, /*withSink=*/true);
  SmallVector<Operation *> slices;
  for (Value operand : tiled->getOperands())
    if (auto extract = operand.getDefiningOp<tensor::ExtractSliceOp>())
      slices.push_back(extract);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

LogicalResult DenseOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  FailureOr<DenseTile> tile = getDenseTile(b, *this, offsets, sizes);
  if (failed(tile))
    return failure();
  for (const TileSpan &span : {tile->batch, tile->head, tile->query}) {
    resultOffsets.push_back(span.first);
    resultSizes.push_back(span.second);
  }
  if (resultNumber == 0) {
    resultOffsets.push_back(b.getIndexAttr(0));
    resultSizes.push_back(b.getIndexAttr(getValueWidth()));
  }
  return success();
}
