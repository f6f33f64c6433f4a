//===- MaskExpr.cpp - construction and queries of mask expressions --------===//
//
// See MaskExpr.h. Comparisons are brought to one form: coefficients without
// common factor, and the floordiv that alone holds the key taken apart (or the
// query, where there is no key),
//
//   i floordiv 64 - j floordiv 64 >= 0   ->   64 * (i floordiv 64) + 63 - j >=
//   0
//
// which is an equivalence over the integers and leaves the key linear.
//
// Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Analysis/MaskExpr.h"

#include "CompiledMask.h"
#include "MaskNode.h"
#include "SaturatingMath.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

namespace mlir::attn {

using Term = LinearForm::Term;

/// Expressions that would be larger than this many nodes as a tree are not
/// kept: they become Opaque.
static constexpr unsigned kMaxSize = 4096;

MaskExpr::MaskExpr(std::shared_ptr<const Node> node) : node(std::move(node)) {}

MaskExpr MaskExpr::getTrue() {
  return MaskExpr(std::make_shared<Node>(Node{Kind::True, {}, {}, 1}));
}

MaskExpr MaskExpr::getFalse() {
  return MaskExpr(std::make_shared<Node>(Node{Kind::False, {}, {}, 1}));
}

MaskExpr MaskExpr::getOpaque() {
  return MaskExpr(std::make_shared<Node>(Node{Kind::Opaque, {}, {}, 1}));
}

/// If `dim` stands in `form` in one term only, and that is a floordiv, rewrites
/// `form >= 0` without it:
///    a * (n floordiv c) + g >= 0   <=>   n + c * (g floordiv a) >= 0
///   -a * (n floordiv c) + g >= 0   <=>   c * (g floordiv a) + c - 1 - n >= 0
/// Returns none where that does not apply.
static std::optional<LinearForm>
unfoldFloorDiv(const LinearForm &form, unsigned dim, MLIRContext *context) {
  const Term *found = nullptr;
  for (const Term &term : form.terms) {
    if (!term.mentionsDim(dim))
      continue;
    if (found || term.kind != Term::Kind::FloorDiv)
      return std::nullopt;
    found = &term;
  }
  if (!found)
    return std::nullopt;
  LinearForm rest = form;
  rest.terms.erase(rest.terms.begin() + (found - form.terms.begin()));
  int64_t divisor = found->divisor, coefficient = found->coefficient;
  AffineExpr argument = found->argument->toAffineExpr(context);
  AffineExpr quotient =
      rest.toAffineExpr(context).floorDiv(std::abs(coefficient)) * divisor;
  return LinearForm::get(coefficient > 0 ? argument + quotient
                                         : quotient + (divisor - 1) - argument);
}

/// Divides by the common factor of the coefficients; the constant rounds down
/// since the sum without it is a multiple.
static void divideByCommonFactor(LinearForm &form) {
  int64_t factor = 0;
  for (const Term &term : form.terms)
    factor = std::gcd(factor, term.coefficient);
  if (factor <= 1)
    return;
  for (Term &term : form.terms)
    term.coefficient /= factor;
  form.constant = llvm::divideFloorSigned(form.constant, factor);
}

MaskExpr MaskExpr::nonNegative(AffineExpr expr) {
  MLIRContext *context = expr.getContext();
  std::optional<LinearForm> form = LinearForm::get(expr);
  if (!form)
    return getOpaque();
  unsigned dim = form->mentionsDim(kKeyDim) ? kKeyDim : kQueryDim;
  while (std::optional<LinearForm> unfolded =
             unfoldFloorDiv(*form, dim, context))
    form = std::move(unfolded);
  divideByCommonFactor(*form);
  // Rebuilding can find a mod in what was a difference.
  AffineExpr canonical = form->toAffineExpr(context);
  form = LinearForm::get(canonical);
  if (!form)
    return getOpaque();

  IntegerRange range =
      computeRange(*form, [](const Term &leaf) -> IntegerRange {
        bool isPosition =
            leaf.kind == Term::Kind::Dim && leaf.position < kNumMaskDims;
        return {isPosition ? 0 : saturating::kMinusInfinity,
                saturating::kPlusInfinity};
      });
  if (range.lower >= 0)
    return getTrue();
  if (range.upper < 0)
    return getFalse();
  return MaskExpr(
      std::make_shared<Node>(Node{Kind::Comparison, canonical, {}, 1}));
}

MaskExpr MaskExpr::sge(AffineExpr lhs, AffineExpr rhs) {
  return nonNegative(lhs - rhs);
}
MaskExpr MaskExpr::sgt(AffineExpr lhs, AffineExpr rhs) {
  return nonNegative(lhs - rhs - 1);
}
MaskExpr MaskExpr::sle(AffineExpr lhs, AffineExpr rhs) { return sge(rhs, lhs); }
MaskExpr MaskExpr::slt(AffineExpr lhs, AffineExpr rhs) { return sgt(rhs, lhs); }
MaskExpr MaskExpr::eq(AffineExpr lhs, AffineExpr rhs) {
  return sge(lhs, rhs) && sle(lhs, rhs);
}
MaskExpr MaskExpr::ne(AffineExpr lhs, AffineExpr rhs) {
  return sgt(lhs, rhs) || slt(lhs, rhs);
}

static AffineExpr getPosition(MaskDim dim, MLIRContext *context) {
  return getAffineDimExpr(static_cast<unsigned>(dim), context);
}

MaskExpr MaskExpr::causal(AffineExpr diagonal) {
  return window(/*left=*/-1, /*right=*/0, diagonal);
}

MaskExpr MaskExpr::window(int64_t left, int64_t right, AffineExpr diagonal) {
  MLIRContext *context = diagonal.getContext();
  AffineExpr center = getPosition(MaskDim::Query, context) + diagonal;
  AffineExpr key = getPosition(MaskDim::Key, context);
  MaskExpr mask = getTrue();
  if (left >= 0)
    mask = mask && sge(key, center - left);
  if (right >= 0)
    mask = mask && sle(key, center + right);
  return mask;
}

MaskExpr MaskExpr::keyLength(AffineExpr length) {
  return slt(getPosition(MaskDim::Key, length.getContext()), length);
}

MaskExpr MaskExpr::combine(Kind kind, ArrayRef<MaskExpr> operands) {
  SmallVector<MaskExpr> simplified(operands);
  if (std::optional<bool> value =
          simplifyOperands(kind == Kind::And, simplified))
    return get(*value);
  if (simplified.size() == 1)
    return simplified.front();
  unsigned size = 1;
  for (const MaskExpr &operand : simplified)
    size += operand.getSize();
  if (size > kMaxSize)
    return getOpaque();
  return MaskExpr(std::make_shared<Node>(
      Node{kind, {}, {simplified.begin(), simplified.end()}, size}));
}

MaskExpr MaskExpr::conjunction(ArrayRef<MaskExpr> operands) {
  return combine(Kind::And, operands);
}
MaskExpr MaskExpr::disjunction(ArrayRef<MaskExpr> operands) {
  return combine(Kind::Or, operands);
}
MaskExpr MaskExpr::operator&&(const MaskExpr &other) const {
  return conjunction({*this, other});
}
MaskExpr MaskExpr::operator||(const MaskExpr &other) const {
  return disjunction({*this, other});
}
MaskExpr MaskExpr::operator^(const MaskExpr &other) const {
  return (*this && !other) || (!*this && other);
}

MaskExpr MaskExpr::operator!() const {
  switch (getKind()) {
  case Kind::False:
    return getTrue();
  case Kind::True:
    return getFalse();
  case Kind::Opaque:
    return *this;
  case Kind::Comparison:
    return nonNegative(-getComparison() - 1);
  case Kind::And:
  case Kind::Or:
    break;
  }
  SmallVector<MaskExpr> negated;
  for (const MaskExpr &operand : getOperands())
    negated.push_back(!operand);
  return combine(getKind() == Kind::And ? Kind::Or : Kind::And, negated);
}

MaskExpr MaskExpr::select(const MaskExpr &condition, const MaskExpr &ifTrue,
                          const MaskExpr &ifFalse) {
  // The last term follows from the others; with it the whole is found to hold
  // where both sides do and the condition is not known.
  return disjunction(
      {condition && ifTrue, !condition && ifFalse, ifTrue && ifFalse});
}

MaskExpr::Kind MaskExpr::getKind() const { return node->kind; }
AffineExpr MaskExpr::getComparison() const { return node->expr; }
ArrayRef<MaskExpr> MaskExpr::getOperands() const { return node->operands; }
unsigned MaskExpr::getSize() const { return node->size; }

bool MaskExpr::anyLeaf(
    llvm::function_ref<bool(const MaskExpr &)> predicate) const {
  if (getKind() != Kind::And && getKind() != Kind::Or)
    return predicate(*this);
  return llvm::any_of(getOperands(), [&](const MaskExpr &operand) {
    return operand.anyLeaf(predicate);
  });
}

bool MaskExpr::hasOpaque() const {
  return anyLeaf(
      [](const MaskExpr &leaf) { return leaf.getKind() == Kind::Opaque; });
}

/// Whether `predicate` holds for a dim or symbol of any comparison.
static bool anyVariable(const MaskExpr &leaf,
                        llvm::function_ref<bool(AffineExpr)> predicate) {
  if (leaf.getKind() != MaskExpr::Kind::Comparison)
    return false;
  bool found = false;
  leaf.getComparison().walk([&](AffineExpr expr) {
    found |= isa<AffineDimExpr, AffineSymbolExpr>(expr) && predicate(expr);
  });
  return found;
}

bool MaskExpr::hasData() const {
  return anyLeaf([](const MaskExpr &leaf) {
    return anyVariable(leaf, [](AffineExpr expr) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      return dim && dim.getPosition() >= kNumMaskDims;
    });
  });
}

bool MaskExpr::dependsOn(MaskDim dim, const MaskSymbols &symbols) const {
  auto inputUses = [&](const MaskInput &input) {
    return dim == MaskDim::Batch   ? input.usesBatch
           : dim == MaskDim::Head  ? input.usesHead
           : dim == MaskDim::Query ? input.usesQuery
                                   : input.usesKey;
  };
  return anyLeaf([&](const MaskExpr &leaf) {
    return leaf.getKind() == Kind::Opaque ||
           anyVariable(leaf, [&](AffineExpr expr) {
             if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
               return inputUses(symbols.getSymbols()[symbol.getPosition()]);
             unsigned position = cast<AffineDimExpr>(expr).getPosition();
             return position < kNumMaskDims
                        ? position == static_cast<unsigned>(dim)
                        : inputUses(symbols.getData()[position - kNumMaskDims]);
           });
  });
}

bool MaskExpr::operator==(const MaskExpr &other) const {
  if (node == other.node)
    return true;
  // Two opaque conditions are not known to be the same.
  return getKind() == other.getKind() && getKind() != Kind::Opaque &&
         getComparison() == other.getComparison() &&
         getOperands() == other.getOperands();
}

void MaskExpr::print(raw_ostream &os) const {
  switch (getKind()) {
  case Kind::False:
    os << "false";
    return;
  case Kind::True:
    os << "true";
    return;
  case Kind::Opaque:
    os << "opaque";
    return;
  case Kind::Comparison:
    os << getComparison() << " >= 0";
    return;
  case Kind::And:
  case Kind::Or:
    break;
  }
  os << "(";
  llvm::interleave(
      getOperands(), os, [&](const MaskExpr &operand) { operand.print(os); },
      getKind() == Kind::And ? " and " : " or ");
  os << ")";
}

raw_ostream &operator<<(raw_ostream &os, const MaskExpr &mask) {
  mask.print(os);
  return os;
}

} // namespace mlir::attn
