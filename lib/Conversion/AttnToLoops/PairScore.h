//===- PairScore.h - the score of one query and one key ---------*- C++ -*-===//
//
// What attn.dense and attn.online say about a pair is the same; only where its
// elements lie differs.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOLOOPS_PAIRSCORE_H
#define ATTN_LIB_CONVERSION_ATTNTOLOOPS_PAIRSCORE_H

#include "ScalarBuilder.h"
#include "attn/Dialect/Attn/IR/Attn.h"

namespace mlir::attn {

/// What an operation says about every pair.
struct PairRule {
  double scale;
  std::optional<double> softcap;
  bool causal;
  std::optional<ArrayRef<int64_t>> window;
  /// Null when there is neither causal nor window.
  Value diagonal;
  Region *score, *mask;
  ValueRange captures;
  /// The type that the score region computes in.
  Type scoreType;

  template <typename OpTy>
  PairRule(OpTy op, double scale, Value diagonal, Type scoreType)
      : scale(scale), causal(op.getCausal()), window(op.getWindow()),
        diagonal(diagonal), score(&op.getScore()), mask(&op.getMask()),
        captures(op.getCaptures()), scoreType(scoreType) {
    if (std::optional<APFloat> cap = op.getSoftcap())
      softcap = cap->convertToDouble();
  }
};

/// An element of a tensor, or a vector of them when an index is replaced.
struct Place {
  Value tensor;
  SmallVector<Value> at;

  Place with(unsigned axis, Value index) const {
    Place place = *this;
    place.at[axis] = index;
    return place;
  }
  Value read(ScalarBuilder &b) const { return b.read(tensor, at); }
};

/// The element of a bias that belongs to the pair with the given indices: a
/// size of 1 is broadcast.
Place getBiasPlace(ScalarBuilder &b, Value bias, ValueRange indices);

/// One pair.
struct Pair {
  /// The vectors of features along `queryAxis` and `keyAxis`.
  Place query, key;
  unsigned queryAxis, keyAxis;
  /// No tensor when there is no bias.
  Place bias;
  /// b, h, i, j in the undivided operation.
  SmallVector<Value, 4> indices;
};

/// Copies a region to the insertion point and returns what it yields.
Value inlinePairRegion(ScalarBuilder &b, Region &region, ValueRange arguments,
                       ValueRange captures = {});

/// Builds the score in f64; -inf where the pair is not admitted, in which case
/// neither query nor key is read.
Value buildScore(ScalarBuilder &b, const PairRule &rule, const Pair &pair);

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLOOPS_PAIRSCORE_H
