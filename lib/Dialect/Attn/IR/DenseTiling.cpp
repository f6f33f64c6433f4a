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

#include "AttentionTile.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::attn;

SmallVector<utils::IteratorType> DenseOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(NumLoops,
                                         utils::IteratorType::parallel);
  types[Key] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> DenseOp::getIterationDomain(OpBuilder &b) {
  return getAttentionDomain(b, ScoredAttention::get(*this),
                            tensor::getMixedSize(b, getLoc(), getKey(), 2));
}

DenseOp mlir::attn::buildDenseTile(OpBuilder &b, DenseOp op,
                                   const AttentionTile &tile, ValueRange inits,
                                   bool withSink) {
  Location loc = op.getLoc();
  AttentionOperands o =
      sliceOperands(b, ScoredAttention::get(op), tile, withSink);
  Value lengths = op.getKvLengths();
  if (lengths)
    lengths = sliceLeading(b, loc, lengths, {tile.batch});
  auto tiled = DenseOp::create(
      b, loc, o.query, o.key, o.value, o.bias, o.sink, lengths,
      op.getCuSeqlens(), op.getPageTable(), op.getCaptures(), o.origin,
      o.diagonal, inits[0], inits.size() > 1 ? inits[1] : Value(),
      op.getScaleAttr(), op.getSoftcapAttr(), op.getCausal(), AlignmentAttr(),
      op.getWindowAttr(), op.getScheduleAttr());
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
  FailureOr<AttentionTile> tile =
      getAttentionTile(b, ScoredAttention::get(*this), offsets, sizes);
  if (failed(tile))
    return failure();
  tile->key = {offsets[Key], sizes[Key]};
  SmallVector<Value> inits;
  for (Value init : getDpsInits())
    inits.push_back(
        sliceLeading(b, loc, init, {tile->batch, tile->head, tile->query}));
  DenseOp tiled = buildDenseTile(b, *this, *tile, inits, /*withSink=*/true);
  return getTilingResult(tiled);
}

LogicalResult DenseOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  return getAttentionResultPosition(b, ScoredAttention::get(*this),
                                    resultNumber, offsets, sizes, resultOffsets,
                                    resultSizes);
}
