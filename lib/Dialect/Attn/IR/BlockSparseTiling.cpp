//===- BlockSparseTiling.cpp - TilingInterface of attn.block_sparse -------===//
//
// The iteration domain is [batch, key head, group, query, list entry]. A tile
// of one head and queries of one block is the op on slices, with one list:
//
//   attn.block_sparse query_block 64 key_block 64 ins(%q, %k, %v)
//       blocks(%list : [B, Hl, N, L]) outs(%o)
//   ->
//   attn.block_sparse query_block 64 key_block 64
//       ins(%q[b, h, i], %k[b, g], %v[b, g])
//       blocks(%list[b, p, n] : [1, 1, 1, L]) origin(%b, %h, %i, %c0)
//       outs(%o[b, h, i])
//
// Where the number of lists is not known to be that of the query blocks, a list
// that is not there is a slice of no entries.
//
// Tests: test/Dialect/Attn/interfaces-tiling-block-sparse.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::attn;

SmallVector<utils::IteratorType> BlockSparseOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(NumLoops,
                                         utils::IteratorType::parallel);
  types[List] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> BlockSparseOp::getIterationDomain(OpBuilder &b) {
  return getAttentionDomain(b, ScoredAttention::get(*this),
                            tensor::getMixedSize(b, getLoc(), getBlocks(), 3));
}

namespace {
/// Finds the list of one tile.
class ListSlicer {
public:
  ListSlicer(OpBuilder &b, BlockSparseOp op) : b(b), loc(op.getLoc()), op(op) {}

  /// Remembers the place along the next dimension of the lists; 0, and a note,
  /// where there may be too few.
  void add(OpFoldResult place, bool isKnownToExist);
  /// The list [1, 1, 1, L], and the count [1, 1, 1] where there are any.
  std::pair<Value, Value> slice();
  OpFoldResult divide(OpFoldResult place, OpFoldResult by);
  OpFoldResult getSize(unsigned axis) {
    return tensor::getMixedSize(b, loc, op.getBlocks(), axis);
  }

private:
  Value value(OpFoldResult x) {
    return getValueOrCreateConstantIndexOp(b, loc, x);
  }

  OpBuilder &b;
  Location loc;
  BlockSparseOp op;
  SmallVector<OpFoldResult> places;
  /// i1, or null: the list exists for sure.
  Value exists;
};
} // namespace

OpFoldResult ListSlicer::divide(OpFoldResult place, OpFoldResult by) {
  return affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0).floorDiv(b.getAffineSymbolExpr(0)),
      {place, by});
}

void ListSlicer::add(OpFoldResult place, bool isKnownToExist) {
  OpFoldResult size = getSize(places.size());
  if (isKnownToExist) {
    places.push_back(place);
    return;
  }
  Value isThere = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                        value(place), value(size));
  exists = exists ? arith::AndIOp::create(b, loc, exists, isThere).getResult()
                  : isThere;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  places.push_back(
      arith::SelectOp::create(b, loc, isThere, value(place), zero).getResult());
}

std::pair<Value, Value> ListSlicer::slice() {
  OpFoldResult one = b.getIndexAttr(1), length = getSize(3);
  SmallVector<OpFoldResult> ones(4, one);
  SmallVector<OpFoldResult> offsets(places), sizes(4, one);
  // Parts of one query block have its count, or none.
  OpFoldResult lists = one;
  if (op.getCounts() && isZeroInteger(places[2]))
    lists = tensor::getMixedSize(b, loc, op.getCounts(), 2);
  if (exists) {
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    length = arith::SelectOp::create(b, loc, exists, value(length), zero)
                 .getResult();
    lists =
        arith::SelectOp::create(b, loc, exists, value(one), zero).getResult();
  }
  offsets.push_back(b.getIndexAttr(0));
  sizes[3] = length;
  Value list = tensor::ExtractSliceOp::create(b, loc, op.getBlocks(), offsets,
                                              sizes, ones);
  Value counts = op.getCounts();
  if (counts) {
    offsets.pop_back();
    sizes.pop_back();
    ones.pop_back();
    sizes[2] = lists;
    counts =
        tensor::ExtractSliceOp::create(b, loc, counts, offsets, sizes, ones);
  }
  return {list, counts};
}

/// The largest that a size can be, where that is known.
static std::optional<int64_t>
getUpperBound(const ValueBoundsConstraintSet::Variable &size) {
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, size, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
  if (failed(bound))
    return std::nullopt;
  return *bound;
}

/// Whether all queries of the op read one list.
static bool hasOneQueryBlock(BlockSparseOp op) {
  std::optional<int64_t> queries = getUpperBound({op.getQuery(), 2});
  return queries && *queries <= static_cast<int64_t>(op.getQueryBlock());
}

/// Whether tiles of this size read one list each.
static bool isInOneQueryBlock(BlockSparseOp op, OpFoldResult size) {
  if (hasOneQueryBlock(op))
    return true;
  // Offsets of tiles of a static size are multiples of it; the last one may be
  // smaller.
  std::optional<int64_t> largest = getUpperBound(size);
  return largest && *largest > 0 &&
         static_cast<int64_t>(op.getQueryBlock()) % *largest == 0;
}

/// Whether all query heads of a key head read the same lists.
static bool groupsShareLists(BlockSparseOp op) {
  int64_t listHeads = op.getBlocks().getType().getDimSize(1);
  int64_t keyHeads = op.getKey().getType().getDimSize(1);
  return listHeads == 1 ||
         (!ShapedType::isDynamic(listHeads) && listHeads > 0 &&
          !ShapedType::isDynamic(keyHeads) && keyHeads % listHeads == 0);
}

/// The list of the tile at `offsets`.
static std::pair<Value, Value> sliceLists(OpBuilder &b, BlockSparseOp op,
                                          const AttentionTile &tile) {
  ListSlicer lists(b, op);
  OpFoldResult heads = tensor::getMixedSize(b, op.getLoc(), op.getQuery(), 1);
  auto isStatic = [](OpFoldResult x, OpFoldResult y) {
    return isa<Attribute>(x) && isa<Attribute>(y);
  };
  // One batch of lists serves all.
  bool isShared = isConstantIntValue(lists.getSize(0), 1);
  lists.add(isShared ? OpFoldResult(b.getIndexAttr(0)) : tile.batch.first,
            /*isKnownToExist=*/true);
  OpFoldResult listHeads = lists.getSize(1);
  // Heads that share a list; at least 1 where sizes do not divide at run time.
  OpFoldResult shared = lists.divide(heads, listHeads);
  if (!isStatic(heads, listHeads))
    shared = affine::makeComposedFoldedAffineMax(
        b, op.getLoc(),
        AffineMap::get(1, 0,
                       {b.getAffineDimExpr(0), b.getAffineConstantExpr(1)},
                       b.getContext()),
        {shared});
  bool isOneHead = isConstantIntValue(listHeads, 1);
  lists.add(isOneHead ? OpFoldResult(b.getIndexAttr(0))
                      : lists.divide(tile.head.first, shared),
            isOneHead || isStatic(heads, listHeads));
  OpFoldResult queries = tensor::getMixedSize(b, op.getLoc(), op.getQuery(), 2);
  OpFoldResult number =
      hasOneQueryBlock(op)
          ? OpFoldResult(b.getIndexAttr(0))
          : lists.divide(tile.query.first, b.getIndexAttr(op.getQueryBlock()));
  std::optional<int64_t> known = getConstantIntValue(number);
  std::optional<int64_t> count = getConstantIntValue(lists.getSize(2));
  lists.add(number, isStatic(queries, lists.getSize(2)) ||
                        (known && count && *known < *count));
  return lists.slice();
}

FailureOr<TilingResult>
BlockSparseOp::getTiledImplementation(OpBuilder &b,
                                      ArrayRef<OpFoldResult> offsets,
                                      ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  OpFoldResult entries = tensor::getMixedSize(b, loc, getBlocks(), 3);
  if (!isZeroInteger(offsets[List]) || !isSameSize(sizes[List], entries))
    return emitOpError()
           << "expected the loop over list entries to stay whole; "
              "keys are tiled as 'attn.online'";
  if (!isConstantIntValue(sizes[Batch], 1) ||
      !isConstantIntValue(sizes[KeyHead], 1) ||
      (!isConstantIntValue(sizes[Group], 1) && !groupsShareLists(*this)))
    return emitOpError() << "expected a tile of one batch and of query heads "
                            "that read one list";
  if (!isInOneQueryBlock(*this, sizes[Query]))
    return emitOpError() << "expected a tile of queries whose size divides "
                            "'query_block', "
                         << getQueryBlock();
  ScoredAttention attention = ScoredAttention::get(*this);
  FailureOr<AttentionTile> tile =
      getAttentionTile(b, attention, offsets, sizes);
  if (failed(tile))
    return failure();
  tile->key = {b.getIndexAttr(0), tensor::getMixedSize(b, loc, getKey(), 2)};
  SmallVector<Value> inits;
  for (Value init : getDpsInits())
    inits.push_back(
        sliceLeading(b, loc, init, {tile->batch, tile->head, tile->query}));
  AttentionOperands o = sliceOperands(b, attention, *tile, /*withSink=*/true);
  auto [list, counts] = sliceLists(b, *this, *tile);
  auto tiled = BlockSparseOp::create(
      b, loc, o.query, o.key, o.value, list, counts, o.bias, o.sink,
      getCaptures(), o.origin, o.diagonal, inits[0],
      inits.size() > 1 ? inits[1] : Value(), getQueryBlockAttr(),
      getKeyBlockAttr(), getScaleAttr(), getSoftcapAttr(), getCausalAttr(),
      AlignmentAttr(), getWindowAttr(), getScheduleAttr());
  IRMapping mapping;
  getScore().cloneInto(&tiled.getScore(), mapping);
  getMask().cloneInto(&tiled.getMask(), mapping);
  return getTilingResult(tiled);
}

LogicalResult BlockSparseOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  return getAttentionResultPosition(b, ScoredAttention::get(*this),
                                    resultNumber, offsets, sizes, resultOffsets,
                                    resultSizes);
}
