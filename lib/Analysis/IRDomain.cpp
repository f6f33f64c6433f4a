//===- IRDomain.cpp - emitting affine and arith operations ----------------===//
//
// See IRDomain.h. Covered by test/unittests/Analysis/KeyBoundsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "IRDomain.h"

#include "LinearForm.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::attn {

AffineMap IRDomain::getMap(ArrayRef<AffineExpr> results) {
  return AffineMap::get(operands.size(), /*symbolCount=*/0, results,
                        builder.getContext());
}

AffineExpr IRDomain::import(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return builder.getAffineConstantExpr(*constant);
  auto *known = llvm::find(operands, value);
  unsigned position = known - operands.begin();
  if (known == operands.end())
    operands.push_back(value);
  return builder.getAffineDimExpr(position);
}

OpFoldResult IRDomain::materialize(AffineExpr value) {
  if (auto constant = dyn_cast<AffineConstantExpr>(value))
    return builder.getIndexAttr(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(value))
    return operands[dim.getPosition()];
  return affine::makeComposedFoldedAffineApply(builder, loc, getMap(value),
                                               operands);
}

AffineExpr IRDomain::constant(int64_t value) {
  return builder.getAffineConstantExpr(value);
}

AffineExpr IRDomain::sum(ArrayRef<ScaledValue> terms, int64_t constant) {
  AffineExpr result = builder.getAffineConstantExpr(constant);
  for (const ScaledValue &term : terms)
    result = result + term.value * term.coefficient;
  // Flat, so that what cancels is seen to.
  std::optional<LinearForm> form = LinearForm::get(result);
  return form ? form->toAffineExpr(builder.getContext()) : result;
}

AffineExpr IRDomain::floorDivide(AffineExpr value, int64_t divisor) {
  return value.floorDiv(divisor);
}

AffineExpr IRDomain::minimum(ArrayRef<AffineExpr> values) {
  llvm::SmallSetVector<AffineExpr, 4> distinct(values.begin(), values.end());
  if (distinct.size() == 1)
    return distinct.front();
  return import(affine::makeComposedFoldedAffineMin(
      builder, loc, getMap(distinct.getArrayRef()), operands));
}

AffineExpr IRDomain::maximum(ArrayRef<AffineExpr> values) {
  llvm::SmallSetVector<AffineExpr, 4> distinct(values.begin(), values.end());
  if (distinct.size() == 1)
    return distinct.front();
  return import(affine::makeComposedFoldedAffineMax(
      builder, loc, getMap(distinct.getArrayRef()), operands));
}

AffineExpr IRDomain::select(const Bool &condition, AffineExpr ifTrue,
                            AffineExpr ifFalse) {
  if (ifTrue == ifFalse)
    return ifTrue;
  if (std::optional<int64_t> constant = getConstantIntValue(condition))
    return *constant != 0 ? ifTrue : ifFalse;
  auto toValue = [&](AffineExpr expr) {
    return getValueOrCreateConstantIndexOp(builder, loc, materialize(expr));
  };
  mlir::Value trueValue = toValue(ifTrue), falseValue = toValue(ifFalse);
  return import(builder.createOrFold<arith::SelectOp>(
      loc, cast<mlir::Value>(condition), trueValue, falseValue));
}

OpFoldResult IRDomain::boolean(bool value) {
  return builder.getBoolAttr(value);
}

OpFoldResult IRDomain::lessEqual(AffineExpr lhs, AffineExpr rhs) {
  AffineExpr difference = rhs - lhs;
  std::optional<LinearForm> form = LinearForm::get(difference);
  if (form && form->isConstant())
    return boolean(form->constant >= 0);
  // Compares two sums of positive terms: a single operand at the end of its
  // range is then compared as it is.
  if (form) {
    LinearForm positive, negative;
    for (LinearForm::Term term : form->terms) {
      bool isPositive = term.coefficient > 0;
      term.coefficient = std::abs(term.coefficient);
      (isPositive ? positive : negative).terms.push_back(term);
    }
    (form->constant > 0 ? positive : negative).constant =
        std::abs(form->constant);
    lhs = negative.toAffineExpr(builder.getContext());
    rhs = positive.toAffineExpr(builder.getContext());
  }
  auto toValue = [&](AffineExpr expr) {
    return getValueOrCreateConstantIndexOp(builder, loc, materialize(expr));
  };
  mlir::Value left = toValue(lhs), right = toValue(rhs);
  return getAsOpFoldResult(builder.createOrFold<arith::CmpIOp>(
      loc, arith::CmpIPredicate::sle, left, right));
}

OpFoldResult IRDomain::conjunction(const Bool &lhs, const Bool &rhs) {
  for (auto [operand, other] : {std::pair(lhs, rhs), std::pair(rhs, lhs)})
    if (std::optional<int64_t> constant = getConstantIntValue(operand))
      return *constant != 0 ? other : boolean(false);
  return builder.createOrFold<arith::AndIOp>(loc, cast<mlir::Value>(lhs),
                                             cast<mlir::Value>(rhs));
}

OpFoldResult IRDomain::disjunction(const Bool &lhs, const Bool &rhs) {
  for (auto [operand, other] : {std::pair(lhs, rhs), std::pair(rhs, lhs)})
    if (std::optional<int64_t> constant = getConstantIntValue(operand))
      return *constant != 0 ? boolean(true) : other;
  return builder.createOrFold<arith::OrIOp>(loc, cast<mlir::Value>(lhs),
                                            cast<mlir::Value>(rhs));
}

} // namespace mlir::attn
