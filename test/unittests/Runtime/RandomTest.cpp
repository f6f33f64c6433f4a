//===- RandomTest.cpp - Seeded contents -----------------------------------===//
//
// The values themselves are part of the contract: a changed generator would
// silently change every recorded result.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Random.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir::attn;

namespace {

HostTensor random(DType type, llvm::ArrayRef<int64_t> sizes, uint64_t seed,
                  unsigned argument, Layout layout = Layout::contiguous) {
  HostTensor tensor = llvm::cantFail(HostTensor::allocate(type, sizes, layout));
  fillRandom(tensor, seed, argument);
  return tensor;
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
