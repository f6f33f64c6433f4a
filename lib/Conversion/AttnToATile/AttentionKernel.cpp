//===- AttentionKernel.cpp - what the schedules share ---------------------===//

#include "AttentionKernel.h"
#include "attn/Analysis/MaskEmitter.h"
#include "attn/Dialect/Attn/Transforms/OpMask.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

int64_t mlir::attn::countRowHeads(DenseOp op) {
  return op.getSink() ? 1 : countPackedHeads(op);
}

AttentionKernel::AttentionKernel(KernelFrame &frame,
                                 atile::ScheduleAttr schedule,
                                 const AttentionShape &shape,
                                 const GPUTarget &target)
    : frame(frame), attention(ScoredAttention::get(frame.getDense())),
      schedule(schedule), shape(shape), target(target),
      loc(frame.getDense().getLoc()), query(frame.lookup(attention.query)),
      key(frame.lookup(attention.key)), value(frame.lookup(attention.value)),
      packedHeads(countRowHeads(frame.getDense())),
      score(*attention.score, /*first=*/1, attention.captures),
      mask(*attention.mask, /*first=*/0, attention.captures) {
  factor = llvm::numbers::log2e;
  if (!hasScores())
    factor *= attention.getScaleOrDefault();
}

/// Whether scores are more than products times a positive number.
bool AttentionKernel::hasScores() const {
  return attention.softcap || !score.isEmpty() ||
         (attention.bias && !attention.hasBooleanBias()) ||
         attention.getScaleOrDefault() <= 0;
}

bool AttentionKernel::hasRaggedKeys() const {
  int64_t keys = key->type.getDimSize(2);
  return ShapedType::isDynamic(keys) || keys % schedule.getKeys() != 0;
}

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

Value AttentionKernel::constant(OpBuilder &b, int64_t value) const {
  return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
}

Value AttentionKernel::constantF32(OpBuilder &b, double value) const {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

atile::RingType AttentionKernel::getRing(int64_t stages, int64_t rows,
                                         int64_t columns) const {
  return atile::RingType::get(schedule.getContext(), stages, rows, columns,
                              query->type.getElementType());
}

static atile::FragType getFrag(MLIRContext *context, int64_t columns,
                               bool inflight) {
  return atile::FragType::get(context, atile::kGroupRows, columns,
                              Float32Type::get(context), inflight);
}

atile::FragType AttentionKernel::getScoresType(bool inflight) const {
  return getFrag(schedule.getContext(), schedule.getKeys(), inflight);
}

atile::FragType AttentionKernel::getOutputType(bool inflight) const {
  return getFrag(schedule.getContext(), shape.getValueColumns(target),
                 inflight);
}

atile::OperandType AttentionKernel::getWeightsType() const {
  return atile::OperandType::get(schedule.getContext(), atile::kGroupRows,
                                 schedule.getKeys(),
                                 query->type.getElementType());
}

//===----------------------------------------------------------------------===//
// Coordinates and ranges of keys
//===----------------------------------------------------------------------===//

void AttentionKernel::emitPrologue() {
  OpBuilder b(frame.getDense());
  numQueries = frame.getSize(b, loc, *query, 2);
  numKeys = frame.getSize(b, loc, *key, 2);
  Value tile = atile::BlockIdOp::create(b, loc, 0);
  batch = atile::BlockIdOp::create(b, loc, 2);
  if (packedHeads > 1) {
    keyHead = atile::BlockIdOp::create(b, loc, 1);
    head = arith::MulIOp::create(b, loc, keyHead, constant(b, packedHeads));
    numRows = constant(b, packedHeads);
  } else {
    head = atile::BlockIdOp::create(b, loc, 1);
    Value group =
        arith::DivUIOp::create(b, loc, frame.getSize(b, loc, *query, 1),
                               frame.getSize(b, loc, *key, 1));
    keyHead = arith::DivUIOp::create(b, loc, head, group);
    numRows = numQueries;
  }
  // Later rows of a causal layer see more keys, and blocks start in order: the
  // longest first, so that no block is left over at the end.
  if (attention.causal && packedHeads == 1) {
    Value last = arith::SubIOp::create(
        b, loc, atile::GridSizeOp::create(b, loc, 0), constant(b, 1));
    tile = arith::SubIOp::create(b, loc, last, tile);
  }
  blockRow =
      arith::MulIOp::create(b, loc, tile, constant(b, schedule.getRows()));
  emitKeyRanges(b);
}

std::array<GridExtent, 3> AttentionKernel::getGrid() const {
  GridExtent rows = packedHeads > 1
                        ? GridExtent{Value(), packedHeads, schedule.getRows()}
                        : GridExtent::get(*query, 2, schedule.getRows());
  const KernelTensor &heads = packedHeads > 1 ? *key : *query;
  return {rows, GridExtent::get(heads, 1), GridExtent::get(*query, 0)};
}

SmallVector<Value> AttentionKernel::getRowIndices(OpBuilder &b, Value row) {
  if (packedHeads == 1)
    return {batch, head, row, constant(b, 0)};
  return {batch, arith::AddIOp::create(b, loc, head, row), constant(b, 0),
          constant(b, 0)};
}

void AttentionKernel::emitKeyRanges(OpBuilder &b) {
  auto toIndex = [&](Value number) -> OpFoldResult {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), number)
        .getResult();
  };
  OpFoldResult keys = frame.getIndexSize(b, loc, *key, 2);
  MaskSymbols symbols(b.getContext());
  AffineExpr diagonalExpr;
  if (Value position = attention.buildDiagonal(b)) {
    diagonal = arith::IndexCastOp::create(b, loc, b.getI32Type(), position);
    diagonalExpr = symbols.getSymbol(getAsOpFoldResult(position));
  }
  MaskExpr expr = getMaskExpr(attention, diagonalExpr, symbols);
  OpFoldResult zero = b.getIndexAttr(0);
  KeyBounds bounds{zero, zero, keys, keys};
  bool isInterval = true;
  if (!expr.isTrue()) {
    AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
    OpFoldResult begin = zero, end = b.getIndexAttr(1);
    if (packedHeads == 1) {
      begin = toIndex(blockRow);
      AffineMap last =
          AffineMap::get(2, 0, {d0 + schedule.getRows(), d1}, b.getContext());
      end = affine::makeComposedFoldedAffineMin(
          b, loc, last, {begin, frame.getIndexSize(b, loc, *query, 2)});
    }
    MaskEmitter emitter(b, loc, expr, symbols,
                        QueryTile{toIndex(batch), toIndex(head), begin, end});
    bounds = emitter.emitKeyBounds(b, loc, zero, keys);
    isInterval = summarizeKeyBounds(expr, symbols).isInterval;
  }

  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  int64_t size = schedule.getKeys();
  auto apply = [&](AffineExpr e, OpFoldResult x) {
    return affine::makeComposedFoldedAffineApply(b, loc, e, {x});
  };
  auto limit = [&](bool isMin, OpFoldResult x, OpFoldResult y) {
    AffineMap map = AffineMap::get(2, 0, {d0, d1}, b.getContext());
    return isMin ? affine::makeComposedFoldedAffineMin(b, loc, map, {x, y})
                 : affine::makeComposedFoldedAffineMax(b, loc, map, {x, y});
  };
  OpFoldResult first = apply(d0.floorDiv(size), bounds.lo);
  OpFoldResult end = apply(d0.ceilDiv(size), bounds.hi);
  OpFoldResult fullFirst = first, fullEnd = first;
  if (isInterval) {
    OpFoldResult inner = apply(d0.ceilDiv(size), bounds.fullLo);
    if (!isEqualConstantIntOrValue(inner, first))
      fullFirst =
          limit(/*isMin=*/true, end, limit(/*isMin=*/false, first, inner));
    fullEnd = limit(
        /*isMin=*/false, fullFirst,
        limit(/*isMin=*/true, end, apply(d0.floorDiv(size), bounds.fullHi)));
  }
  auto toI32 = [&](OpFoldResult x) -> Value {
    if (std::optional<int64_t> number = getConstantIntValue(x))
      return constant(b, *number);
    return arith::IndexCastOp::create(b, loc, b.getI32Type(), cast<Value>(x));
  };
  firstTile = toI32(first);
  endTile = toI32(end);
  Value fullFirstTile = toI32(fullFirst), fullEndTile = toI32(fullEnd);
  auto add = [&](OpFoldResult from, OpFoldResult to, Value fromTile,
                 Value toTile, bool masked) {
    if (!isEqualConstantIntOrValue(from, to))
      ranges.push_back({fromTile, toTile, masked});
  };
  add(first, fullFirst, firstTile, fullFirstTile, /*masked=*/true);
  add(fullFirst, fullEnd, fullFirstTile, fullEndTile, /*masked=*/false);
  add(fullEnd, end, fullEndTile, endTile, /*masked=*/true);
}

Value AttentionKernel::emitGroupRow(OpBuilder &b, Value group) {
  return arith::MulIOp::create(b, loc, group, constant(b, atile::kGroupRows));
}

Value AttentionKernel::emitQueryRow(OpBuilder &b, Value groupRow) {
  return arith::AddIOp::create(b, loc, blockRow, groupRow);
}

Value AttentionKernel::emitRingNumber(OpBuilder &b, Value tile) {
  return arith::SubIOp::create(b, loc, tile, firstTile);
}

Value AttentionKernel::emitKey(OpBuilder &b, Value tile) {
  return arith::MulIOp::create(b, loc, tile, constant(b, schedule.getKeys()));
}

SmallVector<Value> AttentionKernel::emitTileLoops(OpBuilder &b, Value first,
                                                  ValueRange carried,
                                                  TileBody body) {
  SmallVector<Value> values(carried);
  for (const TileRange &range : ranges) {
    Value begin = range.begin;
    if (first != firstTile)
      begin = arith::MaxSIOp::create(b, loc, begin, first);
    auto loop = scf::ForOp::create(
        b, loc, begin, range.end, constant(b, 1), values,
        [&](OpBuilder &inner, Location, Value tile, ValueRange arguments) {
          scf::YieldOp::create(inner, loc,
                               body(inner, tile, range.masked, arguments));
        });
    values.assign(loop.result_begin(), loop.result_end());
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// The bias at (b, h, i, j), sizes of 1 being broadcast.
Value AttentionKernel::emitBias(OpBuilder &b, ValueRange positions) {
  auto type = cast<RankedTensorType>(attention.bias.getType());
  SmallVector<Value> indices;
  for (auto [dim, position] : llvm::enumerate(positions))
    indices.push_back(arith::IndexCastOp::create(
        b, loc, b.getIndexType(),
        type.getDimSize(dim) == 1 ? constant(b, 0) : position));
  return tensor::ExtractOp::create(b, loc, attention.bias, indices);
}

/// The score of a product, in natural units.
Value AttentionKernel::emitScore(OpBuilder &b, Value x, ValueRange positions) {
  x = arith::MulFOp::create(b, loc, x,
                            constantF32(b, attention.getScaleOrDefault()));
  if (attention.softcap) {
    double cap = attention.softcap->convertToDouble();
    x = arith::MulFOp::create(b, loc, x, constantF32(b, 1 / cap));
    x = math::TanhOp::create(b, loc, x);
    x = arith::MulFOp::create(b, loc, x, constantF32(b, cap));
  }
  if (attention.bias && !attention.hasBooleanBias()) {
    Value bias = emitBias(b, positions);
    if (!bias.getType().isF32())
      bias = arith::ExtFOp::create(b, loc, b.getF32Type(), bias);
    x = arith::AddFOp::create(b, loc, x, bias);
  }
  return score.isEmpty() ? x : score.emit(b, x, positions);
}

/// Whether (i, j) is admitted; i and j may lie outside, `positions` do not.
Value AttentionKernel::emitMask(OpBuilder &b, Value i, Value j,
                                ValueRange positions) {
  Value admitted;
  auto require = [&](Value condition) {
    admitted =
        admitted
            ? arith::AndIOp::create(b, loc, admitted, condition).getResult()
            : condition;
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) {
    require(arith::CmpIOp::create(b, loc, predicate, x, y));
  };
  if (hasRaggedKeys())
    compare(arith::CmpIPredicate::slt, j, numKeys);
  if (attention.hasStructuralMask()) {
    // One difference for all bounds: j - i is a constant per register.
    Value distance = arith::SubIOp::create(
        b, loc, j, arith::AddIOp::create(b, loc, i, diagonal));
    if (attention.causal)
      compare(arith::CmpIPredicate::sle, distance, constant(b, 0));
    if (attention.window && (*attention.window)[0] >= 0)
      compare(arith::CmpIPredicate::sge, distance,
              constant(b, -(*attention.window)[0]));
    if (attention.window && (*attention.window)[1] >= 0)
      compare(arith::CmpIPredicate::sle, distance,
              constant(b, (*attention.window)[1]));
  }
  if (!mask.isEmpty())
    require(mask.emit(b, Value(), positions));
  if (attention.hasBooleanBias()) {
    Value bias = emitBias(b, positions);
    Value zero =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(bias.getType()));
    compare(arith::CmpIPredicate::ne, bias, zero);
  }
  return admitted;
}

Value AttentionKernel::emitScores(OpBuilder &b, Value products, Value tile,
                                  Value queryRow, bool masked) {
  if (!masked && !hasScores())
    return products;
  auto map = atile::MapOp::create(b, loc, products.getType(), products,
                                  queryRow, emitKey(b, tile));
  OpBuilder::InsertionGuard guard(b);
  Type i32 = b.getI32Type();
  Block *body = b.createBlock(&map.getBody(), {}, {b.getF32Type(), i32, i32},
                              {loc, loc, loc});
  Value x = body->getArgument(0), row = body->getArgument(1),
        j = body->getArgument(2);
  // Captured tensors are read at positions that exist.
  Value insideRow = row, insideJ = j;
  if (score.readsTensors() || mask.readsTensors() || attention.bias) {
    auto clamp = [&](Value position, Value size) -> Value {
      return arith::MinSIOp::create(
          b, loc, position,
          arith::SubIOp::create(b, loc, size, constant(b, 1)));
    };
    insideRow = clamp(row, numRows);
    if (masked)
      insideJ = clamp(j, numKeys);
  }
  SmallVector<Value> positions = getRowIndices(b, insideRow);
  positions[3] = insideJ;
  Value i = packedHeads == 1 ? row : positions[2];
  if (hasScores())
    x = emitScore(b, x, positions);
  if (masked) {
    Value forbidden = constantF32(b, -std::numeric_limits<double>::infinity());
    if (Value admitted = emitMask(b, i, j, positions))
      x = arith::SelectOp::create(b, loc, admitted, x, forbidden);
  }
  atile::YieldOp::create(b, loc, x);
  return map.getResult();
}

Value AttentionKernel::emitFirstScores(OpBuilder &b, Value products, Value tile,
                                       Value queryRow) {
  // A mask that admits everything changes nothing, and one piece of code less
  // is to be assembled.
  bool masked =
      llvm::any_of(ranges, [](const TileRange &range) { return range.masked; });
  return emitScores(b, products, tile, queryRow, masked);
}
