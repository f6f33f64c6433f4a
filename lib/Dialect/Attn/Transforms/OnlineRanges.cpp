//===- OnlineRanges.cpp - the keys of a query tile, range by range --------===//

#include "OnlineRanges.h"
#include "attn/Dialect/Attn/Transforms/OpMask.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"

namespace mlir::attn {

MaskExpr getTileMask(const OnlineTile &tile, MaskSymbols &symbols) {
  AffineExpr diagonal;
  if (tile.diagonal)
    diagonal = symbols.getSymbol(tile.diagonal);
  return getMaskExpr(tile.attention, diagonal, symbols);
}

static Value slice(OpBuilder &b, const OnlineTile &tile, Value source,
                   int64_t axis, OpFoldResult begin, OpFoldResult end) {
  Location loc = tile.attention.op->getLoc();
  auto type = cast<RankedTensorType>(source.getType());
  if (type.getDimSize(axis) == 1 && source == tile.bias)
    return source; // broadcast along the keys
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  // Ranges are in coordinates of the undivided op, slices in the tile's.
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  offsets[axis] = affine::makeComposedFoldedAffineApply(
      b, loc, d0 - d1, {begin, OpFoldResult(tile.origin[3])});
  sizes[axis] =
      affine::makeComposedFoldedAffineApply(b, loc, d0 - d1, {end, begin});
  return tensor::ExtractSliceOp::create(b, loc, source, offsets, sizes,
                                        strides);
}

/// Exchanges the head and the query among the arguments of a region.
static void exchangeHeadAndQuery(Region &region, unsigned head) {
  if (region.empty())
    return;
  Value first = region.getArgument(head), second = region.getArgument(head + 1);
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : first.getUses())
    uses.push_back(&use);
  second.replaceAllUsesWith(first);
  for (OpOperand *use : uses)
    use->set(second);
}

OnlineOp buildOnline(RewriterBase &b, const OnlineTile &tile, ValueRange state,
                     OpFoldResult begin, OpFoldResult end, bool masked) {
  const ScoredAttention &attention = tile.attention;
  Location loc = attention.op->getLoc();
  // The bounds of a single query hold all that a structural mask says.
  bool structural =
      masked && attention.hasStructuralMask() && !tile.rowsAreHeads;
  bool keepBias = tile.bias && (masked || !attention.hasBooleanBias());
  SmallVector<Value> captures;
  if (!attention.score->empty() || (masked && !attention.mask->empty()))
    captures = attention.captures;
  Value head = tile.origin[1], query = tile.origin[2];
  if (tile.rowsAreHeads)
    std::swap(head, query);
  auto online = OnlineOp::create(
      b, loc, tile.query, slice(b, tile, tile.key, 0, begin, end),
      slice(b, tile, tile.value, 0, begin, end),
      keepBias ? slice(b, tile, tile.bias, 1, begin, end) : Value(), captures,
      tile.origin[0], head, query,
      getValueOrCreateConstantIndexOp(b, loc, begin),
      structural ? tile.diagonal : Value(), tile.rows, state[0], state[1],
      state[2], TileLayoutAttr::get(b.getContext(), TileLayout::FeatureMajor),
      b.getF64FloatAttr(tile.scoreFactor),
      attention.softcap
          ? b.getF64FloatAttr(attention.softcap->convertToDouble())
          : FloatAttr(),
      structural && attention.causal ? b.getUnitAttr() : UnitAttr(),
      structural && attention.window ? b.getDenseI64ArrayAttr(*attention.window)
                                     : DenseI64ArrayAttr(),
      attention.schedule);
  IRMapping mapping;
  attention.score->cloneInto(&online.getScore(), mapping);
  if (masked)
    attention.mask->cloneInto(&online.getMask(), mapping);
  if (tile.rowsAreHeads) {
    exchangeHeadAndQuery(online.getScore(), /*head=*/2);
    exchangeHeadAndQuery(online.getMask(), /*head=*/1);
  }
  return online;
}

namespace {

/// Builds the ranges of one tile; holds what they share.
class RangeBuilder {
public:
  RangeBuilder(RewriterBase &b, const OnlineTile &tile)
      : b(b), tile(tile), loc(tile.attention.op->getLoc()),
        schedule(tile.attention.schedule), symbols(b.getContext()),
        mask(getTileMask(tile, symbols)) {}

  SmallVector<Value> run(SmallVector<Value> state);

private:
  KeyBounds emitBounds(OpFoldResult begin, OpFoldResult end);
  ValueRange buildRange(ValueRange state, OpFoldResult begin, OpFoldResult end,
                        bool masked);
  void alignBounds(KeyBounds &bounds, OpFoldResult begin, OpFoldResult end);

  RewriterBase &b;
  const OnlineTile &tile;
  Location loc;
  ScheduleAttr schedule;
  MaskSymbols symbols;
  MaskExpr mask;
};

} // namespace

/// The keys of [begin, end) that the rows may see. Heads as rows see them from
/// one query.
KeyBounds RangeBuilder::emitBounds(OpFoldResult begin, OpFoldResult end) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  OpFoldResult queries = b.getIndexAttr(1);
  if (!tile.rowsAreHeads)
    queries = tile.rows;
  OpFoldResult queryEnd = affine::makeComposedFoldedAffineApply(
      b, loc, d0 + d1, {OpFoldResult(tile.origin[2]), queries});
  MaskEmitter emitter(
      b, loc, mask, symbols,
      QueryTile{tile.origin[0], tile.origin[1], tile.origin[2], queryEnd});
  KeyBounds bounds = emitter.emitKeyBounds(b, loc, begin, end);
  if (!tile.rowsAreHeads)
    alignBounds(bounds, begin, end);
  return bounds;
}

/// Moves the ends of masked ranges to multiples of the register tile's keys, so
/// that no range leaves a few keys over: masked ranges grow, the range between
/// them shrinks.
void RangeBuilder::alignBounds(KeyBounds &bounds, OpFoldResult begin,
                               OpFoldResult end) {
  KeyBoundsSummary summary = summarizeKeyBounds(mask, symbols);
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  int64_t unit = schedule.getRowTile();
  AffineExpr down = d0.floorDiv(unit) * unit, up = d0.ceilDiv(unit) * unit;
  auto bound = [&](bool isMin, AffineExpr aligned, OpFoldResult position,
                   OpFoldResult limit) {
    AffineMap map = AffineMap::get(2, 0, {aligned, d1}, b.getContext());
    return isMin ? affine::makeComposedFoldedAffineMin(b, loc, map,
                                                       {position, limit})
                 : affine::makeComposedFoldedAffineMax(b, loc, map,
                                                       {position, limit});
  };
  if (!summary.isInterval || summary.hasLeft)
    bounds.lo = bound(/*isMin=*/false, down, bounds.lo, begin);
  if (!summary.isInterval || summary.hasRight)
    bounds.hi = bound(/*isMin=*/true, up, bounds.hi, end);
  if (!summary.isInterval)
    return;
  if (summary.hasLeft)
    bounds.fullLo = bound(/*isMin=*/true, up, bounds.fullLo, bounds.hi);
  if (summary.hasRight)
    bounds.fullHi = bound(/*isMin=*/false, down, bounds.fullHi, bounds.fullLo);
}

ValueRange RangeBuilder::buildRange(ValueRange state, OpFoldResult begin,
                                    OpFoldResult end, bool masked) {
  if (isEqualConstantIntOrValue(begin, end))
    return state; // statically empty
  return buildOnline(b, tile, state, begin, end, masked).getResults();
}

/// Says where masks are evaluated.
static void reportRanges(Operation *op, StringRef text) {
  remark::analysis(op->getLoc(),
                   remark::RemarkOpts::name("key-ranges").category("attn-mask"))
      << text;
}

SmallVector<Value> RangeBuilder::run(SmallVector<Value> state) {
  Operation *op = tile.attention.op;
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  OpFoldResult begin(tile.origin[3]);
  OpFoldResult end = affine::makeComposedFoldedAffineApply(
      b, loc, d0 + d1, {begin, tensor::getMixedSize(b, loc, tile.key, 0)});
  if (mask.isTrue()) {
    reportRanges(op, "every key is admitted: one range without a mask");
    return SmallVector<Value>(buildRange(state, begin, end, /*masked=*/false));
  }
  KeyBounds bounds = emitBounds(begin, end);
  KeyBoundsSummary summary = summarizeKeyBounds(mask, symbols);
  if (!summary.isInterval) {
    reportRanges(op, "the admitted keys of a tile are no interval: one range, "
                     "whose blocks are classified at run time");
    return SmallVector<Value>(
        buildRange(state, bounds.lo, bounds.hi, /*masked=*/true));
  }
  if (tile.rowsAreHeads) {
    reportRanges(op, "one query admits every key of one range");
    return SmallVector<Value>(
        buildRange(state, bounds.lo, bounds.hi, /*masked=*/false));
  }
  std::string ranges;
  for (auto [exists, name] : {std::pair(summary.hasLeft, "masked"),
                              {summary.hasFull, "full"},
                              {summary.hasRight, "masked"}})
    if (exists)
      ranges += (ranges.empty() ? "" : ", ") + std::string(name);
  reportRanges(op, "ranges of keys: " + ranges);
  if (summary.hasLeft)
    state = SmallVector<Value>(
        buildRange(state, bounds.lo, bounds.fullLo, /*masked=*/true));
  if (summary.hasFull)
    state = SmallVector<Value>(
        buildRange(state, bounds.fullLo, bounds.fullHi, /*masked=*/false));
  if (summary.hasRight)
    state = SmallVector<Value>(
        buildRange(state, bounds.fullHi, bounds.hi, /*masked=*/true));
  return state;
}

SmallVector<Value> buildKeyRanges(RewriterBase &b, const OnlineTile &tile,
                                  SmallVector<Value> state) {
  return RangeBuilder(b, tile).run(std::move(state));
}

} // namespace mlir::attn
