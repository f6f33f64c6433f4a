//===- CompareTest.cpp - Comparisons and tolerances -----------------------===//

#include "attn/Runtime/Compare.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace mlir::attn;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();

HostTensor vector(DType type, llvm::ArrayRef<double> values,
                  Layout layout = Layout::contiguous) {
  HostTensor tensor = llvm::cantFail(HostTensor::allocate(
      type, {1, static_cast<int64_t>(values.size())}, layout));
  for (auto [i, value] : llvm::enumerate(values))
    tensor.setElement(static_cast<int64_t>(i), value);
  return tensor;
}

Comparison compare(llvm::ArrayRef<double> found,
                   llvm::ArrayRef<double> reference, Tolerance tolerance) {
  return llvm::cantFail(
      compareTensors(vector(DType::f64, found, Layout::padded),
                     vector(DType::f64, reference), tolerance));
}

TEST(CompareTest, FindsTheWorstElement) {
  Comparison result = compare({1, 2, 3.5, 4.1}, {1, 2, 3, 4}, {0.1, 0.05});
  EXPECT_FALSE(result.agrees);
  EXPECT_EQ(result.numOutside, 1);
  EXPECT_EQ(result.maxError, 0.5);
  EXPECT_NEAR(result.rmsError, std::sqrt(0.26 / 4), 1e-12);
  EXPECT_EQ(result.worst, llvm::SmallVector<int64_t>({0, 2}));
  EXPECT_EQ(result.worstFound, 3.5);
  EXPECT_EQ(result.worstReference, 3.0);
}

TEST(CompareTest, WorstIsRelativeToWhatIsAllowed) {
  // The first error is larger, the second is out of tolerance.
  Comparison result = compare({1001, 0.5}, {1000, 0}, {0.1, 0.01});
  EXPECT_EQ(result.maxError, 1.0);
  EXPECT_EQ(result.worst, llvm::SmallVector<int64_t>({0, 1}));
}

TEST(CompareTest, EqualNaNsAndInfinitiesAgree) {
  Comparison result = compare({kNaN, kInfinity, -kInfinity},
                              {kNaN, kInfinity, -kInfinity}, {0, 0});
  EXPECT_TRUE(result.agrees);
  EXPECT_EQ(result.maxError, 0.0);
  EXPECT_EQ(result.numNaNFound, 1);
  EXPECT_EQ(result.numNaNReference, 1);
}

TEST(CompareTest, OtherNonFiniteElementsNeverAgree) {
  for (auto [found, reference] :
       {std::pair(kNaN, 1.0), std::pair(1.0, kNaN), std::pair(kInfinity, 1.0),
        std::pair(1.0, kInfinity), std::pair(kInfinity, -kInfinity),
        std::pair(kNaN, kInfinity)}) {
    Comparison result = compare({found}, {reference}, {1e9, 1e9});
    EXPECT_FALSE(result.agrees);
    EXPECT_EQ(result.maxError, kLargest);
    EXPECT_EQ(result.rmsError, kLargest);
  }
}

TEST(CompareTest, EmptyTensorsAgree) {
  Comparison result = compare({}, {}, {0, 0});
  EXPECT_TRUE(result.agrees);
  EXPECT_TRUE(result.worst.empty());
}

TEST(CompareTest, SizesMustBeEqual) {
  llvm::Expected<Comparison> result = compareTensors(
      vector(DType::f32, {1}), vector(DType::f32, {1, 2}), Tolerance());
  ASSERT_FALSE(result);
  EXPECT_EQ(llvm::toString(result.takeError()),
            "expected sizes 1x2 but found 1x1");
}

TEST(TolerancesTest, FollowTheTable) {
  HostTensor reference = vector(DType::f32, {0.25, -3.0, kInfinity, kNaN});
  EXPECT_EQ(getDefaultTolerance(DType::f64, reference).absolute, 1e-9);
  EXPECT_EQ(getDefaultTolerance(DType::f32, reference).absolute, 2e-5);
  EXPECT_EQ(getDefaultTolerance(DType::f32, reference).relative, 2e-5);
  EXPECT_EQ(getDefaultTolerance(DType::i32, reference).absolute, 0.0);

  // -3 + 0.3 = -2.7 is -2.703125 in bf16; minus 0.3 that is -3 again. The
  // error of 0.25 is one of rounding 0.55 and its difference to 0.3.
  Tolerance bf16 = getDefaultTolerance(DType::bf16, reference);
  EXPECT_EQ(bf16.relative, 0.0);
  EXPECT_GE(bf16.absolute, 2 * 0x1p-8 * 3);
  EXPECT_LE(bf16.absolute, 2 * 0x1p-8 * 3 + 2 * 0x1p-7);
  EXPECT_LT(getDefaultTolerance(DType::f16, reference).absolute,
            bf16.absolute / 4);
}

TEST(CompareTest, SameBits) {
  HostTensor left =
      llvm::cantFail(HostTensor::allocate(DType::f32, {2, 3}, Layout::padded));
  for (int64_t i = 0; i < 6; ++i)
    left.setElement(i, static_cast<double>(i));
  HostTensor right = llvm::cantFail(left.copyTo(Layout::contiguous));
  EXPECT_TRUE(hasSameBits(left, right));
  // Equal as numbers, and still other bits.
  right.setElement(0, -0.0);
  EXPECT_FALSE(hasSameBits(left, right));
  right.setElement(0, 0.0);
  right.setElement(5, 5.5);
  EXPECT_FALSE(hasSameBits(left, right));
}

} // namespace
