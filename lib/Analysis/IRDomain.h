//===- IRDomain.h - the interval algorithms as emitted IR -----------------===//
//
// A value is an AffineExpr over operands that the domain gathers; linear
// arithmetic stays in the expression, and only a comparison, a min, a max, a
// select or the end result makes an operation (by the affine dialect's
// composing and folding helpers, so constants stay constants). A condition is
// an i1 value or a constant.
//
// Covered by test/unittests/Analysis/KeyBoundsTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_IRDOMAIN_H
#define ATTN_LIB_ANALYSIS_IRDOMAIN_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::attn {

class IRDomain {
public:
  using Value = AffineExpr;
  using Bool = OpFoldResult;
  struct ScaledValue {
    int64_t coefficient;
    Value value;
  };

  IRDomain(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  /// The value of an index operand or attribute.
  Value import(OpFoldResult value);
  /// The index value, or attribute, that `value` is.
  OpFoldResult materialize(Value value);

  Value constant(int64_t value);
  Value sum(ArrayRef<ScaledValue> terms, int64_t constant);
  Value floorDivide(Value value, int64_t divisor);
  Value minimum(ArrayRef<Value> values);
  Value maximum(ArrayRef<Value> values);
  Value select(const Bool &condition, Value ifTrue, Value ifFalse);
  Bool boolean(bool value);
  Bool lessEqual(Value lhs, Value rhs);
  Bool conjunction(const Bool &lhs, const Bool &rhs);
  Bool disjunction(const Bool &lhs, const Bool &rhs);

private:
  AffineMap getMap(ArrayRef<AffineExpr> results);

  OpBuilder &builder;
  Location loc;
  /// d0, d1, ... of the expressions.
  SmallVector<OpFoldResult> operands;
};

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_IRDOMAIN_H
