//===- ConvertLists.cpp - one query tile over its list of key blocks ------===//
//
//   %o = attn.block_sparse key_block 64 ins(%q, %k, %v) blocks(%list) ..
//   ->
//   %r:3 = scf.for %x = 0 to %count iter_args(%m, %l, %acc) {
//     %block = %list[%x]
//     scf.if %block < ceil(S / 64) {         unsigned: also no negative one
//       attn.prefetch %k[%block * 64..][(%list[%x + 1] - %block) * 64, 0]
//       attn.online {attn.listed} ins(%qt, %k[%block * 64..], ..)
//     }
//   }
//   %o = attn.finish ins(%r) outs(%init)
//
// Tests: test/Dialect/Attn/Transforms/convert-to-online-lists.mlir
//
//===----------------------------------------------------------------------===//

#include "OnlineRanges.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

namespace {

class ListLoop {
public:
  ListLoop(RewriterBase &rewriter, BlockSparseOp op, const OnlineTile &tile)
      : b(rewriter), loc(op.getLoc()), op(op), tile(tile) {}

  SmallVector<Value> run(SmallVector<Value> state);

private:
  OpFoldResult add(OpFoldResult x, OpFoldResult y) {
    return affine::makeComposedFoldedAffineApply(
        b, loc, b.getAffineDimExpr(0) + b.getAffineDimExpr(1), {x, y});
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value dropUnitDims(Value lists);
  Value buildCount();
  Value readEntry(Value x);
  Value readNextEntry(Value x, Value count);
  Value isBlock(Value entry) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, entry,
                                 numBlocks);
  }
  SmallVector<Value> buildBlock(Value entry, Value x, Value count,
                                ValueRange state);
  void cutToBounds(KeyBounds &bounds);
  void buildPrefetch(OnlineOp online, Value entry, Value x, Value count);

  RewriterBase &b;
  Location loc;
  BlockSparseOp op;
  const OnlineTile &tile;
  Value list, numBlocks;
  /// Whether there is a mask, and whether each row admits one interval.
  bool masked = false, isInterval = false;
};

} // namespace

/// The entries [L] of lists [1, 1, 1, L].
Value ListLoop::dropUnitDims(Value lists) {
  auto type = cast<RankedTensorType>(lists.getType());
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(4, b.getIndexAttr(1));
  auto reduced =
      RankedTensorType::get(type.getDimSize(3), type.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, reduced, lists, offsets,
                                        tensor::getMixedSizes(b, loc, lists),
                                        strides);
}

/// Entries that count: those there are, at most `counts`.
Value ListLoop::buildCount() {
  Value length = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, list, 0));
  if (!op.getCounts())
    return length;
  Value zero = index(0);
  // A tile whose list is not there has no count either.
  Value isThere =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, length, zero);
  auto branch = scf::IfOp::create(
      b, loc, isThere,
      [&](OpBuilder &nested, Location l) {
        Value count = tensor::ExtractOp::create(nested, l, op.getCounts(),
                                                ValueRange{zero, zero, zero});
        count =
            arith::IndexCastOp::create(nested, l, nested.getIndexType(), count);
        count = arith::MinSIOp::create(nested, l, count, length);
        scf::YieldOp::create(nested, l, count);
      },
      [&](OpBuilder &nested, Location l) {
        scf::YieldOp::create(nested, l, length);
      });
  return branch.getResult(0);
}

Value ListLoop::readEntry(Value x) {
  Value entry = tensor::ExtractOp::create(b, loc, list, x);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), entry);
}

/// The entry that is read after entry `x`: the next one, and behind the last
/// the first one of the tile that comes next, or itself where that is not
/// known.
Value ListLoop::readNextEntry(Value x, Value count) {
  Value following = arith::AddIOp::create(b, loc, x, index(1));
  Value isLast =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, following, count);
  auto slice = op.getBlocks().getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice || slice.getSourceType().getRank() != 4)
    return readEntry(
        arith::SelectOp::create(b, loc, isLast, x, following).getResult());
  // The list of the query behind the tile's, among those there are.
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  OpFoldResult queries = tile.rowsAreHeads ? OpFoldResult(b.getIndexAttr(1))
                                           : OpFoldResult(tile.rows);
  OpFoldResult last = affine::makeComposedFoldedAffineMin(
      b, loc,
      AffineMap::get(2, 0, {d0.floorDiv(op.getQueryBlock()), d1 - 1},
                     b.getContext()),
      {add(tile.origin[2], queries),
       tensor::getMixedSize(b, loc, slice.getSource(), 2)});
  OpFoldResult next = affine::makeComposedFoldedAffineMax(
      b, loc,
      AffineMap::get(1, 0, {d0, b.getAffineConstantExpr(0)}, b.getContext()),
      {last});
  SmallVector<Value> place =
      getValueOrCreateConstantIndexOp(b, loc, slice.getMixedOffsets());
  place[2] = arith::SelectOp::create(
      b, loc, isLast, getValueOrCreateConstantIndexOp(b, loc, next), place[2]);
  place[3] = arith::SelectOp::create(b, loc, isLast, index(0), following);
  Value entry = tensor::ExtractOp::create(b, loc, slice.getSource(), place);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), entry);
}

/// Says where the block read next lies, relative to this one; what is no block
/// asks for this one. attn-cpu-prefetch spreads it over the products.
void ListLoop::buildPrefetch(OnlineOp online, Value entry, Value x,
                             Value count) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(online);
  Value next = readNextEntry(x, count);
  next = arith::SelectOp::create(b, loc, isBlock(next), next, entry);
  Value distance =
      arith::MulIOp::create(b, loc, arith::SubIOp::create(b, loc, next, entry),
                            index(op.getKeyBlock()));
  Value zero = index(0);
  for (Value source : {online.getKey(), online.getValue()})
    PrefetchOp::create(b, loc, source, ValueRange{distance, zero})
        ->setAttr(kListedAttrName, b.getUnitAttr());
}

/// Heads see the keys of a block from one query: what a structural mask says of
/// them is bounds.
void ListLoop::cutToBounds(KeyBounds &bounds) {
  MaskSymbols symbols(b.getContext());
  MaskExpr mask = getTileMask(tile, symbols);
  isInterval = summarizeKeyBounds(mask, symbols).isInterval;
  OpFoldResult one = b.getIndexAttr(1);
  MaskEmitter emitter(b, loc, mask, symbols,
                      QueryTile{tile.origin[0], tile.origin[1], tile.origin[2],
                                add(tile.origin[2], one)});
  KeyBounds cut = emitter.emitKeyBounds(b, loc, bounds.lo, bounds.hi);
  // What is known of the block's size is kept.
  AffineExpr end = b.getAffineDimExpr(0);
  AffineExpr whole =
      b.getAffineDimExpr(1) + static_cast<int64_t>(op.getKeyBlock());
  bounds.lo = cut.lo;
  bounds.hi = affine::makeComposedFoldedAffineMin(
      b, loc, AffineMap::get(2, 0, {end, whole}, b.getContext()),
      {cut.hi, cut.lo});
}

SmallVector<Value> ListLoop::buildBlock(Value entry, Value x, Value count,
                                        ValueRange state) {
  int64_t size = op.getKeyBlock();
  OpFoldResult keys = tensor::getMixedSize(b, loc, op.getKey(), 2);
  Value first = arith::MulIOp::create(b, loc, entry, index(size));
  OpFoldResult last = add(first, b.getIndexAttr(size));
  // Only the last block may be cut off, and none where the sizes divide.
  std::optional<int64_t> known = getConstantIntValue(keys);
  if (!known || *known % size != 0)
    last = affine::makeComposedFoldedAffineMin(
        b, loc,
        AffineMap::get(2, 0, {b.getAffineDimExpr(0), b.getAffineDimExpr(1)},
                       b.getContext()),
        {last, keys});
  KeyBounds bounds;
  bounds.lo = add(tile.origin[3], first);
  bounds.hi = add(tile.origin[3], last);
  if (masked && tile.rowsAreHeads)
    cutToBounds(bounds);
  OnlineOp online = buildOnline(b, tile, state, bounds.lo, bounds.hi,
                                masked && !(tile.rowsAreHeads && isInterval));
  online->setAttr(kListedAttrName, b.getUnitAttr());
  ScheduleAttr schedule = op.getScheduleAttr();
  if (schedule.getPrefetch() && size <= schedule.getKeyBlock())
    buildPrefetch(online, entry, x, count);
  return SmallVector<Value>(online.getResults());
}

SmallVector<Value> ListLoop::run(SmallVector<Value> state) {
  MaskSymbols symbols(b.getContext());
  masked = !getTileMask(tile, symbols).isTrue();
  list = dropUnitDims(op.getBlocks());
  numBlocks = getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(
          b, loc, b.getAffineDimExpr(0).ceilDiv(op.getKeyBlock()),
          {tensor::getMixedSize(b, loc, op.getKey(), 2)}));
  Value count = buildCount();
  auto loop = scf::ForOp::create(b, loc, index(0), count, index(1), state);
  b.setInsertionPointToStart(loop.getBody());
  Value x = loop.getInductionVar();
  Value entry = readEntry(x);
  auto branch =
      scf::IfOp::create(b, loc, ValueRange(state).getTypes(), isBlock(entry),
                        /*withElseRegion=*/true);
  scf::YieldOp::create(b, loc, branch.getResults());
  b.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> next =
      buildBlock(entry, x, count, loop.getRegionIterArgs());
  b.setInsertionPointToEnd(branch.thenBlock());
  scf::YieldOp::create(b, loc, next);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, loop.getRegionIterArgs());
  b.setInsertionPointAfter(loop);
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> buildListLoop(RewriterBase &b, BlockSparseOp op,
                                 const OnlineTile &tile,
                                 SmallVector<Value> state) {
  return ListLoop(b, op, tile).run(std::move(state));
}

} // namespace mlir::attn
