//===- OpMask.cpp - the whole mask of an op as one expression -------------===//

#include "OpMask.h"

namespace mlir::attn {

/// The conjunction of causal, window, region and boolean bias.
static MaskExpr readMaskParts(bool causal,
                              std::optional<ArrayRef<int64_t>> window,
                              Region &mask, ValueRange captures,
                              bool hasBooleanBias, AffineExpr diagonal,
                              MaskSymbols &symbols) {
  SmallVector<MaskExpr> parts;
  if (causal)
    parts.push_back(MaskExpr::causal(diagonal));
  if (window)
    parts.push_back(MaskExpr::window((*window)[0], (*window)[1], diagonal));
  if (!mask.empty())
    parts.push_back(readMask(mask, SmallVector<Value>(captures), symbols));
  if (hasBooleanBias)
    parts.push_back(MaskExpr::getOpaque());
  return MaskExpr::conjunction(parts);
}

MaskExpr getMaskExpr(const ScoredAttention &a, AffineExpr diagonal,
                     MaskSymbols &symbols) {
  return readMaskParts(a.causal, a.window, *a.mask, a.captures,
                       a.hasBooleanBias(), diagonal, symbols);
}

MaskExpr getMaskExpr(OnlineOp op, MaskSymbols &symbols) {
  AffineExpr diagonal;
  if (op.getDiagonal())
    diagonal = symbols.getSymbol(op.getDiagonal());
  return readMaskParts(op.getCausal(), op.getWindow(), op.getMask(),
                       op.getCaptures(), op.hasBooleanBias(), diagonal,
                       symbols);
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
