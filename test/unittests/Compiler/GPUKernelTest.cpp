//===- GPUKernelTest.cpp - grids as postfix expressions -------------------===//

#include "attn/Compiler/GPUKernel.h"
#include "gtest/gtest.h"

using namespace mlir::attn;

TEST(GPUKernel, EvaluatesGrids) {
  EXPECT_EQ(evaluateGrid("7", {}), 7);
  EXPECT_EQ(evaluateGrid("s0 128 ceildiv", {300}), 3);
  EXPECT_EQ(evaluateGrid("s0 128 ceildiv", {0}), 0);
  EXPECT_EQ(evaluateGrid("s1 s0 * 3 +", {4, 5}), 23);
  EXPECT_EQ(evaluateGrid("s0 128 floordiv s0 128 mod +", {300}), 46);
  EXPECT_EQ(evaluateGrid("s0 -1 * 2 ceildiv", {5}), -2);
}

TEST(GPUKernel, SpellsKinds) {
  EXPECT_EQ(spelling(GPUParameterKind::map), "map");
  EXPECT_EQ(spelling(GPUParameterKind::data), "data");
  EXPECT_EQ(spelling(GPUParameterKind::size), "size");
  EXPECT_EQ(spelling(GPUParameterKind::stride), "stride");
  EXPECT_EQ(spelling(GPUParameterKind::scalar), "scalar");
}
