//===- CompiledMaskTest.cpp - which masks are known row by row ------------===//

#include "Analysis/CompiledMask.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class CompiledMaskTest : public ::testing::Test {
protected:
  static bool isExact(const MaskExpr &mask) {
    return CompiledMask(mask).isExactPerRow();
  }

  MLIRContext context;
  AffineExpr i = getAffineDimExpr(2, &context);
  AffineExpr j = getAffineDimExpr(3, &context);
  AffineExpr data = getAffineDimExpr(4, &context);
};

TEST_F(CompiledMaskTest, linearInTheKeyIsExact) {
  MaskExpr causal = MaskExpr::causal(getAffineSymbolExpr(4, &context));
  EXPECT_TRUE(isExact(causal));
  EXPECT_TRUE(isExact(MaskExpr::getTrue()));
  EXPECT_TRUE(isExact(causal && MaskExpr::sge(j * 2, i)));
  EXPECT_FALSE(isExact(MaskExpr::sge(i, j % 2)));
  EXPECT_FALSE(isExact(causal && MaskExpr::sge(i, j % 2)));
}

TEST_F(CompiledMaskTest, dataAndOpaqueAreNot) {
  EXPECT_FALSE(isExact(MaskExpr::sge(data, j)));
  EXPECT_FALSE(isExact(MaskExpr::getOpaque()));
}

TEST_F(CompiledMaskTest, keyAndRest) {
  CompiledMask mask(MaskExpr::sge(i + 5, j * 2));
  EXPECT_TRUE(mask.keyLinear);
  EXPECT_EQ(mask.keyCoefficient, -2);
  EXPECT_FALSE(mask.rest.mentionsDim(kKeyDim));
  EXPECT_TRUE(mask.mentionsDim(kQueryDim));
  EXPECT_FALSE(mask.mentionsDim(kHeadDim));
  EXPECT_FALSE(CompiledMask(MaskExpr::sge(i, j % 2)).keyLinear);
}

} // namespace
