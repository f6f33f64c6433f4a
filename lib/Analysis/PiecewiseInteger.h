//===- PiecewiseInteger.h - integers with min, max and select -------------===//
//
// The integer side of reading a mask region: an affine expression, or the min,
// max or select of such. Arithmetic moves into the branches, so that a
// comparison can open them into and/or:
//
//   min(i, s) - j >= 0   ->   i - j >= 0 and s - j >= 0
//
// Covered by test/unittests/Analysis/MaskReaderTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_PIECEWISEINTEGER_H
#define ATTN_LIB_ANALYSIS_PIECEWISEINTEGER_H

#include "LinearForm.h"
#include "attn/Analysis/MaskExpr.h"
#include <vector>

namespace mlir::attn {

class PiecewiseInteger {
public:
  enum class Kind { Affine, Min, Max, Select };

  PiecewiseInteger(AffineExpr expr) : kind(Kind::Affine), expr(expr) {}
  static PiecewiseInteger min(PiecewiseInteger lhs, PiecewiseInteger rhs) {
    return PiecewiseInteger(Kind::Min, MaskExpr::getTrue(), lhs, rhs);
  }
  static PiecewiseInteger max(PiecewiseInteger lhs, PiecewiseInteger rhs) {
    return PiecewiseInteger(Kind::Max, MaskExpr::getTrue(), lhs, rhs);
  }
  static PiecewiseInteger select(const MaskExpr &condition,
                                 const PiecewiseInteger &ifTrue,
                                 const PiecewiseInteger &ifFalse);

  /// The constant that this is, if it is one.
  std::optional<int64_t> getConstant() const;
  /// The number of affine branches.
  unsigned size() const;

  PiecewiseInteger negate() const;
  PiecewiseInteger add(const PiecewiseInteger &other) const;
  PiecewiseInteger subtract(const PiecewiseInteger &other) const {
    return add(other.negate());
  }
  PiecewiseInteger scale(int64_t factor) const;
  /// Rounds down; the divisor is positive.
  PiecewiseInteger floorDivide(int64_t divisor) const;
  /// In [0, divisor).
  PiecewiseInteger modulo(int64_t divisor) const;
  /// The quotient that rounds towards zero and its remainder, as divsi and
  /// remsi have them.
  PiecewiseInteger truncatingDivide(int64_t divisor) const;
  PiecewiseInteger truncatingRemainder(int64_t divisor) const;

  /// The condition this >= 0.
  MaskExpr nonNegative() const;
  /// Bounds over all positions, given those of the inputs.
  IntegerRange range(const MaskSymbols &symbols) const;

private:
  PiecewiseInteger(Kind kind, const MaskExpr &condition,
                   const PiecewiseInteger &lhs, const PiecewiseInteger &rhs)
      : kind(kind), condition(condition), branches({lhs, rhs}) {}

  /// Applies `function` to each affine branch. A decreasing function exchanges
  /// min and max.
  PiecewiseInteger
  transform(llvm::function_ref<PiecewiseInteger(AffineExpr)> function,
            bool decreasing = false) const;

  Kind kind;
  AffineExpr expr;
  MaskExpr condition = MaskExpr::getTrue();
  std::vector<PiecewiseInteger> branches;
};

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_PIECEWISEINTEGER_H
