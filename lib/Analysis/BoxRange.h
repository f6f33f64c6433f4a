//===- BoxRange.h - interval arithmetic over a box of positions -----------===//
//
// The least and the greatest value of a linear form, and the three-valued truth
// of a mask, over a box, written once for integers and for IR (see
// IntegerDomain.h). Each term is bounded by itself, so i - j is exact; a mod
// whose argument stays within one period is exact too.
//
// Example: (i - j) mod 4 over i in [8, 9], j in [6, 6] is in [2, 3]; over j in
// [0, 6] it is in [0, 3].
//
// Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_BOXRANGE_H
#define ATTN_LIB_ANALYSIS_BOXRANGE_H

#include "CompiledMask.h"

namespace mlir::attn {

/// Both ends included.
template <typename Domain> struct DomainRange {
  typename Domain::Value lower, upper;
};

/// The range of `form`; `leaf` gives the range of a Dim or Symbol term.
template <typename Domain, typename Leaf>
DomainRange<Domain> computeBoxRange(Domain &domain, const LinearForm &form,
                                    Leaf &&leaf) {
  using Scaled = typename Domain::ScaledValue;
  SmallVector<Scaled, 8> lower, upper;
  for (const LinearForm::Term &term : form.terms) {
    DomainRange<Domain> range;
    if (!term.argument) {
      range = leaf(term);
    } else {
      DomainRange<Domain> argument =
          computeBoxRange(domain, *term.argument, leaf);
      auto first = domain.floorDivide(argument.lower, term.divisor);
      auto last = domain.floorDivide(argument.upper, term.divisor);
      if (term.kind == LinearForm::Term::Kind::FloorDiv) {
        range = {first, last};
      } else {
        auto onePeriod = domain.lessEqual(last, first);
        auto offset = [&](auto value) {
          return domain.sum({Scaled{1, value}, Scaled{-term.divisor, first}},
                            0);
        };
        range.lower = domain.select(onePeriod, offset(argument.lower),
                                    domain.constant(0));
        range.upper = domain.select(onePeriod, offset(argument.upper),
                                    domain.constant(term.divisor - 1));
      }
    }
    bool increases = term.coefficient > 0;
    lower.push_back({term.coefficient, increases ? range.lower : range.upper});
    upper.push_back({term.coefficient, increases ? range.upper : range.lower});
  }
  return {domain.sum(lower, form.constant), domain.sum(upper, form.constant)};
}

/// Whether a mask may hold somewhere in a box, and whether it holds everywhere.
template <typename Domain> struct Truth {
  typename Domain::Bool may, all;
};

/// `known` says whether the leaves of a form have a range in this domain; a
/// comparison where they have none may hold and need not.
template <typename Domain, typename Known, typename Leaf>
Truth<Domain> computeBoxTruth(Domain &domain, const CompiledMask &mask,
                              Known &&known, Leaf &&leaf) {
  switch (mask.kind) {
  case MaskExpr::Kind::False:
    return {domain.boolean(false), domain.boolean(false)};
  case MaskExpr::Kind::True:
    return {domain.boolean(true), domain.boolean(true)};
  case MaskExpr::Kind::Opaque:
    return {domain.boolean(true), domain.boolean(false)};
  case MaskExpr::Kind::Comparison: {
    if (!known(mask.form))
      return {domain.boolean(true), domain.boolean(false)};
    DomainRange<Domain> range = computeBoxRange(domain, mask.form, leaf);
    auto zero = domain.constant(0);
    return {domain.lessEqual(zero, range.upper),
            domain.lessEqual(zero, range.lower)};
  }
  case MaskExpr::Kind::And:
  case MaskExpr::Kind::Or:
    break;
  }
  bool isAnd = mask.kind == MaskExpr::Kind::And;
  Truth<Domain> result{domain.boolean(isAnd), domain.boolean(isAnd)};
  for (const CompiledMask &operand : mask.operands) {
    Truth<Domain> truth = computeBoxTruth(domain, operand, known, leaf);
    result = isAnd ? Truth<Domain>{domain.conjunction(result.may, truth.may),
                                   domain.conjunction(result.all, truth.all)}
                   : Truth<Domain>{domain.disjunction(result.may, truth.may),
                                   domain.disjunction(result.all, truth.all)};
  }
  return result;
}

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_BOXRANGE_H
