//===- AttentionRow.cpp - one row of attn.dense or attn.block_sparse ------===//
//
// Tests: test/Conversion/AttnToLoops/to-loops.mlir, to-loops-block-sparse.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionRow.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

Value mlir::attn::buildHeadGroup(ScalarBuilder &b, const ScoredAttention &a,
                                 Value shared) {
  Value one = b.index(1);
  Value heads = arith::MaxSIOp::create(b, b.size(shared, 1), one);
  Value group = arith::DivSIOp::create(b, b.size(a.query, 1), heads);
  return arith::MaxSIOp::create(b, group, one);
}

Value AttentionRow::buildScore(ScalarBuilder &b, Value j) const {
  SmallVector<Value> local(row);
  local.push_back(j);
  Pair pair;
  // Index 3 is a place holder for the feature.
  pair.query = {attention.query, {row[0], row[1], row[2], j}};
  pair.key = {attention.key, {row[0], keyHead, j, j}};
  pair.queryAxis = pair.keyAxis = 3;
  pair.bias = getBiasPlace(b, attention.bias, local);
  pair.indices.assign(local.begin(), local.end());
  for (auto [index, origin] : llvm::zip(pair.indices, attention.origin))
    index = b.addIndex(origin, index);
  return attn::buildScore(b, rule, pair);
}

void AttentionRow::setMaximum(ScalarBuilder &b, Value largest) {
  maximum = largest;
  // A row without keys is empty also when it has a sink.
  empty = b.equal(maximum, b.negativeInfinity());
  if (attention.sink) {
    sink = b.read(attention.sink, row[1]);
    maximum = b.max(maximum, sink);
  }
  maximum = b.finiteMaximum(maximum);
}

Value AttentionRow::clear(ScalarBuilder &b, Value storage) const {
  auto body = [](ScalarBuilder &b, Value v, ValueRange acc) {
    return SmallVector<Value>{b.write(b.real(0.0), acc[0], v)};
  };
  return b.loop(b.size(attention.value, 3), storage, body)[0];
}

SmallVector<Value> AttentionRow::addKey(ScalarBuilder &b, Value j, Value score,
                                        ValueRange carried) const {
  auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
  auto add = [&](ScalarBuilder &b) {
    Value weight = b.exp(b.sub(score, maximum));
    auto addFeature = [&](ScalarBuilder &b, Value v, ValueRange acc) {
      Value value = b.read(attention.value, {row[0], keyHead, j, v});
      Value sum = b.add(b.read(acc[0], v), b.mul(weight, value));
      return SmallVector<Value>{b.write(sum, acc[0], v)};
    };
    Value width = b.size(attention.value, 3);
    Value acc = b.loop(width, carried[1], addFeature)[0];
    return SmallVector<Value>{b.add(carried[0], weight), acc};
  };
  return b.ifElse(b.equal(score, b.negativeInfinity()), skip, add);
}

SmallVector<Value> AttentionRow::write(ScalarBuilder &b, Value sum, Value acc,
                                       ValueRange inits) const {
  if (sink)
    sum = b.add(sum, b.exp(b.sub(sink, maximum)));
  auto writeFeature = [&](ScalarBuilder &b, Value v, ValueRange output) {
    Value quotient = b.div(b.read(acc, v), sum);
    Value value = b.select(empty, b.real(0.0), quotient);
    return SmallVector<Value>{
        b.write(value, output[0], {row[0], row[1], row[2], v})};
  };
  Value width = b.size(attention.value, 3);
  SmallVector<Value> results{b.loop(width, inits[0], writeFeature)[0]};
  if (attention.lse) {
    Value lse = b.add(maximum, math::LogOp::create(b, sum));
    lse = b.select(empty, b.negativeInfinity(), lse);
    results.push_back(b.write(lse, inits[1], row));
  }
  return results;
}
