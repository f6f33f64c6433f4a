//===- IntegerDomain.h - the interval algorithms on plain integers --------===//
//
// The bounds of tiles and keys are computed by templates over a domain
// (BoxRange.h, KeyRange.h). This one computes with int64_t and infinities; the
// other one, in MaskEmitter.cpp, emits IR. So both are one algorithm.
//
// Covered by test/unittests/Analysis/KeyBoundsTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_INTEGERDOMAIN_H
#define ATTN_LIB_ANALYSIS_INTEGERDOMAIN_H

#include "SaturatingMath.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

struct IntegerDomain {
  using Value = int64_t;
  using Bool = bool;
  struct ScaledValue {
    int64_t coefficient;
    Value value;
  };

  Value constant(int64_t value) { return value; }
  Value sum(ArrayRef<ScaledValue> terms, int64_t constant) {
    for (const ScaledValue &term : terms)
      constant = saturating::add(
          constant, saturating::multiply(term.coefficient, term.value));
    return constant;
  }
  Value floorDivide(Value value, int64_t divisor) {
    return saturating::floorDivide(value, divisor);
  }
  Value minimum(ArrayRef<Value> values) { return *llvm::min_element(values); }
  Value maximum(ArrayRef<Value> values) { return *llvm::max_element(values); }
  Value select(Bool condition, Value ifTrue, Value ifFalse) {
    return condition ? ifTrue : ifFalse;
  }
  Bool boolean(bool value) { return value; }
  Bool lessEqual(Value lhs, Value rhs) { return lhs <= rhs; }
  Bool conjunction(Bool lhs, Bool rhs) { return lhs && rhs; }
  Bool disjunction(Bool lhs, Bool rhs) { return lhs || rhs; }
};

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_INTEGERDOMAIN_H
