//===- DenseToLoops.cpp - attn.dense as scalar loops ----------------------===//
//
//   for b, h, i:
//     for j:  s[j] = the score, or -inf where the pair is not admitted
//     m = max_j s[j], and the sink
//     for j with s[j] != -inf:
//       sum += exp(s[j] - m);  acc[:] += exp(s[j] - m) * value[b, g, j, :]
//     o[b, h, i, :] = acc[:] / sum;  lse[b, h, i] = m + log(sum)
//
// s and acc are tensors of one row, made once and overwritten for every row.
//
// Tests: test/Conversion/AttnToLoops/to-loops.mlir, to-loops-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionRow.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// What all rows of an operation share.
struct DenseLoops {
  ScoredAttention attention;
  PairRule rule;
  /// Query heads that share a key head.
  Value groupSize;
  /// Storage of one row: s [S] and acc [V].
  Value scores, sums;

  DenseLoops(ScalarBuilder &b, DenseOp op)
      : attention(ScoredAttention::get(op)),
        rule(op, op.getScaleOrDefault(), attention.buildDiagonal(b),
             attention.getStatisticsType()),
        scores(b.row(op.getKey(), 2)), sums(b.row(op.getValue(), 3)) {
    groupSize = buildHeadGroup(b, attention, op.getKey());
  }

  SmallVector<Value> buildRow(ScalarBuilder &b, ValueRange row,
                              ValueRange inits);
};

} // namespace

/// Output and lse of the row (b, h, i).
SmallVector<Value> DenseLoops::buildRow(ScalarBuilder &b, ValueRange row,
                                        ValueRange inits) {
  Value keyHead = arith::DivSIOp::create(b, row[1], groupSize);
  AttentionRow keys(attention, rule, row, keyHead);
  Value count = b.size(attention.key, 2);
  auto storeScore = [&](ScalarBuilder &b, Value j, ValueRange scores) {
    return SmallVector<Value>{b.write(keys.buildScore(b, j), scores[0], j)};
  };
  Value stored = b.loop(count, scores, storeScore)[0];
  auto addToMaximum = [&](ScalarBuilder &b, Value j, ValueRange maximum) {
    return SmallVector<Value>{b.max(maximum[0], b.read(stored, j))};
  };
  keys.setMaximum(b, b.loop(count, b.negativeInfinity(), addToMaximum)[0]);
  auto addKey = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    return keys.addKey(b, j, b.read(stored, j), carried);
  };
  Value zeros = keys.clear(b, sums);
  SmallVector<Value> totals = b.loop(count, {b.real(0.0), zeros}, addKey);
  return keys.write(b, totals[0], totals[1], inits);
}

static LogicalResult refuseRunTimeLengths(DenseOp op) {
  std::pair<StringRef, Value> operands[] = {{"lengths", op.getKvLengths()},
                                            {"cu_seqlens", op.getCuSeqlens()},
                                            {"page_table", op.getPageTable()}};
  for (auto [name, value] : operands)
    if (value)
      return op.emitOpError()
             << "'" << name << "' is not supported by the lowering to loops, "
             << "expected only 'bias', 'sink', 'captures', 'origin' and "
             << "'diagonal'";
  return success();
}

FailureOr<SmallVector<Value>> mlir::attn::buildDenseLoops(OpBuilder &builder,
                                                          DenseOp op) {
  if (failed(refuseRunTimeLengths(op)))
    return failure();
  ScalarBuilder b(builder, op.getLoc());
  DenseLoops loops(b, op);
  SmallVector<Value> counts;
  for (int64_t axis : {0, 1, 2})
    counts.push_back(b.size(op.getQuery(), axis));
  auto body = [&](ScalarBuilder &b, ValueRange row, ValueRange outs) {
    return loops.buildRow(b, row, outs);
  };
  return b.nest(counts, SmallVector<Value>(op.getDpsInits()), body);
}
