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

#include "AttentionRow.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// What all rows of an operation share.
struct ListLoops {
  BlockSparseOp op;
  ScoredAttention attention;
  PairRule rule;
  /// Query heads that share a key head, and that share a list.
  Value keyGroup, listGroup;
  /// The number of blocks of keys, and the keys of one.
  Value numBlocks, blockSize;
  /// Storage of one row, acc [V].
  Value sums;

  ListLoops(ScalarBuilder &b, BlockSparseOp op)
      : op(op), attention(ScoredAttention::get(op)),
        rule(op, op.getScaleOrDefault(), attention.buildDiagonal(b),
             attention.getStatisticsType()),
        keyGroup(buildHeadGroup(b, attention, op.getKey())),
        listGroup(buildHeadGroup(b, attention, op.getBlocks())),
        blockSize(b.index(op.getKeyBlock())), sums(b.row(op.getValue(), 3)) {
    numBlocks =
        arith::CeilDivUIOp::create(b, b.size(op.getKey(), 2), blockSize);
  }

  SmallVector<Value> buildRow(ScalarBuilder &b, ValueRange row,
                              ValueRange inits);
  Value buildCount(ScalarBuilder &b, ValueRange list);
  SmallVector<Value> forEachKey(ScalarBuilder &b, ValueRange list, Value count,
                                ValueRange carried, ScalarBuilder::Body body);
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

  AttentionRow keys(attention, rule, row, keyHead);
  auto addToMaximum = [&](ScalarBuilder &b, Value j, ValueRange maximum) {
    return SmallVector<Value>{b.max(maximum[0], keys.buildScore(b, j))};
  };
  keys.setMaximum(
      b, forEachKey(b, list, count, b.negativeInfinity(), addToMaximum)[0]);
  auto addKey = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    return keys.addKey(b, j, keys.buildScore(b, j), carried);
  };
  Value zeros = keys.clear(b, sums);
  SmallVector<Value> totals =
      forEachKey(b, list, count, {b.real(0.0), zeros}, addKey);
  return keys.write(b, totals[0], totals[1], inits);
}

SmallVector<Value> mlir::attn::buildBlockSparseLoops(OpBuilder &builder,
                                                     BlockSparseOp op) {
  ScalarBuilder b(builder, op.getLoc());
  ListLoops loops(b, op);
  SmallVector<Value> counts;
  for (int64_t axis : {0, 1, 2})
    counts.push_back(b.size(op.getQuery(), axis));
  auto body = [&](ScalarBuilder &b, ValueRange row, ValueRange outs) {
    return loops.buildRow(b, row, outs);
  };
  return b.nest(counts, SmallVector<Value>(op.getDpsInits()), body);
}
