//===- OpMask.cpp - the whole mask of an op as one expression -------------===//

#include "OpMask.h"

namespace mlir::attn {

template <typename OpTy>
static MaskExpr readOpMask(OpTy op, AffineExpr diagonal, MaskSymbols &symbols) {
  SmallVector<MaskExpr> parts;
  if (op.getCausal())
    parts.push_back(MaskExpr::causal(diagonal));
  if (op.getWindow())
    parts.push_back(
        MaskExpr::window((*op.getWindow())[0], (*op.getWindow())[1], diagonal));
  if (!op.getMask().empty())
    parts.push_back(
        readMask(op.getMask(), SmallVector<Value>(op.getCaptures()), symbols));
  if (op.hasBooleanBias())
    parts.push_back(MaskExpr::getOpaque());
  return MaskExpr::conjunction(parts);
}

MaskExpr getMaskExpr(DenseOp op, AffineExpr diagonal, MaskSymbols &symbols) {
  return readOpMask(op, diagonal, symbols);
}

MaskExpr getMaskExpr(OnlineOp op, MaskSymbols &symbols) {
  AffineExpr diagonal;
  if (op.getDiagonal())
    diagonal = symbols.getSymbol(op.getDiagonal());
  return readOpMask(op, diagonal, symbols);
}

int64_t countPackedHeads(DenseOp op) {
  ArrayRef<int64_t> query = op.getQuery().getType().getShape();
  int64_t keyHeads = op.getKey().getType().getDimSize(1);
  if (query[2] != 1 || ShapedType::isDynamic(query[1]) ||
      ShapedType::isDynamic(keyHeads) || keyHeads == 0 || op.getSink())
    return 1;
  if (!op.getMask().empty() && !op.getMask().getArgument(1).use_empty())
    return 1;
  return query[1] / keyHeads;
}

} // namespace mlir::attn
