//===- AttentionTile.cpp - one tile of softmax attention ------------------===//

#include "AttentionTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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

bool mlir::attn::isSameSize(OpFoldResult x, OpFoldResult y) {
  if (isa<Value>(x) && isa<Value>(y))
    return isSameValue(cast<Value>(x), cast<Value>(y));
  return isEqualConstantIntOrValue(x, y);
}

/// Hq / Hkv, at least 1 so that no later division meets an empty op's zero.
static OpFoldResult groupSize(OpBuilder &b, const ScoredAttention &a) {
  Location loc = a.op->getLoc();
  OpFoldResult heads = tensor::getMixedSize(b, loc, a.query, 1);
  OpFoldResult keyHeads = tensor::getMixedSize(b, loc, a.key, 1);
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

SmallVector<Range> mlir::attn::getAttentionDomain(OpBuilder &b,
                                                  const ScoredAttention &a,
                                                  OpFoldResult last) {
  Location loc = a.op->getLoc();
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  OpFoldResult sizes[] = {tensor::getMixedSize(b, loc, a.query, 0),
                          tensor::getMixedSize(b, loc, a.key, 1),
                          groupSize(b, a),
                          tensor::getMixedSize(b, loc, a.query, 2), last};
  SmallVector<Range> domain;
  for (OpFoldResult size : sizes)
    domain.push_back(Range{zero, size, one});
  return domain;
}

FailureOr<AttentionTile>
mlir::attn::getAttentionTile(OpBuilder &b, const ScoredAttention &a,
                             ArrayRef<OpFoldResult> offsets,
                             ArrayRef<OpFoldResult> sizes) {
  Location loc = a.op->getLoc();
  OpFoldResult group = groupSize(b, a);
  // Heads of a tile are contiguous only within one group, or in whole groups.
  if (!isConstantIntValue(sizes[DenseOp::KeyHead], 1) &&
      !isSameSize(sizes[DenseOp::Group], group))
    return a.op->emitOpError()
           << "expected a tile of one key head, or of whole "
              "groups of query heads";
  AttentionTile tile;
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
  return tile;
}

/// A slice along the leading dimensions of `spans`; further ones stay whole.
Value mlir::attn::sliceLeading(OpBuilder &b, Location loc, Value source,
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

AttentionOperands mlir::attn::sliceOperands(OpBuilder &b,
                                            const ScoredAttention &a,
                                            const AttentionTile &tile,
                                            bool withSink) {
  Location loc = a.op->getLoc();
  TileSpan unit{b.getIndexAttr(0), b.getIndexAttr(1)};
  AttentionOperands operands;
  // Slices are built in the order in which tests read them.
  if (a.bias) {
    // A size of 1 is broadcast and keeps its only element.
    SmallVector<TileSpan> spans{tile.batch, tile.head, tile.query, tile.key};
    for (auto [i, size] :
         llvm::enumerate(cast<RankedTensorType>(a.bias.getType()).getShape()))
      if (size == 1)
        spans[i] = unit;
    operands.bias = sliceLeading(b, loc, a.bias, spans);
  }
  if (withSink && a.sink)
    operands.sink = sliceLeading(b, loc, a.sink, {tile.head});
  OpFoldResult starts[] = {tile.batch.first, tile.head.first, tile.query.first,
                           tile.key.first};
  for (auto [i, start] : llvm::enumerate(starts)) {
    OpFoldResult place = start;
    if (!a.origin.empty())
      place = add(b, loc, a.origin[i], place);
    operands.origin.push_back(getValueOrCreateConstantIndexOp(b, loc, place));
  }
  operands.query =
      sliceLeading(b, loc, a.query, {tile.batch, tile.head, tile.query});
  operands.key =
      sliceLeading(b, loc, a.key, {tile.batch, tile.keyHead, tile.key});
  operands.value =
      sliceLeading(b, loc, a.value, {tile.batch, tile.keyHead, tile.key});
  operands.diagonal = a.buildDiagonal(b);
  return operands;
}

LogicalResult mlir::attn::getAttentionResultPosition(
    OpBuilder &b, const ScoredAttention &a, unsigned number,
    ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
    SmallVector<OpFoldResult> &position, SmallVector<OpFoldResult> &shape) {
  FailureOr<AttentionTile> tile = getAttentionTile(b, a, offsets, sizes);
  if (failed(tile))
    return failure();
  for (const TileSpan &span : {tile->batch, tile->head, tile->query}) {
    position.push_back(span.first);
    shape.push_back(span.second);
  }
  if (number == 0) {
    position.push_back(b.getIndexAttr(0));
    shape.push_back(b.getIndexAttr(a.getValueWidth()));
  }
  return success();
}

TilingResult mlir::attn::getTilingResult(Operation *tiled) {
  SmallVector<Operation *> slices;
  for (Value operand : tiled->getOperands())
    if (auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>())
      slices.push_back(slice);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}
