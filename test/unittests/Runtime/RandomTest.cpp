//===- RandomTest.cpp - Seeded contents -----------------------------------===//
//
// The values themselves are part of the contract: a changed generator would
// silently change every recorded result.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Random.h"
#include "gtest/gtest.h"
#include <cmath>
#include <tuple>

using namespace mlir::attn;

namespace {

HostTensor random(DType type, llvm::ArrayRef<int64_t> sizes, uint64_t seed,
                  unsigned argument, Layout layout = Layout::contiguous) {
  HostTensor tensor = llvm::cantFail(HostTensor::allocate(type, sizes, layout));
  fillRandom(tensor, seed, argument);
  return tensor;
}

HostTensor meaning(DType type, llvm::ArrayRef<int64_t> sizes,
                   Contents contents) {
  HostTensor tensor = llvm::cantFail(HostTensor::allocate(type, sizes));
  fillRandom(tensor, /*seed=*/1, /*argument=*/0, contents);
  return tensor;
}

/// The least and the largest element.
std::pair<double, double> range(const HostTensor &tensor) {
  double least = tensor.getElement(0), largest = least;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
    least = std::min(least, tensor.getElement(i));
    largest = std::max(largest, tensor.getElement(i));
  }
  return {least, largest};
}

TEST(RandomTest, MeaningsKeepToTheirRanges) {
  auto [least, largest] =
      range(meaning(DType::f32, {4, 1000}, {Meaning::decay}));
  EXPECT_GE(least, -0.3 * 3.5);
  EXPECT_LE(largest, 0.0);
  std::tie(least, largest) =
      range(meaning(DType::f64, {4, 1000}, {Meaning::fraction}));
  EXPECT_GT(least, 0.0);
  EXPECT_LT(largest, 1.0);
  EXPECT_GT(largest - least, 0.99);
  EXPECT_GE(range(meaning(DType::f32, {4, 1000}, {Meaning::positive})).first,
            0.0);
  std::tie(least, largest) =
      range(meaning(DType::i32, {4, 1000}, {Meaning::counts, 7}));
  EXPECT_EQ(least, 0.0);
  EXPECT_EQ(largest, 7.0);
}

TEST(RandomTest, UnitRowsHaveTheirLength) {
  HostTensor rows = meaning(DType::f64, {3, 16}, {Meaning::unit, 0, 0.5});
  HostTensor other = meaning(DType::f64, {3, 16}, {Meaning::unit, 0, -0.5});
  for (int64_t row = 0; row < 3; ++row) {
    double squares = 0;
    for (int64_t i = 16 * row; i < 16 * row + 16; ++i) {
      squares += rows.getElement(i) * rows.getElement(i);
      EXPECT_EQ(rows.getElement(i), -other.getElement(i));
    }
    EXPECT_NEAR(squares, 0.25, 1e-12);
  }
}

TEST(RandomTest, BoundsAscendFromEndToEnd) {
  HostTensor bounds = meaning(DType::i64, {9}, {Meaning::bounds, 100});
  EXPECT_EQ(bounds.getElement(0), 0.0);
  EXPECT_EQ(bounds.getElement(8), 100.0);
  for (int64_t i = 1; i < 9; ++i)
    EXPECT_LE(bounds.getElement(i - 1), bounds.getElement(i));
  EXPECT_EQ(meaning(DType::i32, {1}, {Meaning::bounds, 5}).getElement(0), 0.0);
}

TEST(RandomTest, MeaningsHaveNames) {
  EXPECT_EQ(parseMeaning("decay"), Meaning::decay);
  EXPECT_EQ(parseMeaning("bounds"), Meaning::bounds);
  EXPECT_EQ(parseMeaning("rate"), std::nullopt);
}

TEST(RandomTest, LayoutDoesNotMatter) {
  HostTensor plain = random(DType::f32, {2, 3, 4, 5}, 1, 0);
  HostTensor strided = random(DType::f32, {2, 3, 4, 5}, 1, 0, Layout::padded);
  for (int64_t i = 0; i < plain.getNumElements(); ++i)
    EXPECT_EQ(plain.getElement(i), strided.getElement(i));
}

TEST(RandomTest, SeedsAndArgumentsDiffer) {
  double value = random(DType::f64, {1}, 1, 0).getElement(0);
  EXPECT_NE(value, random(DType::f64, {1}, 2, 0).getElement(0));
  EXPECT_NE(value, random(DType::f64, {1}, 1, 1).getElement(0));
}

TEST(RandomTest, FloatsHaveMeanZeroAndDeviationOne) {
  HostTensor tensor = random(DType::f32, {100000}, 42, 0);
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
    double value = tensor.getElement(i);
    sum += value;
    squares += value * value;
    EXPECT_LE(std::fabs(value), 3.47);
  }
  EXPECT_NEAR(sum / 100000, 0.0, 0.02);
  EXPECT_NEAR(squares / 100000, 1.0, 0.02);
}

TEST(RandomTest, MasksAreMostlyTrue) {
  HostTensor tensor = random(DType::i1, {10000}, 1, 0);
  double sum = 0;
  for (int64_t i = 0; i < 10000; ++i)
    sum += tensor.getElement(i);
  EXPECT_NEAR(sum / 10000, 0.75, 0.03);
}

TEST(RandomTest, IntegersLookLikeDocumentIds) {
  HostTensor ids = random(DType::i32, {2, 8}, 1, 0);
  for (int64_t i = 0; i < 16; ++i)
    EXPECT_EQ(ids.getElement(i), static_cast<double>(i % 8 / 2));
  double scalar = random(DType::i64, {}, 1, 0).getElement(0);
  EXPECT_GE(scalar, 0);
  EXPECT_LE(scalar, 63);
}

} // namespace
