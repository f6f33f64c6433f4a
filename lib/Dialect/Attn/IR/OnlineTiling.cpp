//===- OnlineTiling.cpp - TilingInterface of attn.online ------------------===//
//
// The iteration domain is [row, key]. The key loop is an ordinary reduction
// whose running values are the destinations, so upstream's tiling makes
//
//   scf.for %s = %c0 to %S step %block iter_args(%m, %l, %acc) {
//     attn.online ins(%q, %k[%s], %v[%s]) origin(.., %j + %s) outs(%m, %l,
//     %acc)
//   }
//
// Tests: test/Dialect/Attn/interfaces-tiling-online.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::attn;

SmallVector<utils::IteratorType> OnlineOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel, utils::IteratorType::reduction};
}

SmallVector<Range> OnlineOp::getIterationDomain(OpBuilder &b) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  return {
      {zero, tensor::getMixedSize(b, getLoc(), getQuery(), getRowAxis()), one},
      {zero, tensor::getMixedSize(b, getLoc(), getKey(), 0), one}};
}

namespace {
/// Slices operands of one tile and remembers the slices.
struct Slicer {
  OpBuilder &b;
  Location loc;
  SmallVector<Operation *> slices;

  /// The slice [offset, offset + size) of `source` along `axis`.
  Value along(Value source, int64_t axis, OpFoldResult offset,
              OpFoldResult size) {
    auto type = cast<RankedTensorType>(source.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
    SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
    offsets[axis] = offset;
    sizes[axis] = size;
    auto slice =
        tensor::ExtractSliceOp::create(b, loc, source, offsets, sizes, strides);
    slices.push_back(slice);
    return slice;
  }
};
} // namespace

static Value shift(OpBuilder &b, Location loc, Value origin,
                   OpFoldResult offset) {
  OpFoldResult sum = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) + b.getAffineDimExpr(1),
      {OpFoldResult(origin), offset});
  return getValueOrCreateConstantIndexOp(b, loc, sum);
}

FailureOr<TilingResult>
OnlineOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  Slicer slicer{b, loc, {}};
  OpFoldResult row = offsets[Row], rows = sizes[Row];
  Value query = slicer.along(getQuery(), getRowAxis(), row, rows);
  Value key = slicer.along(getKey(), 0, offsets[Key], sizes[Key]);
  Value value = slicer.along(getValue(), 0, offsets[Key], sizes[Key]);
  Value max = slicer.along(getMaxInit(), 0, row, rows);
  Value sum = slicer.along(getSumInit(), 0, row, rows);
  Value acc = slicer.along(getAccInit(), getRowAxis(), row, rows);
  Value real = getRows();
  OpFoldResult all = tensor::getMixedSize(b, loc, getQuery(), getRowAxis());
  // Of the real rows, those from the tile's first one on.
  if (real && !isEqualConstantIntOrValue(rows, all))
    real = getValueOrCreateConstantIndexOp(
        b, loc,
        affine::makeComposedFoldedAffineMin(
            b, loc,
            AffineMap::get(3, 0,
                           {b.getAffineDimExpr(0) - b.getAffineDimExpr(1),
                            b.getAffineDimExpr(2)},
                           b.getContext()),
            {OpFoldResult(real), row, rows}));
  // With 'rows', the bias has the real rows alone.
  Value bias = getBias();
  if (bias) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(bias.getType()).getShape();
    if (shape[0] != 1 && !isEqualConstantIntOrValue(rows, all))
      bias = slicer.along(bias, 0, row, real ? OpFoldResult(real) : rows);
    if (shape[1] != 1)
      bias = slicer.along(bias, 1, offsets[Key], sizes[Key]);
  }

  auto tiled = OnlineOp::create(
      b, loc, query, key, value, bias, getCaptures(), getBatchOrigin(),
      getHeadOrigin(), shift(b, loc, getQueryOrigin(), row),
      shift(b, loc, getKeyOrigin(), offsets[Key]), getDiagonal(), real, max,
      sum, acc, getLayoutAttr(), getScaleAttr(), getSoftcapAttr(),
      getCausalAttr(), getWindowAttr(), getScheduleAttr());
  IRMapping mapping;
  getScore().cloneInto(&tiled.getScore(), mapping);
  getMask().cloneInto(&tiled.getMask(), mapping);
  return TilingResult{
      {tiled}, SmallVector<Value>(tiled->getResults()), slicer.slices};
}

LogicalResult OnlineOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets = {offsets[Row]};
  resultSizes = {sizes[Row]};
  if (resultNumber == 2) {
    unsigned feature = getFeatureAxis();
    resultOffsets.insert(resultOffsets.begin() + feature, b.getIndexAttr(0));
    resultSizes.insert(resultSizes.begin() + feature,
                       tensor::getMixedSize(b, getLoc(), getValue(), 1));
  }
  return success();
}
