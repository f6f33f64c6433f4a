//===- ConvertToOnline.cpp - one query tile as a chain of attn.online -----===//
//
//   %o = attn.dense causal ins(%q, %k, %v) origin(..) diagonal(%d) outs(%init)
//   ->
//   %qt = transposed, scaled f32 copy of %q               [K, query_tile]
//   %r0 = attn.online ins(%qt, %k[lo..fullHi], ..) outs(-inf, 0, 0)
//   %r1 = attn.online causal ins(%qt, %k[fullHi..hi], ..) outs(%r0)
//   %o  = attn.finish ins(%r1) outs(%init)
//
// Tests: test/Dialect/Attn/Transforms/convert-to-online.mlir
//
//===----------------------------------------------------------------------===//

#include "OnlineRanges.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CONVERTTOONLINEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

static constexpr double kNegativeInfinity =
    -std::numeric_limits<double>::infinity();

namespace {

/// Converts one op; holds what its steps share.
class OnlineConverter {
public:
  OnlineConverter(RewriterBase &rewriter, const ScoredAttention &attention)
      : b(rewriter), attention(attention), loc(attention.op->getLoc()),
        schedule(attention.schedule) {}

  LogicalResult run();

private:
  LogicalResult checkTile();
  Value dropUnitDims(Value source, ArrayRef<int64_t> kept);
  Value restoreUnitDims(Value tile, Value destination);
  Value buildQueryTile(Value query);
  Value buildFirstMax();
  void chooseFactors();
  Value fill(ArrayRef<int64_t> shape, double value);

  RewriterBase &b;
  ScoredAttention attention;
  Location loc;
  ScheduleAttr schedule;
  /// Factor of the query tile, and what remains for the scores.
  double queryFactor = 1.0, scoreFactor = 1.0;
  Value bias, rows;
};

} // namespace

/// Lowered are tiles of one batch and one head with a schedule, or of one query
/// of heads that share their keys.
LogicalResult OnlineConverter::checkTile() {
  Operation *op = attention.op;
  if (attention.getQueryType().getElementType().isF64())
    return op->emitOpError() << "element type 'f64' is not supported by this "
                                "lowering, expected 'f16', 'bf16' or 'f32'";
  ArrayRef<int64_t> q = attention.getQueryType().getShape();
  if (q[0] != 1 || (q[1] != 1 && q[2] != 1) ||
      attention.getKeyType().getDimSize(1) != 1)
    return op->emitOpError() << "expected a tile of one batch and one head, as "
                                "'attn-tile' makes it";
  auto sparse = dyn_cast<BlockSparseOp>(op);
  if (!sparse)
    return success();
  ArrayRef<int64_t> lists = sparse.getBlocks().getType().getShape();
  if (lists[0] != 1 || lists[1] != 1 || lists[2] != 1)
    return op->emitOpError() << "expected a tile of one list, as 'attn-tile' "
                                "makes it";
  return success();
}

/// What has no lowering.
static LogicalResult checkOperands(DenseOp op) {
  std::pair<StringRef, Value> unsupported[] = {
      {"lengths", op.getKvLengths()},
      {"cu_seqlens", op.getCuSeqlens()},
      {"page_table", op.getPageTable()}};
  for (auto [name, operand] : unsupported)
    if (operand)
      return op.emitOpError()
             << "operand '" << name
             << "' is not supported by this lowering, expected "
                "uniform lengths given by the sizes";
  return success();
}

/// The dimensions `kept` of a tensor whose other dimensions are 1.
Value OnlineConverter::dropUnitDims(Value source, ArrayRef<int64_t> kept) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  SmallVector<int64_t> shape;
  for (int64_t axis : kept)
    shape.push_back(type.getDimSize(axis));
  auto reduced = RankedTensorType::get(shape, type.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, reduced, source, offsets, sizes,
                                        strides);
}

Value OnlineConverter::restoreUnitDims(Value tile, Value destination) {
  auto type = cast<RankedTensorType>(destination.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, destination);
  return tensor::InsertSliceOp::create(b, loc, tile, destination, offsets,
                                       sizes, strides);
}

/// Constant factors are multiplied into the query tile, where they cost one
/// multiplication per element instead of one per score. What the scores need
/// first decides which: base-2 exponents, the softcap's argument, or natural
/// units for bias and region.
void OnlineConverter::chooseFactors() {
  double scale = attention.getScaleOrDefault();
  bool plain =
      attention.score->empty() && (!bias || attention.hasBooleanBias());
  if (attention.softcap)
    scoreFactor = attention.softcap->convertToDouble();
  else
    scoreFactor = plain ? llvm::numbers::ln2 : 1.0;
  queryFactor = scale / scoreFactor;
}

Value OnlineConverter::fill(ArrayRef<int64_t> shape, double value) {
  Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
  Value constant = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  return linalg::FillOp::create(b, loc, constant, empty).getResult(0);
}

/// f32 copy [K, query_tile] of query [n, K], times the factor. Lanes past n
/// keep a number that cannot make an exception: 1, which also keeps this fill
/// apart from the accumulator's zero fill.
Value OnlineConverter::buildQueryTile(Value query) {
  int64_t width = attention.getKeyWidth();
  Value whole = fill({width, schedule.getQueryTile()}, 1.0);
  SmallVector<OpFoldResult> offsets(2, b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes{b.getIndexAttr(width), rows};
  Value part =
      tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
  MLIRContext *context = b.getContext();
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  AffineMap transposed = AffineMap::get(2, 0, {d1, d0}, context);
  AffineMap identity = AffineMap::get(2, 0, {d0, d1}, context);
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto copy = linalg::GenericOp::create(
      b, loc, part.getType(), query, part,
      ArrayRef<AffineMap>{transposed, identity}, loops,
      [&](OpBuilder &nested, Location l, ValueRange args) {
        Value x = convertScalarToDtype(nested, l, args[0], nested.getF32Type(),
                                       false);
        Value factor = arith::ConstantOp::create(
            nested, l, nested.getF32FloatAttr(queryFactor));
        Value scaled = arith::MulFOp::create(nested, l, x, factor);
        linalg::YieldOp::create(nested, l, scaled);
      });
  int64_t lanes = schedule.getLanes();
  auto square = b.getDenseI64ArrayAttr({lanes, lanes});
  copy->setAttr("attn.tile",
                RegisterTileAttr::get(context, square, {}, {}, false, false,
                                      square, /*prefetch=*/0));
  return tensor::InsertSliceOp::create(b, loc, copy.getResult(0), whole,
                                       offsets, sizes, strides);
}

/// Maxima of rows that have seen their sinks, each with a weight of 1, in
/// base-2 units; -inf in lanes past the last row.
Value OnlineConverter::buildFirstMax() {
  Value whole = fill({schedule.getQueryTile()}, kNegativeInfinity);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  Value part = tensor::ExtractSliceOp::create(b, loc, whole, zero,
                                              OpFoldResult(rows), one);
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(1));
  auto scaled = linalg::GenericOp::create(
      b, loc, part.getType(), attention.sink, part, maps,
      utils::IteratorType::parallel,
      [&](OpBuilder &nested, Location l, ValueRange args) {
        Value x = convertScalarToDtype(nested, l, args[0], nested.getF32Type(),
                                       false);
        Value unit = arith::ConstantOp::create(
            nested, l, nested.getF32FloatAttr(llvm::numbers::log2e));
        Value exponent = arith::MulFOp::create(nested, l, x, unit);
        linalg::YieldOp::create(nested, l, exponent);
      });
  auto row = b.getDenseI64ArrayAttr(schedule.getLanes());
  scaled->setAttr("attn.tile",
                  RegisterTileAttr::get(b.getContext(), row, {}, {}, false,
                                        false, row, /*prefetch=*/0));
  return tensor::InsertSliceOp::create(b, loc, scaled.getResult(0), whole, zero,
                                       OpFoldResult(rows), one);
}

LogicalResult OnlineConverter::run() {
  if (failed(checkTile()))
    return failure();
  b.setInsertionPoint(attention.op);
  SmallVector<Value> origin(attention.origin);
  if (origin.empty())
    origin.assign(4, arith::ConstantIndexOp::create(b, loc, 0));
  Value diagonal = attention.buildDiagonal(b);
  bool rowsAreHeads = attention.getQueryType().getDimSize(1) != 1;
  int64_t rowAxis = rowsAreHeads ? 1 : 2;
  if (attention.bias)
    bias = dropUnitDims(attention.bias, {rowAxis, 3});
  chooseFactors();
  Value query = dropUnitDims(attention.query, {rowAxis, 3});
  rows = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, query, 0));
  OnlineTile tile{attention,
                  rowsAreHeads,
                  buildQueryTile(query),
                  dropUnitDims(attention.key, {2, 3}),
                  dropUnitDims(attention.value, {2, 3}),
                  bias,
                  rows,
                  diagonal,
                  origin,
                  scoreFactor};

  int64_t lanes = schedule.getQueryTile();
  bool startsWithSinks = rowsAreHeads && attention.sink;
  SmallVector<Value> state{startsWithSinks ? buildFirstMax()
                                           : fill({lanes}, kNegativeInfinity),
                           fill({lanes}, startsWithSinks ? 1.0 : 0.0),
                           fill({attention.getValueWidth(), lanes}, 0.0)};
  auto sparse = dyn_cast<BlockSparseOp>(attention.op);
  state = sparse ? buildListLoop(b, sparse, tile, state)
                 : buildKeyRanges(b, tile, state);

  Value sink;
  if (attention.sink && !startsWithSinks) {
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    sink = tensor::ExtractOp::create(b, loc, attention.sink, zero);
  }
  Value lse = attention.lse ? dropUnitDims(attention.lse, {rowAxis}) : Value();
  auto finish = FinishOp::create(
      b, loc, state[0], state[1], state[2], sink,
      dropUnitDims(attention.output, {rowAxis, 3}), lse,
      TileLayoutAttr::get(b.getContext(), TileLayout::FeatureMajor));
  SmallVector<Value> results{
      restoreUnitDims(finish.getOutput(), attention.output)};
  if (lse)
    results.push_back(restoreUnitDims(finish.getLse(), attention.lse));
  b.replaceOp(attention.op, results);
  return success();
}

namespace {
struct ConvertToOnlinePass
    : impl::ConvertToOnlinePassBase<ConvertToOnlinePass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      auto attention = ScoredAttention::match(op);
      if (attention && attention->schedule)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      auto dense = dyn_cast<DenseOp>(op);
      OnlineConverter converter(rewriter, *ScoredAttention::match(op));
      if ((dense && failed(checkOperands(dense))) || failed(converter.run()))
        return signalPassFailure();
      ++numConverted;
    }
  }
};
} // namespace

} // namespace mlir::attn
