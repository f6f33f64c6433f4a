//===- PiecewiseInteger.cpp - arithmetic on min, max and select -----------===//
//
// See PiecewiseInteger.h. Covered by
// test/unittests/Analysis/MaskReaderTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "PiecewiseInteger.h"

#include "SaturatingMath.h"

namespace mlir::attn {

PiecewiseInteger PiecewiseInteger::select(const MaskExpr &condition,
                                          const PiecewiseInteger &ifTrue,
                                          const PiecewiseInteger &ifFalse) {
  if (condition.isTrue())
    return ifTrue;
  if (condition.isFalse())
    return ifFalse;
  return PiecewiseInteger(Kind::Select, condition, ifTrue, ifFalse);
}

std::optional<int64_t> PiecewiseInteger::getConstant() const {
  if (kind != Kind::Affine)
    return std::nullopt;
  std::optional<LinearForm> form = LinearForm::get(expr);
  if (!form || !form->isConstant())
    return std::nullopt;
  return form->constant;
}

unsigned PiecewiseInteger::size() const {
  if (kind == Kind::Affine)
    return 1;
  return branches[0].size() + branches[1].size();
}

PiecewiseInteger PiecewiseInteger::transform(
    llvm::function_ref<PiecewiseInteger(AffineExpr)> function,
    bool decreasing) const {
  if (kind == Kind::Affine)
    return function(expr);
  Kind newKind = kind;
  if (decreasing && kind == Kind::Min)
    newKind = Kind::Max;
  else if (decreasing && kind == Kind::Max)
    newKind = Kind::Min;
  return PiecewiseInteger(newKind, condition,
                          branches[0].transform(function, decreasing),
                          branches[1].transform(function, decreasing));
}

PiecewiseInteger PiecewiseInteger::negate() const {
  return transform([](AffineExpr x) { return PiecewiseInteger(-x); },
                   /*decreasing=*/true);
}

PiecewiseInteger PiecewiseInteger::add(const PiecewiseInteger &other) const {
  return transform([&](AffineExpr x) {
    return other.transform(
        [&](AffineExpr y) { return PiecewiseInteger(x + y); });
  });
}

PiecewiseInteger PiecewiseInteger::scale(int64_t factor) const {
  return transform([&](AffineExpr x) { return PiecewiseInteger(x * factor); },
                   /*decreasing=*/factor < 0);
}

PiecewiseInteger PiecewiseInteger::floorDivide(int64_t divisor) const {
  return transform(
      [&](AffineExpr x) { return PiecewiseInteger(x.floorDiv(divisor)); });
}

PiecewiseInteger PiecewiseInteger::modulo(int64_t divisor) const {
  if (kind == Kind::Affine)
    return PiecewiseInteger(expr % divisor);
  // Neither increasing nor decreasing: a min or max chooses before it divides.
  MaskExpr choosesFirst = kind == Kind::Select
                              ? condition
                              : branches[kind == Kind::Min]
                                    .subtract(branches[kind == Kind::Max])
                                    .nonNegative();
  return select(choosesFirst, branches[0].modulo(divisor),
                branches[1].modulo(divisor));
}

PiecewiseInteger PiecewiseInteger::truncatingDivide(int64_t divisor) const {
  return select(nonNegative(), floorDivide(divisor),
                negate().floorDivide(divisor).negate());
}

PiecewiseInteger PiecewiseInteger::truncatingRemainder(int64_t divisor) const {
  return select(nonNegative(), modulo(divisor),
                negate().modulo(divisor).negate());
}

MaskExpr PiecewiseInteger::nonNegative() const {
  switch (kind) {
  case Kind::Affine:
    return MaskExpr::nonNegative(expr);
  case Kind::Min:
    return branches[0].nonNegative() && branches[1].nonNegative();
  case Kind::Max:
    return branches[0].nonNegative() || branches[1].nonNegative();
  case Kind::Select:
    return MaskExpr::select(condition, branches[0].nonNegative(),
                            branches[1].nonNegative());
  }
  llvm_unreachable("unknown kind");
}

IntegerRange PiecewiseInteger::range(const MaskSymbols &symbols) const {
  if (kind == Kind::Affine) {
    std::optional<LinearForm> form = LinearForm::get(expr);
    if (!form)
      return {saturating::kMinusInfinity, saturating::kPlusInfinity};
    return computeRange(*form, [&](const LinearForm::Term &leaf) {
      bool isDim = leaf.kind == LinearForm::Term::Kind::Dim;
      if (isDim && leaf.position < kNumMaskDims)
        return IntegerRange{0, kMaxPosition - 1};
      const MaskInput &input =
          isDim ? symbols.getData()[leaf.position - kNumMaskDims]
                : symbols.getSymbols()[leaf.position];
      return IntegerRange{input.lowerBound, input.upperBound};
    });
  }
  IntegerRange first = branches[0].range(symbols);
  IntegerRange second = branches[1].range(symbols);
  if (kind == Kind::Min)
    return {std::min(first.lower, second.lower),
            std::min(first.upper, second.upper)};
  if (kind == Kind::Max)
    return {std::max(first.lower, second.lower),
            std::max(first.upper, second.upper)};
  return {std::min(first.lower, second.lower),
          std::max(first.upper, second.upper)};
}

} // namespace mlir::attn
