//===- Softmax.cpp - the online softmax on fragments ----------------------===//
//
// A step of Milakov and Gimelshein (arXiv 1805.02867) on the scores of a tile,
// with exponents of 2: c is log2(e), and the scale where nothing else is done
// to scores,
//
//   m' = max(m, max_j s[j])     r = c m', or 0 where m' is -inf
//   p[j] = exp2(c s[j] - r)     alpha = exp2(c m - r)
//   l' = alpha l + sum_j p[j]   o' = alpha o + sum_j p[j] v[j]
//
// so that an element costs one fused multiply-add and one exp2.
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

Value AttentionKernel::mapRows(
    OpBuilder &b, ValueRange rows,
    llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
  auto map = atile::MapRowsOp::create(
      b, loc, atile::RowsType::get(b.getContext(), atile::kGroupRows, false),
      rows);
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types(rows.size(), b.getF32Type());
  SmallVector<Location> locs(rows.size(), loc);
  Block *block = b.createBlock(&map.getBody(), {}, types, locs);
  atile::YieldOp::create(b, loc, body(b, block->getArguments()));
  return map.getResult();
}

RunningSoftmax AttentionKernel::emitEmptySoftmax(OpBuilder &b) {
  auto fill = [&](double value, bool partial) -> Value {
    auto type =
        atile::RowsType::get(b.getContext(), atile::kGroupRows, partial);
    return atile::FillOp::create(b, loc, type, constantF32(b, value));
  };
  return {fill(-kInfinity, /*partial=*/false), fill(0, /*partial=*/true)};
}

Value AttentionKernel::emitEmptyOutput(OpBuilder &b, bool inflight) {
  return atile::FillOp::create(b, loc, getOutputType(inflight),
                               constantF32(b, 0));
}

/// `x`, but `otherwise` where `tested` equals `exception`.
static Value selectUnlessEqual(OpBuilder &b, Location loc, Value tested,
                               Value exception, Value otherwise, Value x) {
  Value is = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, tested,
                                   exception);
  return arith::SelectOp::create(b, loc, is, otherwise, x);
}

SoftmaxStep AttentionKernel::emitStep(OpBuilder &b, Value scores,
                                      RunningSoftmax before) {
  Value max = atile::RowMaxOp::create(b, loc, scores, before.max);
  Value minus = mapRows(b, max, [&](OpBuilder &in, ValueRange x) -> Value {
    Value scaled =
        arith::MulFOp::create(in, loc, x[0], constantF32(in, factor));
    return selectUnlessEqual(in, loc, x[0], constantF32(in, -kInfinity),
                             constantF32(in, 0), scaled);
  });
  Value alpha = mapRows(
      b, {before.max, minus}, [&](OpBuilder &in, ValueRange x) -> Value {
        Value scaled =
            arith::MulFOp::create(in, loc, x[0], constantF32(in, factor));
        return math::Exp2Op::create(
            in, loc, arith::SubFOp::create(in, loc, scaled, x[1]));
      });
  Value weights =
      atile::Exp2SubOp::create(b, loc, scores, constantF32(b, factor), minus);
  Value sum = atile::RowSumOp::create(b, loc, weights, before.sum, alpha);
  return {weights, {max, sum}, alpha};
}

void AttentionKernel::emitEpilogue(OpBuilder &b, Value output,
                                   RunningSoftmax softmax, Value queryRow) {
  auto rowsType =
      atile::RowsType::get(b.getContext(), atile::kGroupRows, false);
  Value sum = atile::ReduceRowsOp::create(b, loc, rowsType, softmax.sum);
  // Exponents of 2, like `max` times the factor; 0 for a row without keys.
  Value max = mapRows(b, softmax.max, [&](OpBuilder &in, ValueRange x) {
    Value scaled =
        arith::MulFOp::create(in, loc, x[0], constantF32(in, factor));
    return selectUnlessEqual(in, loc, x[0], constantF32(in, -kInfinity),
                             constantF32(in, 0), scaled);
  });
  Value total = sum;
  if (attention.sink) {
    // The sink joins the sum, under a maximum of both: it may be far larger.
    Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), head);
    Value sink =
        tensor::ExtractOp::create(b, loc, attention.sink, ValueRange{index});
    if (!sink.getType().isF32())
      sink = sink.getType().isF64()
                 ? arith::TruncFOp::create(b, loc, b.getF32Type(), sink)
                       .getResult()
                 : arith::ExtFOp::create(b, loc, b.getF32Type(), sink);
    sink = arith::MulFOp::create(b, loc, sink,
                                 constantF32(b, llvm::numbers::log2e));
    Value whole = mapRows(b, max, [&](OpBuilder &in, ValueRange x) -> Value {
      return arith::MaximumFOp::create(in, loc, x[0], sink);
    });
    Value shrink =
        mapRows(b, {max, whole}, [&](OpBuilder &in, ValueRange x) -> Value {
          return math::Exp2Op::create(
              in, loc, arith::SubFOp::create(in, loc, x[0], x[1]));
        });
    total = mapRows(b, {sum, shrink, whole},
                    [&](OpBuilder &in, ValueRange x) -> Value {
                      Value kept = arith::MulFOp::create(in, loc, x[0], x[1]);
                      Value joined = math::Exp2Op::create(
                          in, loc, arith::SubFOp::create(in, loc, sink, x[2]));
                      return arith::AddFOp::create(in, loc, kept, joined);
                    });
    output = atile::ScaleOp::create(b, loc, output, shrink);
    max = whole;
  }
  Value zero = constantF32(b, 0);
  Value inverse =
      mapRows(b, {sum, total}, [&](OpBuilder &in, ValueRange x) -> Value {
        Value quotient =
            arith::DivFOp::create(in, loc, constantF32(in, 1), x[1]);
        return selectUnlessEqual(in, loc, x[0], zero, zero, quotient);
      });
  output = atile::ScaleOp::create(b, loc, output, inverse);

  Value valid = arith::SubIOp::create(b, loc, numRows, queryRow);
  const KernelTensor &out = frame.getOutput(frame.getDense().getOutput());
  SmallVector<Value> indices = getRowIndices(b, queryRow);
  Value offset = frame.getOffset(b, loc, out, indices);
  atile::StoreOp::create(b, loc, output, out.data, offset,
                         out.strides[getRowDim()], valid);
  Value lseResult = frame.getDense().getLse();
  if (!lseResult)
    return;
  Value lse =
      mapRows(b, {max, sum, total}, [&](OpBuilder &in, ValueRange x) -> Value {
        Value log = math::Log2Op::create(in, loc, x[2]);
        Value whole = arith::AddFOp::create(in, loc, x[0], log);
        Value natural = arith::MulFOp::create(
            in, loc, whole, constantF32(in, llvm::numbers::ln2));
        return selectUnlessEqual(in, loc, x[1], zero,
                                 constantF32(in, -kInfinity), natural);
      });
  const KernelTensor &destination = frame.getOutput(lseResult);
  Value stride = destination.strides[getRowDim()];
  if (!stride) // the innermost
    stride = arith::ConstantIntOp::create(b, loc, b.getI64Type(), 1);
  indices.pop_back();
  atile::StoreRowsOp::create(b, loc, lse, destination.data,
                             frame.getOffset(b, loc, destination, indices),
                             stride, valid);
}
