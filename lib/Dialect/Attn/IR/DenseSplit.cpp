//===- DenseSplit.cpp - attn.dense as an element of the softmax monoid ----===//
//
// A split over keys runs the op on key slices that keep their own lse, stacked
// on a leading part axis, and merges them:
//
//   %o = attn.dense ins(%q, %k, %v) sink(%z) outs(%init)
//   ->
//   %os, %ls = scf.forall (%p) .. attn.dense ins(%q, %k[p], %v[p]) ..
//   %o = attn.merge ins(%os, %ls) outs(%init)
//
// A sink is itself a softmax partial, (0, z): it becomes one more part, except
// in rows without keys, whose lse stays -inf.
//
// Tests: test/Dialect/Attn/interfaces-partial-reduction.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionTile.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::attn;

unsigned DenseOp::getKeyLoop() { return Key; }

/// Outputs and lse of `parts` parts, unwritten.
static std::pair<Value, Value> buildEmptyParts(OpBuilder &b, Location loc,
                                               DenseOp op, OpFoldResult parts) {
  Type element = ScoredAttention::get(op).getStatisticsType();
  SmallVector<OpFoldResult> sizes{parts};
  for (int64_t i = 0; i < 3; ++i)
    sizes.push_back(tensor::getMixedSize(b, loc, op.getQuery(), i));
  Value lses = tensor::EmptyOp::create(b, loc, sizes, element);
  sizes.push_back(b.getIndexAttr(op.getValueWidth()));
  return {tensor::EmptyOp::create(b, loc, sizes, element), lses};
}

SmallVector<Value> DenseOp::buildIdentity(OpBuilder &b, Location loc,
                                          OpFoldResult parts) {
  Type element = ScoredAttention::get(*this).getStatisticsType();
  double negativeInfinity = -std::numeric_limits<double>::infinity();
  Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, 0.0));
  Value none = arith::ConstantOp::create(
      b, loc, b.getFloatAttr(element, negativeInfinity));
  auto [outputs, lses] = buildEmptyParts(b, loc, *this, parts);
  outputs = linalg::FillOp::create(b, loc, zero, outputs).getResult(0);
  lses = linalg::FillOp::create(b, loc, none, lses).getResult(0);
  return {outputs, lses};
}

FailureOr<Operation *> DenseOp::buildPart(OpBuilder &b, Location loc,
                                          OpFoldResult offset,
                                          OpFoldResult size, ValueRange inits) {
  SmallVector<OpFoldResult> offsets, sizes;
  for (const Range &range : getIterationDomain(b)) {
    offsets.push_back(range.offset);
    sizes.push_back(range.size);
  }
  offsets[Key] = offset;
  sizes[Key] = size;
  FailureOr<AttentionTile> tile =
      getAttentionTile(b, ScoredAttention::get(*this), offsets, sizes);
  if (failed(tile))
    return failure();
  tile->key = {offsets[Key], sizes[Key]};
  return buildDenseTile(b, *this, *tile, inits, /*withSink=*/false)
      .getOperation();
}

FailureOr<Operation *> DenseOp::buildCombine(OpBuilder &b, Location loc,
                                             ValueRange partials) {
  return MergeOp::create(b, loc, partials[0], partials[1], getOutputInit(),
                         getLseInit())
      .getOperation();
}

//===----------------------------------------------------------------------===//
// PartialReductionOpInterface, by the monoid
//===----------------------------------------------------------------------===//

/// lses[P - 1] = sink, broadcast over batch and queries, in rows where another
/// part has keys.
static Value insertSinkPart(OpBuilder &b, DenseOp op, Value lses) {
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, lses);
  OpFoldResult parts = sizes.front();
  ArrayRef<OpFoldResult> rowSizes = ArrayRef(sizes).drop_front();
  Type element = getElementTypeOrSelf(lses);
  Value none = arith::ConstantOp::create(
      b, loc,
      b.getFloatAttr(element, -std::numeric_limits<double>::infinity()));
  auto isNone = [&](OpBuilder &nested, Location l, Value lse) -> Value {
    return arith::CmpFOp::create(nested, l, arith::CmpFPredicate::OEQ, lse,
                                 none);
  };

  // Any lse of the row that is not -inf, else -inf.
  MLIRContext *context = b.getContext();
  AffineExpr batch, head, query, part;
  bindDims(context, batch, head, query, part);
  SmallVector<utils::IteratorType> loops(3, utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(b, loc, rowSizes, element);
  Value noKeys = linalg::FillOp::create(b, loc, none, empty).getResult(0);
  loops.push_back(utils::IteratorType::reduction);
  Value keys =
      linalg::GenericOp::create(
          b, loc, noKeys.getType(), lses, noKeys,
          ArrayRef<AffineMap>{
              AffineMap::get(4, 0, {part, batch, head, query}, context),
              AffineMap::get(4, 0, {batch, head, query}, context)},
          loops,
          [&](OpBuilder &nested, Location l, ValueRange args) {
            Value any = arith::SelectOp::create(
                nested, l, isNone(nested, l, args[0]), args[1], args[0]);
            linalg::YieldOp::create(nested, l, any);
          })
          .getResult(0);

  loops.pop_back();
  AffineMap row = AffineMap::get(3, 0, {batch, head, query}, context);
  Value rows =
      linalg::GenericOp::create(
          b, loc, empty.getType(), ValueRange{op.getSink(), keys}, empty,
          ArrayRef<AffineMap>{AffineMap::get(3, 0, head, context), row, row},
          loops,
          [&](OpBuilder &nested, Location l, ValueRange args) {
            Value logit =
                convertScalarToDtype(nested, l, args[0], element, false);
            Value lse = arith::SelectOp::create(
                nested, l, isNone(nested, l, args[1]), none, logit);
            linalg::YieldOp::create(nested, l, lse);
          })
          .getResult(0);
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0));
  offsets[0] = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) - 1, {parts});
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  sizes.front() = b.getIndexAttr(1);
  return tensor::InsertSliceOp::create(b, loc, rows, lses, offsets, sizes,
                                       strides);
}

FailureOr<SmallVector<Value>> DenseOp::generateInitialTensorForPartialReduction(
    OpBuilder &b, Location loc, ArrayRef<OpFoldResult> partCounts,
    const SetVector<unsigned> &reductionDims) {
  if (reductionDims.size() != 1 || reductionDims[0] != Key)
    return emitOpError() << "expected a partial reduction over the key loop "
                         << unsigned(Key);
  OpFoldResult parts = partCounts[Key];
  if (getSink()) {
    parts = affine::makeComposedFoldedAffineApply(
        b, loc, b.getAffineDimExpr(0) + 1, {parts});
    return buildIdentity(b, loc, parts);
  }
  // Every part is written as a whole.
  auto [outputs, lses] = buildEmptyParts(b, loc, *this, parts);
  return SmallVector<Value>{outputs, lses};
}

LogicalResult DenseOp::getPartialResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ReductionTilingStrategy strategy,
    ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
    const SetVector<unsigned> &reductionDims,
    ArrayRef<OpFoldResult> splitReductionIvs,
    SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  if (failed(getResultTilePosition(b, resultNumber, offsets, sizes,
                                   resultOffsets, resultSizes)))
    return failure();
  resultOffsets.insert(resultOffsets.begin(), splitReductionIvs.front());
  resultSizes.insert(resultSizes.begin(), b.getIndexAttr(1));
  // lse comes with every part, also where the op itself does not return it.
  return success();
}

FailureOr<TilingResult> DenseOp::tileToPartialReduction(
    OpBuilder &b, Location loc, ReductionTilingStrategy strategy,
    ValueRange inits, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, const SetVector<unsigned> &reductionDims,
    ArrayRef<OpFoldResult> splitReductionIvs) {
  if (strategy != ReductionTilingStrategy::PartialReductionOuterParallel)
    return emitOpError() << "expected parts of the key range in parallel, "
                            "'PartialReductionOuterParallel'";
  FailureOr<AttentionTile> tile =
      getAttentionTile(b, ScoredAttention::get(*this), offsets, sizes);
  if (failed(tile))
    return failure();
  tile->key = {offsets[Key], sizes[Key]};
  SmallVector<Value> parts;
  SmallVector<Operation *> slices;
  for (auto [i, init] : llvm::enumerate(inits)) {
    SmallVector<OpFoldResult> starts, extents;
    if (failed(getPartialResultTilePosition(b, i, strategy, offsets, sizes,
                                            reductionDims, splitReductionIvs,
                                            starts, extents)))
      return failure();
    SmallVector<OpFoldResult> strides(starts.size(), b.getIndexAttr(1));
    SmallVector<int64_t> shape;
    dispatchIndexOpFoldResults(ArrayRef(extents).drop_front(),
                               *std::make_unique<SmallVector<Value>>(), shape);
    auto type =
        RankedTensorType::get(shape, getElementTypeOrSelf(init.getType()));
    auto slice = tensor::ExtractSliceOp::create(b, loc, type, init, starts,
                                                extents, strides);
    slices.push_back(slice);
    parts.push_back(slice);
  }
  DenseOp part = buildDenseTile(b, *this, *tile, parts, /*withSink=*/false);
  return TilingResult{{part}, SmallVector<Value>(part->getResults()), slices};
}

FailureOr<MergeResult>
DenseOp::mergeReductions(OpBuilder &b, Location loc, ValueRange partials,
                         const SetVector<unsigned> &reductionDims) {
  SmallVector<Value> parts(partials);
  if (getSink())
    parts[1] = insertSinkPart(b, *this, parts[1]);
  FailureOr<Operation *> merge = buildCombine(b, loc, parts);
  if (failed(merge))
    return failure();
  return MergeResult{{*merge}, SmallVector<Value>((*merge)->getResults())};
}
