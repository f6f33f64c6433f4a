//===- MaskSimplify.cpp - boolean simplification --------------------------===//
//
// Operands of an And that another operand implies are dropped, operands of an
// Or that imply another one too; two comparisons over the same sum that
// contradict each other make an And false, two that cover every integer an Or
// true.
//
//   (i - j >= 0 and i - j + 5 >= 0 and x)   ->   (i - j >= 0 and x)
//   (i - j >= 0 or j - i + 3 >= 0)          ->   true
//
// Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "MaskNode.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

namespace {

using Kind = MaskExpr::Kind;

/// Redundancy is looked for among this many operands, and between expressions
/// with at most this product of sizes: it is quadratic in both.
constexpr size_t kMaxOperands = 24;
constexpr unsigned kMaxComparedSize = 1024;

/// A comparison as (sum without constant, constant).
std::pair<AffineExpr, int64_t> splitConstant(AffineExpr expr) {
  if (auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
      sum && sum.getKind() == AffineExprKind::Add)
    if (auto constant = dyn_cast<AffineConstantExpr>(sum.getRHS()))
      return {sum.getLHS(), constant.getValue()};
  return {expr, 0};
}

/// Whether `premise` surely implies `conclusion`; equal ones do.
bool implies(const MaskExpr &premise, const MaskExpr &conclusion) {
  if (premise.getSize() * conclusion.getSize() > kMaxComparedSize)
    return false;
  auto anyOf = [](ArrayRef<MaskExpr> range, auto predicate) {
    return llvm::any_of(range, predicate);
  };
  if (premise.getKind() == Kind::Comparison &&
      conclusion.getKind() == Kind::Comparison) {
    auto [linear, constant] = splitConstant(premise.getComparison());
    auto [otherLinear, otherConstant] =
        splitConstant(conclusion.getComparison());
    return linear == otherLinear && constant <= otherConstant;
  }
  if (premise.getKind() == Kind::Or)
    return llvm::all_of(premise.getOperands(), [&](const MaskExpr &operand) {
      return implies(operand, conclusion);
    });
  if (conclusion.getKind() == Kind::And)
    return llvm::all_of(conclusion.getOperands(), [&](const MaskExpr &operand) {
      return implies(premise, operand);
    });
  return (premise.getKind() == Kind::And && anyOf(premise.getOperands(),
                                                  [&](const MaskExpr &operand) {
                                                    return implies(operand,
                                                                   conclusion);
                                                  })) ||
         (conclusion.getKind() == Kind::Or &&
          anyOf(conclusion.getOperands(), [&](const MaskExpr &operand) {
            return implies(premise, operand);
          }));
}

/// Whether the comparisons exclude each other (for an And) or together cover
/// all integers (for an Or): L + a >= 0 and -L + b >= 0 say -a <= L <= b.
bool areComplementary(bool isAnd, const MaskExpr &lhs, const MaskExpr &rhs,
                      AffineExpr negatedLhs) {
  if (rhs.getKind() != Kind::Comparison)
    return false;
  auto [otherLinear, otherConstant] = splitConstant(rhs.getComparison());
  int64_t constant = splitConstant(lhs.getComparison()).second;
  return otherLinear == negatedLhs && (isAnd ? constant + otherConstant < 0
                                             : constant + otherConstant >= -1);
}

AffineExpr negateLinear(const MaskExpr &comparison) {
  AffineExpr linear = splitConstant(comparison.getComparison()).first;
  std::optional<LinearForm> form = LinearForm::get(-linear);
  return form ? form->toAffineExpr(linear.getContext()) : AffineExpr();
}

} // namespace

std::optional<bool> simplifyOperands(bool isAnd,
                                     SmallVectorImpl<MaskExpr> &operands) {
  Kind ownKind = isAnd ? Kind::And : Kind::Or;
  Kind neutral = isAnd ? Kind::True : Kind::False;
  Kind absorbing = isAnd ? Kind::False : Kind::True;
  SmallVector<MaskExpr> flat;
  for (const MaskExpr &operand : operands) {
    if (operand.getKind() == absorbing)
      return !isAnd;
    if (operand.getKind() == neutral)
      continue;
    if (operand.getKind() == ownKind)
      llvm::append_range(flat, operand.getOperands());
    else
      flat.push_back(operand);
  }
  operands.assign(flat.begin(), flat.end());
  if (operands.size() > kMaxOperands)
    return std::nullopt;

  // `redundant` is whether x may go because y stays.
  auto redundant = [&](const MaskExpr &x, const MaskExpr &y) {
    return isAnd ? implies(y, x) : implies(x, y);
  };
  SmallVector<MaskExpr> kept;
  for (const MaskExpr &candidate : operands) {
    if (llvm::any_of(kept, [&](const MaskExpr &other) {
          return redundant(candidate, other);
        }))
      continue;
    llvm::erase_if(kept, [&](const MaskExpr &other) {
      return redundant(other, candidate);
    });
    kept.push_back(candidate);
  }
  operands.assign(kept.begin(), kept.end());

  for (auto [index, operand] : llvm::enumerate(kept)) {
    if (operand.getKind() != Kind::Comparison)
      continue;
    AffineExpr negated = negateLinear(operand);
    if (llvm::any_of(ArrayRef(kept).drop_front(index + 1),
                     [&, &lhs = operand](const MaskExpr &rhs) {
                       return areComplementary(isAnd, lhs, rhs, negated);
                     }))
      return !isAnd;
  }
  if (operands.empty())
    return isAnd;
  return std::nullopt;
}

} // namespace mlir::attn
