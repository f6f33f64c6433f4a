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

#include "PairScore.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// What all rows of an operation share.
struct DenseLoops {
  DenseOp op;
  PairRule rule;
  /// Query heads that share a key head.
  Value groupSize;
  /// Storage of one row: s [S] and acc [V].
  Value scores, sums;

  DenseLoops(ScalarBuilder &b, DenseOp op, Type scoreType)
      : op(op), rule(op, op.getScaleOrDefault(), getDiagonal(b, op), scoreType),
        scores(b.row(op.getKey(), 2)), sums(b.row(op.getValue(), 3)) {
    // At least 1, so that an operation without heads divides by no zero.
    Value one = b.index(1);
    Value keyHeads = arith::MaxSIOp::create(b, b.size(op.getKey(), 1), one);
    Value group = arith::DivSIOp::create(b, b.size(op.getQuery(), 1), keyHeads);
    groupSize = arith::MaxSIOp::create(b, group, one);
  }

  SmallVector<Value> buildRow(ScalarBuilder &b, ValueRange row,
                              ValueRange inits);
  Value buildScores(ScalarBuilder &b, ValueRange row, Value keyHead);
  std::pair<Value, Value> buildSums(ScalarBuilder &b, Value row, Value keyHead,
                                    Value scores, Value maximum);
};

} // namespace

/// s[j] for all j of the row (b, h, i).
Value DenseLoops::buildScores(ScalarBuilder &b, ValueRange row, Value keyHead) {
  auto body = [&](ScalarBuilder &b, Value j, ValueRange scores) {
    SmallVector<Value> local(row);
    local.push_back(j);
    Pair pair;
    // Index 3 is a place holder for the feature.
    pair.query = {op.getQuery(), {row[0], row[1], row[2], j}};
    pair.key = {op.getKey(), {row[0], keyHead, j, j}};
    pair.queryAxis = pair.keyAxis = 3;
    pair.bias = getBiasPlace(b, op.getBias(), local);
    pair.indices.assign(local.begin(), local.end());
    for (auto [index, origin] : llvm::zip(pair.indices, op.getOrigin()))
      index = b.addIndex(origin, index);
    Value score = buildScore(b, rule, pair);
    return SmallVector<Value>{b.write(score, scores[0], j)};
  };
  return b.loop(b.size(op.getKey(), 2), scores, body)[0];
}

/// sum_j exp(s[j] - m), and the same weights times value[j, :].
std::pair<Value, Value> DenseLoops::buildSums(ScalarBuilder &b, Value batch,
                                              Value keyHead, Value scores,
                                              Value maximum) {
  Value width = b.size(op.getValue(), 3);
  auto clear = [](ScalarBuilder &b, Value v, ValueRange acc) {
    return SmallVector<Value>{b.write(b.real(0.0), acc[0], v)};
  };
  Value zeros = b.loop(width, sums, clear)[0];
  auto addKey = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    Value score = b.read(scores, j);
    auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    auto add = [&](ScalarBuilder &b) {
      Value weight = math::ExpOp::create(b, b.sub(score, maximum));
      auto addFeature = [&](ScalarBuilder &b, Value v, ValueRange acc) {
        Value value = b.read(op.getValue(), {batch, keyHead, j, v});
        Value sum = b.add(b.read(acc[0], v), b.mul(weight, value));
        return SmallVector<Value>{b.write(sum, acc[0], v)};
      };
      Value acc = b.loop(width, carried[1], addFeature)[0];
      return SmallVector<Value>{b.add(carried[0], weight), acc};
    };
    return b.ifElse(b.equal(score, b.negativeInfinity()), skip, add);
  };
  SmallVector<Value> result =
      b.loop(b.size(op.getKey(), 2), {b.real(0.0), zeros}, addKey);
  return {result[0], result[1]};
}

/// Output and lse of the row (b, h, i).
SmallVector<Value> DenseLoops::buildRow(ScalarBuilder &b, ValueRange row,
                                        ValueRange inits) {
  Value keyHead = arith::DivSIOp::create(b, row[1], groupSize);
  Value scores = buildScores(b, row, keyHead);
  auto addToMaximum = [&](ScalarBuilder &b, Value j, ValueRange maximum) {
    return SmallVector<Value>{b.max(maximum[0], b.read(scores, j))};
  };
  Value maximum =
      b.loop(b.size(op.getKey(), 2), b.negativeInfinity(), addToMaximum)[0];
  // A row without keys is empty also when it has a sink.
  Value empty = b.equal(maximum, b.negativeInfinity());
  Value sink;
  if (op.getSink()) {
    sink = b.read(op.getSink(), row[1]);
    maximum = b.max(maximum, sink);
  }
  maximum = b.finiteMaximum(maximum);
  auto [sum, acc] = buildSums(b, row[0], keyHead, scores, maximum);
  if (sink)
    sum = b.add(sum, math::ExpOp::create(b, b.sub(sink, maximum)));

  SmallVector<Value> results;
  auto writeFeature = [&, sum = sum, acc = acc](ScalarBuilder &b, Value v,
                                                ValueRange output) {
    Value quotient = b.div(b.read(acc, v), sum);
    Value value = b.select(empty, b.real(0.0), quotient);
    return SmallVector<Value>{
        b.write(value, output[0], {row[0], row[1], row[2], v})};
  };
  results.push_back(
      b.loop(b.size(op.getValue(), 3), inits[0], writeFeature)[0]);
  if (op.getLse()) {
    Value lse = b.add(maximum, math::LogOp::create(b, sum));
    lse = b.select(empty, b.negativeInfinity(), lse);
    results.push_back(b.write(lse, inits[1], row));
  }
  return results;
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
  Type scoreType = op.getQuery().getType().getElementType();
  if (!scoreType.isF64())
    scoreType = b.getF32Type();
  DenseLoops loops(b, op, scoreType);
  SmallVector<Value> inits(op.getDpsInits());
  auto overBatch = [&](ScalarBuilder &b, Value batch, ValueRange outs) {
    auto overHeads = [&](ScalarBuilder &b, Value head, ValueRange outs) {
      auto overQueries = [&](ScalarBuilder &b, Value i, ValueRange outs) {
        return loops.buildRow(b, {batch, head, i}, outs);
      };
      return b.loop(b.size(op.getQuery(), 2), outs, overQueries);
    };
    return b.loop(b.size(op.getQuery(), 1), outs, overHeads);
  };
  return b.loop(b.size(op.getQuery(), 0), inits, overBatch);
}
