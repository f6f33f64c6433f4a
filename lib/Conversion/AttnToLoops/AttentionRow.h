//===- AttentionRow.h - one row of attn.dense or attn.block_sparse -*- C++
//-*-===//
//
// What a row does with the keys it goes over is the same for both; only which
// keys these are differs.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOLOOPS_ATTENTIONROW_H
#define ATTN_LIB_CONVERSION_ATTNTOLOOPS_ATTENTIONROW_H

#include "PairScore.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"

namespace mlir::attn {

/// How many query heads share one of the `shared`, along whose axis 1 heads
/// lie; at least 1, so that an operation without heads divides by no zero.
Value buildHeadGroup(ScalarBuilder &b, const ScoredAttention &a, Value shared);

/// The row (b, h, i) of an operation.
class AttentionRow {
public:
  AttentionRow(const ScoredAttention &attention, const PairRule &rule,
               ValueRange row, Value keyHead)
      : attention(attention), rule(rule), row(row), keyHead(keyHead) {}

  /// The score with key j in f64; -inf where the pair is not admitted.
  Value buildScore(ScalarBuilder &b, Value j) const;
  /// Takes the largest score over all keys, which becomes what exponents are
  /// relative to.
  void setMaximum(ScalarBuilder &b, Value largest);
  /// A row of zeros in `storage` [V].
  Value clear(ScalarBuilder &b, Value storage) const;
  /// {sum, acc} with exp(score - maximum) and that times the value of key j
  /// added, unless the score is -inf.
  SmallVector<Value> addKey(ScalarBuilder &b, Value j, Value score,
                            ValueRange carried) const;
  /// The output and, if the operation has one, the lse written into `inits`.
  SmallVector<Value> write(ScalarBuilder &b, Value sum, Value acc,
                           ValueRange inits) const;

private:
  const ScoredAttention &attention;
  const PairRule &rule;
  ValueRange row;
  Value keyHead;
  /// Whether no key is admitted; the sink, or null.
  Value empty, sink, maximum;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLOOPS_ATTENTIONROW_H
