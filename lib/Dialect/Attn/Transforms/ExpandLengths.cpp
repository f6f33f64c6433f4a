//===- ExpandLengths.cpp - lengths and packed sequences as masks ----------===//
//
//   %o = attn.dense causal align(bottom_right) ins(%q, %k, %v) lengths(%n) ..
//   ->
//   low[b, i] = 0, high[b, i] = min(n[b], i + n[b] - T + 1)        of i32
//   %o = attn.dense ins(%q, %k, %v) captures(%low, %high) mask {
//     ^bb0(%b, %h, %i, %j, %low, %high): %low[%b, %i] <= %j < %high[%b, %i]
//   }
//
// With cu_seqlens a sequence begins at the last bound that is not behind the
// query, and ends at the first one that is.
//
// Tests: test/Dialect/Attn/Transforms/expand-lengths.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/ScoredAttention.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EXPANDLENGTHSPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

namespace {

/// The interval of keys [low, high) of each query.
struct KeyIntervals {
  Value low, high;
};

class LengthExpansion {
public:
  LengthExpansion(RewriterBase &rewriter, DenseOp op)
      : rewriter(rewriter), b(op.getLoc(), rewriter), op(op) {}

  void run();

private:
  /// What computes an interval in a body: integers of i64.
  struct Bounds {
    Value low, high;
  };

  Value integer(OpBuilder &nested, int64_t value) {
    return arith::ConstantIntOp::create(nested, b.getLoc(), value, 64);
  }
  Value sizeOf(Value tensor, int64_t axis);
  KeyIntervals fromLengths();
  KeyIntervals fromPackedSequences();
  Bounds restrict(ImplicitLocOpBuilder &nested, Bounds bounds, Value place);
  Value reduceBounds(Value init, Value tokens, bool isLow);
  void replaceMask(const KeyIntervals &keys);

  RewriterBase &rewriter;
  ImplicitLocOpBuilder b;
  DenseOp op;
};

} // namespace

/// A size as an integer.
Value LengthExpansion::sizeOf(Value tensor, int64_t axis) {
  Value size = getValueOrCreateConstantIndexOp(
      b, b.getLoc(), tensor::getMixedSize(b, b.getLoc(), tensor, axis));
  return arith::IndexCastOp::create(b, b.getI64Type(), size);
}

static Value toI64(OpBuilder &b, Location loc, Value x) {
  if (x.getType().isIndex())
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), x);
  if (x.getType().isInteger(64))
    return x;
  return arith::ExtSIOp::create(b, loc, b.getI64Type(), x);
}

/// Causal mask and window of the query at `place` of the keys.
LengthExpansion::Bounds LengthExpansion::restrict(ImplicitLocOpBuilder &nested,
                                                  Bounds bounds, Value place) {
  auto raise = [&](int64_t by) -> Value {
    Value bound = arith::AddIOp::create(nested, place, integer(nested, by));
    return arith::MaxSIOp::create(nested, bounds.low, bound);
  };
  auto lower = [&](int64_t by) -> Value {
    Value bound = arith::AddIOp::create(nested, place, integer(nested, by));
    return arith::MinSIOp::create(nested, bounds.high, bound);
  };
  if (op.getCausal())
    bounds.high = lower(1);
  if (std::optional<ArrayRef<int64_t>> window = op.getWindow()) {
    if ((*window)[0] >= 0)
      bounds.low = raise(-(*window)[0]);
    if ((*window)[1] >= 0)
      bounds.high = lower((*window)[1] + 1);
  }
  return bounds;
}

KeyIntervals LengthExpansion::fromLengths() {
  Location loc = b.getLoc();
  Value keys = sizeOf(op.getKey(), 2), queries = sizeOf(op.getQuery(), 2);
  SmallVector<OpFoldResult> sizes{
      tensor::getMixedSize(b, loc, op.getQuery(), 0),
      tensor::getMixedSize(b, loc, op.getQuery(), 2)};
  Value init = tensor::EmptyOp::create(b, sizes, b.getI32Type());
  AffineMap row = b.getMultiDimIdentityMap(2);
  AffineMap batch = AffineMap::get(2, 0, b.getAffineDimExpr(0), b.getContext());
  auto body = [&](OpBuilder &builder, Location l, ValueRange args) {
    ImplicitLocOpBuilder nested(l, builder);
    Value zero = integer(nested, 0);
    Value length = toI64(nested, l, args[0]);
    length = arith::MaxSIOp::create(
        nested, arith::MinSIOp::create(nested, length, keys), zero);
    Value place = toI64(nested, l, linalg::IndexOp::create(nested, 1));
    if (op.getAlign() != Alignment::TopLeft)
      place = arith::AddIOp::create(
          nested, place, arith::SubIOp::create(nested, length, queries));
    Bounds bounds = restrict(nested, {zero, length}, place);
    Value low = arith::TruncIOp::create(nested, b.getI32Type(), bounds.low);
    Value high = arith::TruncIOp::create(nested, b.getI32Type(), bounds.high);
    linalg::YieldOp::create(nested, ValueRange{low, high});
  };
  auto generic = linalg::GenericOp::create(
      b, TypeRange{init.getType(), init.getType()},
      ValueRange{op.getKvLengths()}, ValueRange{init, init},
      ArrayRef<AffineMap>{batch, row, row},
      SmallVector<utils::IteratorType>(2, utils::IteratorType::parallel), body);
  return {generic.getResult(0), generic.getResult(1)};
}

/// For each query the last bound up to it, or the first one behind it.
Value LengthExpansion::reduceBounds(Value init, Value tokens, bool isLow) {
  AffineExpr t = b.getAffineDimExpr(0), n = b.getAffineDimExpr(1);
  auto body = [&](OpBuilder &builder, Location l, ValueRange args) {
    ImplicitLocOpBuilder nested(l, builder);
    Value token = toI64(nested, l, linalg::IndexOp::create(nested, 0));
    Value bound = toI64(nested, l, args[0]);
    bound = arith::MaxSIOp::create(
        nested, arith::MinSIOp::create(nested, bound, tokens),
        integer(nested, 0));
    Value isUpTo =
        arith::CmpIOp::create(nested, arith::CmpIPredicate::sle, bound, token);
    Value narrow = arith::TruncIOp::create(nested, b.getI32Type(), bound);
    Value next =
        isLow ? arith::MaxSIOp::create(nested, args[1], narrow).getResult()
              : arith::MinSIOp::create(nested, args[1], narrow).getResult();
    if (isLow)
      next = arith::SelectOp::create(nested, isUpTo, next, args[1]);
    else
      next = arith::SelectOp::create(nested, isUpTo, args[1], next);
    linalg::YieldOp::create(nested, next);
  };
  return linalg::GenericOp::create(
             b, TypeRange{init.getType()}, ValueRange{op.getCuSeqlens()},
             ValueRange{init},
             ArrayRef<AffineMap>{AffineMap::get(2, 0, n, b.getContext()),
                                 AffineMap::get(2, 0, t, b.getContext())},
             ArrayRef<utils::IteratorType>{utils::IteratorType::parallel,
                                           utils::IteratorType::reduction},
             body)
      .getResult(0);
}

KeyIntervals LengthExpansion::fromPackedSequences() {
  Location loc = b.getLoc();
  OpFoldResult count = tensor::getMixedSize(b, loc, op.getQuery(), 2);
  Value tokens = sizeOf(op.getQuery(), 2);
  Value init =
      tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{count}, b.getI32Type());
  auto fill = [&](Value x) {
    return linalg::FillOp::create(b, x, init).getResult(0);
  };
  Value low = reduceBounds(fill(arith::ConstantIntOp::create(b, 0, 32)), tokens,
                           /*isLow=*/true);
  Value high = reduceBounds(
      fill(arith::TruncIOp::create(b, b.getI32Type(), tokens)), tokens,
      /*isLow=*/false);
  // [1, T], with causal mask and window.
  SmallVector<OpFoldResult> sizes{b.getIndexAttr(1), count};
  Value rows = tensor::EmptyOp::create(b, sizes, b.getI32Type());
  AffineMap row = b.getMultiDimIdentityMap(2);
  AffineMap token = AffineMap::get(2, 0, b.getAffineDimExpr(1), b.getContext());
  auto body = [&](OpBuilder &builder, Location l, ValueRange args) {
    ImplicitLocOpBuilder nested(l, builder);
    Value place = toI64(nested, l, linalg::IndexOp::create(nested, 1));
    Bounds bounds = restrict(
        nested, {toI64(nested, l, args[0]), toI64(nested, l, args[1])}, place);
    Value low = arith::TruncIOp::create(nested, b.getI32Type(), bounds.low);
    Value high = arith::TruncIOp::create(nested, b.getI32Type(), bounds.high);
    linalg::YieldOp::create(nested, ValueRange{low, high});
  };
  auto generic = linalg::GenericOp::create(
      b, TypeRange{rows.getType(), rows.getType()}, ValueRange{low, high},
      ValueRange{rows, rows}, ArrayRef<AffineMap>{token, token, row, row},
      SmallVector<utils::IteratorType>(2, utils::IteratorType::parallel), body);
  return {generic.getResult(0), generic.getResult(1)};
}

/// The op's mask becomes: in the interval, and admitted by the region.
void LengthExpansion::replaceMask(const KeyIntervals &keys) {
  Region &mask = op.getMask();
  if (mask.empty()) {
    SmallVector<Type> types(4, b.getIndexType());
    llvm::append_range(types, op.getCaptures().getTypes());
    SmallVector<Location> locations(types.size(), b.getLoc());
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&mask, mask.end(), types, locations);
    YieldOp::create(b, arith::ConstantOp::create(b, b.getBoolAttr(true)));
  }
  Value arguments[2], bounds[] = {keys.low, keys.high};
  for (Region *region : {&op.getMask(), &op.getScore()})
    if (!region->empty())
      for (auto [n, value] : llvm::enumerate(bounds)) {
        Value argument = region->addArgument(value.getType(), b.getLoc());
        if (region == &op.getMask())
          arguments[n] = argument;
      }
  op.getCapturesMutable().append({keys.low, keys.high});
  Block &block = mask.front();
  auto yield = cast<YieldOp>(block.getTerminator());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(yield);
  Value j = arith::IndexCastOp::create(b, b.getI32Type(), block.getArgument(3));
  SmallVector<Value> at{block.getArgument(0), block.getArgument(2)};
  // One row of intervals serves a batch of one.
  if (cast<RankedTensorType>(keys.low.getType()).getDimSize(0) == 1)
    at[0] = arith::ConstantIndexOp::create(b, 0);
  Value low = tensor::ExtractOp::create(b, arguments[0], at);
  Value high = tensor::ExtractOp::create(b, arguments[1], at);
  Value isIn = arith::AndIOp::create(
      b, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, j, low),
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, j, high));
  yield.getValueMutable().assign(
      arith::AndIOp::create(b, isIn, yield.getValue()));
}

void LengthExpansion::run() {
  b.setInsertionPoint(op);
  KeyIntervals keys = op.getKvLengths() ? fromLengths() : fromPackedSequences();
  replaceMask(keys);
  rewriter.modifyOpInPlace(op, [&] {
    op.setCausal(false);
    op.removeWindowAttr();
    op.removeAlignAttr();
    op.getKvLengthsMutable().clear();
    op.getCuSeqlensMutable().clear();
  });
}

namespace {
struct ExpandLengthsPass : impl::ExpandLengthsPassBase<ExpandLengthsPass> {
  void runOnOperation() override {
    SmallVector<DenseOp> ops;
    getOperation().walk([&](DenseOp op) {
      if (op.getKvLengths() || op.getCuSeqlens())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (DenseOp op : ops)
      LengthExpansion(rewriter, op).run();
  }
};
} // namespace

} // namespace mlir::attn
