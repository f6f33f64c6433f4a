//===- RowKeys.cpp - solving a mask for the keys of one row ---------------===//
//
// See RowKeys.h. Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "RowKeys.h"

#include "BoxRange.h"
#include "IntegerDomain.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"

namespace mlir::attn {

IntervalSet makeIntervalSet(PositionRange range) {
  IntervalSet set;
  if (range.begin < range.end)
    set.push_back(range);
  return set;
}

IntervalSet unite(const IntervalSet &lhs, const IntervalSet &rhs) {
  IntervalSet result;
  const auto *left = lhs.begin(), *right = rhs.begin();
  while (left != lhs.end() || right != rhs.end()) {
    bool takeLeft = right == rhs.end() ||
                    (left != lhs.end() && left->begin <= right->begin);
    PositionRange next = takeLeft ? *left++ : *right++;
    if (result.empty() || result.back().end < next.begin)
      result.push_back(next);
    else
      result.back().end = std::max(result.back().end, next.end);
  }
  return result;
}

IntervalSet intersect(const IntervalSet &lhs, const IntervalSet &rhs) {
  IntervalSet result;
  const auto *left = lhs.begin(), *right = rhs.begin();
  while (left != lhs.end() && right != rhs.end()) {
    PositionRange common{std::max(left->begin, right->begin),
                         std::min(left->end, right->end)};
    if (common.begin < common.end)
      result.push_back(common);
    if (left->end < right->end)
      ++left;
    else
      ++right;
  }
  return result;
}

/// Solves keyCoefficient * j + rest >= 0.
static PositionRange solveForKey(int64_t keyCoefficient, int64_t rest,
                                 PositionRange keys) {
  if (keyCoefficient == 0)
    return rest >= 0 ? keys : PositionRange{0, 0};
  int64_t quotient = saturating::floorDivide(rest, std::abs(keyCoefficient));
  if (keyCoefficient > 0)
    keys.begin = std::max(keys.begin, saturating::multiply(quotient, -1));
  else
    keys.end = std::min(keys.end, saturating::add(quotient, 1));
  return keys;
}

static RowKeys solveComparison(const CompiledMask &mask,
                               ArrayRef<int64_t> position, PositionRange keys,
                               ArrayRef<int64_t> symbolValues) {
  if (mask.keyLinear)
    if (std::optional<int64_t> rest =
            mask.rest.evaluate(position, symbolValues))
      return {makeIntervalSet(solveForKey(mask.keyCoefficient, *rest, keys)),
              std::nullopt};
  IntegerRange range =
      computeRange(mask.form, [&](const LinearForm::Term &leaf) {
        bool isDim = leaf.kind == LinearForm::Term::Kind::Dim;
        if (isDim && leaf.position == kKeyDim)
          return IntegerRange{keys.begin, keys.end - 1};
        ArrayRef<int64_t> values = isDim ? position : symbolValues;
        if (leaf.position < values.size() &&
            values[leaf.position] != ShapedType::kDynamic)
          return IntegerRange{values[leaf.position], values[leaf.position]};
        return IntegerRange{saturating::kMinusInfinity,
                            saturating::kPlusInfinity};
      });
  if (range.upper < 0)
    return {{}, std::nullopt};
  if (range.lower >= 0)
    return {makeIntervalSet(keys), std::nullopt};
  return {makeIntervalSet(keys), IntervalSet()};
}

RowKeys computeRowKeys(const CompiledMask &mask, ArrayRef<int64_t> position,
                       PositionRange keys, ArrayRef<int64_t> symbolValues) {
  switch (mask.kind) {
  case MaskExpr::Kind::False:
    return {};
  case MaskExpr::Kind::True:
    return {makeIntervalSet(keys), std::nullopt};
  case MaskExpr::Kind::Opaque:
    return {makeIntervalSet(keys), IntervalSet()};
  case MaskExpr::Kind::Comparison:
    return solveComparison(mask, position, keys, symbolValues);
  case MaskExpr::Kind::And:
  case MaskExpr::Kind::Or:
    break;
  }
  auto combine = mask.kind == MaskExpr::Kind::And ? intersect : unite;
  RowKeys result =
      computeRowKeys(mask.operands.front(), position, keys, symbolValues);
  for (const CompiledMask &operand : ArrayRef(mask.operands).drop_front()) {
    RowKeys other = computeRowKeys(operand, position, keys, symbolValues);
    if (result.differingAll || other.differingAll)
      result.differingAll = combine(result.all(), other.all());
    result.may = combine(result.may, other.may);
  }
  return result;
}

} // namespace mlir::attn
