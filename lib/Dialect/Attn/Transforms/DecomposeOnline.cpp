//===- DecomposeOnline.cpp - attn.online on one key block as linalg -------===//
//
//   S    = K Q                    [keys, rows]  fused into the maximum's loop
//   S'   = scores(S)                            fused into the maximum's loop
//   m'   = max(m, max_j S')       [rows]
//   z    = m' = -inf ? 0 : m'     [rows]
//   a    = m = -inf ? 0 : exp2(max(m - z, -64))
//   P    = exp2(S' - z)           [keys, rows]  fused into the sum's loop
//   l'   = a l + sum_j P          [rows]
//   acc' = a acc + V^T P          [width, rows] the product a acc is fused
//
// In a masked block a weight that counts for nothing is -0.0: exp2 never makes
// it, a sum ignores it, and the second product skips it, ValueProduct.cpp, so
// that a NaN in a value that is not admitted reaches nothing.
//
// Tests: test/Dialect/Attn/Transforms/decompose.mlir
//
//===----------------------------------------------------------------------===//

#include "Decompose.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

using Values = SmallVector<Value>;

/// Marks exponents that are at most 0, which need no clamp from above.
static Value exp2NonPositive(OpBuilder &b, Location loc, Value x) {
  auto op = math::Exp2Op::create(b, loc, x);
  op->setAttr("attn.nonpositive", b.getUnitAttr());
  return op;
}

static Value isNegativeInfinity(OpBuilder &b, Location loc, Value x) {
  Value infinity = arith::ConstantOp::create(
      b, loc,
      b.getFloatAttr(x.getType(), -std::numeric_limits<double>::infinity()));
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, infinity);
}

/// 2^(m - z): 0 for a row that had no keys, and never 0 otherwise, so that an
/// infinite accumulator is not multiplied by 0. It stays above 2^-64, which is
/// nothing beside the new maximum's weight of 1, so that what is left of the
/// accumulator is no subnormal: some processors take over a hundred cycles for
/// an FMA that reads one.
static Values buildDecay(OpBuilder &b, Location loc, ValueRange args) {
  auto constant = [&](float value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  };
  Value x = arith::SubFOp::create(b, loc, args[0], args[1]);
  Value isTiny = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x,
                                       constant(-64.0f));
  x = arith::SelectOp::create(b, loc, isTiny, constant(-64.0f), x);
  Value none = isNegativeInfinity(b, loc, args[0]);
  return {arith::SelectOp::create(b, loc, none, constant(0.0f),
                                  exp2NonPositive(b, loc, x))};
}

/// `block` [keys, width] in f32; converted row by row if it is not: before it
/// is used, or with `fuse` the rows of a register tile just before that, so
/// that they are read from the nearest cache.
static Value convertBlock(OpBuilder &b, LinalgBuilder &linalg, Value block,
                          OpFoldResult keys, ScheduleAttr schedule, bool fuse) {
  auto type = cast<RankedTensorType>(block.getType());
  if (type.getElementType().isF32())
    return block;
  Value whole = linalg.empty({schedule.getKeyBlock(), type.getDimSize(1)},
                             b.getF32Type());
  int64_t lanes = schedule.getLanes();
  TileHint hint;
  (fuse ? hint.inner : hint.sizes) = {1, lanes};
  hint.lanes = {1, lanes};
  hint.fuse = fuse;
  return linalg
      .generic("pp", {block}, {linalg.takeRows(whole, keys)}, {{0, 1}, {0, 1}},
               hint,
               [](OpBuilder &nested, Location l, ValueRange args) {
                 return Values{convertScalarToDtype(
                     nested, l, args[0], nested.getF32Type(), false)};
               })
      .getResult(0);
}

/// What is lowered here: lanes of queries on one block of a schedule.
static LogicalResult checkOnline(OnlineOp op) {
  if (!op.isFeatureMajor())
    return op.emitOpError() << "expected layout(feature_major), as "
                               "'attn-convert-to-online' makes it";
  if (!op.getSchedule())
    return op.emitOpError()
           << "expected a schedule, as 'attn-schedule' sets it";
  int64_t rows = op.getQuery().getType().getDimSize(1);
  if (rows != op.getSchedule()->getQueryTile())
    return op.emitOpError()
           << "expected " << op.getSchedule()->getQueryTile()
           << " rows as in its schedule, but found "
           << (ShapedType::isDynamic(rows) ? std::string("a dynamic size")
                                           : std::to_string(rows));
  if (!getElementTypeOrSelf(op.getQuery()).isF32() ||
      !getElementTypeOrSelf(op.getMaxInit()).isF32())
    return op.emitOpError() << "expected a query tile and statistics of f32";
  return success();
}

LogicalResult decomposeOnline(RewriterBase &rewriter, OnlineOp op) {
  if (failed(checkOnline(op)))
    return failure();
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  LinalgBuilder linalg(rewriter, loc);
  ScheduleAttr schedule = op.getScheduleAttr();
  int64_t rows = schedule.getQueryTile(), tile = schedule.getRowTile();
  OpFoldResult keys = tensor::getMixedSize(rewriter, loc, op.getKey(), 0);
  Value key = convertBlock(rewriter, linalg, op.getKey(), keys, schedule,
                           /*fuse=*/true);
  Value value = convertBlock(rewriter, linalg, op.getValue(), keys, schedule,
                             /*fuse=*/false);
  Type f32 = rewriter.getF32Type();
  bool masked = isMasked(op);
  TileHint fused, fusedAndYielded;
  fused.fuse = fusedAndYielded.fuse = fusedAndYielded.yield = true;

  // A static block with a slice of it avoids allocating a dynamic size.
  Value block =
      linalg.takeRows(linalg.empty({schedule.getKeyBlock(), rows}, f32), keys);
  Value zero = linalg.fill(block, 0.0, fused);
  auto product = linalg::MatmulOp::create(rewriter, loc, zero.getType(),
                                          ValueRange{key, op.getQuery()}, zero);
  TileHint productHint = hasScoreWork(op) ? fused : fusedAndYielded;
  productHint.inner = {0, 0, 1};
  // Converted blocks are read from scratch, which is in the cache.
  int64_t distance = schedule.getPrefetch() ? schedule.getKeyBlock() : 0;
  if (key == op.getKey())
    productHint.prefetch = distance;
  setTileHint(product, productHint);
  FailureOr<Value> scores =
      buildScores(rewriter, op, product.getResult(0), fusedAndYielded);
  if (failed(scores))
    return failure();

  TileHint reduceKeys;
  reduceKeys.sizes = {tile, 0};
  reduceKeys.tail = {1, 0};
  Value max = linalg
                  .generic("rp", {*scores}, {op.getMaxInit()}, {{0, 1}, {1}},
                           reduceKeys,
                           [](OpBuilder &nested, Location l, ValueRange args) {
                             return Values{arith::MaxNumFOp::create(
                                 nested, l, args[0], args[1])};
                           })
                  .getResult(0);
  Value rowsEmpty = linalg.empty({rows}, f32);
  Value base =
      linalg
          .generic("p", {max}, {rowsEmpty}, {{0}, {0}}, {},
                   [](OpBuilder &nested, Location l, ValueRange args) {
                     Value none = isNegativeInfinity(nested, l, args[0]);
                     Value zero = arith::ConstantOp::create(
                         nested, l, nested.getF32FloatAttr(0.0));
                     return Values{arith::SelectOp::create(nested, l, none,
                                                           zero, args[0])};
                   })
          .getResult(0);
  Value decay = linalg
                    .generic("p", {op.getMaxInit(), base}, {rowsEmpty},
                             {{0}, {0}, {0}}, {}, buildDecay)
                    .getResult(0);
  Value weights =
      linalg
          .generic("pp", {base}, {*scores}, {{1}, {0, 1}}, fusedAndYielded,
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     Value x =
                         arith::SubFOp::create(nested, l, args[1], args[0]);
                     Value p = exp2NonPositive(nested, l, x);
                     if (!masked)
                       return Values{p};
                     Value none = isNegativeInfinity(nested, l, args[1]);
                     Value marker = arith::ConstantOp::create(
                         nested, l, nested.getF32FloatAttr(-0.0));
                     return Values{
                         arith::SelectOp::create(nested, l, none, marker, p)};
                   })
          .getResult(0);

  auto scaleBy = [](OpBuilder &nested, Location l, ValueRange args) {
    return Values{arith::MulFOp::create(nested, l, args[1], args[0])};
  };
  Value sum =
      linalg.generic("p", {decay}, {op.getSumInit()}, {{0}, {0}}, {}, scaleBy)
          .getResult(0);
  TileHint sumKeys;
  sumKeys.sizes = {1, 0};
  sum = linalg
            .generic("rp", {weights}, {sum}, {{0, 1}, {1}}, sumKeys,
                     [](OpBuilder &nested, Location l, ValueRange args) {
                       return Values{
                           arith::AddFOp::create(nested, l, args[0], args[1])};
                     })
            .getResult(0);
  Value acc = buildValueProduct(
      rewriter, loc,
      {value, weights, decay, op.getAccInit(), schedule, masked,
       /*prefetch=*/value == op.getValue() ? distance : 0});
  rewriter.replaceOp(op, {max, sum, acc});
  return success();
}

} // namespace mlir::attn
