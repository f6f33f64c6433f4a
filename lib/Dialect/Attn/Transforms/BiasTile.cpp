//===- BiasTile.cpp - a block of a [query, key] tensor --------------------===//
//
//   %bias : tensor<?x?xbf16>, [queries of the tile, keys of the block]
//   ->
//   %tile : tensor<?x64xf32>, [keys of the block, lanes]
//
// Transposed by squares of lanes x lanes under a mask, like the query tile. The
// buffer has the static shape [key_block, lanes], so that it is allocated once.
//
// Tests: test/Dialect/Attn/Transforms/decompose-bias.mlir
//
//===----------------------------------------------------------------------===//

#include "BiasTile.h"
#include "Decompose.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

Type getLaneElement(Type element) {
  if (isa<FloatType>(element))
    return Float32Type::get(element.getContext());
  if (element.isInteger(8) || element.isInteger(16))
    return IntegerType::get(element.getContext(), 32);
  return element;
}

Value convertToLaneElement(OpBuilder &b, Location loc, Value value) {
  return convertScalarToDtype(b, loc, value, getLaneElement(value.getType()),
                              /*isUnsignedCast=*/false);
}

/// `whole` with zeros in the lanes from `rows` on.
static Value clearPadding(OpBuilder &b, Location loc, Value whole,
                          OpFoldResult rows, ScheduleAttr schedule) {
  LinalgBuilder linalg(b, loc);
  AffineExpr d0 = b.getAffineDimExpr(0);
  OpFoldResult padding = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineConstantExpr(schedule.getQueryTile()) - d0, {rows});
  SmallVector<OpFoldResult> offsets{b.getIndexAttr(0), rows};
  SmallVector<OpFoldResult> sizes{b.getIndexAttr(schedule.getKeyBlock()),
                                  padding};
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  Value lanes =
      tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
  TileHint hint;
  hint.sizes = hint.lanes = {1, schedule.getLanes()};
  Value zero = arith::ConstantOp::create(
      b, loc, b.getZeroAttr(getElementTypeOrSelf(whole)));
  auto fill = linalg::FillOp::create(b, loc, zero, lanes);
  setTileHint(fill, hint);
  return tensor::InsertSliceOp::create(b, loc, fill.getResult(0), whole,
                                       offsets, sizes, strides);
}

Value buildBiasTile(OpBuilder &b, OnlineOp op, Value source) {
  Location loc = op.getLoc();
  ScheduleAttr schedule = op.getScheduleAttr();
  LinalgBuilder linalg(b, loc);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  std::swap(sizes[0], sizes[1]); // [keys, n]
  Type element = getElementTypeOrSelf(source);
  Value whole = linalg.empty({schedule.getKeyBlock(), schedule.getQueryTile()},
                             getLaneElement(element));
  if (getConstantIntValue(sizes[1]) != schedule.getQueryTile())
    whole = clearPadding(b, loc, whole, sizes[1], schedule);
  SmallVector<OpFoldResult> offsets(2, b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  Value part =
      tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
  TileHint hint;
  hint.sizes = hint.lanes = {schedule.getLanes(), schedule.getLanes()};
  Value copy =
      linalg
          .generic("pp", {source}, {part}, {{1, 0}, {0, 1}}, hint,
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     return SmallVector<Value>{
                         convertToLaneElement(nested, l, args[0])};
                   })
          .getResult(0);
  whole = tensor::InsertSliceOp::create(b, loc, copy, whole, offsets, sizes,
                                        strides);
  return linalg.takeRows(whole, sizes[0]);
}

} // namespace mlir::attn
