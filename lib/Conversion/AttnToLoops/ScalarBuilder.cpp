//===- ScalarBuilder.cpp - scalar f64 code over tensors -------------------===//

#include "ScalarBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::attn;

Value ScalarBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}

Value ScalarBuilder::real(double value) {
  return arith::ConstantOp::create(*this, getF64FloatAttr(value));
}

Value ScalarBuilder::negativeInfinity() {
  return real(-std::numeric_limits<double>::infinity());
}

Value ScalarBuilder::size(Value tensor, int64_t axis) {
  return createOrFold<tensor::DimOp>(tensor, axis);
}

Value ScalarBuilder::equal(Value x, Value y) {
  return arith::CmpFOp::create(*this, arith::CmpFPredicate::OEQ, x, y);
}

Value ScalarBuilder::finiteMaximum(Value maximum) {
  return select(equal(maximum, negativeInfinity()), real(0.0), maximum);
}

Value ScalarBuilder::widen(Value value) {
  if (value.getType().isF64())
    return value;
  if (!value.getType().isF32())
    value = arith::ExtFOp::create(*this, getF32Type(), value);
  return arith::ExtFOp::create(*this, getF64Type(), value);
}

Value ScalarBuilder::round(Value value, Type type) {
  if (type.isF64())
    return value;
  value = arith::TruncFOp::create(*this, getF32Type(), value);
  if (type.isF32())
    return value;
  return arith::TruncFOp::create(*this, type, value);
}

Value ScalarBuilder::row(Value tensor, int64_t axis) {
  OpFoldResult length = tensor::getMixedSize(*this, getLoc(), tensor, axis);
  return tensor::EmptyOp::create(*this, ArrayRef<OpFoldResult>{length},
                                 getF64Type());
}

Value ScalarBuilder::scratch(ArrayRef<int64_t> shape) {
  return tensor::EmptyOp::create(*this, shape, getF64Type());
}

Value ScalarBuilder::read(Value tensor, ValueRange at) {
  return widen(tensor::ExtractOp::create(*this, tensor, at));
}

Value ScalarBuilder::write(Value value, Value tensor, ValueRange at) {
  value = round(value, getElementTypeOrSelf(tensor));
  return tensor::InsertOp::create(*this, value, tensor, at);
}

SmallVector<Value> ScalarBuilder::loop(Value count, ValueRange carried,
                                       Body body) {
  auto loop = scf::ForOp::create(
      *this, index(0), count, index(1), carried,
      [&](OpBuilder &b, Location loc, Value i, ValueRange values) {
        ScalarBuilder inner(b, loc);
        scf::YieldOp::create(b, loc, body(inner, i, values));
      });
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> ScalarBuilder::nest(ValueRange counts, ValueRange carried,
                                       NestBody body) {
  if (counts.empty())
    return body(*this, {}, carried);
  return loop(counts.front(), carried,
              [&](ScalarBuilder &b, Value i, ValueRange carried) {
                auto inner = [&](ScalarBuilder &b, ValueRange rest,
                                 ValueRange carried) {
                  SmallVector<Value> indices{i};
                  llvm::append_range(indices, rest);
                  return body(b, indices, carried);
                };
                return b.nest(counts.drop_front(), carried, inner);
              });
}

SmallVector<Value> ScalarBuilder::ifElse(Value condition, Branch then,
                                         Branch otherwise) {
  auto build = [](Branch branch) {
    return [branch](OpBuilder &b, Location loc) {
      ScalarBuilder inner(b, loc);
      scf::YieldOp::create(b, loc, branch(inner));
    };
  };
  auto branches =
      scf::IfOp::create(*this, condition, build(then), build(otherwise));
  return SmallVector<Value>(branches.getResults());
}
