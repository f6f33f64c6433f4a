//===- LinearForm.h - an integer expression as a sum of terms -------------===//
//
// A flat view of an AffineExpr: constant + sum of coefficient * term, where a
// term is a dim, a symbol, or the floordiv or mod of a linear form by a
// positive constant. Equal terms are merged and terms have one order, so that
// equal sums get the same (uniqued) AffineExpr.
//
// Example: 4 * (i + 2) + (8 * j + i + 5) floordiv 4 becomes
//          9 + 4 * i + 2 * j + (i + 1) floordiv 4.
//
// Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_LINEARFORM_H
#define ATTN_LIB_ANALYSIS_LINEARFORM_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <optional>

namespace mlir::attn {

struct LinearForm {
  struct Term {
    enum class Kind { Dim, Symbol, FloorDiv, Mod };
    Kind kind;
    /// Of a Dim or Symbol.
    unsigned position = 0;
    /// Of a FloorDiv or Mod: `argument` over the positive `divisor`.
    int64_t divisor = 0;
    std::shared_ptr<const LinearForm> argument;
    int64_t coefficient = 1;

    bool isDim(unsigned dim) const {
      return kind == Kind::Dim && position == dim;
    }
    /// Whether the term is, or contains, the given dim.
    bool mentionsDim(unsigned dim) const;
  };

  SmallVector<Term, 4> terms;
  int64_t constant = 0;

  /// Flattens `expr`; none where it is not of this form (a product of symbols,
  /// a division by a symbol) or where a coefficient or constant is too large
  /// for sums over positions to be safe from overflow.
  static std::optional<LinearForm> get(AffineExpr expr);

  AffineExpr toAffineExpr(MLIRContext *context) const;

  bool isConstant() const { return terms.empty(); }
  bool mentionsDim(unsigned dim) const;
  /// Calls `visit` for every Dim and Symbol term, also inside of other terms.
  void walkLeaves(llvm::function_ref<void(const Term &)> visit) const;

  /// Value at a point; none where a data dim or an unknown symbol is needed.
  std::optional<int64_t> evaluate(ArrayRef<int64_t> dims,
                                  ArrayRef<int64_t> symbols) const;
};

/// Total order on forms, by structure.
int compare(const LinearForm &lhs, const LinearForm &rhs);

/// A range of integers, both ends included and possibly infinite.
struct IntegerRange {
  int64_t lower, upper;
};

/// The range of `form` over dims and symbols in given ranges.
IntegerRange
computeRange(const LinearForm &form,
             llvm::function_ref<IntegerRange(const LinearForm::Term &)> leaf);

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_LINEARFORM_H
