//===- SelectToLoops.cpp - attn.select as scalar loops --------------------===//
//
//   for b, p, i:
//     y[m] = group over the heads h of the list head:
//              softmax: sum_n p[n] of the blocks of n, else s[m]
//     for x < L: the best of what is visible and not taken is taken
//     lists[b, p, i, :] = what is taken in ascending order, then -1
//
// Tests: test/Conversion/AttnToLoops/to-loops-select.mlir
//
//===----------------------------------------------------------------------===//

#include "PairScore.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// What a block is, as a number: ranks of those that are taken first are
/// larger.
constexpr double kTaken = -1.0, kInvisible = 0.0, kVisible = 1.0, kForced = 2.0;

class SelectLoops {
public:
  SelectLoops(ScalarBuilder &b, SelectOp op);

  SmallVector<Value> buildRow(ScalarBuilder &b, ValueRange row, Value lists);
  /// B, Hl and T.
  SmallVector<Value> rows;

private:
  Value sub(ScalarBuilder &b, Value x, Value y) {
    return arith::SubIOp::create(b, x, y);
  }
  Value compare(ScalarBuilder &b, arith::CmpIPredicate predicate, Value x,
                Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }
  Value read(ScalarBuilder &b, Value row, Value at) { return b.read(row, at); }
  Value buildScore(ScalarBuilder &b, ValueRange row, Value head, Value n);
  Value admits(ScalarBuilder &b, Value place, Value n);
  Value buildHead(ScalarBuilder &b, ValueRange row, Value head, Value place,
                  Value sums);
  Value addProbabilities(ScalarBuilder &b, ValueRange row, Value head,
                         Value place, Value sums);
  Value buildSums(ScalarBuilder &b, ValueRange row, Value place);
  Value buildRanks(ScalarBuilder &b, Value place);
  Value take(ScalarBuilder &b, Value ranks, Value sums);

  SelectOp op;
  Value keys, tokens, blocks, entries, group, keyGroup, shift;
};

} // namespace

SelectLoops::SelectLoops(ScalarBuilder &b, SelectOp op) : op(op) {
  Value block = b.index(op.getBlock());
  keys = b.size(op.getKeys(), op.getKeyAxis());
  Value queries = b.size(op.getRows(), 2);
  tokens = op.getTokens() ? op.getTokens() : queries;
  shift = sub(b, tokens, queries);
  blocks = arith::CeilDivSIOp::create(
      b, arith::MaxSIOp::create(b, tokens, b.index(0)), block);
  // Blocks that no key reaches are none, see the operation's `tokens`.
  Value reached = keys;
  if (op.getSoftmax()) {
    Value end =
        arith::MulIOp::create(b, keys, b.index(op.getKeyStrideOrDefault()));
    end = b.addIndex(end, b.index(op.getKeySizeOrDefault()));
    reached = arith::CeilDivSIOp::create(b, end, block);
  }
  blocks = arith::MinSIOp::create(b, blocks, reached);
  entries = b.size(op.getListsInit(), 3);
  Value heads = b.size(op.getRows(), 1);
  Value lists = b.size(op.getListsInit(), 1);
  Value one = b.index(1);
  auto share = [&](Value count) -> Value {
    return arith::DivSIOp::create(b, heads,
                                  arith::MaxSIOp::create(b, count, one));
  };
  group = share(lists);
  if (op.getKey())
    keyGroup = arith::MaxSIOp::create(b, share(b.size(op.getKey(), 1)), one);
  rows = {b.size(op.getRows(), 0), lists, queries};
}

/// The score of key n; `row` is b, p, i.
Value SelectLoops::buildScore(ScalarBuilder &b, ValueRange row, Value head,
                              Value n) {
  Value score;
  if (op.getScores()) {
    score = b.read(op.getScores(), {row[0], head, row[2], n});
  } else {
    Value keyHead = arith::DivSIOp::create(b, head, keyGroup);
    auto product = [&](ScalarBuilder &b, Value d, ValueRange sum) {
      Value query = b.read(op.getQuery(), {row[0], head, row[2], d});
      Value key = b.read(op.getKey(), {row[0], keyHead, n, d});
      return SmallVector<Value>{b.add(sum[0], b.mul(query, key))};
    };
    score = b.loop(b.size(op.getKey(), 3), b.real(0.0), product)[0];
    score = b.mul(score, b.real(op.getScaleOrDefault()));
  }
  if (op.getScore().empty())
    return score;
  SmallVector<Value> arguments{b.round(score, op.getScoreType()), row[0], head,
                               row[2], n};
  return b.widen(inlinePairRegion(b, op.getScore(), arguments));
}

/// Whether key n takes part in the softmax of a query at `place`.
Value SelectLoops::admits(ScalarBuilder &b, Value place, Value n) {
  if (!op.getCausal())
    return arith::ConstantOp::create(b, b.getBoolAttr(true));
  Value first =
      arith::MulIOp::create(b, n, b.index(op.getKeyStrideOrDefault()));
  Value last = b.addIndex(first, b.index(op.getKeySizeOrDefault() - 1));
  return compare(b, arith::CmpIPredicate::sle, last, place);
}

/// sums[m] + the probabilities of block m.
Value SelectLoops::addProbabilities(ScalarBuilder &b, ValueRange row,
                                    Value head, Value place, Value sums) {
  auto score = [&](ScalarBuilder &b, Value n) {
    auto admitted = [&](ScalarBuilder &b) {
      return SmallVector<Value>{buildScore(b, row, head, n)};
    };
    auto other = [](ScalarBuilder &b) {
      return SmallVector<Value>{b.negativeInfinity()};
    };
    return b.ifElse(admits(b, place, n), admitted, other)[0];
  };
  auto toMaximum = [&](ScalarBuilder &b, Value n, ValueRange maximum) {
    return SmallVector<Value>{b.max(maximum[0], score(b, n))};
  };
  Value maximum =
      b.finiteMaximum(b.loop(keys, b.negativeInfinity(), toMaximum)[0]);
  auto weigh = [&](ScalarBuilder &b, Value n) {
    return b.exp(b.sub(score(b, n), maximum));
  };
  auto toSum = [&](ScalarBuilder &b, Value n, ValueRange sum) {
    return SmallVector<Value>{b.add(sum[0], weigh(b, n))};
  };
  Value total = b.loop(keys, b.real(0.0), toSum)[0];
  // Of no keys each weight is 0.
  total = b.select(b.equal(total, b.real(0.0)), b.real(1.0), total);
  int64_t strides = op.getKeySizeOrDefault() / op.getKeyStrideOrDefault();
  Value perBlock = b.index(op.getBlock() / op.getKeyStrideOrDefault());
  auto give = [&](ScalarBuilder &b, Value n, ValueRange sums) {
    Value p = b.div(weigh(b, n), total);
    auto toBlock = [&](ScalarBuilder &b, Value u, ValueRange sums) {
      Value m = arith::DivSIOp::create(b, b.addIndex(n, u), perBlock);
      auto add = [&](ScalarBuilder &b) {
        Value sum = b.add(read(b, sums[0], m), p);
        return SmallVector<Value>{b.write(sum, sums[0], m)};
      };
      auto keep = [&](ScalarBuilder &) { return SmallVector<Value>(sums); };
      return b.ifElse(compare(b, arith::CmpIPredicate::slt, m, blocks), add,
                      keep);
    };
    return b.loop(b.index(strides), sums, toBlock);
  };
  return b.loop(keys, sums, give)[0];
}

/// x[m] of one head, in a new row.
Value SelectLoops::buildHead(ScalarBuilder &b, ValueRange row, Value head,
                             Value place, Value sums) {
  auto set = [&](ScalarBuilder &b, Value m, ValueRange sums) {
    Value value = op.getSoftmax() ? b.real(0.0) : buildScore(b, row, head, m);
    return SmallVector<Value>{b.write(value, sums[0], m)};
  };
  sums = b.loop(blocks, sums, set)[0];
  return op.getSoftmax() ? addProbabilities(b, row, head, place, sums) : sums;
}

/// y[m], with -inf for NaN.
Value SelectLoops::buildSums(ScalarBuilder &b, ValueRange row, Value place) {
  OpFoldResult length = getAsOpFoldResult(blocks);
  auto fresh = [&](ScalarBuilder &b) -> Value {
    return tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{length},
                                   b.getF64Type());
  };
  Value firstHead = arith::MulIOp::create(b, row[1], group);
  Value own = fresh(b);
  bool isMax = op.getGroup() == GroupReduction::Max;
  double start = isMax ? -std::numeric_limits<double>::infinity() : 0.0;
  auto clear = [&](ScalarBuilder &b, Value m, ValueRange sums) {
    return SmallVector<Value>{b.write(b.real(start), sums[0], m)};
  };
  Value sums = b.loop(blocks, fresh(b), clear)[0];
  auto addHead = [&](ScalarBuilder &b, Value g, ValueRange carried) {
    Value head = b.addIndex(firstHead, g);
    Value x = buildHead(b, row, head, place, carried[1]);
    auto add = [&](ScalarBuilder &b, Value m, ValueRange sums) {
      Value old = read(b, sums[0], m), value = read(b, x, m);
      Value next = isMax ? b.max(old, value) : b.add(old, value);
      return SmallVector<Value>{b.write(next, sums[0], m)};
    };
    return SmallVector<Value>{b.loop(blocks, carried[0], add)[0], x};
  };
  sums = b.loop(group, {sums, own}, addHead)[0];
  Value factor = b.real(1.0);
  if (op.getGroup() == GroupReduction::Mean) {
    Value count = arith::IndexCastOp::create(b, b.getI64Type(), group);
    factor = b.div(factor, arith::SIToFPOp::create(b, b.getF64Type(), count));
  }
  auto finish = [&](ScalarBuilder &b, Value m, ValueRange sums) {
    Value value = b.mul(read(b, sums[0], m), factor);
    value = b.select(b.equal(value, value), value, b.negativeInfinity());
    return SmallVector<Value>{b.write(value, sums[0], m)};
  };
  return b.loop(blocks, sums, finish)[0];
}

Value SelectLoops::buildRanks(ScalarBuilder &b, Value place) {
  OpFoldResult length = getAsOpFoldResult(blocks);
  Value ranks = tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{length},
                                        b.getF64Type());
  Value block = b.index(op.getBlock());
  auto rank = [&](ScalarBuilder &b, Value m, ValueRange ranks) {
    Value forced =
        compare(b, arith::CmpIPredicate::slt, m, b.index(op.getFirst()));
    Value value = b.select(forced, b.real(kForced), b.real(kVisible));
    if (op.getCausal()) {
      Value own = arith::FloorDivSIOp::create(b, place, block);
      Value isLocal = compare(b, arith::CmpIPredicate::sgt, m,
                              sub(b, own, b.index(op.getLocal())));
      value = b.select(isLocal, b.real(kForced), value);
      Value visible = compare(b, arith::CmpIPredicate::sle, m, own);
      value = b.select(visible, value, b.real(kInvisible));
    }
    return SmallVector<Value>{b.write(value, ranks[0], m)};
  };
  return b.loop(blocks, ranks, rank)[0];
}

/// Marks the best block of those that are not taken yet.
Value SelectLoops::take(ScalarBuilder &b, Value ranks, Value sums) {
  auto better = [&](ScalarBuilder &b, Value m, ValueRange best) {
    Value rank = read(b, ranks, m);
    // Forced ones go by index alone.
    Value isForced = b.equal(rank, b.real(kForced));
    Value value = b.select(isForced, b.real(0.0), read(b, sums, m));
    auto greater = [&](Value x, Value y) -> Value {
      return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, y);
    };
    Value isBetter = arith::AndIOp::create(b, b.equal(rank, best[0]),
                                           greater(value, best[1]));
    isBetter = arith::OrIOp::create(b, greater(rank, best[0]), isBetter);
    return SmallVector<Value>{b.select(isBetter, rank, best[0]),
                              b.select(isBetter, value, best[1]),
                              b.select(isBetter, m, best[2])};
  };
  Value none = b.real(kInvisible);
  SmallVector<Value> best =
      b.loop(blocks, {none, b.real(0.0), b.index(0)}, better);
  Value found =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, best[0], none);
  auto mark = [&](ScalarBuilder &b) {
    return SmallVector<Value>{b.write(b.real(kTaken), ranks, best[2])};
  };
  auto keep = [&](ScalarBuilder &) { return SmallVector<Value>{ranks}; };
  return b.ifElse(found, mark, keep)[0];
}

SmallVector<Value> SelectLoops::buildRow(ScalarBuilder &b, ValueRange row,
                                         Value lists) {
  Value place = b.addIndex(row[2], shift);
  Value sums = buildSums(b, row, place);
  Value ranks = buildRanks(b, place);
  auto takeOne = [&](ScalarBuilder &b, Value, ValueRange ranks) {
    return SmallVector<Value>{take(b, ranks[0], sums)};
  };
  ranks = b.loop(entries, ranks, takeOne)[0];
  Type element = getElementTypeOrSelf(lists);
  auto at = [&](Value x) {
    return SmallVector<Value>{row[0], row[1], row[2], x};
  };
  Value none = arith::ConstantOp::create(b, b.getIntegerAttr(element, -1));
  auto pad = [&](ScalarBuilder &b, Value x, ValueRange lists) {
    return SmallVector<Value>{
        tensor::InsertOp::create(b, none, lists[0], at(x))};
  };
  lists = b.loop(entries, lists, pad)[0];
  auto write = [&](ScalarBuilder &b, Value m, ValueRange carried) {
    auto append = [&](ScalarBuilder &b) {
      Value number = arith::IndexCastOp::create(b, element, m);
      return SmallVector<Value>{
          tensor::InsertOp::create(b, number, carried[0], at(carried[1])),
          b.addIndex(carried[1], b.index(1))};
    };
    auto keep = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    return b.ifElse(b.equal(read(b, ranks, m), b.real(kTaken)), append, keep);
  };
  return {b.loop(blocks, {lists, b.index(0)}, write)[0]};
}

FailureOr<SmallVector<Value>> mlir::attn::buildSelectLoops(OpBuilder &builder,
                                                           SelectOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  SelectLoops loops(b, op);
  auto body = [&](ScalarBuilder &b, ValueRange row, ValueRange lists) {
    return loops.buildRow(b, row, lists[0]);
  };
  return b.nest(loops.rows, op.getListsInit(), body);
}
