//===- ScoreBuilder.cpp - what happens to the products of a key block -----===//
//
// One elementwise operation on the block S = K Q of [keys, rows], in the order
// scale, softcap, bias, score region, mask. Rows are lanes: their query indices
// come as a vector of i32, the last real row repeated for padding, so that a
// region is evaluated at positions in range only. Keys are scalars.
//
// Tests: test/Dialect/Attn/Transforms/decompose-scores.mlir
//
//===----------------------------------------------------------------------===//

#include "Decompose.h"
#include "RegionInliner.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

bool isMasked(OnlineOp op) {
  return op.hasStructuralMask() || !op.getMask().empty() || op.hasBooleanBias();
}

/// Factor of the products before anything else, and whether it is 1.
static double getFirstFactor(OnlineOp op) {
  double scale = op.getScale().convertToDouble();
  if (op.getSoftcap())
    return scale / op.getSoftcap()->convertToDouble();
  bool natural = !op.getScore().empty() || (op.getBias() && !op.hasBooleanBias());
  return natural ? scale : scale * kLog2E;
}

static bool isOne(double factor) { return std::abs(factor - 1.0) < 1e-12; }

bool hasScoreWork(OnlineOp op) {
  return op.getSoftcap() || op.getBias() || !op.getScore().empty() ||
         isMasked(op) || !isOne(getFirstFactor(op));
}

/// The i32 query index of every row; padding rows repeat the last real one.
static Value buildQueryIndices(OpBuilder &b, OnlineOp op) {
  Location loc = op.getLoc();
  int64_t rows = op.getQuery().getType().getDimSize(op.getRowAxis());
  LinalgBuilder linalg(b, loc);
  Value last;
  if (op.getRows()) {
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    last = arith::SubIOp::create(b, loc, op.getRows(), one);
  }
  Value indices = linalg.empty({rows}, b.getI32Type());
  return linalg
      .generic("p", {}, {indices}, {{0}}, {},
               [&](OpBuilder &nested, Location l, ValueRange) {
                 Value row = linalg::IndexOp::create(nested, l, 0);
                 if (last)
                   row = arith::MinSIOp::create(nested, l, row, last);
                 Value i = arith::AddIOp::create(nested, l, row,
                                                 op.getQueryOrigin());
                 return SmallVector<Value>{arith::IndexCastOp::create(
                     nested, l, nested.getI32Type(), i)};
               })
      .getResult(0);
}

namespace {
/// The body of the elementwise operation for one pair.
class PairBody {
public:
  PairBody(OpBuilder &b, Location loc, OnlineOp op, Value query32)
      : b(b), loc(loc), op(op), query32(query32) {
    if (!query32)
      return;
    Value offset = linalg::IndexOp::create(b, loc, 0);
    key = arith::AddIOp::create(b, loc, offset, op.getKeyOrigin());
    query = arith::IndexCastOp::create(b, loc, b.getIndexType(), query32);
  }

  Value build(Value product, Value bias);

private:
  Value constant(double value) {
    return arith::ConstantOp::create(
        b, loc, b.getFloatAttr(getElementTypeOrSelf(op.getMaxInit()), value));
  }
  Value multiply(Value x, double factor) {
    if (isOne(factor))
      return x;
    return arith::MulFOp::create(b, loc, x, constant(factor));
  }
  SmallVector<Value> positions() {
    return {op.getBatchOrigin(), op.getHeadOrigin(), query, key};
  }
  Value compare(arith::CmpIPredicate predicate, int64_t shift);
  Value buildAdmitted(Value bias);

  OpBuilder &b;
  Location loc;
  OnlineOp op;
  Value query32, query, key;
};
} // namespace

/// key - diagonal + shift compared with the query, in i32 lanes.
Value PairBody::compare(arith::CmpIPredicate predicate, int64_t shift) {
  Value bound =
      arith::SubIOp::create(b, loc, key, op.getDiagonal());
  if (shift != 0)
    bound = arith::AddIOp::create(
        b, loc, bound, arith::ConstantIndexOp::create(b, loc, shift));
  Value bound32 =
      arith::IndexCastOp::create(b, loc, b.getI32Type(), bound);
  return arith::CmpIOp::create(b, loc, predicate, bound32, query32);
}

/// Whether the pair is admitted; null when all are.
Value PairBody::buildAdmitted(Value bias) {
  SmallVector<Value> conditions;
  int64_t left = -1, right = -1;
  if (op.getWindow()) {
    left = (*op.getWindow())[0];
    right = (*op.getWindow())[1];
  }
  if (op.getCausal())
    conditions.push_back(compare(arith::CmpIPredicate::sle, 0));
  else if (right >= 0)
    conditions.push_back(compare(arith::CmpIPredicate::sle, -right));
  if (left >= 0)
    conditions.push_back(compare(arith::CmpIPredicate::sge, left));
  if (!op.getMask().empty()) {
    SmallVector<Value> arguments = positions();
    llvm::append_range(arguments, op.getCaptures());
    conditions.push_back(inlineRegion(b, op.getMask(), arguments));
  }
  if (op.hasBooleanBias())
    conditions.push_back(bias);
  Value admitted;
  for (Value condition : conditions)
    admitted = admitted ? arith::AndIOp::create(b, loc, admitted, condition)
                        : condition;
  return admitted;
}

Value PairBody::build(Value product, Value bias) {
  Value score = multiply(product, getFirstFactor(op));
  bool natural = false;
  double pending = 1.0;
  if (op.getSoftcap()) {
    score = math::TanhOp::create(b, loc, score);
    pending = op.getSoftcap()->convertToDouble();
    natural = true;
  }
  if (bias && !op.hasBooleanBias()) {
    score = multiply(score, pending);
    pending = 1.0;
    Value term = convertScalarToDtype(b, loc, bias, score.getType(), false);
    score = arith::AddFOp::create(b, loc, score, term);
    natural = true;
  }
  if (!op.getScore().empty()) {
    score = multiply(score, pending);
    pending = 1.0;
    SmallVector<Value> arguments = positions();
    arguments.insert(arguments.begin(), score);
    llvm::append_range(arguments, op.getCaptures());
    score = inlineRegion(b, op.getScore(), arguments);
    natural = true;
  }
  score = multiply(score, natural ? pending * kLog2E : 1.0);
  if (Value admitted = buildAdmitted(bias))
    score = arith::SelectOp::create(
        b, loc, admitted, score,
        constant(-std::numeric_limits<double>::infinity()));
  return score;
}

FailureOr<Value> buildScores(OpBuilder &b, OnlineOp op, Value scores,
                             const TileHint &hint) {
  if (!hasScoreWork(op))
    return scores;
  Location loc = op.getLoc();
  SmallVector<Value> inputs;
  SmallVector<SmallVector<unsigned>> maps;
  bool positional = op.hasStructuralMask() || !op.getMask().empty() ||
                    !op.getScore().empty();
  if (positional) {
    inputs.push_back(buildQueryIndices(b, op));
    maps.push_back({1});
  }
  if (Value bias = op.getBias()) {
    // bias is [rows, keys]; a size of 1 is broadcast by dropping the dimension.
    auto type = cast<RankedTensorType>(bias.getType());
    SmallVector<unsigned> map;
    SmallVector<int64_t> shape;
    for (auto [axis, loop] : {std::pair{0, 1u}, std::pair{1, 0u}})
      if (type.getDimSize(axis) != 1) {
        map.push_back(loop);
        shape.push_back(type.getDimSize(axis));
      }
    if (shape.size() != 2)
      bias = tensor::ExtractSliceOp::create(
          b, loc, RankedTensorType::get(shape, type.getElementType()), bias,
          SmallVector<OpFoldResult>(2, b.getIndexAttr(0)),
          tensor::getMixedSizes(b, loc, bias),
          SmallVector<OpFoldResult>(2, b.getIndexAttr(1)));
    inputs.push_back(bias);
    maps.push_back(map);
  }
  maps.push_back({0, 1});
  LinalgBuilder linalg(b, loc);
  return linalg
      .generic("pp", inputs, {scores}, maps, hint,
               [&](OpBuilder &nested, Location l, ValueRange args) {
                 PairBody body(nested, l, op, positional ? args[0] : Value());
                 Value bias =
                     op.getBias() ? args[positional ? 1 : 0] : Value();
                 return SmallVector<Value>{body.build(args.back(), bias)};
               })
      .getResult(0);
}

} // namespace mlir::attn
