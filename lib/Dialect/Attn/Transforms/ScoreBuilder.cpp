//===- ScoreBuilder.cpp - what happens to the products of a key block -----===//
//
// One elementwise operation on the block S = K Q of [keys, rows], in the order
// scale, softcap, bias, score region, mask. Rows are lanes. What depends on the
// query or on the key alone comes to it as vectors, LoopValues.cpp; what
// depends on neither, as scalars.
//
// Tests: test/Dialect/Attn/Transforms/decompose-scores.mlir
//
//===----------------------------------------------------------------------===//

#include "BiasTile.h"
#include "Decompose.h"
#include "RegionInliner.h"
#include "attn/Dialect/Attn/Transforms/IndexToArith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

namespace mlir::attn {

static bool hasFloatBias(OnlineOp op) {
  return op.getBias() && !op.hasBooleanBias();
}

/// Whether `value` depends on the query's or the key's position.
static bool readsPosition(Value value, Region &score) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument == score.getArgument(3) || argument == score.getArgument(4);
  Operation *op = value.getDefiningOp();
  return score.isAncestor(op->getParentRegion()) &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return readsPosition(operand, score);
         });
}

/// True when the score region may give -inf, which counts as not admitted: it
/// names it, or adds what a captured tensor holds per query or key.
static bool mayForbid(Region &score) {
  if (score.empty())
    return false;
  for (Operation &inner : score.front()) {
    APFloat constant(0.0f);
    if (!inner.getResults().empty() &&
        matchPattern(inner.getResult(0), m_ConstantFloat(&constant)) &&
        constant.isInfinity())
      return true;
    auto read = dyn_cast<tensor::ExtractOp>(inner);
    if (read && isa<FloatType>(read.getType()) && readsPosition(read, score))
      return true;
  }
  return false;
}

bool isMasked(OnlineOp op) {
  return op.hasStructuralMask() || !op.getMask().empty() || op.getBias() ||
         mayForbid(op.getScore());
}

/// Factor of the products before anything else, and whether it is 1.
static double getFirstFactor(OnlineOp op) {
  double scale = op.getScale().convertToDouble();
  if (op.getSoftcap())
    return scale / op.getSoftcap()->convertToDouble();
  bool natural = !op.getScore().empty() || hasFloatBias(op);
  return natural ? scale : scale * kLog2E;
}

static bool isOne(double factor) { return std::abs(factor - 1.0) < 1e-12; }

bool hasScoreWork(OnlineOp op) {
  return op.getSoftcap() || op.getBias() || !op.getScore().empty() ||
         op.hasStructuralMask() || !op.getMask().empty() ||
         !isOne(getFirstFactor(op));
}

namespace {

/// Builds the operation for one key block.
class ScoreBuilder {
public:
  ScoreBuilder(OpBuilder &b, OnlineOp op) : b(b), loc(op.getLoc()), op(op) {}

  FailureOr<Value> run(Value products, const TileHint &hint);

private:
  struct Arguments {
    ValueRange queries, keys, tiles;
  };
  void addStructuralMask(OpBuilder &outer);
  void addBias(OpBuilder &outer);
  Value buildPair(Value product, Arguments arguments);
  Value buildAdmitted(Arguments arguments);
  Value getBias(Arguments arguments);
  Value constant(double value) {
    return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  }
  Value multiply(Value x, double factor) {
    return isOne(factor)
               ? x
               : arith::MulFOp::create(b, loc, x, constant(factor)).getResult();
  }

  OpBuilder b;
  Location loc;
  OnlineOp op;
  LoopValues queries, keys;
  SmallVector<Value> tiles;
  std::optional<RegionInliner> score, mask;
  /// Numbers of values per query: the first and the last admitted key.
  std::optional<unsigned> first, last;
  /// The bias is one of: a scalar, a value per query or per key, a tile.
  enum class BiasKind { None, Scalar, Query, Key, Tile };
  BiasKind biasKind = BiasKind::None;
  Value biasScalar;
  unsigned biasNumber = 0;
};

} // namespace

/// causal and window are i + d - left <= j <= i + d + right: two numbers per
/// query, with which keys are compared.
void ScoreBuilder::addStructuralMask(OpBuilder &outer) {
  constexpr int64_t farthest = int64_t(1) << 30; // beyond any position
  std::optional<int64_t> left, right;
  if (auto window = op.getWindow()) {
    if ((*window)[0] >= 0)
      left = std::min((*window)[0], farthest);
    if ((*window)[1] >= 0)
      right = std::min((*window)[1], farthest);
  }
  if (op.getCausal())
    right = 0;
  auto add = [&](int64_t shift) {
    Value offset = arith::AddIOp::create(
        outer, loc, op.getDiagonal(),
        arith::ConstantIndexOp::create(outer, loc, shift));
    offset = arith::IndexCastOp::create(outer, loc, b.getI32Type(), offset);
    return queries.add(b.getI32Type(), {},
                       [offset](OpBuilder &nested, Location l,
                                LoopValues::Place place, ValueRange) {
                         return SmallVector<Value>{arith::AddIOp::create(
                             nested, l, place.position, offset)};
                       });
  };
  if (left)
    first = add(-*left);
  if (right)
    last = add(*right);
  if (left || right)
    keys.addPosition();
}

/// bias [rows|1, keys|1].
void ScoreBuilder::addBias(OpBuilder &outer) {
  Value bias = op.getBias();
  if (!bias)
    return;
  auto type = cast<RankedTensorType>(bias.getType());
  Type lane = getLaneElement(type.getElementType());
  bool oneQuery = type.getDimSize(0) == 1, oneKey = type.getDimSize(1) == 1;
  if (!oneQuery && !oneKey) {
    biasKind = BiasKind::Tile;
    biasNumber = tiles.size();
    tiles.push_back(buildBiasTile(b, op, bias));
    return;
  }
  Value zero = arith::ConstantIndexOp::create(outer, loc, 0);
  if (oneQuery && oneKey) {
    biasKind = BiasKind::Scalar;
    biasScalar = convertToLaneElement(
        outer, loc,
        tensor::ExtractOp::create(outer, loc, bias, ValueRange{zero, zero}));
    return;
  }
  if (oneKey) {
    biasKind = BiasKind::Query;
    // Read through a copy: rows of the bias may lie any distance apart.
    Value copy = buildBiasTile(outer, op, bias);
    biasNumber =
        queries.add(lane, {},
                    [=](OpBuilder &nested, Location l, LoopValues::Place place,
                        ValueRange) {
                      return SmallVector<Value>{tensor::ExtractOp::create(
                          nested, l, copy, ValueRange{zero, place.offset})};
                    });
    return;
  }
  biasKind = BiasKind::Key;
  OpFoldResult none(b.getIndexAttr(0)), one(b.getIndexAttr(1));
  OpFoldResult size = tensor::getMixedSize(b, loc, bias, 1);
  auto reduced =
      RankedTensorType::get({type.getDimSize(1)}, type.getElementType());
  Value row = tensor::ExtractSliceOp::create(
      b, loc, reduced, bias, ArrayRef<OpFoldResult>{none, none},
      ArrayRef<OpFoldResult>{one, size}, ArrayRef<OpFoldResult>{one, one});
  biasNumber = keys.add(
      lane, row,
      [](OpBuilder &nested, Location l, LoopValues::Place, ValueRange inputs) {
        return SmallVector<Value>{convertToLaneElement(nested, l, inputs[0])};
      });
}

Value ScoreBuilder::getBias(Arguments arguments) {
  switch (biasKind) {
  case BiasKind::None:
    return Value();
  case BiasKind::Scalar:
    return biasScalar;
  case BiasKind::Query:
    return arguments.queries[biasNumber];
  case BiasKind::Key:
    return arguments.keys[biasNumber];
  case BiasKind::Tile:
    return arguments.tiles[biasNumber];
  }
  llvm_unreachable("unknown kind of bias");
}

/// Whether the pair counts; null where every pair does.
Value ScoreBuilder::buildAdmitted(Arguments arguments) {
  SmallVector<Value> conditions;
  auto compare = [&](arith::CmpIPredicate predicate, unsigned bound) {
    conditions.push_back(arith::CmpIOp::create(
        b, loc, predicate, arguments.keys[keys.addPosition()],
        arguments.queries[bound]));
  };
  if (last)
    compare(arith::CmpIPredicate::sle, *last);
  if (first)
    compare(arith::CmpIPredicate::sge, *first);
  if (mask)
    conditions.push_back(mask->build(b, Value(), arguments.queries,
                                     arguments.keys, arguments.tiles));
  if (op.hasBooleanBias()) {
    Value bias = getBias(arguments);
    if (!bias.getType().isInteger(1)) {
      Value zero =
          arith::ConstantOp::create(b, loc, b.getZeroAttr(bias.getType()));
      bias =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, bias, zero);
    }
    conditions.push_back(bias);
  }
  Value admitted;
  for (Value condition : conditions)
    admitted =
        admitted
            ? arith::AndIOp::create(b, loc, admitted, condition).getResult()
            : condition;
  return admitted;
}

Value ScoreBuilder::buildPair(Value product, Arguments arguments) {
  Value s = multiply(product, getFirstFactor(op));
  bool natural = op.getSoftcap() || hasFloatBias(op) || score;
  double pending = 1.0;
  if (op.getSoftcap()) {
    s = math::TanhOp::create(b, loc, s);
    pending = op.getSoftcap()->convertToDouble();
  }
  if (hasFloatBias(op)) {
    s = arith::AddFOp::create(b, loc, multiply(s, pending), getBias(arguments));
    pending = 1.0;
  }
  if (score) {
    s = score->build(b, multiply(s, pending), arguments.queries, arguments.keys,
                     arguments.tiles);
    pending = 1.0;
  }
  if (natural)
    s = multiply(s, pending * kLog2E);
  if (Value admitted = buildAdmitted(arguments))
    s = arith::SelectOp::create(
        b, loc, admitted, s,
        constant(-std::numeric_limits<double>::infinity()));
  return s;
}

FailureOr<Value> ScoreBuilder::run(Value products, const TileHint &hint) {
  for (auto [region, inliner] :
       {std::pair{&op.getScore(), &score}, std::pair{&op.getMask(), &mask}}) {
    if (region->empty())
      continue;
    convertIndexOps(*region);
    if (failed(inliner->emplace(op, *region).check()))
      return failure();
  }
  SmallVector<Value> used(op.getCaptures());
  llvm::append_values(used, op.getBatchOrigin(), op.getHeadOrigin(),
                      op.getQueryOrigin());
  for (Value value : {op.getDiagonal(), op.getRows()})
    if (value)
      used.push_back(value);
  if (op.getBias() &&
      cast<RankedTensorType>(op.getBias().getType()).getDimSize(1) == 1)
    used.push_back(op.getBias());
  OpBuilder outer(getHoistPoint(op, used));
  if (op.hasStructuralMask())
    addStructuralMask(outer);
  addBias(outer);
  for (std::optional<RegionInliner> *inliner : {&score, &mask})
    if (*inliner)
      (*inliner)->prepare(outer, b, queries, keys, tiles);

  SmallVector<Value> inputs = queries.buildForQueries(outer, op);
  size_t numQueries = inputs.size();
  SmallVector<SmallVector<unsigned>> maps(numQueries, {1});
  llvm::append_range(inputs, keys.buildForKeys(b, op));
  size_t numKeys = inputs.size() - numQueries;
  maps.append(numKeys, {0});
  llvm::append_range(inputs, tiles);
  maps.append(tiles.size() + 1, {0, 1});
  return LinalgBuilder(b, loc)
      .generic("pp", inputs, {products}, maps, hint,
               [&](OpBuilder &nested, Location, ValueRange args) {
                 OpBuilder::InsertionGuard guard(b);
                 b.restoreInsertionPoint(nested.saveInsertionPoint());
                 Arguments arguments{args.take_front(numQueries),
                                     args.slice(numQueries, numKeys),
                                     args.drop_front(numQueries + numKeys)};
                 return SmallVector<Value>{buildPair(args.back(), arguments)};
               })
      .getResult(0);
}

FailureOr<Value> buildScores(OpBuilder &b, OnlineOp op, Value scores,
                             const TileHint &hint) {
  if (!hasScoreWork(op))
    return scores;
  return ScoreBuilder(b, op).run(scores, hint);
}

} // namespace mlir::attn
