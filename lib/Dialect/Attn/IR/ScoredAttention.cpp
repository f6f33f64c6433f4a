//===- ScoredAttention.cpp - softmax attention by what it means -----------===//

#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace mlir::attn;

template <typename OpTy> static ScoredAttention view(OpTy op) {
  return {op,
          op.getQuery(),
          op.getKey(),
          op.getValue(),
          op.getBias(),
          op.getSink(),
          op.getCaptures(),
          op.getOrigin(),
          op.getDiagonal(),
          op.getOutputInit(),
          op.getLseInit(),
          op.getScale(),
          op.getSoftcap(),
          op.getCausal(),
          op.getAlign(),
          op.getWindow(),
          &op.getScore(),
          &op.getMask(),
          op.getScheduleAttr()};
}

ScoredAttention ScoredAttention::get(DenseOp op) { return view(op); }
ScoredAttention ScoredAttention::get(BlockSparseOp op) { return view(op); }

std::optional<ScoredAttention> ScoredAttention::match(Operation *op) {
  if (auto dense = dyn_cast<DenseOp>(op))
    return view(dense);
  if (auto sparse = dyn_cast<BlockSparseOp>(op))
    return view(sparse);
  return std::nullopt;
}

bool ScoredAttention::hasBooleanBias() const {
  return bias && getElementTypeOrSelf(bias).isInteger();
}

double ScoredAttention::getScaleOrDefault() const {
  if (scale)
    return scale->convertToDouble();
  return 1.0 / std::sqrt(static_cast<double>(getKeyWidth()));
}

Type ScoredAttention::getStatisticsType() const {
  Type element = getQueryType().getElementType();
  return element.isF64() ? element : Float32Type::get(op->getContext());
}

Value ScoredAttention::buildDiagonal(OpBuilder &b) const {
  if (!hasStructuralMask())
    return {};
  if (diagonal)
    return diagonal;
  Location loc = op->getLoc();
  if (align == Alignment::TopLeft)
    return arith::ConstantIndexOp::create(b, loc, 0);
  OpFoldResult keys = tensor::getMixedSize(b, loc, key, 2);
  OpFoldResult queries = tensor::getMixedSize(b, loc, query, 2);
  return getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(
          b, loc, b.getAffineDimExpr(0) - b.getAffineDimExpr(1),
          {keys, queries}));
}
