//===- BlockSparseToLoops.cpp - attn.block_sparse as scalar loops ---------===//
//
//   for b, h, i, with the list of their group and query block:
//     m = the largest score over the listed keys, and the sink
//     for x in the list, for j in block x:
//       s = the score, or -inf where the pair is not admitted
//       sum += exp(s - m);  acc[:] += exp(s - m) * value[b, g, j, :]
//     o[b, h, i, :] = acc[:] / sum;  lse[b, h, i] = m + log(sum)
//
// Scores are computed twice, so that nothing is stored per listed key. What is
// no block is looked at and skipped.
//
// Tests: test/Conversion/AttnToLoops/to-loops-block-sparse.mlir
//
//===----------------------------------------------------------------------===//

#include "PairScore.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// What all rows of an operation share.
struct ListLoops {
  BlockSparseOp op;
  PairRule rule;
  /// Query heads that share a key head, and that share a list.
  Value keyGroup, listGroup;
  /// The number of blocks of keys, and the keys of one.
  Value numBlocks, blockSize;
  /// Storage of one row, acc [V].
  Value sums;

  ListLoops(ScalarBuilder &b, BlockSparseOp op, Type scoreType)
      : op(op), rule(op, op.getScaleOrDefault(),
                     ScoredAttention::get(op).buildDiagonal(b), scoreType),
        keyGroup(buildGroup(b, op.getKey())),
        listGroup(buildGroup(b, op.getBlocks())),
        blockSize(b.index(op.getKeyBlock())), sums(b.row(op.getValue(), 3)) {
    numBlocks =
        arith::CeilDivUIOp::create(b, b.size(op.getKey(), 2), blockSize);
  }

  /// At least 1, so that an operation without heads divides by no zero.
  Value buildGroup(ScalarBuilder &b, Value shared) {
    Value one = b.index(1);
    Value heads = arith::MaxSIOp::create(b, b.size(shared, 1), one);
    Value group = arith::DivSIOp::create(b, b.size(op.getQuery(), 1), heads);
    return arith::MaxSIOp::create(b, group, one);
  }

  SmallVector<Value> buildRow(ScalarBuilder &b, ValueRange row,
                              ValueRange inits);
  Value buildCount(ScalarBuilder &b, ValueRange list);
  SmallVector<Value> forEachKey(ScalarBuilder &b, ValueRange list, Value count,
                                ValueRange carried, ScalarBuilder::Body body);
  Value buildPairScore(ScalarBuilder &b, ValueRange row, Value keyHead,
                       Value j);
};

} // namespace

/// How many entries of the list (b, p, n) count; 0 where there is no such list.
Value ListLoops::buildCount(ScalarBuilder &b, ValueRange list) {
  Value length = b.size(op.getBlocks(), 3);
  Value exists = arith::ConstantOp::create(b, b.getBoolAttr(true));
  for (int64_t axis : {1, 2}) {
    Value inside = arith::CmpIOp::create(
        b, arith::CmpIPredicate::slt, list[axis], b.size(op.getBlocks(), axis));
    exists = arith::AndIOp::create(b, exists, inside);
  }
  auto none = [](ScalarBuilder &b) { return SmallVector<Value>{b.index(0)}; };
  auto read = [&](ScalarBuilder &b) {
    if (!op.getCounts())
      return SmallVector<Value>{length};
    Value count = tensor::ExtractOp::create(b, op.getCounts(), list);
    count = arith::IndexCastOp::create(b, b.getIndexType(), count);
    count = arith::MinSIOp::create(b, count, length);
    return SmallVector<Value>{arith::MaxSIOp::create(b, count, b.index(0))};
  };
  return b.ifElse(exists, read, none)[0];
}

/// carried = body(j, carried) for the keys of the blocks in the list.
SmallVector<Value> ListLoops::forEachKey(ScalarBuilder &b, ValueRange list,
                                         Value count, ValueRange carried,
                                         ScalarBuilder::Body body) {
  auto overEntries = [&](ScalarBuilder &b, Value x, ValueRange carried) {
    SmallVector<Value> place(list);
    place.push_back(x);
    Value entry = tensor::ExtractOp::create(b, op.getBlocks(), place);
    Value block = arith::IndexCastOp::create(b, b.getIndexType(), entry);
    // As an unsigned number a negative entry is larger than any block's.
    Value isBlock =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, block, numBlocks);
    auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    auto overKeys = [&](ScalarBuilder &b) {
      Value first = arith::MulIOp::create(b, block, blockSize);
      Value rest = arith::SubIOp::create(b, b.size(op.getKey(), 2), first);
      Value keys = arith::MinSIOp::create(b, blockSize, rest);
      auto inner = [&](ScalarBuilder &b, Value key, ValueRange carried) {
        return body(b, b.addIndex(first, key), carried);
      };
      return b.loop(keys, carried, inner);
    };
    return b.ifElse(isBlock, overKeys, skip);
  };
  return b.loop(count, carried, overEntries);
}

Value ListLoops::buildPairScore(ScalarBuilder &b, ValueRange row, Value keyHead,
                                Value j) {
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
  return buildScore(b, rule, pair);
}

/// Output and lse of the row (b, h, i).
SmallVector<Value> ListLoops::buildRow(ScalarBuilder &b, ValueRange row,
                                       ValueRange inits) {
  Value keyHead = arith::DivSIOp::create(b, row[1], keyGroup);
  // One batch of lists serves all.
  bool isShared = op.getBlocks().getType().getDimSize(0) == 1;
  SmallVector<Value> list{
      isShared ? b.index(0) : row[0],
      arith::DivSIOp::create(b, row[1], listGroup),
      arith::DivSIOp::create(b, row[2], b.index(op.getQueryBlock()))};
  Value count = buildCount(b, list);

  auto addToMaximum = [&](ScalarBuilder &b, Value j, ValueRange maximum) {
    return SmallVector<Value>{
        b.max(maximum[0], buildPairScore(b, row, keyHead, j))};
  };
  Value maximum =
      forEachKey(b, list, count, b.negativeInfinity(), addToMaximum)[0];
  // A row without keys is empty also when it has a sink.
  Value empty = b.equal(maximum, b.negativeInfinity());
  Value sink;
  if (op.getSink()) {
    sink = b.read(op.getSink(), row[1]);
    maximum = b.max(maximum, sink);
  }
  maximum = b.finiteMaximum(maximum);

  Value width = b.size(op.getValue(), 3);
  auto clear = [](ScalarBuilder &b, Value v, ValueRange acc) {
    return SmallVector<Value>{b.write(b.real(0.0), acc[0], v)};
  };
  auto addKey = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    Value score = buildPairScore(b, row, keyHead, j);
    auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    auto add = [&](ScalarBuilder &b) {
      Value weight = b.exp(b.sub(score, maximum));
      auto addFeature = [&](ScalarBuilder &b, Value v, ValueRange acc) {
        Value value = b.read(op.getValue(), {row[0], keyHead, j, v});
        Value sum = b.add(b.read(acc[0], v), b.mul(weight, value));
        return SmallVector<Value>{b.write(sum, acc[0], v)};
      };
      return SmallVector<Value>{b.add(carried[0], weight),
                                b.loop(width, carried[1], addFeature)[0]};
    };
    return b.ifElse(b.equal(score, b.negativeInfinity()), skip, add);
  };
  Value zeros = b.loop(width, sums, clear)[0];
  SmallVector<Value> totals =
      forEachKey(b, list, count, {b.real(0.0), zeros}, addKey);
  Value sum = totals[0], acc = totals[1];
  if (sink)
    sum = b.add(sum, b.exp(b.sub(sink, maximum)));

  auto writeFeature = [&](ScalarBuilder &b, Value v, ValueRange output) {
    Value value = b.select(empty, b.real(0.0), b.div(b.read(acc, v), sum));
    return SmallVector<Value>{
        b.write(value, output[0], {row[0], row[1], row[2], v})};
  };
  SmallVector<Value> results{b.loop(width, inits[0], writeFeature)[0]};
  if (op.getLse()) {
    Value lse = b.add(maximum, math::LogOp::create(b, sum));
    lse = b.select(empty, b.negativeInfinity(), lse);
    results.push_back(b.write(lse, inits[1], row));
  }
  return results;
}

SmallVector<Value> mlir::attn::buildBlockSparseLoops(OpBuilder &builder,
                                                     BlockSparseOp op) {
  ScalarBuilder b(builder, op.getLoc());
  ListLoops loops(b, op, ScoredAttention::get(op).getStatisticsType());
  SmallVector<Value> counts;
  for (int64_t axis : {0, 1, 2})
    counts.push_back(b.size(op.getQuery(), axis));
  auto body = [&](ScalarBuilder &b, ValueRange row, ValueRange outs) {
    return loops.buildRow(b, row, outs);
  };
  return b.nest(counts, SmallVector<Value>(op.getDpsInits()), body);
}
