//===- TileClass.cpp - classifying boxes of positions ---------------------===//
//
// Interval arithmetic over the whole box first: it settles most tiles at once.
// Then row by row, until one row shows an admitted and one a missing pair.
//
// See TileClass.h. Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Analysis/TileClass.h"

#include "BoxRange.h"
#include "IntegerDomain.h"
#include "RowKeys.h"
#include "TileTruth.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"

namespace mlir::attn {

/// Boxes with more rows are Partial unless interval arithmetic settles them.
static constexpr int64_t kMaxRows = int64_t(1) << 20;

Truth<IntegerDomain> computeTileTruth(const CompiledMask &mask,
                                      const MaskBox &box,
                                      ArrayRef<int64_t> symbolValues) {
  IntegerDomain domain;
  const PositionRange sides[kNumMaskDims] = {box.batch, box.head, box.query,
                                             box.key};
  auto leaf = [&](const LinearForm::Term &term) -> DomainRange<IntegerDomain> {
    bool isDim = term.kind == LinearForm::Term::Kind::Dim;
    if (isDim && term.position < kNumMaskDims)
      return {sides[term.position].begin, sides[term.position].end - 1};
    if (!isDim && term.position < symbolValues.size() &&
        symbolValues[term.position] != ShapedType::kDynamic)
      return {symbolValues[term.position], symbolValues[term.position]};
    return {saturating::kMinusInfinity, saturating::kPlusInfinity};
  };
  return computeBoxTruth(
      domain, mask, [](const LinearForm &) { return true; }, leaf);
}

TileClass classify(const MaskExpr &expr, const MaskBox &box,
                   ArrayRef<int64_t> symbolValues) {
  auto isEmpty = [](PositionRange side) { return side.begin >= side.end; };
  if (isEmpty(box.batch) || isEmpty(box.head) || isEmpty(box.query) ||
      isEmpty(box.key))
    return TileClass::Empty;
  CompiledMask mask(expr);
  Truth<IntegerDomain> truth = computeTileTruth(mask, box, symbolValues);
  if (!truth.may)
    return TileClass::Empty;
  if (truth.all)
    return TileClass::Full;

  // Rows along dims that the mask does not mention are all alike.
  auto getSide = [&](unsigned dim, PositionRange side) {
    if (!mask.mentionsDim(dim))
      side.end = side.begin + 1;
    return side;
  };
  PositionRange batches = getSide(kBatchDim, box.batch);
  PositionRange heads = getSide(kHeadDim, box.head);
  PositionRange queries = getSide(kQueryDim, box.query);
  auto length = [](PositionRange side) { return side.end - side.begin; };
  if (saturating::multiply(saturating::multiply(length(batches), length(heads)),
                           length(queries)) > kMaxRows)
    return TileClass::Partial;

  bool someAdmitted = false, someMissing = false;
  for (int64_t b = batches.begin; b < batches.end; ++b)
    for (int64_t h = heads.begin; h < heads.end; ++h)
      for (int64_t i = queries.begin; i < queries.end; ++i) {
        RowKeys row = computeRowKeys(mask, {b, h, i}, box.key, symbolValues);
        someAdmitted |= !row.may.empty();
        someMissing |=
            row.all().empty() || length(row.all()[0]) < length(box.key);
        if (someAdmitted && someMissing)
          return TileClass::Partial;
      }
  return someAdmitted ? TileClass::Full : TileClass::Empty;
}

std::optional<bool> evaluateCompiled(const CompiledMask &mask,
                                     ArrayRef<int64_t> position,
                                     ArrayRef<int64_t> symbolValues) {
  switch (mask.kind) {
  case MaskExpr::Kind::False:
    return false;
  case MaskExpr::Kind::True:
    return true;
  case MaskExpr::Kind::Opaque:
    return std::nullopt;
  case MaskExpr::Kind::Comparison:
    if (std::optional<int64_t> value =
            mask.form.evaluate(position, symbolValues))
      return *value >= 0;
    return std::nullopt;
  case MaskExpr::Kind::And:
  case MaskExpr::Kind::Or:
    break;
  }
  // One false operand settles an And whatever the unknown ones are.
  bool settles = mask.kind == MaskExpr::Kind::Or;
  std::optional<bool> result = !settles;
  for (const CompiledMask &operand : mask.operands) {
    std::optional<bool> value =
        evaluateCompiled(operand, position, symbolValues);
    if (value == settles)
      return settles;
    if (!value)
      result = std::nullopt;
  }
  return result;
}

std::optional<bool> evaluate(const MaskExpr &mask, int64_t batch, int64_t head,
                             int64_t query, int64_t key,
                             ArrayRef<int64_t> symbolValues) {
  return evaluateCompiled(CompiledMask(mask), {batch, head, query, key},
                          symbolValues);
}

} // namespace mlir::attn
