//===- OnlineToLoops.cpp - attn.online and attn.finish as scalar loops ----===//
//
// attn.online, statistics in base 2:
//
//   for r:
//     m' = max(m[r], max_j x[j])        x[j] = log2(e) * the score, or -inf
//     l[r] *= exp2(m[r] - m');  acc[r, :] *= exp2(m[r] - m')
//     for j with x[j] != -inf:
//       l[r] += exp2(x[j] - m');  acc[r, :] += exp2(x[j] - m') * value[j, :]
//     m[r] = m'
//
// attn.finish:
//
//   for r:
//     M = max(m[r], z);  t = exp2(m[r] - M) l[r] + exp2(z - M)    z of the sink
//     o[r, :] = exp2(m[r] - M) acc[r, :] / t;  lse[r] = (M + log2(t)) / log2(e)
//
// Tests: test/Conversion/AttnToLoops/to-loops-online.mlir
//
//===----------------------------------------------------------------------===//

#include "PairScore.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

//===----------------------------------------------------------------------===//
// attn.online
//===----------------------------------------------------------------------===//

/// The index of row r and feature f in a query or accumulator tile.
static SmallVector<Value, 2> at(OnlineOp op, Value row, Value feature) {
  if (op.isFeatureMajor())
    return {feature, row};
  return {row, feature};
}

/// x[j] for all j of one row.
static Value buildExponents(ScalarBuilder &b, OnlineOp op, const PairRule &rule,
                            Value row, Value exponents) {
  auto body = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    Pair pair;
    // The second row or key index is a place holder for the feature.
    pair.query = {op.getQuery(), SmallVector<Value>(at(op, row, row))};
    pair.queryAxis = op.getFeatureAxis();
    pair.key = {op.getKey(), {j, j}};
    pair.keyAxis = 1;
    pair.bias = getBiasPlace(b, op.getBias(), {row, j});
    pair.indices = {op.getBatchOrigin(), op.getHeadOrigin(),
                    b.addIndex(op.getQueryOrigin(), row),
                    b.addIndex(op.getKeyOrigin(), j)};
    Value exponent =
        b.mul(buildScore(b, rule, pair), b.real(llvm::numbers::log2e));
    return SmallVector<Value>{b.write(exponent, carried[0], j)};
  };
  return b.loop(b.size(op.getKey(), 0), exponents, body)[0];
}

/// The next max, sum and acc of one row; `scratch` is a row of S and one of V.
static SmallVector<Value> buildOnlineRow(ScalarBuilder &b, OnlineOp op,
                                         const PairRule &rule, Value row,
                                         ArrayRef<Value> scratch,
                                         ValueRange outs) {
  Value keys = b.size(op.getKey(), 0), width = b.size(op.getValue(), 1);
  Value exponents = buildExponents(b, op, rule, row, scratch[0]);
  Value oldMaximum = b.read(outs[0], row);
  auto addToMaximum = [&](ScalarBuilder &b, Value j, ValueRange maximum) {
    return SmallVector<Value>{b.max(maximum[0], b.read(exponents, j))};
  };
  Value newMaximum = b.loop(keys, oldMaximum, addToMaximum)[0];
  Value maximum = b.finiteMaximum(newMaximum);

  Value correction = math::Exp2Op::create(b, b.sub(oldMaximum, maximum));
  Value oldSum = b.mul(correction, b.read(outs[1], row));
  auto rescale = [&](ScalarBuilder &b, Value v, ValueRange acc) {
    Value value = b.mul(correction, b.read(outs[2], at(op, row, v)));
    return SmallVector<Value>{b.write(value, acc[0], v)};
  };
  Value oldAcc = b.loop(width, scratch[1], rescale)[0];
  auto addKey = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    Value exponent = b.read(exponents, j);
    auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    auto add = [&](ScalarBuilder &b) {
      Value weight = math::Exp2Op::create(b, b.sub(exponent, maximum));
      auto addFeature = [&](ScalarBuilder &b, Value v, ValueRange acc) {
        Value term = b.mul(weight, b.read(op.getValue(), {j, v}));
        return SmallVector<Value>{
            b.write(b.add(b.read(acc[0], v), term), acc[0], v)};
      };
      Value acc = b.loop(width, carried[1], addFeature)[0];
      return SmallVector<Value>{b.add(carried[0], weight), acc};
    };
    return b.ifElse(b.equal(exponent, b.negativeInfinity()), skip, add);
  };
  SmallVector<Value> sums = b.loop(keys, {oldSum, oldAcc}, addKey);
  auto store = [&](ScalarBuilder &b, Value v, ValueRange acc) {
    return SmallVector<Value>{
        b.write(b.read(sums[1], v), acc[0], at(op, row, v))};
  };
  return {b.write(newMaximum, outs[0], row), b.write(sums[0], outs[1], row),
          b.loop(width, outs[2], store)[0]};
}

SmallVector<Value> mlir::attn::buildOnlineLoops(OpBuilder &builder,
                                                OnlineOp op) {
  ScalarBuilder b(builder, op.getLoc());
  PairRule rule(op, op.getScale().convertToDouble(), op.getDiagonal(),
                getElementTypeOrSelf(op.getMaxInit()));
  Value scratch[] = {b.row(op.getKey(), 0), b.row(op.getValue(), 1)};
  // Results of padding rows mean nothing: they keep the destination's values.
  Value rows = b.size(op.getMaxInit(), 0);
  if (op.getRows())
    rows = arith::MinSIOp::create(b, rows, op.getRows());
  auto body = [&](ScalarBuilder &b, Value row, ValueRange outs) {
    return buildOnlineRow(b, op, rule, row, scratch, outs);
  };
  return b.loop(rows, op.getDpsInits(), body);
}

//===----------------------------------------------------------------------===//
// attn.finish
//===----------------------------------------------------------------------===//

static SmallVector<Value> buildFinishRow(ScalarBuilder &b, FinishOp op,
                                         Value row, ValueRange outs) {
  Value maximum = b.read(op.getMax(), row);
  Value total = b.read(op.getSum(), row);
  // A row without keys is empty also when it has a sink.
  Value empty = b.equal(total, b.real(0.0));
  Value base = maximum, factor = b.real(1.0);
  if (op.getSink()) {
    Value sink = b.mul(b.widen(op.getSink()), b.real(llvm::numbers::log2e));
    base = b.finiteMaximum(b.max(maximum, sink));
    factor = math::Exp2Op::create(b, b.sub(maximum, base));
    total =
        b.add(b.mul(factor, total), math::Exp2Op::create(b, b.sub(sink, base)));
  }
  auto writeFeature = [&](ScalarBuilder &b, Value v, ValueRange output) {
    SmallVector<Value, 2> at{row, v};
    if (op.isFeatureMajor())
      std::swap(at[0], at[1]);
    Value quotient = b.div(b.mul(factor, b.read(op.getAcc(), at)), total);
    Value value = b.select(empty, b.real(0.0), quotient);
    return SmallVector<Value>{b.write(value, output[0], {row, v})};
  };
  SmallVector<Value> results =
      b.loop(b.size(op.getOutputInit(), 1), outs[0], writeFeature);
  if (op.getLse()) {
    Value lse = b.add(base, math::Log2Op::create(b, total));
    lse = b.div(lse, b.real(llvm::numbers::log2e));
    lse = b.select(empty, b.negativeInfinity(), lse);
    results.push_back(b.write(lse, outs[1], row));
  }
  return results;
}

SmallVector<Value> mlir::attn::buildFinishLoops(OpBuilder &builder,
                                                FinishOp op) {
  ScalarBuilder b(builder, op.getLoc());
  auto body = [&](ScalarBuilder &b, Value row, ValueRange outs) {
    return buildFinishRow(b, op, row, outs);
  };
  return b.loop(b.size(op.getOutputInit(), 0), op.getDpsInits(), body);
}
