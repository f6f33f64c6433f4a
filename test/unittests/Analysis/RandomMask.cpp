//===- RandomMask.cpp - random masks with an evaluator of their own -------===//

#include "RandomMask.h"

#include "llvm/Support/raw_ostream.h"

namespace mlir::attn::test {

static int64_t floorDivide(int64_t x, int64_t y) {
  int64_t quotient = x / y;
  return x % y < 0 ? quotient - 1 : quotient;
}

int64_t RandomInteger::evaluate(const Point &point) const {
  int64_t sum = constant;
  for (unsigned v = 0; v < kNumVariables; ++v)
    sum += coefficients[v] * point[v];
  for (const Division &division : divisions) {
    int64_t x = division.argument[0].evaluate(point);
    int64_t quotient = floorDivide(x, division.divisor);
    sum += division.factor *
           (division.isMod ? x - quotient * division.divisor : quotient);
  }
  return sum;
}

AffineExpr RandomInteger::toExpr(ArrayRef<AffineExpr> variables) const {
  AffineExpr sum = getAffineConstantExpr(constant, variables[0].getContext());
  for (unsigned v = 0; v < kNumVariables; ++v)
    sum = sum + variables[v] * coefficients[v];
  for (const Division &division : divisions) {
    AffineExpr x = division.argument[0].toExpr(variables);
    AffineExpr divided =
        division.isMod ? x % division.divisor : x.floorDiv(division.divisor);
    sum = sum + divided * division.factor;
  }
  return sum;
}

bool RandomMask::evaluate(const Point &point) const {
  switch (kind) {
  case Kind::Compare: {
    int64_t x = lhs.evaluate(point), y = rhs.evaluate(point);
    switch (predicate) {
    case Predicate::eq:
      return x == y;
    case Predicate::ne:
      return x != y;
    case Predicate::lt:
      return x < y;
    case Predicate::le:
      return x <= y;
    case Predicate::gt:
      return x > y;
    case Predicate::ge:
      return x >= y;
    }
    break;
  }
  case Kind::And:
    for (const RandomMask &operand : operands)
      if (!operand.evaluate(point))
        return false;
    return true;
  case Kind::Or:
    for (const RandomMask &operand : operands)
      if (operand.evaluate(point))
        return true;
    return false;
  case Kind::Not:
    return !operands[0].evaluate(point);
  case Kind::Select:
    return operands[0].evaluate(point) ? operands[1].evaluate(point)
                                       : operands[2].evaluate(point);
  case Kind::Xor:
    return operands[0].evaluate(point) != operands[1].evaluate(point);
  case Kind::Constant:
    return constant;
  }
  llvm_unreachable("unknown kind");
}

MaskExpr RandomMask::toMask(ArrayRef<AffineExpr> variables) const {
  auto operand = [&](unsigned i) { return operands[i].toMask(variables); };
  switch (kind) {
  case Kind::Compare: {
    AffineExpr x = lhs.toExpr(variables), y = rhs.toExpr(variables);
    switch (predicate) {
    case Predicate::eq:
      return MaskExpr::eq(x, y);
    case Predicate::ne:
      return MaskExpr::ne(x, y);
    case Predicate::lt:
      return MaskExpr::slt(x, y);
    case Predicate::le:
      return MaskExpr::sle(x, y);
    case Predicate::gt:
      return MaskExpr::sgt(x, y);
    case Predicate::ge:
      return MaskExpr::sge(x, y);
    }
    break;
  }
  case Kind::And:
  case Kind::Or: {
    std::vector<MaskExpr> masks;
    for (const RandomMask &operand : operands)
      masks.push_back(operand.toMask(variables));
    return kind == Kind::And ? MaskExpr::conjunction(masks)
                             : MaskExpr::disjunction(masks);
  }
  case Kind::Not:
    return !operand(0);
  case Kind::Select:
    return MaskExpr::select(operand(0), operand(1), operand(2));
  case Kind::Xor:
    return operand(0) ^ operand(1);
  case Kind::Constant:
    return MaskExpr::get(constant);
  }
  llvm_unreachable("unknown kind");
}

RandomInteger RandomMaskGenerator::makeInteger(unsigned depth) {
  RandomInteger integer;
  const double density[kNumVariables] = {0.1, 0.1, 0.6, 0.6, 0.2, 0.1};
  for (unsigned v = 0; v < kNumVariables; ++v)
    if (chance(density[v]))
      integer.coefficients[v] = chance(0.6) ? 2 * pick(0, 1) - 1 : pick(-4, 4);
  integer.constant = chance(0.5) ? 0 : pick(-9, 9);
  int64_t numDivisions = depth == 0 ? 0 : chance(0.6) ? 0 : pick(1, 2);
  for (int64_t d = 0; d < numDivisions; ++d)
    integer.divisions.push_back({chance(0.7) ? 2 * pick(0, 1) - 1 : pick(-3, 3),
                                 chance(0.5) ? pick(1, 9) : pick(10, 40),
                                 chance(0.4),
                                 {makeInteger(depth - 1)}});
  return integer;
}

RandomMask RandomMaskGenerator::makeComparison(unsigned depth) {
  RandomMask mask(RandomMask::Kind::Compare);
  mask.predicate = static_cast<RandomMask::Predicate>(pick(0, 5));
  mask.lhs = makeInteger(depth);
  if (chance(0.5))
    mask.rhs = makeInteger(depth);
  if (chance(0.8)) {
    // Both sides meet at some position.
    meeting = {pick(0, 2),
               pick(0, 3),
               pick(0, kNumPositions - 1),
               pick(0, kNumPositions - 1),
               symbolValues[0],
               symbolValues[1]};
    mask.rhs.constant +=
        mask.lhs.evaluate(meeting) - mask.rhs.evaluate(meeting);
  }
  return mask;
}

std::array<int64_t, 2> RandomMaskGenerator::makeSymbolValues() {
  return symbolValues = {pick(-20, 60), pick(-5, 5)};
}

RandomMask RandomMaskGenerator::makeMask(unsigned depth) {
  if (depth == 0 || chance(0.25))
    return makeComparison(2);
  using Kind = RandomMask::Kind;
  const std::pair<Kind, int64_t> forms[] = {
      {Kind::And, pick(2, 3)}, {Kind::Or, pick(2, 3)}, {Kind::Not, 1},
      {Kind::Select, 3},       {Kind::Xor, 2},         {Kind::Constant, 0}};
  const int64_t choice = chance(0.6) ? pick(0, 1) : pick(0, 5);
  RandomMask mask(forms[choice].first);
  mask.constant = chance(0.5);
  for (int64_t i = 0; i < forms[choice].second; ++i)
    mask.operands.push_back(makeMask(depth - 1));
  return mask;
}

RandomMask RandomMaskGenerator::makeConjunction() {
  RandomMask mask(RandomMask::Kind::And);
  int64_t count = pick(1, 3);
  for (int64_t i = 0; i < count; ++i) {
    RandomMask comparison = makeComparison(0);
    comparison.predicate = static_cast<RandomMask::Predicate>(pick(2, 5));
    mask.operands.push_back(comparison);
  }
  return mask;
}

MaskBox RandomMaskGenerator::makeBox() {
  bool atMeeting = chance(0.5);
  auto side = [&](unsigned dim, int64_t extent, int64_t longest) {
    int64_t length = pick(1, longest);
    int64_t begin =
        atMeeting ? meeting[dim] - pick(0, length - 1) : pick(0, extent - 1);
    begin = std::max<int64_t>(begin, 0);
    return PositionRange{begin, std::min(extent, begin + length)};
  };
  return {side(0, 3, 2), side(1, 4, 2), side(2, kNumPositions, 16),
          side(3, kNumPositions, 16)};
}

TileClass classifyByEnumeration(const RandomMask &mask, const MaskBox &box,
                                ArrayRef<int64_t> symbolValues) {
  bool any = false, all = true;
  for (int64_t b = box.batch.begin; b < box.batch.end; ++b)
    for (int64_t h = box.head.begin; h < box.head.end; ++h)
      for (int64_t i = box.query.begin; i < box.query.end; ++i)
        for (int64_t j = box.key.begin; j < box.key.end; ++j) {
          bool admitted =
              mask.evaluate({b, h, i, j, symbolValues[0], symbolValues[1]});
          any |= admitted;
          all &= admitted;
        }
  return !any ? TileClass::Empty : all ? TileClass::Full : TileClass::Partial;
}

std::vector<AffineExpr> makeVariables(MLIRContext *context,
                                      ArrayRef<int64_t> symbolValues,
                                      bool symbolic) {
  std::vector<AffineExpr> variables;
  for (unsigned dim = 0; dim < kNumMaskDims; ++dim)
    variables.push_back(getAffineDimExpr(dim, context));
  for (unsigned s = 0; s < 2; ++s)
    variables.push_back(symbolic
                            ? getAffineSymbolExpr(s, context)
                            : getAffineConstantExpr(symbolValues[s], context));
  return variables;
}

std::string describe(const MaskExpr &mask, const MaskBox &box,
                     ArrayRef<int64_t> symbolValues) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << mask << " over";
  for (PositionRange side : {box.batch, box.head, box.query, box.key})
    os << " [" << side.begin << ", " << side.end << ")";
  os << " with s0 = " << symbolValues[0] << ", s1 = " << symbolValues[1];
  return text;
}

} // namespace mlir::attn::test
