//===- TileClassTest.cpp - tiles against enumeration ----------------------===//

#include "RandomMask.h"

#include "mlir/Analysis/Presburger/IntegerRelation.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;
using namespace mlir::attn::test;

namespace {

struct ClassCounts {
  int64_t empty = 0, full = 0, partial = 0;
  void add(TileClass tile) {
    ++(tile == TileClass::Empty  ? empty
       : tile == TileClass::Full ? full
                                 : partial);
  }
};

TEST(TileClass, randomMasksAreNeverMisjudged) {
  MLIRContext context;
  RandomMaskGenerator random(20);
  ClassCounts found, truth;
  for (int round = 0; round < 10000; ++round) {
    std::array<int64_t, 2> symbols = random.makeSymbolValues();
    RandomMask mask = random.makeMask(3);
    MaskExpr expr =
        mask.toMask(makeVariables(&context, symbols, random.chance(0.5)));
    for (int repeat = 0; repeat < 2; ++repeat) {
      MaskBox box = random.makeBox();
      TileClass expected = classifyByEnumeration(mask, box, symbols);
      TileClass actual = classify(expr, box, symbols);
      found.add(actual);
      truth.add(expected);
      if (actual != TileClass::Partial) {
        ASSERT_EQ(actual, expected) << describe(expr, box, symbols);
      }
    }
  }
  // Soundness alone would hold for a classifier that answers Partial: most
  // tiles that are empty or full must be found to be.
  EXPECT_GT(truth.empty, 3000);
  EXPECT_GT(truth.full, 3000);
  EXPECT_GT(truth.partial, 3000);
  EXPECT_GT(found.empty, truth.empty * 95 / 100);
  EXPECT_GT(found.full, truth.full * 95 / 100);
}

TEST(TileClass, conjunctionsOfAffineInequalitiesAreExact) {
  MLIRContext context;
  RandomMaskGenerator random(21);
  ClassCounts counts;
  for (int round = 0; round < 10000; ++round) {
    std::array<int64_t, 2> symbols = random.makeSymbolValues();
    RandomMask mask = random.makeConjunction();
    MaskExpr expr =
        mask.toMask(makeVariables(&context, symbols, random.chance(0.5)));
    MaskBox box = random.makeBox();
    TileClass actual = classify(expr, box, symbols);
    counts.add(actual);
    ASSERT_EQ(actual, classifyByEnumeration(mask, box, symbols))
        << describe(expr, box, symbols);
  }
  EXPECT_GT(counts.empty, 2000);
  EXPECT_GT(counts.full, 1000);
  EXPECT_GT(counts.partial, 2000);
}

/// expr >= 0 of a RandomMask comparison as a row over (b, h, i, j, 1).
SmallVector<int64_t> getInequality(const RandomMask &comparison,
                                   ArrayRef<int64_t> symbols) {
  const RandomInteger &x = comparison.lhs, &y = comparison.rhs;
  int64_t constant = x.constant - y.constant;
  for (unsigned s = 0; s < 2; ++s)
    constant += (x.coefficients[4 + s] - y.coefficients[4 + s]) * symbols[s];
  SmallVector<int64_t> row;
  for (unsigned dim = 0; dim < kNumMaskDims; ++dim)
    row.push_back(x.coefficients[dim] - y.coefficients[dim]);
  row.push_back(constant);
  using Predicate = RandomMask::Predicate;
  if (comparison.predicate == Predicate::lt ||
      comparison.predicate == Predicate::le)
    for (int64_t &entry : row)
      entry = -entry;
  if (comparison.predicate == Predicate::lt ||
      comparison.predicate == Predicate::gt)
    row.back() -= 1;
  return row;
}

TEST(TileClass, agreesWithPresburgerOnConjunctions) {
  MLIRContext context;
  RandomMaskGenerator random(22);
  ClassCounts counts;
  for (int round = 0; round < 400; ++round) {
    std::array<int64_t, 2> symbols = random.makeSymbolValues();
    RandomMask mask = random.makeConjunction();
    MaskExpr expr = mask.toMask(makeVariables(&context, symbols, true));
    MaskBox box;
    box.query.begin = random.pick(0, 60);
    box.query.end = box.query.begin + random.pick(1, 128);
    box.key.begin = random.pick(0, 60);
    box.key.end = box.key.begin + random.pick(1, 128);

    auto space = presburger::PresburgerSpace::getSetSpace(kNumMaskDims);
    presburger::IntegerRelation whole(space);
    PositionRange sides[] = {box.batch, box.head, box.query, box.key};
    for (unsigned dim = 0; dim < kNumMaskDims; ++dim) {
      whole.addBound(presburger::BoundType::LB, dim, sides[dim].begin);
      whole.addBound(presburger::BoundType::UB, dim, sides[dim].end - 1);
    }
    presburger::IntegerRelation admitted = whole;
    bool isFull = true;
    for (const RandomMask &comparison : mask.operands) {
      SmallVector<int64_t> row = getInequality(comparison, symbols);
      admitted.addInequality(row);
      for (int64_t &entry : row)
        entry = -entry;
      row.back() -= 1;
      presburger::IntegerRelation missing = whole;
      missing.addInequality(row);
      isFull &= missing.isIntegerEmpty();
    }
    TileClass expected = admitted.isIntegerEmpty() ? TileClass::Empty
                         : isFull                  ? TileClass::Full
                                                   : TileClass::Partial;
    TileClass actual = classify(expr, box, symbols);
    counts.add(actual);
    ASSERT_EQ(actual, expected) << describe(expr, box, symbols);
  }
  EXPECT_GT(counts.empty, 50);
  EXPECT_GT(counts.full, 50);
  EXPECT_GT(counts.partial, 50);
}

/// Masks that are named in the documentation; the classes are those of the tile
/// (i0, j0) of 64 x 64.
class NamedMasks : public ::testing::Test {
protected:
  AffineExpr constant(int64_t value) {
    return getAffineConstantExpr(value, &context);
  }
  TileClass tile(const MaskExpr &mask, int64_t i0, int64_t j0,
                 ArrayRef<int64_t> symbols = {}) {
    return classify(mask, {{0, 1}, {0, 1}, {i0, i0 + 64}, {j0, j0 + 64}},
                    symbols);
  }
  MLIRContext context;
  AffineExpr i = getAffineDimExpr(2, &context);
  AffineExpr j = getAffineDimExpr(3, &context);
};

TEST_F(NamedMasks, causal) {
  MaskExpr mask = MaskExpr::causal(constant(0));
  EXPECT_EQ(tile(mask, 64, 0), TileClass::Full);
  EXPECT_EQ(tile(mask, 64, 1), TileClass::Full);
  EXPECT_EQ(tile(mask, 64, 2), TileClass::Partial);
  EXPECT_EQ(tile(mask, 64, 127), TileClass::Partial);
  EXPECT_EQ(tile(mask, 64, 128), TileClass::Empty);
}

TEST_F(NamedMasks, blockDiagonal) {
  MaskExpr mask = MaskExpr::eq(i.floorDiv(128), j.floorDiv(128));
  EXPECT_EQ(tile(mask, 64, 0), TileClass::Full);
  EXPECT_EQ(tile(mask, 192, 64), TileClass::Empty);
  EXPECT_EQ(tile(mask, 96, 64), TileClass::Partial);
}

TEST_F(NamedMasks, dilated) {
  MaskExpr mask = MaskExpr::eq((i - j) % 512, constant(0));
  EXPECT_EQ(tile(mask, 0, 0), TileClass::Partial);
  EXPECT_EQ(tile(mask, 0, 64), TileClass::Empty);
  EXPECT_EQ(tile(mask, 512, 0), TileClass::Partial);
  EXPECT_EQ(tile(!mask, 0, 128), TileClass::Full);
}

TEST_F(NamedMasks, prefixOfUnknownLength) {
  MaskExpr mask = MaskExpr::causal(constant(0)) ||
                  MaskExpr::keyLength(getAffineSymbolExpr(0, &context));
  EXPECT_EQ(tile(mask, 0, 128, {100}), TileClass::Empty);
  EXPECT_EQ(tile(mask, 0, 0, {100}), TileClass::Full);
  EXPECT_EQ(tile(mask, 0, 64, {100}), TileClass::Partial);
  // Not known: only what causality admits is certain, and nothing is excluded.
  EXPECT_EQ(tile(mask, 0, 128, {ShapedType::kDynamic}), TileClass::Partial);
  EXPECT_EQ(tile(mask, 64, 0, {ShapedType::kDynamic}), TileClass::Full);
}

TEST_F(NamedMasks, valuesAtTheEndsOf64Bits) {
  MaskExpr mask = MaskExpr::keyLength(getAffineSymbolExpr(0, &context));
  EXPECT_EQ(tile(mask, 0, 0, {INT64_MAX}), TileClass::Full);
  EXPECT_EQ(tile(mask, 0, 0, {INT64_MIN + 1}), TileClass::Empty);
}

TEST_F(NamedMasks, emptyBoxAdmitsNothing) {
  EXPECT_EQ(classify(MaskExpr::getTrue(), {{0, 1}, {0, 1}, {5, 5}, {0, 9}}),
            TileClass::Empty);
}

TEST_F(NamedMasks, hugeBoxesAreSettledByIntervalsOnly) {
  MaskExpr mask = MaskExpr::causal(constant(0));
  int64_t many = int64_t(1) << 40;
  EXPECT_EQ(classify(mask, {{0, 1}, {0, 1}, {many, 2 * many}, {0, many}}),
            TileClass::Full);
  EXPECT_EQ(classify(mask, {{0, 1}, {0, 1}, {0, many}, {0, many}}),
            TileClass::Partial);
}

TEST_F(NamedMasks, evaluateAtAPair) {
  AffineExpr length = getAffineSymbolExpr(0, &context);
  MaskExpr mask = MaskExpr::causal(constant(0)) && MaskExpr::keyLength(length);
  EXPECT_EQ(evaluate(mask, 0, 0, 5, 5, {6}), true);
  EXPECT_EQ(evaluate(mask, 0, 0, 5, 5, {5}), false);
  EXPECT_EQ(evaluate(mask, 0, 0, 5, 5), std::nullopt);
  EXPECT_EQ(evaluate(mask, 0, 0, 5, 6), false);
  EXPECT_EQ(evaluate(MaskExpr::getOpaque(), 0, 0, 0, 0), std::nullopt);
}

} // namespace
