//===- MergeToLoops.cpp - attn.merge as scalar loops ----------------------===//
//
//   for b, h, i:
//     m = max_p lse_p;  sum = sum_p exp(lse_p - m);  lse = m + log(sum)
//     for v:  o[v] = sum over p with lse_p != -inf of exp(lse_p - lse) o_p[v]
//
// Tests: test/Conversion/AttnToLoops/to-loops-merge.mlir
//
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

/// The element (p, b, h, i) of row (b, h, i).
static SmallVector<Value> at(ValueRange row, Value part) {
  SmallVector<Value> indices{part};
  llvm::append_range(indices, row);
  return indices;
}

/// The logarithm of sum_p exp(lse_p); -inf when every part is empty.
static Value buildLse(ScalarBuilder &b, MergeOp op, ValueRange row) {
  Value parts = b.size(op.getLses(), 0);
  auto addToMaximum = [&](ScalarBuilder &b, Value p, ValueRange maximum) {
    return SmallVector<Value>{
        b.max(maximum[0], b.read(op.getLses(), at(row, p)))};
  };
  Value maximum =
      b.finiteMaximum(b.loop(parts, b.negativeInfinity(), addToMaximum)[0]);
  auto addToSum = [&](ScalarBuilder &b, Value p, ValueRange sum) {
    Value difference = b.sub(b.read(op.getLses(), at(row, p)), maximum);
    return SmallVector<Value>{
        b.add(sum[0], math::ExpOp::create(b, difference))};
  };
  Value sum = b.loop(parts, b.real(0.0), addToSum)[0];
  return b.add(maximum, math::LogOp::create(b, sum));
}

static SmallVector<Value> buildMergeRow(ScalarBuilder &b, MergeOp op,
                                        ValueRange row, ValueRange outs) {
  Value lse = buildLse(b, op, row);
  auto writeFeature = [&](ScalarBuilder &b, Value v, ValueRange output) {
    auto addPart = [&](ScalarBuilder &b, Value p, ValueRange sum) {
      Value partial = b.read(op.getLses(), at(row, p));
      auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(sum); };
      auto add = [&](ScalarBuilder &b) {
        SmallVector<Value> place = at(row, p);
        place.push_back(v);
        Value weight = math::ExpOp::create(b, b.sub(partial, lse));
        Value term = b.mul(weight, b.read(op.getOutputs(), place));
        return SmallVector<Value>{b.add(sum[0], term)};
      };
      return b.ifElse(b.equal(partial, b.negativeInfinity()), skip, add);
    };
    Value sum = b.loop(b.size(op.getOutputs(), 0), b.real(0.0), addPart)[0];
    return SmallVector<Value>{
        b.write(sum, output[0], {row[0], row[1], row[2], v})};
  };
  SmallVector<Value> results =
      b.loop(b.size(op.getOutputs(), 4), outs[0], writeFeature);
  if (op.getLse())
    results.push_back(b.write(lse, outs[1], row));
  return results;
}

SmallVector<Value> mlir::attn::buildMergeLoops(OpBuilder &builder, MergeOp op) {
  ScalarBuilder b(builder, op.getLoc());
  SmallVector<Value> inits(op.getDpsInits());
  auto overBatch = [&](ScalarBuilder &b, Value batch, ValueRange outs) {
    auto overHeads = [&](ScalarBuilder &b, Value head, ValueRange outs) {
      auto overQueries = [&](ScalarBuilder &b, Value i, ValueRange outs) {
        return buildMergeRow(b, op, {batch, head, i}, outs);
      };
      return b.loop(b.size(op.getLses(), 3), outs, overQueries);
    };
    return b.loop(b.size(op.getLses(), 2), outs, overHeads);
  };
  return b.loop(b.size(op.getLses(), 1), inits, overBatch);
}
