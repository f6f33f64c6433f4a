//===- ExpandMass.cpp - attn.key_mass as attention with exchanged sides ---===//
//
//   %mass = attn.key_mass ins(%q, %k) lse(%lse) outs(%init)
//   ->
//   %r = %q and %l = %lse with queries and their group as one axis, n = i G + r
//   _, %s = attn.dense ins(%k, %r, %r[.., 0:1]) captures(%l) outs(_, _)
//       score { ^bb0(%s, %b, %g, %j, %n, %l): %s - %l[%b, %g, %n] }
//       mask { ^bb0(%b, %g, %j, %n, ..): causal and window for i = %n div G }
//   %mass = exp(%s)
//
// A row without keys has a logarithm of -inf and weighs nothing.
//
// Tests: test/Dialect/Attn/Transforms/expand-mass.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Analysis/MaskExpr.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EXPANDMASSPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

namespace {

class MassExpansion {
public:
  MassExpansion(RewriterBase &rewriter, KeyMassOp op)
      : rewriter(rewriter), b(op.getLoc(), rewriter), op(op),
        scores(getScores(op)) {}

  void run();

private:
  /// A pair of the exchanged operation in terms of the op's own: b, h, i, j.
  struct Place {
    Value batch, head, query, key;
    /// Its place in the exchanged operation.
    Value keyHead, joined;
  };

  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value capture(Value value);
  Value joinGroup(Value tensor);
  Value buildNumbers(OpFoldResult size, bool isMember);
  void addRegion(Region &region, bool isScore);
  Place getPlace(Block &block, unsigned first);
  Value local(Value captured, Block &block);
  SmallVector<Value> clone(Region &region, Block &block, ArrayRef<Value> given);
  Value transposeBias();
  Value readBias(const Place &place, Block &block);
  /// Whether regions read the bias, for its heads are not those of the op.
  bool readsBias() { return op.getBias() && !isConstantIntValue(group, 1); }
  Value buildScore(const Place &place, Block &block);
  Value buildMask(const Place &place, Block &block);

  RewriterBase &rewriter;
  ImplicitLocOpBuilder b;
  KeyMassOp op;
  ScoredAttention scores;
  /// The number of heads that share a key head.
  OpFoldResult group;
  SmallVector<Value> captures;
  Value sums, diagonal, bias;
  /// Where the group is not known, of each query of the joined axis its own
  /// number and that of its head in the group.
  Value queries, members;
};

} // namespace

/// The number of `value` among the captures.
Value MassExpansion::capture(Value value) {
  captures.push_back(value);
  return value;
}

/// The argument of `block` that stands for a captured value.
Value MassExpansion::local(Value captured, Block &block) {
  unsigned number = llvm::find(captures, captured) - captures.begin();
  return block.getArgument(block.getNumArguments() - captures.size() + number);
}

/// [B, Hkv G, T, ..] as [B, Hkv, T G, ..].
Value MassExpansion::joinGroup(Value tensor) {
  if (isConstantIntValue(group, 1))
    return tensor;
  Location loc = b.getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  sizes[1] = tensor::getMixedSize(b, loc, op.getKey(), 1);
  sizes.insert(sizes.begin() + 3, group);
  Value init = tensor::EmptyOp::create(b, sizes, getElementTypeOrSelf(tensor));
  Value count = getValueOrCreateConstantIndexOp(b, loc, group);
  auto body = [&](OpBuilder &builder, Location l, ValueRange) {
    ImplicitLocOpBuilder nested(l, builder);
    SmallVector<Value> at;
    for (int64_t axis = 0, e = sizes.size(); axis < e; ++axis)
      at.push_back(linalg::IndexOp::create(nested, axis));
    Value first = arith::MulIOp::create(nested, at[1], count);
    at[1] = arith::AddIOp::create(nested, first, at[3]);
    at.erase(at.begin() + 3);
    Value x = tensor::ExtractOp::create(nested, tensor, at);
    linalg::YieldOp::create(nested, x);
  };
  Value turned =
      linalg::GenericOp::create(
          b, TypeRange{init.getType()}, ValueRange(), ValueRange{init},
          ArrayRef<AffineMap>{b.getMultiDimIdentityMap(sizes.size())},
          SmallVector<utils::IteratorType>(sizes.size(),
                                           utils::IteratorType::parallel),
          body)
          .getResult(0);
  SmallVector<ReassociationIndices> rows{{0}, {1}, {2, 3}};
  for (int64_t axis = 4, e = sizes.size(); axis < e; ++axis)
    rows.push_back({axis});
  return tensor::CollapseShapeOp::create(b, turned, rows);
}

/// n div G, or n mod G, for each n below `size`.
Value MassExpansion::buildNumbers(OpFoldResult size, bool isMember) {
  auto count = cast<Value>(group);
  Value init =
      tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{size}, b.getI32Type());
  auto body = [&](OpBuilder &builder, Location l, ValueRange) {
    ImplicitLocOpBuilder nested(l, builder);
    Value n = linalg::IndexOp::create(nested, 0);
    Value number = isMember
                       ? arith::RemSIOp::create(nested, n, count).getResult()
                       : arith::DivSIOp::create(nested, n, count).getResult();
    number = arith::IndexCastOp::create(nested, b.getI32Type(), number);
    linalg::YieldOp::create(nested, number);
  };
  return linalg::GenericOp::create(
             b, TypeRange{init.getType()}, ValueRange(), ValueRange{init},
             ArrayRef<AffineMap>{b.getMultiDimIdentityMap(1)},
             ArrayRef<utils::IteratorType>{utils::IteratorType::parallel}, body)
      .getResult(0);
}

MassExpansion::Place MassExpansion::getPlace(Block &block, unsigned first) {
  Place place;
  place.batch = block.getArgument(first);
  place.keyHead = place.head = block.getArgument(first + 1);
  place.key = block.getArgument(first + 2);
  place.joined = place.query = block.getArgument(first + 3);
  if (isConstantIntValue(group, 1))
    return place;
  if (std::optional<int64_t> known = getConstantIntValue(group)) {
    Value count = arith::ConstantIndexOp::create(b, *known);
    place.query = arith::DivSIOp::create(b, place.joined, count);
    Value member = arith::RemSIOp::create(b, place.joined, count);
    place.head = add(arith::MulIOp::create(b, place.keyHead, count), member);
  } else {
    // A region may not divide by what could be 0.
    auto read = [&](Value numbers) -> Value {
      Value number =
          tensor::ExtractOp::create(b, local(numbers, block), place.joined);
      return arith::IndexCastOp::create(b, b.getIndexType(), number);
    };
    place.query = read(queries);
    Value first = arith::MulIOp::create(b, place.keyHead,
                                        local(cast<Value>(group), block));
    place.head = add(first, read(members));
  }
  // Heads are as many as 32 bits hold, which the product does not tell.
  int64_t heads = op.getQuery().getType().getDimSize(1);
  Value last = arith::ConstantIndexOp::create(
      b, ShapedType::isDynamic(heads) ? kMaxPosition : heads - 1);
  place.head = arith::MinSIOp::create(b, place.head, last);
  return place;
}

/// The body of `region` at arguments `given`, with its captures; what it
/// yields.
SmallVector<Value> MassExpansion::clone(Region &region, Block &block,
                                        ArrayRef<Value> given) {
  IRMapping mapping;
  Block &source = region.front();
  mapping.map(source.getArguments().take_front(given.size()), given);
  for (auto [argument, captured] : llvm::zip_equal(
           source.getArguments().drop_front(given.size()), op.getCaptures()))
    mapping.map(argument, local(captured, block));
  for (Operation &inner : source.without_terminator())
    b.clone(inner, mapping);
  return llvm::map_to_vector(
      source.getTerminator()->getOperands(),
      [&](Value yielded) { return mapping.lookupOrDefault(yielded); });
}

/// The bias with keys before queries; of elements that can be gathered where
/// regions read it.
Value MassExpansion::transposeBias() {
  Location loc = b.getLoc();
  Type type = getElementTypeOrSelf(op.getBias());
  if (readsBias() && scores.hasBooleanBias())
    type = b.getI32Type();
  else if (readsBias())
    type = scores.getStatisticsType();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, op.getBias());
  std::swap(sizes[2], sizes[3]);
  Value init = tensor::EmptyOp::create(b, sizes, type);
  AffineMap to = b.getMultiDimIdentityMap(4);
  AffineMap from = AffineMap::getPermutationMap(ArrayRef<unsigned>{0, 1, 3, 2},
                                                b.getContext());
  return linalg::GenericOp::create(
             b, init.getType(), Value(op.getBias()), init,
             ArrayRef<AffineMap>{from, to},
             SmallVector<utils::IteratorType>(4, utils::IteratorType::parallel),
             [&](OpBuilder &nested, Location l, ValueRange args) {
               Value x = convertScalarToDtype(nested, l, args[0], type,
                                              /*isUnsignedCast=*/true);
               linalg::YieldOp::create(nested, l, x);
             })
      .getResult(0);
}

/// The element of the transposed bias; a size of 1 is broadcast.
Value MassExpansion::readBias(const Place &place, Block &block) {
  SmallVector<Value> at{place.batch, place.head, place.key, place.query};
  Value zero = arith::ConstantIndexOp::create(b, 0);
  for (auto [index, size] :
       llvm::zip_equal(at, cast<RankedTensorType>(bias.getType()).getShape()))
    if (size == 1)
      index = zero;
  return tensor::ExtractOp::create(b, local(bias, block), at);
}

/// s - lse, or -inf where the row has no keys.
Value MassExpansion::buildScore(const Place &place, Block &block) {
  Value s = block.getArgument(0);
  Type type = s.getType();
  if (readsBias() && !scores.hasBooleanBias())
    s = arith::AddFOp::create(b, s,
                              convertScalarToDtype(b, b.getLoc(),
                                                   readBias(place, block), type,
                                                   /*isUnsignedCast=*/false));
  if (!op.getScore().empty())
    s = clone(op.getScore(), block,
              {s, place.batch, place.head, place.query, place.key})[0];
  Value lse = tensor::ExtractOp::create(
      b, local(sums, block),
      ValueRange{place.batch, place.keyHead, place.joined});
  Value none = arith::ConstantOp::create(
      b, b.getFloatAttr(type, -std::numeric_limits<double>::infinity()));
  Value isEmpty =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, lse, none);
  return arith::SelectOp::create(b, isEmpty, none,
                                 arith::SubFOp::create(b, s, lse));
}

Value MassExpansion::buildMask(const Place &place, Block &block) {
  Value admits;
  auto require = [&](Value condition) {
    admits = admits ? arith::AndIOp::create(b, admits, condition).getResult()
                    : condition;
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) {
    require(arith::CmpIOp::create(b, predicate, x, y));
  };
  if (diagonal) {
    Value middle = add(place.query, local(diagonal, block));
    auto shifted = [&](int64_t by) {
      return add(middle, arith::ConstantIndexOp::create(b, by));
    };
    if (op.getCausal())
      compare(arith::CmpIPredicate::sle, place.key, middle);
    if (op.getWindow() && (*op.getWindow())[0] >= 0)
      compare(arith::CmpIPredicate::sge, place.key,
              shifted(-(*op.getWindow())[0]));
    if (op.getWindow() && (*op.getWindow())[1] >= 0)
      compare(arith::CmpIPredicate::sle, place.key,
              shifted((*op.getWindow())[1]));
  }
  if (readsBias() && scores.hasBooleanBias()) {
    Value admitted = readBias(place, block);
    Value none =
        arith::ConstantOp::create(b, b.getZeroAttr(admitted.getType()));
    compare(arith::CmpIPredicate::ne, admitted, none);
  }
  if (!op.getMask().empty())
    require(clone(op.getMask(), block,
                  {place.batch, place.head, place.query, place.key})[0]);
  return admits;
}

void MassExpansion::addRegion(Region &region, bool isScore) {
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types(4, b.getIndexType());
  if (isScore)
    types.insert(types.begin(), scores.getStatisticsType());
  for (Value captured : captures)
    types.push_back(captured.getType());
  SmallVector<Location> locations(types.size(), b.getLoc());
  Block *block = b.createBlock(&region, region.end(), types, locations);
  Place place = getPlace(*block, isScore ? 1 : 0);
  Value result = isScore ? buildScore(place, *block) : buildMask(place, *block);
  YieldOp::create(b, result);
}

void MassExpansion::run() {
  b.setInsertionPoint(op);
  Location loc = b.getLoc();
  OpFoldResult heads = tensor::getMixedSize(b, loc, op.getQuery(), 1);
  OpFoldResult keyHeads = tensor::getMixedSize(b, loc, op.getKey(), 1);
  auto isKnown = [](OpFoldResult size) { return isa<Attribute>(size); };
  if (isEqualConstantIntOrValue(heads, keyHeads) || isZeroInteger(keyHeads)) {
    // Without key heads there is nothing to share.
    group = b.getIndexAttr(1);
  } else if (isKnown(heads) && isKnown(keyHeads)) {
    group = b.getIndexAttr(*getConstantIntValue(heads) /
                           *getConstantIntValue(keyHeads));
  } else {
    Value most = getValueOrCreateConstantIndexOp(b, loc, keyHeads);
    Value one = arith::ConstantIndexOp::create(b, 1);
    group = arith::DivSIOp::create(
                b, getValueOrCreateConstantIndexOp(b, loc, heads),
                arith::MaxSIOp::create(b, most, one))
                .getResult();
  }
  for (Value captured : op.getCaptures())
    capture(captured);
  Value joined = joinGroup(op.getQuery());
  sums = capture(joinGroup(op.getLse()));
  if (op.getBias())
    bias = transposeBias();
  if (readsBias())
    capture(bias);
  diagonal = scores.buildDiagonal(b);
  if (diagonal)
    capture(diagonal);
  if (auto count = dyn_cast<Value>(group)) {
    capture(count);
    OpFoldResult size = tensor::getMixedSize(b, loc, joined, 2);
    queries = capture(buildNumbers(size, /*isMember=*/false));
    members = capture(buildNumbers(size, /*isMember=*/true));
  }

  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, joined);
  SmallVector<OpFoldResult> zeros(4, b.getIndexAttr(0)),
      ones(4, b.getIndexAttr(1));
  sizes.back() = b.getIndexAttr(1);
  Value value = tensor::ExtractSliceOp::create(b, joined, zeros, sizes, ones);
  SmallVector<OpFoldResult> keySizes =
      tensor::getMixedSizes(b, loc, op.getKey());
  keySizes.back() = b.getIndexAttr(1);
  Value output =
      tensor::EmptyOp::create(b, keySizes, getElementTypeOrSelf(op.getKey()));
  keySizes.pop_back();
  Value sum = tensor::EmptyOp::create(b, keySizes, scores.getStatisticsType());
  auto dense = DenseOp::create(
      b, op.getKey(), joined, value, readsBias() ? Value() : bias,
      /*sink=*/Value(),
      /*kv_lengths=*/Value(), /*cu_seqlens=*/Value(), /*page_table=*/Value(),
      captures, /*origin=*/ValueRange(), /*diagonal=*/Value(), output, sum,
      op.getScaleAttr(), op.getSoftcapAttr(), /*causal=*/false, AlignmentAttr(),
      /*window=*/DenseI64ArrayAttr(), ScheduleAttr());
  addRegion(dense.getScore(), /*isScore=*/true);
  if (diagonal || (readsBias() && scores.hasBooleanBias()) ||
      !op.getMask().empty())
    addRegion(dense.getMask(), /*isScore=*/false);

  auto type = cast<RankedTensorType>(op.getMassInit().getType());
  AffineMap map = b.getMultiDimIdentityMap(type.getRank());
  Value mass = linalg::GenericOp::create(
                   b, type, Value(dense.getLse()), Value(op.getMassInit()),
                   ArrayRef<AffineMap>{map, map},
                   SmallVector<utils::IteratorType>(
                       type.getRank(), utils::IteratorType::parallel),
                   [](OpBuilder &nested, Location l, ValueRange args) {
                     Value weight = math::ExpOp::create(nested, l, args[0]);
                     linalg::YieldOp::create(nested, l, weight);
                   })
                   .getResult(0);
  rewriter.replaceOp(op, mass);
}

namespace {
struct ExpandMassPass : impl::ExpandMassPassBase<ExpandMassPass> {
  void runOnOperation() override {
    SmallVector<KeyMassOp> ops;
    getOperation().walk([&](KeyMassOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (KeyMassOp op : ops)
      MassExpansion(rewriter, op).run();
  }
};
} // namespace

} // namespace mlir::attn
