//===- Decompose.cpp - attn.finish and attn.merge as linalg, and the pass -===//
//
//   %o, %lse = attn.finish ins(%m, %l, %acc) outs(%o0, %lse0)
//   ->
//   r   = 1 / l, 0 where l = 0     [rows]
//   o   = transpose(acc) * r       [n, width]
//   lse = (m + log2(l)) / log2(e)  [n]
//
// Tests: test/Dialect/Attn/Transforms/decompose.mlir
//
//===----------------------------------------------------------------------===//

#include "Decompose.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_DECOMPOSEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

using Values = SmallVector<Value>;

/// Arithmetic on scalars of one float type with constants at hand.
namespace {
struct Scalar {
  OpBuilder &b;
  Location loc;

  Value constant(Value like, double value) {
    return arith::ConstantOp::create(b, loc,
                                     b.getFloatAttr(like.getType(), value));
  }
  /// x where it is not -inf, else 0: a maximum that may be subtracted.
  Value finiteMax(Value x) {
    Value none = arith::CmpFOp::create(
        b, loc, arith::CmpFPredicate::OEQ, x,
        constant(x, -std::numeric_limits<double>::infinity()));
    return arith::SelectOp::create(b, loc, none, constant(x, 0.0), x);
  }
  /// 1 / x, or 0 where x is 0.
  Value reciprocal(Value x) {
    Value zero = constant(x, 0.0);
    Value none =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, zero);
    Value inverse = arith::DivFOp::create(b, loc, constant(x, 1.0), x);
    return arith::SelectOp::create(b, loc, none, zero, inverse);
  }
};
} // namespace

/// M + log2(t): lse in base 2.
static Value buildLse(OpBuilder &b, Location loc, Value max, Value total) {
  return arith::AddFOp::create(b, loc, max,
                               math::Log2Op::create(b, loc, total));
}

/// The factor of acc and the base-2 lse, with the sink as a key of value 0:
/// M = max(m, z), t = l 2^(m - M) + 2^(z - M), factor 2^(m - M) / t. A row
/// without keys stays (0, -inf).
static Values finishRow(OpBuilder &b, Location loc, Value max, Value sum,
                        Value sink) {
  Scalar scalar{b, loc};
  if (!sink) {
    Value base = scalar.finiteMax(max);
    return {scalar.reciprocal(sum), buildLse(b, loc, base, sum)};
  }
  Value logit = convertScalarToDtype(b, loc, sink, max.getType(), false);
  logit = arith::MulFOp::create(b, loc, logit, scalar.constant(logit, kLog2E));
  Value larger = scalar.finiteMax(arith::MaxNumFOp::create(b, loc, max, logit));
  auto power = [&](Value x) -> Value {
    Value difference = arith::SubFOp::create(b, loc, x, larger);
    return math::Exp2Op::create(b, loc, difference);
  };
  Value decay = power(max);
  Value total = arith::AddFOp::create(
      b, loc, arith::MulFOp::create(b, loc, sum, decay), power(logit));
  Value factor = arith::MulFOp::create(b, loc, decay, scalar.reciprocal(total));
  // A sum of 0 tells a row without keys; one of NaN scores has a sum of NaN.
  Value none = scalar.constant(max, -std::numeric_limits<double>::infinity());
  Value empty = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, sum,
                                      scalar.constant(sum, 0.0));
  Value lse = arith::SelectOp::create(b, loc, empty, none,
                                      buildLse(b, loc, larger, total));
  return {factor, lse};
}

LogicalResult decomposeFinish(RewriterBase &rewriter, FinishOp op) {
  Location loc = op.getLoc();
  int64_t rows = op.getMax().getType().getDimSize(0);
  Type element = getElementTypeOrSelf(op.getMax());
  if (!op.isFeatureMajor() || ShapedType::isDynamic(rows))
    return op.emitOpError() << "expected layout(feature_major) and a static "
                               "number of rows, as 'attn-convert-to-online' "
                               "makes it";
  rewriter.setInsertionPoint(op);
  LinalgBuilder linalg(rewriter, loc);
  Value rowsEmpty = linalg.empty({rows}, element);
  auto statistics = linalg.generic(
      "p", {op.getMax(), op.getSum()}, {rowsEmpty, rowsEmpty},
      {{0}, {0}, {0}, {0}}, {},
      [&](OpBuilder &nested, Location l, ValueRange args) {
        return finishRow(nested, l, args[0], args[1], op.getSink());
      });

  OpFoldResult real =
      tensor::getMixedSize(rewriter, loc, op.getOutputInit(), 0);
  // Lanes of the transposing copy; any rows past the real ones are dropped.
  int64_t lanes = std::min<int64_t>(rows, 16);
  TileHint hint;
  hint.sizes = hint.lanes = {lanes, lanes};
  Value acc = tensor::ExtractSliceOp::create(
      rewriter, loc, op.getAcc(),
      SmallVector<OpFoldResult>(2, rewriter.getIndexAttr(0)),
      {tensor::getMixedSize(rewriter, loc, op.getAcc(), 0), real},
      SmallVector<OpFoldResult>(2, rewriter.getIndexAttr(1)));
  Value factor = linalg.takeRows(statistics.getResult(0), real);
  Type outputElement = getElementTypeOrSelf(op.getOutputInit());
  Values results;
  results.push_back(
      linalg
          .generic("pp", {acc, factor}, {op.getOutputInit()},
                   {{1, 0}, {0}, {0, 1}}, hint,
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     Value o =
                         arith::MulFOp::create(nested, l, args[0], args[1]);
                     return Values{convertScalarToDtype(nested, l, o,
                                                        outputElement, false)};
                   })
          .getResult(0));
  if (op.getLseInit()) {
    TileHint rowHint;
    rowHint.sizes = rowHint.lanes = {lanes};
    results.push_back(
        linalg
            .generic("p", {linalg.takeRows(statistics.getResult(1), real)},
                     {op.getLseInit()}, {{0}, {0}}, rowHint,
                     [](OpBuilder &nested, Location l, ValueRange args) {
                       Value unit =
                           Scalar{nested, l}.constant(args[0], 1 / kLog2E);
                       return Values{
                           arith::MulFOp::create(nested, l, args[0], unit)};
                     })
            .getResult(0));
  }
  rewriter.replaceOp(op, results);
  return success();
}

/// Two passes over the parts: the largest lse, then weights and weighted sums.
/// Parts whose combination is written out; the code of more of them is a loop.
static constexpr int64_t kMaxUnrolledParts = 16;

/// A loop over the last iterator of `count`, where that is the number of parts
/// and there are many.
static TileHint loopOverParts(MergeOp op, size_t count) {
  TileHint hint;
  if (op.getOutputs().getType().getDimSize(0) <= kMaxUnrolledParts)
    return hint;
  hint.sizes.assign(count, 0);
  hint.sizes.back() = 1;
  return hint;
}

LogicalResult decomposeMerge(RewriterBase &rewriter, MergeOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  LinalgBuilder linalg(rewriter, loc);
  Type element = getElementTypeOrSelf(op.getLses());
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(rewriter, loc, op.getOutputs());
  SmallVector<OpFoldResult> rowSizes(ArrayRef(sizes).drop_front().drop_back());
  auto emptyOf = [&](ArrayRef<OpFoldResult> shape) -> Value {
    return tensor::EmptyOp::create(rewriter, loc, shape, element);
  };
  double infinity = std::numeric_limits<double>::infinity();
  using Map = SmallVector<unsigned>;
  Map row{0, 1, 2}, partRow{3, 0, 1, 2}, full{4, 0, 1, 2, 3};

  Value max = linalg.fill(emptyOf(rowSizes), -infinity, {});
  max = linalg
            .generic("pppr", {op.getLses()}, {max}, {partRow, row},
                     loopOverParts(op, 4),
                     [](OpBuilder &nested, Location l, ValueRange args) {
                       return Values{arith::MaxNumFOp::create(
                           nested, l, args[0], args[1])};
                     })
            .getResult(0);
  Value sum = linalg.fill(emptyOf(rowSizes), 0.0, {});
  sum = linalg
            .generic(
                "pppr", {op.getLses(), max}, {sum}, {partRow, row, row},
                loopOverParts(op, 4),
                [](OpBuilder &nested, Location l, ValueRange args) {
                  Scalar scalar{nested, l};
                  Value x = arith::SubFOp::create(nested, l, args[0],
                                                  scalar.finiteMax(args[1]));
                  Value w = math::ExpOp::create(nested, l, x);
                  return Values{arith::AddFOp::create(nested, l, w, args[2])};
                })
            .getResult(0);
  SmallVector<OpFoldResult> outputSizes(ArrayRef(sizes).drop_front());
  Value output = linalg.fill(emptyOf(outputSizes), 0.0, {});
  // A part without keys is skipped: its output has no meaning.
  output =
      linalg
          .generic("ppppr", {op.getLses(), max, sum, op.getOutputs()}, {output},
                   {{4, 0, 1, 2}, row, row, full, {0, 1, 2, 3}},
                   loopOverParts(op, 5),
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     Scalar scalar{nested, l};
                     Value x = arith::SubFOp::create(nested, l, args[0],
                                                     scalar.finiteMax(args[1]));
                     Value w = math::ExpOp::create(nested, l, x);
                     w = arith::MulFOp::create(nested, l, w,
                                               scalar.reciprocal(args[2]));
                     Value term = arith::MulFOp::create(nested, l, w, args[3]);
                     Value total =
                         arith::AddFOp::create(nested, l, term, args[4]);
                     Value none = arith::CmpFOp::create(
                         nested, l, arith::CmpFPredicate::OEQ, args[0],
                         scalar.constant(args[0], -infinity));
                     return Values{arith::SelectOp::create(nested, l, none,
                                                           args[4], total)};
                   })
          .getResult(0);
  Type outputElement = getElementTypeOrSelf(op.getOutputInit());
  Map all{0, 1, 2, 3};
  Values results;
  results.push_back(
      linalg
          .generic("pppp", {output}, {op.getOutputInit()}, {all, all}, {},
                   [&](OpBuilder &nested, Location l, ValueRange args) {
                     return Values{convertScalarToDtype(nested, l, args[0],
                                                        outputElement, false)};
                   })
          .getResult(0));
  if (op.getLseInit())
    results.push_back(
        linalg
            .generic("ppp", {max, sum}, {op.getLseInit()}, {row, row, row}, {},
                     [](OpBuilder &nested, Location l, ValueRange args) {
                       Value base = Scalar{nested, l}.finiteMax(args[0]);
                       Value lse = arith::AddFOp::create(
                           nested, l, base,
                           math::LogOp::create(nested, l, args[1]));
                       return Values{lse};
                     })
            .getResult(0));
  rewriter.replaceOp(op, results);
  return success();
}

namespace {
struct DecomposePass : impl::DecomposePassBase<DecomposePass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<OnlineOp, FinishOp, MergeOp>(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      LogicalResult result = success();
      if (auto online = dyn_cast<OnlineOp>(op))
        result = decomposeOnline(rewriter, online);
      else if (auto finish = dyn_cast<FinishOp>(op))
        result = decomposeFinish(rewriter, finish);
      else
        result = decomposeMerge(rewriter, cast<MergeOp>(op));
      if (failed(result))
        return signalPassFailure();
      ++numDecomposed;
    }
  }
};
} // namespace

} // namespace mlir::attn
