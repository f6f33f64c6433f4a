//===- KeyMassToLoops.cpp - attn.key_mass as scalar loops -----------------===//
//
//   for b, g, j, over the heads h of group g and queries i:
//     s = the score, or -inf where the pair is not admitted
//     mass[b, g, j] += exp(s - lse[b, h, i]) where s is not -inf
//
// Tests: test/Conversion/AttnToLoops/to-loops-key-mass.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionRow.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"

using namespace mlir;
using namespace mlir::attn;

SmallVector<Value> mlir::attn::buildKeyMassLoops(OpBuilder &builder,
                                                 KeyMassOp op) {
  ScalarBuilder b(builder, op.getLoc());
  ScoredAttention scores = getScores(op);
  PairRule rule(op, scores.getScaleOrDefault(), scores.buildDiagonal(b),
                scores.getStatisticsType());
  Value group = buildHeadGroup(b, scores, op.getKey());
  Value queries = b.size(op.getQuery(), 2);
  auto overKeys = [&](ScalarBuilder &b, ValueRange at, ValueRange mass) {
    auto add = [&](ScalarBuilder &b, ValueRange query, ValueRange sum) {
      Value first = arith::MulIOp::create(b, at[1], group);
      SmallVector<Value> row{at[0], b.addIndex(first, query[0]), query[1]};
      AttentionRow keys(scores, rule, row, at[1]);
      Value s = keys.buildScore(b, at[2]);
      auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(sum); };
      auto weigh = [&](ScalarBuilder &b) {
        Value weight = b.exp(b.sub(s, b.read(op.getLse(), row)));
        return SmallVector<Value>{b.add(sum[0], weight)};
      };
      return b.ifElse(b.equal(s, b.negativeInfinity()), skip, weigh);
    };
    Value sum = b.nest({group, queries}, b.real(0.0), add)[0];
    return SmallVector<Value>{b.write(sum, mass[0], at)};
  };
  SmallVector<Value> counts;
  for (int64_t axis : {0, 1, 2})
    counts.push_back(b.size(op.getKey(), axis));
  return b.nest(counts, op.getMassInit(), overKeys);
}
