//===- ValueProduct.cpp - acc' = a acc + V^T P under a mask ---------------===//
//
//   %bits = OR over the block of bits(v - v)        0 where all of V is finite
//   %acc' = scf.if %bits == 0 {
//     a acc + V^T P                                 register tiles
//   } else {
//     a acc, then acc = P == -0.0 ? acc : fma(V, P, acc)
//   }
//
// A weight that counts for nothing is -0.0, so it adds nothing to a sum unless
// the value is NaN or infinite. Only then does it matter that the mask does not
// admit the pair, and only then is the product computed under the mask. Looking
// at the block once costs a subtraction per value and is shared by all queries
// of the tile, where the mask would cost a compare per step and a select per
// multiply-add.
//
// Tests: test/Dialect/Attn/Transforms/decompose.mlir
//
//===----------------------------------------------------------------------===//

#include "Decompose.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

using Values = SmallVector<Value>;

/// Bits of the NaNs that x - x gives where x is not finite: `lanes` columns
/// from `column` on are folded into `bits`.
static Value foldColumns(OpBuilder &b, LinalgBuilder &linalg, Location loc,
                         Value value, Value bits, int64_t column, int64_t lanes,
                         int64_t rowTile) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  OpFoldResult width = b.getIndexAttr(lanes);
  Value columns = tensor::ExtractSliceOp::create(
      b, loc, value, {zero, b.getIndexAttr(column)},
      {tensor::getMixedSize(b, loc, value, 0), width}, {one, one});
  bool whole = cast<RankedTensorType>(bits.getType()).getDimSize(0) == lanes;
  Value part = whole ? bits
                     : tensor::ExtractSliceOp::create(b, loc, bits, {zero},
                                                      {width}, {one})
                           .getResult();
  TileHint hint;
  hint.sizes = {rowTile, 0};
  hint.tail = {1, 0};
  Value folded =
      linalg
          .generic("rp", {columns}, {part}, {{0, 1}, {1}}, hint,
                   [](OpBuilder &nested, Location l, ValueRange args) {
                     Value difference =
                         arith::SubFOp::create(nested, l, args[0], args[0]);
                     Value nan = arith::BitcastOp::create(
                         nested, l, nested.getI32Type(), difference);
                     return Values{
                         arith::OrIOp::create(nested, l, args[1], nan)};
                   })
          .getResult(0);
  if (whole)
    return folded;
  return tensor::InsertSliceOp::create(b, loc, folded, bits, {zero}, {width},
                                       {one});
}

/// Whether every element of `value` [keys, width] is finite, an i1.
static Value buildAllFinite(OpBuilder &b, LinalgBuilder &linalg, Location loc,
                            Value value, ScheduleAttr schedule) {
  int64_t width = cast<RankedTensorType>(value.getType()).getDimSize(1);
  int64_t lanes = schedule.getLanes();
  Type i32 = b.getI32Type();
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  auto fill = [&](ArrayRef<int64_t> shape) {
    auto op = linalg::FillOp::create(b, loc, zero, linalg.empty(shape, i32));
    setTileHint(op, {});
    return op.getResult(0);
  };
  Value bits = fill({lanes});
  for (int64_t column = 0; column < width; column += lanes)
    bits = foldColumns(b, linalg, loc, value, bits, column,
                       std::min(lanes, width - column), schedule.getRowTile());
  Value any = linalg
                  .generic("r", {bits}, {fill({})}, {{0}, {}}, {},
                           [](OpBuilder &nested, Location l, ValueRange args) {
                             return Values{arith::OrIOp::create(
                                 nested, l, args[1], args[0])};
                           })
                  .getResult(0);
  any = tensor::ExtractOp::create(b, loc, any, ValueRange());
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, any, zero);
}

/// fma(v, p, acc) where the pair counts, else acc.
static Values addCounted(OpBuilder &b, Location loc, ValueRange args) {
  Value bits = arith::BitcastOp::create(b, loc, b.getI32Type(), args[1]);
  Value minusZero = arith::ConstantOp::create(
      b, loc, b.getI32IntegerAttr(std::numeric_limits<int32_t>::min()));
  Value counted =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, bits, minusZero);
  Value sum = math::FmaOp::create(b, loc, args[0], args[1], args[2]);
  return {arith::SelectOp::create(b, loc, counted, sum, args[2])};
}

Value buildValueProduct(OpBuilder &b, Location loc, const ValueProduct &p) {
  LinalgBuilder linalg(b, loc);
  TileHint fused;
  fused.fuse = true;
  auto rescale = [&]() {
    return linalg
        .generic("pp", {p.decay}, {p.acc}, {{1}, {0, 1}}, fused,
                 [](OpBuilder &nested, Location l, ValueRange args) {
                   return Values{
                       arith::MulFOp::create(nested, l, args[1], args[0])};
                 })
        .getResult(0);
  };
  int64_t rows = p.schedule.getQueryTile();
  TileHint hint;
  int64_t width = cast<RankedTensorType>(p.value.getType()).getDimSize(1);
  int64_t tile = p.schedule.getColumnTile() ? p.schedule.getColumnTile()
                                            : p.schedule.getRowTile();
  hint.sizes = {tile, rows, 0};
  hint.tail = {std::max<int64_t>(width % tile, 1), 0, 0};
  hint.inner = {0, 0, 1};
  hint.prefetch = p.prefetch;
  auto product = [&]() {
    auto op = linalg::MatmulTransposeAOp::create(b, loc, p.acc.getType(),
                                                 ValueRange{p.value, p.weights},
                                                 ValueRange{rescale()});
    setTileHint(op, hint);
    return op->getResult(0);
  };
  if (!p.masked)
    return product();
  Value finite = buildAllFinite(b, linalg, loc, p.value, p.schedule);
  OpBuilder::InsertionGuard guard(b);
  auto branch = scf::IfOp::create(b, loc, TypeRange{p.acc.getType()}, finite,
                                  /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, product());
  b.setInsertionPointToStart(branch.elseBlock());
  // Rare: one column at a time is little code.
  hint.sizes = {1, rows, 0};
  hint.tail = {};
  hint.prefetch = 0;
  Value sum = linalg
                  .generic("ppr", {p.value, p.weights}, {rescale()},
                           {{2, 0}, {2, 1}, {0, 1}}, hint, addCounted)
                  .getResult(0);
  scf::YieldOp::create(b, loc, sum);
  return branch.getResult(0);
}

} // namespace mlir::attn
