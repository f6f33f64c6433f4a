//===- OpMask.cpp - the whole mask of an op as one expression -------------===//

#include "attn/Dialect/Attn/Transforms/OpMask.h"

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

/// Heads of a group that see the same keys from one query, where rows may be
/// heads at all; else 1.
static int64_t countHeadsAsRows(const ScoredAttention &a) {
  int64_t heads = a.getQueryType().getDimSize(1);
  int64_t keyHeads = a.getKeyType().getDimSize(1);
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(keyHeads) ||
      keyHeads == 0)
    return 1;
  // The sinks of rows are in their sums from the start, where a row without
  // keys, whose lse is -inf, can no longer be told.
  if (a.sink && a.lse)
    return 1;
  if (!a.mask->empty() && !a.mask->getArgument(1).use_empty())
    return 1;
  return heads / keyHeads;
}

int64_t countPackedHeads(DenseOp op) {
  if (op.getQuery().getType().getDimSize(2) != 1)
    return 1;
  return countHeadsAsRows(ScoredAttention::get(op));
}

int64_t countPackedHeads(BlockSparseOp op) {
  if (op.getQueryBlock() != 1 && op.getQuery().getType().getDimSize(2) != 1)
    return 1;
  int64_t group = countHeadsAsRows(ScoredAttention::get(op));
  int64_t listHeads = op.getBlocks().getType().getDimSize(1);
  if (group <= 1 || ShapedType::isDynamic(listHeads) || listHeads == 0)
    return 1;
  int64_t shared = op.getQuery().getType().getDimSize(1) / listHeads;
  return shared % group == 0 ? group : 1;
}

} // namespace mlir::attn
