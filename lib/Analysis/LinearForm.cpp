//===- LinearForm.cpp - flattening, ordering and evaluating ---------------===//
//
// See LinearForm.h. Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "LinearForm.h"

#include "BoxRange.h"
#include "IntegerDomain.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

using Term = LinearForm::Term;

/// With positions and coefficients below these limits no sum of a few terms
/// overflows 64 bits.
static constexpr int64_t kMaxCoefficient = int64_t(1) << 31;
static constexpr int64_t kMaxConstant = int64_t(1) << 60;

static int compareKeys(const Term &lhs, const Term &rhs) {
  auto key = [](const Term &term) {
    return std::make_tuple(static_cast<int>(term.kind), term.position,
                           term.divisor);
  };
  if (key(lhs) != key(rhs))
    return key(lhs) < key(rhs) ? -1 : 1;
  return lhs.argument ? compare(*lhs.argument, *rhs.argument) : 0;
}

int compare(const LinearForm &lhs, const LinearForm &rhs) {
  if (lhs.terms.size() != rhs.terms.size())
    return lhs.terms.size() < rhs.terms.size() ? -1 : 1;
  for (auto [left, right] : llvm::zip(lhs.terms, rhs.terms)) {
    if (int order = compareKeys(left, right))
      return order;
    if (left.coefficient != right.coefficient)
      return left.coefficient < right.coefficient ? -1 : 1;
  }
  if (lhs.constant != rhs.constant)
    return lhs.constant < rhs.constant ? -1 : 1;
  return 0;
}

/// Adds coefficient * term in its place in the order.
static LogicalResult addTerm(LinearForm &form, Term term) {
  auto *place =
      llvm::lower_bound(form.terms, term, [](const Term &lhs, const Term &rhs) {
        return compareKeys(lhs, rhs) < 0;
      });
  if (place == form.terms.end() || compareKeys(*place, term) != 0) {
    form.terms.insert(place, std::move(term));
    return success();
  }
  place->coefficient += term.coefficient;
  if (std::abs(place->coefficient) > kMaxCoefficient)
    return failure();
  if (place->coefficient == 0)
    form.terms.erase(place);
  return success();
}

/// form += factor * other.
static LogicalResult addScaled(LinearForm &form, const LinearForm &other,
                               int64_t factor) {
  for (Term term : other.terms) {
    if (llvm::MulOverflow(term.coefficient, factor, term.coefficient) ||
        std::abs(term.coefficient) > kMaxCoefficient ||
        failed(addTerm(form, std::move(term))))
      return failure();
  }
  int64_t scaled;
  if (llvm::MulOverflow(other.constant, factor, scaled) ||
      llvm::AddOverflow(form.constant, scaled, form.constant) ||
      form.constant > kMaxConstant || form.constant < -kMaxConstant)
    return failure();
  return success();
}

/// Splits off the part of `form` that `divisor` divides, as its quotient.
static LinearForm extractMultiples(LinearForm &form, int64_t divisor) {
  LinearForm quotient;
  for (Term &term : form.terms) {
    if (term.coefficient % divisor != 0)
      continue;
    quotient.terms.push_back(term);
    quotient.terms.back().coefficient /= divisor;
  }
  llvm::erase_if(form.terms, [&](const Term &term) {
    return term.coefficient % divisor == 0;
  });
  quotient.constant = llvm::divideFloorSigned(form.constant, divisor);
  form.constant -= quotient.constant * divisor;
  return quotient;
}

/// `argument` floordiv or mod `divisor`.
static LinearForm divide(Term::Kind kind, LinearForm argument,
                         int64_t divisor) {
  LinearForm quotient = extractMultiples(argument, divisor);
  LinearForm result;
  if (kind == Term::Kind::FloorDiv)
    result = std::move(quotient);
  if (argument.isConstant()) {
    // What is left is in [0, divisor).
    if (kind == Term::Kind::Mod)
      result.constant = argument.constant;
    return result;
  }
  Term term;
  term.kind = kind;
  term.divisor = divisor;
  term.argument = std::make_shared<LinearForm>(std::move(argument));
  // Terms of the quotient never equal the new one: they are strictly smaller.
  (void)addTerm(result, std::move(term));
  return result;
}

std::optional<LinearForm> LinearForm::get(AffineExpr expr) {
  LinearForm form;
  switch (expr.getKind()) {
  case AffineExprKind::Constant:
    form.constant = cast<AffineConstantExpr>(expr).getValue();
    if (form.constant > kMaxConstant || form.constant < -kMaxConstant)
      return std::nullopt;
    return form;
  case AffineExprKind::DimId:
  case AffineExprKind::SymbolId: {
    Term term;
    bool isDim = expr.getKind() == AffineExprKind::DimId;
    term.kind = isDim ? Term::Kind::Dim : Term::Kind::Symbol;
    term.position = isDim ? cast<AffineDimExpr>(expr).getPosition()
                          : cast<AffineSymbolExpr>(expr).getPosition();
    form.terms.push_back(std::move(term));
    return form;
  }
  default:
    break;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::optional<LinearForm> lhs = get(binary.getLHS());
  std::optional<LinearForm> rhs = get(binary.getRHS());
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add) {
    if (failed(addScaled(*lhs, *rhs, 1)))
      return std::nullopt;
    return lhs;
  }
  if (expr.getKind() == AffineExprKind::Mul) {
    if (lhs->isConstant())
      std::swap(lhs, rhs);
    if (!rhs->isConstant())
      return std::nullopt;
    if (rhs->constant == 0)
      return form;
    if (failed(addScaled(form, *lhs, rhs->constant)))
      return std::nullopt;
    return form;
  }
  if (!rhs->isConstant() || rhs->constant <= 0 ||
      rhs->constant > kMaxCoefficient)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::FloorDiv)
    return divide(Term::Kind::FloorDiv, std::move(*lhs), rhs->constant);
  if (expr.getKind() == AffineExprKind::Mod)
    return divide(Term::Kind::Mod, std::move(*lhs), rhs->constant);
  // ceil(x / c) = floor((x + c - 1) / c).
  lhs->constant += rhs->constant - 1;
  return divide(Term::Kind::FloorDiv, std::move(*lhs), rhs->constant);
}

AffineExpr LinearForm::toAffineExpr(MLIRContext *context) const {
  AffineExpr sum;
  auto append = [&](AffineExpr expr) { sum = sum ? sum + expr : expr; };
  for (const Term &term : terms) {
    AffineExpr expr;
    switch (term.kind) {
    case Term::Kind::Dim:
      expr = getAffineDimExpr(term.position, context);
      break;
    case Term::Kind::Symbol:
      expr = getAffineSymbolExpr(term.position, context);
      break;
    case Term::Kind::FloorDiv:
      expr = term.argument->toAffineExpr(context).floorDiv(term.divisor);
      break;
    case Term::Kind::Mod:
      expr = term.argument->toAffineExpr(context) % term.divisor;
      break;
    }
    append(expr * term.coefficient);
  }
  if (constant != 0 || !sum)
    append(getAffineConstantExpr(constant, context));
  return sum;
}

bool Term::mentionsDim(unsigned dim) const {
  return argument ? argument->mentionsDim(dim) : isDim(dim);
}

bool LinearForm::mentionsDim(unsigned dim) const {
  return llvm::any_of(terms,
                      [&](const Term &term) { return term.mentionsDim(dim); });
}

void LinearForm::walkLeaves(
    llvm::function_ref<void(const Term &)> visit) const {
  for (const Term &term : terms) {
    if (term.argument)
      term.argument->walkLeaves(visit);
    else
      visit(term);
  }
}

std::optional<int64_t> LinearForm::evaluate(ArrayRef<int64_t> dims,
                                            ArrayRef<int64_t> symbols) const {
  int64_t sum = constant;
  for (const Term &term : terms) {
    int64_t value;
    if (term.argument) {
      std::optional<int64_t> argument = term.argument->evaluate(dims, symbols);
      if (!argument)
        return std::nullopt;
      value = llvm::divideFloorSigned(*argument, term.divisor);
      if (term.kind == Term::Kind::Mod)
        value = *argument - value * term.divisor;
    } else {
      ArrayRef<int64_t> values = term.kind == Term::Kind::Dim ? dims : symbols;
      if (term.position >= values.size() ||
          values[term.position] == ShapedType::kDynamic)
        return std::nullopt;
      value = values[term.position];
    }
    sum = saturating::add(sum, saturating::multiply(term.coefficient, value));
  }
  return sum;
}

IntegerRange
computeRange(const LinearForm &form,
             llvm::function_ref<IntegerRange(const LinearForm::Term &)> leaf) {
  IntegerDomain domain;
  auto range = computeBoxRange(
      domain, form, [&](const Term &term) -> DomainRange<IntegerDomain> {
        IntegerRange range = leaf(term);
        return {range.lower, range.upper};
      });
  return {range.lower, range.upper};
}

} // namespace mlir::attn
