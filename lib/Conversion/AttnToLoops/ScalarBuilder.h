//===- ScalarBuilder.h - scalar f64 code over tensors -----------*- C++ -*-===//
//
// A builder in which the reference lowering reads like its formulae: elements
// of tensors are read as f64 and rounded when they are written.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOLOOPS_SCALARBUILDER_H
#define ATTN_LIB_CONVERSION_ATTNTOLOOPS_SCALARBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::attn {

class ScalarBuilder : public ImplicitLocOpBuilder {
public:
  ScalarBuilder(OpBuilder &b, Location loc) : ImplicitLocOpBuilder(loc, b) {}

  /// Builds the body of a loop: index, carried values -> their next values.
  using Body =
      function_ref<SmallVector<Value>(ScalarBuilder &, Value, ValueRange)>;
  using Branch = function_ref<SmallVector<Value>(ScalarBuilder &)>;
  /// Builds the body of nested loops: indices, carried values -> their next.
  using NestBody =
      function_ref<SmallVector<Value>(ScalarBuilder &, ValueRange, ValueRange)>;

  Value index(int64_t value);
  Value real(double value);
  Value negativeInfinity();
  /// The size of a tensor along `axis`.
  Value size(Value tensor, int64_t axis);

  Value add(Value x, Value y) { return arith::AddFOp::create(*this, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(*this, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(*this, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(*this, x, y); }
  Value exp(Value x) { return math::ExpOp::create(*this, x); }
  /// NaN when either is NaN.
  Value max(Value x, Value y) { return arith::MaximumFOp::create(*this, x, y); }
  Value addIndex(Value x, Value y) {
    return arith::AddIOp::create(*this, x, y);
  }
  /// x == y; false when either is NaN.
  Value equal(Value x, Value y);
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(*this, condition, x, y);
  }
  /// `maximum`, or 0 where it is -inf: what exponents are taken against, so
  /// that a row without keys computes no inf - inf.
  Value finiteMaximum(Value maximum);

  /// Conversion between f64 and a float type. 16-bit types go by f32, for which
  /// every target has code; rounding twice is below their precision.
  Value widen(Value value);
  Value round(Value value, Type type);

  /// An uninitialised tensor of one row of f64.
  Value row(Value tensor, int64_t axis);
  /// An uninitialised tensor of f64 of this shape.
  Value scratch(ArrayRef<int64_t> shape);
  Value read(Value tensor, ValueRange at);
  Value write(Value value, Value tensor, ValueRange at);

  /// for i in [0, count): carried = body(i, carried)
  SmallVector<Value> loop(Value count, ValueRange carried, Body body);
  /// for i in [0, counts[0]), j in [0, counts[1]), ..: carried = body({i, j,
  /// ..}, carried)
  SmallVector<Value> nest(ValueRange counts, ValueRange carried, NestBody body);
  SmallVector<Value> ifElse(Value condition, Branch then, Branch otherwise);
};

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLOOPS_SCALARBUILDER_H
