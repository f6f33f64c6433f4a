//===- LinalgBuilder.cpp - linalg on tensors with few words ---------------===//

#include "Decompose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

static DenseI64ArrayAttr getSizes(MLIRContext *context,
                                  ArrayRef<int64_t> sizes) {
  return sizes.empty() ? DenseI64ArrayAttr()
                       : DenseI64ArrayAttr::get(context, sizes);
}

void setTileHint(Operation *op, const TileHint &hint) {
  MLIRContext *context = op->getContext();
  op->setAttr(kTileAttrName,
              RegisterTileAttr::get(context, getSizes(context, hint.sizes),
                                    getSizes(context, hint.inner),
                                    getSizes(context, hint.tail), hint.fuse,
                                    hint.yield, getSizes(context, hint.lanes),
                                    hint.prefetch));
}

linalg::GenericOp LinalgBuilder::generic(StringRef loops,
                                         ArrayRef<Value> inputs,
                                         ArrayRef<Value> outputs,
                                         ArrayRef<SmallVector<unsigned>> maps,
                                         const TileHint &hint, Body body) {
  SmallVector<AffineMap> affineMaps;
  for (ArrayRef<unsigned> map : maps) {
    SmallVector<AffineExpr> exprs;
    for (unsigned loop : map)
      exprs.push_back(b.getAffineDimExpr(loop));
    affineMaps.push_back(
        AffineMap::get(loops.size(), 0, exprs, b.getContext()));
  }
  SmallVector<utils::IteratorType> iterators;
  for (char loop : loops)
    iterators.push_back(loop == 'p' ? utils::IteratorType::parallel
                                    : utils::IteratorType::reduction);
  SmallVector<Type> types;
  for (Value output : outputs)
    types.push_back(output.getType());
  auto op = linalg::GenericOp::create(
      b, loc, types, inputs, outputs, affineMaps, iterators,
      [&](OpBuilder &nested, Location l, ValueRange args) {
        linalg::YieldOp::create(nested, l, body(nested, l, args));
      });
  setTileHint(op, hint);
  return op;
}

Value LinalgBuilder::fill(Value destination, double value,
                          const TileHint &hint) {
  Type element = getElementTypeOrSelf(destination);
  Value constant =
      arith::ConstantOp::create(b, loc, b.getFloatAttr(element, value));
  auto op = linalg::FillOp::create(b, loc, constant, destination);
  setTileHint(op, hint);
  return op.getResult(0);
}

Value LinalgBuilder::empty(ArrayRef<int64_t> shape, Type element) {
  return tensor::EmptyOp::create(b, loc, shape, element);
}

Value LinalgBuilder::takeRows(Value source, OpFoldResult rows) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  sizes[0] = rows;
  return tensor::ExtractSliceOp::create(b, loc, source, offsets, sizes,
                                        strides);
}

} // namespace mlir::attn
