//===- ScoredAttention.h - softmax attention by what it means ---*- C++ -*-===//
//
// One view of attn.dense and attn.block_sparse for what does not care which
// keys a query goes over: scores, masks, destinations.
//
//   ScoredAttention attention = ScoredAttention::get(op);
//   Value diagonal = attention.buildDiagonal(b);
//
// Covered by test/Dialect/Attn/invalid*.mlir and what lowers both operations.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_IR_SCOREDATTENTION_H
#define ATTN_DIALECT_ATTN_IR_SCOREDATTENTION_H

#include "attn/Dialect/Attn/IR/AttnSparseOps.h"

namespace mlir::attn {

/// Operands that the op does not have are null.
struct ScoredAttention {
  Operation *op;
  Value query, key, value, bias, sink;
  ValueRange captures;
  /// b, h, i, j of the first element in the undivided op, or empty.
  ValueRange origin;
  Value diagonal;
  Value output, lse;
  std::optional<APFloat> scale, softcap;
  bool causal;
  std::optional<Alignment> align;
  std::optional<ArrayRef<int64_t>> window;
  Region *score, *mask;
  ScheduleAttr schedule;

  static ScoredAttention get(DenseOp op);
  static ScoredAttention get(BlockSparseOp op);
  /// Of either operation, or nothing.
  static std::optional<ScoredAttention> match(Operation *op);

  RankedTensorType getQueryType() const {
    return cast<RankedTensorType>(query.getType());
  }
  RankedTensorType getKeyType() const {
    return cast<RankedTensorType>(key.getType());
  }
  int64_t getKeyWidth() const { return getQueryType().getDimSize(3); }
  int64_t getValueWidth() const {
    return cast<RankedTensorType>(value.getType()).getDimSize(3);
  }
  bool hasStructuralMask() const { return causal || window; }
  /// True when a bias of type i1 or i8 forbids pairs.
  bool hasBooleanBias() const;
  /// `scale`, or 1 / sqrt(K).
  double getScaleOrDefault() const;
  /// f32, or f64 for f64.
  Type getStatisticsType() const;
  /// The diagonal of the causal or window mask in coordinates of the undivided
  /// op, or null when there is neither: the operand, else 0 or S - T by
  /// alignment.
  Value buildDiagonal(OpBuilder &b) const;
};

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_IR_SCOREDATTENTION_H
