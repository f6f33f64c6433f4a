//===- KeyRange.h - the keys of a query tile, as bounds -------------------===//
//
// One walk over a mask computes for a query tile a range that holds every
// admitted key, and a range of keys that all its rows admit. It is written once
// for integers and for IR (see IntegerDomain.h), as lists of lower and upper
// bounds, so that the IR has one min or max for all of them.
//
//   And   joins the lists.
//   Or    takes the hull of the ranges; of the full ranges the union where they
//         touch, else the longer one.
//
// Example: j <= i or j < P, for rows [i0, i1):
//   admitted in [begin, max(i1, P)), full in [begin, max(i0 + 1, P)).
//
// Covered by test/unittests/Analysis/KeyBoundsTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_KEYRANGE_H
#define ATTN_LIB_ANALYSIS_KEYRANGE_H

#include "BoxRange.h"

namespace mlir::attn {

template <typename Domain> struct KeyRange {
  using Value = typename Domain::Value;
  using Bounds = SmallVector<Value, 2>;

  /// Keys in [lower, upper) may be admitted by some row, where the greatest
  /// lower and the least upper bound count; none means the end of the key
  /// range.
  Bounds lower, upper;
  /// Keys in [fullLower, fullUpper) are admitted by all rows.
  Bounds fullLower, fullUpper;
  /// Whether there can be a full range at all.
  bool fullPossible = true;
  /// Whether lower and fullLower (upper and fullUpper) are the same.
  bool lowerExact = true, upperExact = true;
  /// Whether each row admits a single interval of keys.
  bool isInterval = true;
};

/// Computes KeyRanges of the keys [begin, end).
template <typename Domain, typename Known, typename Leaf> class KeyRangeSolver {
public:
  using Value = typename Domain::Value;
  using Range = KeyRange<Domain>;
  using Bounds = typename Range::Bounds;

  /// `known` says whether a form has a range over the rows of the tile and
  /// `leaf` gives the range of a Dim or Symbol term, without the key.
  KeyRangeSolver(Domain &domain, Value begin, Value end, Known known, Leaf leaf)
      : domain(domain), begin(begin), end(end), known(known), leaf(leaf) {}

  Range solve(const CompiledMask &mask) {
    Range range;
    switch (mask.kind) {
    case MaskExpr::Kind::True:
      return range;
    case MaskExpr::Kind::False:
      range.lower = range.fullLower = {end};
      range.upper = range.fullUpper = {begin};
      range.fullPossible = false;
      return range;
    case MaskExpr::Kind::Opaque:
      return getUnknown();
    case MaskExpr::Kind::Comparison:
      return mask.keyLinear && known(mask.rest) ? solveComparison(mask)
                                                : getUnknown();
    case MaskExpr::Kind::And:
      for (const CompiledMask &operand : mask.operands)
        intersectWith(range, solve(operand));
      return range;
    case MaskExpr::Kind::Or:
      range = solve(mask.operands.front());
      for (const CompiledMask &operand : ArrayRef(mask.operands).drop_front())
        uniteWith(range, solve(operand));
      return range;
    }
    llvm_unreachable("unknown kind");
  }

private:
  static Range getUnknown() {
    Range range;
    range.fullPossible = range.isInterval = false;
    return range;
  }

  Range solveComparison(const CompiledMask &mask) {
    using Scaled = typename Domain::ScaledValue;
    DomainRange<Domain> rest = computeBoxRange(domain, mask.rest, leaf);
    Range range;
    bool sameForAllRows = true;
    mask.rest.walkLeaves([&](const LinearForm::Term &term) {
      sameForAllRows &=
          term.kind == LinearForm::Term::Kind::Symbol ||
          (term.position < kNumMaskDims && term.position != kQueryDim);
    });
    int64_t magnitude = std::abs(mask.keyCoefficient);
    if (mask.keyCoefficient > 0) {
      // j >= ceil(-rest / magnitude), least where rest is greatest.
      auto solved = [&](Value rest) {
        return domain.sum({Scaled{-1, domain.floorDivide(rest, magnitude)}}, 0);
      };
      range.lower = {solved(rest.upper)};
      range.fullLower = {solved(rest.lower)};
      range.lowerExact = sameForAllRows;
    } else if (mask.keyCoefficient < 0) {
      auto solved = [&](Value rest) {
        return domain.sum({Scaled{1, domain.floorDivide(rest, magnitude)}}, 1);
      };
      range.upper = {solved(rest.upper)};
      range.fullUpper = {solved(rest.lower)};
      range.upperExact = sameForAllRows;
    } else {
      auto zero = domain.constant(0);
      auto may = domain.lessEqual(zero, rest.upper);
      auto all = domain.lessEqual(zero, rest.lower);
      range.lower = {domain.select(may, begin, end)};
      range.upper = {domain.select(may, end, begin)};
      range.fullLower = {domain.select(all, begin, end)};
      range.fullUpper = {domain.select(all, end, begin)};
      range.lowerExact = range.upperExact = sameForAllRows;
    }
    return range;
  }

  static void intersectWith(Range &range, const Range &other) {
    llvm::append_range(range.lower, other.lower);
    llvm::append_range(range.upper, other.upper);
    llvm::append_range(range.fullLower, other.fullLower);
    llvm::append_range(range.fullUpper, other.fullUpper);
    range.fullPossible &= other.fullPossible;
    range.lowerExact &= other.lowerExact;
    range.upperExact &= other.upperExact;
    range.isInterval &= other.isInterval;
  }

  void uniteWith(Range &range, const Range &other) {
    bool sameBegin = range.lower.empty() && other.lower.empty();
    bool sameEnd = range.upper.empty() && other.upper.empty();
    range.isInterval &= other.isInterval && (sameBegin || sameEnd);
    uniteFull(range, other);
    if (range.lower.empty() || other.lower.empty())
      range.lower.clear();
    else
      range.lower = {
          domain.minimum({getLower(range.lower), getLower(other.lower)})};
    if (range.upper.empty() || other.upper.empty())
      range.upper.clear();
    else
      range.upper = {
          domain.maximum({getUpper(range.upper), getUpper(other.upper)})};
    range.lowerExact = range.lower.empty() && range.fullLower.empty();
    range.upperExact = range.upper.empty() && range.fullUpper.empty();
  }

  void uniteFull(Range &range, const Range &other) {
    if (!other.fullPossible)
      return;
    if (!range.fullPossible) {
      range.fullPossible = true;
      range.fullLower = other.fullLower;
      range.fullUpper = other.fullUpper;
      return;
    }
    bool sameBegin = range.fullLower.empty() && other.fullLower.empty();
    bool sameEnd = range.fullUpper.empty() && other.fullUpper.empty();
    if (sameBegin && (range.fullUpper.empty() || other.fullUpper.empty())) {
      range.fullUpper.clear();
      return;
    }
    if (sameEnd && (range.fullLower.empty() || other.fullLower.empty())) {
      range.fullLower.clear();
      return;
    }
    Value lower = getLower(range.fullLower), upper = getUpper(range.fullUpper);
    Value otherLower = getLower(other.fullLower);
    Value otherUpper = getUpper(other.fullUpper);
    Value unitedLower = domain.minimum({lower, otherLower});
    Value unitedUpper = domain.maximum({upper, otherUpper});
    if (sameBegin) {
      range.fullUpper = {unitedUpper};
      return;
    }
    if (sameEnd) {
      range.fullLower = {unitedLower};
      return;
    }
    // An empty range that passes this test lies within the other one.
    auto touch = domain.conjunction(domain.lessEqual(lower, otherUpper),
                                    domain.lessEqual(otherLower, upper));
    using Scaled = typename Domain::ScaledValue;
    auto length = [&](Value lower, Value upper) {
      return domain.sum({Scaled{1, upper}, Scaled{-1, lower}}, 0);
    };
    auto otherIsShorter =
        domain.lessEqual(length(otherLower, otherUpper), length(lower, upper));
    range.fullLower = {domain.select(
        touch, unitedLower, domain.select(otherIsShorter, lower, otherLower))};
    range.fullUpper = {domain.select(
        touch, unitedUpper, domain.select(otherIsShorter, upper, otherUpper))};
  }

  /// The greatest of the lower bounds, the least of the upper bounds.
  Value getLower(Bounds bounds) {
    bounds.push_back(begin);
    return domain.maximum(bounds);
  }
  Value getUpper(Bounds bounds) {
    bounds.push_back(end);
    return domain.minimum(bounds);
  }

  Domain &domain;
  Value begin, end;
  Known known;
  Leaf leaf;
};

/// begin <= lo <= fullLo <= fullHi <= hi <= end, see MaskEmitter.h.
template <typename Domain> struct DomainKeyBounds {
  typename Domain::Value lo, fullLo, fullHi, hi;
};

/// Clamps the ranges of `mask` into each other and into [begin, end). A full
/// range that turns out empty leaves one partial range, not two.
template <typename Domain, typename Known, typename Leaf>
DomainKeyBounds<Domain> solveKeyBounds(Domain &domain, const CompiledMask &mask,
                                       typename Domain::Value begin,
                                       typename Domain::Value end, Known known,
                                       Leaf leaf) {
  using Value = typename Domain::Value;
  KeyRangeSolver<Domain, Known, Leaf> solver(domain, begin, end, known, leaf);
  KeyRange<Domain> range = solver.solve(mask);
  using Bounds = typename KeyRange<Domain>::Bounds;
  auto maximum = [&](Bounds bounds, Value other) {
    bounds.push_back(other);
    return domain.maximum(bounds);
  };
  auto minimum = [&](Bounds bounds, Value other) {
    bounds.push_back(other);
    return domain.minimum(bounds);
  };
  Value lo = begin, hi = end;
  if (!range.lower.empty())
    lo = domain.minimum({maximum(range.lower, begin), end});
  if (!range.upper.empty())
    hi = domain.maximum({minimum(range.upper, end), lo});
  if (!range.fullPossible)
    return {lo, hi, hi, hi};
  Value fullLo = lo, fullHi = hi;
  if (!range.lowerExact)
    fullLo = domain.minimum({maximum(range.fullLower, lo), hi});
  if (!range.upperExact)
    fullHi = domain.maximum({minimum(range.fullUpper, hi), lo});
  if (range.lowerExact || range.upperExact)
    return {lo, fullLo, fullHi, hi};
  auto isEmpty = domain.lessEqual(fullHi, fullLo);
  return {lo, domain.select(isEmpty, hi, fullLo),
          domain.select(isEmpty, hi, fullHi), hi};
}

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_KEYRANGE_H
