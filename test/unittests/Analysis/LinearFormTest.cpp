//===- LinearFormTest.cpp - order, limits and values of linear forms ------===//

#include "Analysis/LinearForm.h"

#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class LinearFormTest : public ::testing::Test {
protected:
  AffineExpr constant(int64_t value) {
    return getAffineConstantExpr(value, &context);
  }
  /// Not simplified by the builders of expressions.
  static AffineExpr make(AffineExprKind kind, AffineExpr lhs, AffineExpr rhs) {
    return getAffineBinaryOpExpr(kind, lhs, rhs);
  }
  static bool flattens(AffineExpr expr) {
    return LinearForm::get(expr).has_value();
  }

  MLIRContext context;
  AffineExpr d0 = getAffineDimExpr(0, &context);
  AffineExpr d1 = getAffineDimExpr(1, &context);
  AffineExpr s0 = getAffineSymbolExpr(0, &context);
};

TEST_F(LinearFormTest, formsHaveAnOrder) {
  const AffineExpr ascending[] = {constant(-1),
                                  constant(2),
                                  d0,
                                  d0 + 5,
                                  d0 * 2,
                                  d1,
                                  s0,
                                  d0.floorDiv(2),
                                  (d0 + 1).floorDiv(2),
                                  d1.floorDiv(2),
                                  d0.floorDiv(3),
                                  d0 % 2,
                                  d0 + d1,
                                  d0 + d1 * 2,
                                  d0 * 2 + d1};
  for (auto [m, left] : llvm::enumerate(ascending))
    for (auto [n, right] : llvm::enumerate(ascending)) {
      int order = compare(*LinearForm::get(left), *LinearForm::get(right));
      EXPECT_EQ(order, m < n ? -1 : m > n ? 1 : 0) << m << " and " << n;
    }
}

TEST_F(LinearFormTest, equalTermsMeetWhateverTheirOrder) {
  AffineExpr sum = d1 % 4 + d0 + s0 + (d0 + d1).floorDiv(2);
  AffineExpr other = (d1 + d0).floorDiv(2) + s0 + d1 % 4 + d0;
  EXPECT_EQ(compare(*LinearForm::get(sum), *LinearForm::get(other)), 0);
  EXPECT_TRUE(LinearForm::get(sum - other)->isConstant());
}

TEST_F(LinearFormTest, coefficientsHaveALimit) {
  int64_t limit = int64_t(1) << 31;
  EXPECT_TRUE(flattens(d0 * limit));
  EXPECT_TRUE(flattens(d0 * -limit));
  EXPECT_FALSE(flattens(d0 * (limit + 1)));
  EXPECT_FALSE(flattens(d0 * -(limit + 1)));
  // Of a sum of terms, and where the product leaves 64 bits.
  EXPECT_TRUE(flattens((d0 * (limit - 1) + d1) + d0));
  EXPECT_FALSE(flattens((d0 * limit + d1) + d0));
  EXPECT_FALSE(flattens(
      make(AffineExprKind::Mul, d0 * limit + d1, constant(int64_t(1) << 33))));
  EXPECT_TRUE(flattens(d0.floorDiv(limit)));
  EXPECT_FALSE(flattens(d0.floorDiv(limit + 1)));
}

TEST_F(LinearFormTest, constantsHaveALimit) {
  int64_t limit = int64_t(1) << 60;
  for (int64_t sign : {1, -1}) {
    EXPECT_TRUE(flattens(constant(sign * limit)));
    EXPECT_FALSE(flattens(constant(sign * (limit + 1))));
    AffineExpr half = d0 + sign * (limit / 2);
    EXPECT_TRUE(flattens(make(AffineExprKind::Mul, half, constant(2))));
    EXPECT_FALSE(flattens(make(AffineExprKind::Mul, half, constant(3))));
    EXPECT_FALSE(flattens(make(AffineExprKind::Mul, half, constant(32))));
  }
}

TEST_F(LinearFormTest, divisorsArePositiveConstants) {
  for (AffineExprKind kind : {AffineExprKind::FloorDiv, AffineExprKind::Mod,
                              AffineExprKind::CeilDiv}) {
    EXPECT_FALSE(flattens(make(kind, d0, s0)));
    EXPECT_FALSE(flattens(make(kind, d0, s0 + 2)));
    EXPECT_FALSE(flattens(make(kind, d0, constant(0))));
    EXPECT_FALSE(flattens(make(kind, d0, constant(-2))));
    EXPECT_FALSE(flattens(make(kind, d0 * s0, constant(2))));
  }
  EXPECT_FALSE(flattens(d0 * s0));
  EXPECT_FALSE(flattens(d0 * s0 + 1));
}

TEST_F(LinearFormTest, whatADivisorDividesLeaves) {
  auto print = [&](AffineExpr expr) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << LinearForm::get(expr)->toAffineExpr(&context);
    return text;
  };
  EXPECT_EQ(print((d0 * 4 + d1 + 9).floorDiv(4)),
            "d0 + (d1 + 1) floordiv 4 + 2");
  EXPECT_EQ(print((d0 * 4 + d1 + 9) % 4), "(d1 + 1) mod 4");
  EXPECT_EQ(print((d0 * 4 + 9).floorDiv(4)), "d0 + 2");
  EXPECT_EQ(print((d0 * 4 + 9) % 4), "1");
  EXPECT_EQ(print(make(AffineExprKind::CeilDiv, d0, constant(4))),
            "(d0 + 3) floordiv 4");
  EXPECT_EQ(print(d0 - d0), "0");
  EXPECT_EQ(print(make(AffineExprKind::Mul, constant(3), d0 + 1)),
            "d0 * 3 + 3");
}

TEST_F(LinearFormTest, constantsThatOnlyFlatteningFinds) {
  AffineExpr zero = d1 + s0 - d1 - s0;
  LinearForm quotient = *LinearForm::get((zero + d0 * 4 + 9).floorDiv(4));
  EXPECT_EQ(compare(quotient, *LinearForm::get(d0 + 2)), 0);
  LinearForm product =
      *LinearForm::get(make(AffineExprKind::Mul, zero + 3, d0));
  EXPECT_EQ(compare(product, *LinearForm::get(d0 * 3)), 0);
  LinearForm nothing = *LinearForm::get(make(AffineExprKind::Mul, d0, zero));
  EXPECT_TRUE(nothing.isConstant());
}

TEST_F(LinearFormTest, valuesAtAPoint) {
  LinearForm form =
      *LinearForm::get(d0 * 3 + d1 % 4 + (d1 - 9).floorDiv(2) + s0 + 1);
  EXPECT_EQ(form.evaluate({2, 6}, {100}), 6 + 2 - 2 + 100 + 1);
  EXPECT_EQ(form.evaluate({2, -1}, {100}), 6 + 3 - 5 + 100 + 1);
  EXPECT_EQ(form.evaluate({2}, {100}), std::nullopt);
  EXPECT_EQ(form.evaluate({2, 6}, {}), std::nullopt);
  EXPECT_EQ(form.evaluate({2, 6}, {ShapedType::kDynamic}), std::nullopt);
}

TEST_F(LinearFormTest, dimsInsideOfTerms) {
  LinearForm form = *LinearForm::get(d0 + (d1 + s0).floorDiv(2));
  EXPECT_TRUE(form.mentionsDim(0));
  EXPECT_TRUE(form.mentionsDim(1));
  EXPECT_FALSE(LinearForm::get(s0 + d1 % 2)->mentionsDim(0));
  unsigned leaves = 0;
  form.walkLeaves([&](const LinearForm::Term &) { ++leaves; });
  EXPECT_EQ(leaves, 3u);
}

} // namespace
