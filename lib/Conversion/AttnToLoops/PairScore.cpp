//===- PairScore.cpp - the score of one query and one key -----------------===//
//
//   admitted = mask region, causal, window, boolean bias
//   s = admitted ? score(softcap(scale * q . k) + bias) : -inf
//
// Tests: test/Conversion/AttnToLoops/to-loops-scores.mlir
//
//===----------------------------------------------------------------------===//

#include "PairScore.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::attn;

Place mlir::attn::getBiasPlace(ScalarBuilder &b, Value bias,
                               ValueRange indices) {
  if (!bias)
    return {};
  Place place{bias, SmallVector<Value>(indices)};
  auto shape = cast<RankedTensorType>(bias.getType()).getShape();
  for (auto [axis, size] : llvm::enumerate(shape))
    if (size == 1)
      place.at[axis] = b.index(0);
  return place;
}

static bool isBoolean(const Place &bias) {
  return bias.tensor && getElementTypeOrSelf(bias.tensor).isInteger();
}

Value mlir::attn::inlinePairRegion(ScalarBuilder &b, Region &region,
                                   ValueRange arguments, ValueRange captures) {
  SmallVector<Value> values(arguments);
  llvm::append_range(values, captures);
  IRMapping mapping;
  mapping.map(region.getArguments(), values);
  for (Operation &op : region.front().without_terminator())
    b.clone(op, mapping);
  auto yield = cast<YieldOp>(region.front().getTerminator());
  return mapping.lookupOrDefault(yield.getValue());
}

/// causal: j - (i + d) <= 0, and window: -left <= j - (i + d) <= right.
static void appendStructuralMask(ScalarBuilder &b, const PairRule &rule,
                                 Value i, Value j,
                                 SmallVectorImpl<Value> &conditions) {
  if (!rule.diagonal)
    return;
  Value center = b.addIndex(i, rule.diagonal);
  Value distance = arith::SubIOp::create(b, j, center);
  auto compare = [&](arith::CmpIPredicate predicate, int64_t bound) {
    conditions.push_back(
        arith::CmpIOp::create(b, predicate, distance, b.index(bound)));
  };
  if (rule.causal)
    compare(arith::CmpIPredicate::sle, 0);
  if (!rule.window)
    return;
  int64_t left = (*rule.window)[0], right = (*rule.window)[1];
  if (left != -1)
    compare(arith::CmpIPredicate::sge, -left);
  if (right != -1)
    compare(arith::CmpIPredicate::sle, right);
}

static Value buildAdmitted(ScalarBuilder &b, const PairRule &rule,
                           const Pair &pair) {
  SmallVector<Value> conditions;
  appendStructuralMask(b, rule, pair.indices[2], pair.indices[3], conditions);
  if (isBoolean(pair.bias)) {
    Value admitted =
        tensor::ExtractOp::create(b, pair.bias.tensor, pair.bias.at);
    if (!admitted.getType().isInteger(1)) {
      Value zero =
          arith::ConstantOp::create(b, b.getZeroAttr(admitted.getType()));
      admitted =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ne, admitted, zero);
    }
    conditions.push_back(admitted);
  }
  if (!rule.mask->empty())
    conditions.push_back(
        inlinePairRegion(b, *rule.mask, pair.indices, rule.captures));
  if (conditions.empty())
    return arith::ConstantOp::create(b, b.getBoolAttr(true));
  Value all = conditions.front();
  for (Value condition : ArrayRef(conditions).drop_front())
    all = arith::AndIOp::create(b, all, condition);
  return all;
}

static Value buildDotProduct(ScalarBuilder &b, const Pair &pair) {
  Value width = b.size(pair.key.tensor, pair.keyAxis);
  auto body = [&](ScalarBuilder &b, Value k, ValueRange sum) {
    Value query = pair.query.with(pair.queryAxis, k).read(b);
    Value key = pair.key.with(pair.keyAxis, k).read(b);
    return SmallVector<Value>{b.add(sum[0], b.mul(query, key))};
  };
  return b.loop(width, b.real(0.0), body)[0];
}

static Value buildAdmittedScore(ScalarBuilder &b, const PairRule &rule,
                                const Pair &pair) {
  Value score = b.mul(buildDotProduct(b, pair), b.real(rule.scale));
  if (rule.softcap) {
    Value cap = b.real(*rule.softcap);
    score = b.mul(cap, math::TanhOp::create(b, b.div(score, cap)));
  }
  if (pair.bias.tensor && !isBoolean(pair.bias))
    score = b.add(score, pair.bias.read(b));
  if (!rule.score->empty()) {
    SmallVector<Value> arguments{b.round(score, rule.scoreType)};
    llvm::append_range(arguments, pair.indices);
    score = b.widen(inlinePairRegion(b, *rule.score, arguments, rule.captures));
  }
  return score;
}

Value mlir::attn::buildScore(ScalarBuilder &b, const PairRule &rule,
                             const Pair &pair) {
  auto admitted = [&](ScalarBuilder &b) {
    return SmallVector<Value>{buildAdmittedScore(b, rule, pair)};
  };
  auto forbidden = [](ScalarBuilder &b) {
    return SmallVector<Value>{b.negativeInfinity()};
  };
  return b.ifElse(buildAdmitted(b, rule, pair), admitted, forbidden)[0];
}
