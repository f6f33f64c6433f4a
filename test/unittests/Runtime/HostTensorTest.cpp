//===- HostTensorTest.cpp - Layouts, guards and printing ------------------===//

#include "attn/Runtime/HostTensor.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace mlir::attn;

namespace {

constexpr Layout kLayouts[] = {Layout::contiguous, Layout::padded,
                               Layout::bthd};
constexpr Guard kGuards[] = {Guard::none, Guard::end, Guard::start};

HostTensor make(DType type, llvm::ArrayRef<int64_t> sizes, Layout layout,
                Guard guard = Guard::none) {
  return llvm::cantFail(HostTensor::allocate(type, sizes, layout, guard));
}

std::string messageOf(llvm::Expected<HostTensor> tensor) {
  return tensor ? "" : llvm::toString(tensor.takeError());
}

TEST(HostTensorTest, EveryElementHasItsOwnPlace) {
  for (auto [layout, guard] : llvm::zip(kLayouts, kGuards)) {
    HostTensor tensor = make(DType::f32, {2, 3, 4, 5}, layout, guard);
    for (int64_t i = 0; i < tensor.getNumElements(); ++i)
      tensor.setElement(i, static_cast<double>(i));
    for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
      EXPECT_EQ(tensor.getElement(i), static_cast<double>(i));
      int64_t offset = 0;
      for (auto [dim, index] : llvm::enumerate(tensor.delinearize(i)))
        offset += index * tensor.getStrides()[dim];
      EXPECT_EQ(static_cast<float *>(tensor.getData())[offset],
                static_cast<float>(i));
    }
    EXPECT_EQ(tensor.getStrides().back(), 1);
    EXPECT_TRUE(tensor.isPaddingIntact());
  }
}

TEST(HostTensorTest, LayoutsPlaceAsDocumented) {
  using Strides = llvm::SmallVector<int64_t>;
  auto strides = [](Layout layout) {
    return Strides(make(DType::f32, {2, 3, 4, 5}, layout).getStrides());
  };
  EXPECT_EQ(strides(Layout::contiguous), Strides({60, 20, 5, 1}));
  EXPECT_EQ(strides(Layout::bthd), Strides({60, 5, 15, 1}));
  EXPECT_EQ(strides(Layout::padded), Strides({140, 45, 10, 1}));
}

TEST(HostTensorTest, NewTensorsAreNaN) {
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    HostTensor tensor = make(type, {3}, Layout::contiguous);
    EXPECT_TRUE(std::isnan(tensor.getElement(1)));
    tensor.setElement(1, 2.0);
    tensor.clear();
    EXPECT_TRUE(std::isnan(tensor.getElement(1)));
  }
}

TEST(HostTensorTest, WritesToPaddingAreSeen) {
  HostTensor tensor = make(DType::f32, {2, 3}, Layout::padded);
  float *data = static_cast<float *>(tensor.getData());
  tensor.clear();
  EXPECT_TRUE(tensor.isPaddingIntact());
  for (int64_t place : {-1, 3, 4 + 8}) {
    float before = data[place];
    data[place] = 0.0f;
    EXPECT_FALSE(tensor.isPaddingIntact()) << place;
    std::memcpy(&data[place], &before, sizeof(float));
    EXPECT_TRUE(tensor.isPaddingIntact()) << place;
  }
}

TEST(HostTensorDeathTest, AccessBeyondAGuardFaults) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (Layout layout : kLayouts) {
    int64_t sizes[] = {2, 3, 5, 7};
    HostTensor tensor = make(DType::f32, sizes, layout, Guard::end);
    int64_t last = 0;
    for (auto [size, stride] : llvm::zip_equal(sizes, tensor.getStrides()))
      last += (size - 1) * stride;
    volatile float *data = static_cast<float *>(tensor.getData());
    tensor.setElement(tensor.getNumElements() - 1, 1.0);
    EXPECT_EQ(data[last], 1.0f);
    EXPECT_DEATH((void)data[last + 1], "");
    EXPECT_DEATH(data[last + 1] = 0.0f, "");

    HostTensor other = make(DType::f32, sizes, layout, Guard::start);
    data = static_cast<float *>(other.getData());
    other.setElement(0, 2.0);
    EXPECT_EQ(data[0], 2.0f);
    EXPECT_DEATH((void)data[-1], "");
    EXPECT_DEATH(data[-1] = 0.0f, "");
  }
}

TEST(HostTensorDeathTest, NothingOfAnEmptyTensorMayBeTouched) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (Guard guard : {Guard::end, Guard::start}) {
    HostTensor tensor = make(DType::f32, {0, 7}, Layout::padded, guard);
    volatile float *data = static_cast<float *>(tensor.getData());
    EXPECT_DEATH((void)data[0], "");
  }
}

TEST(HostTensorTest, EmptyAndScalarTensors) {
  for (auto [layout, guard] : llvm::zip(kLayouts, kGuards)) {
    HostTensor empty = make(DType::f32, {4, 0, 8}, layout, guard);
    EXPECT_EQ(empty.getNumElements(), 0);
    EXPECT_NE(empty.getData(), nullptr);
    empty.forEachRow([](int64_t, char *, int64_t) { FAIL(); });
    EXPECT_TRUE(empty.isPaddingIntact());

    HostTensor scalar = make(DType::i64, {}, layout, guard);
    scalar.setElement(0, -3);
    EXPECT_EQ(scalar.getNumElements(), 1);
    EXPECT_EQ(*static_cast<int64_t *>(scalar.getData()), -3);
  }
}

TEST(HostTensorTest, CopyKeepsValues) {
  HostTensor tensor = make(DType::bf16, {1, 2, 3, 4}, Layout::contiguous);
  for (int64_t i = 0; i < 24; ++i)
    tensor.setElement(i, static_cast<double>(i));
  for (Layout layout : kLayouts) {
    for (Guard guard : kGuards) {
      HostTensor copy = llvm::cantFail(tensor.copyTo(layout, guard));
      for (int64_t i = 0; i < 24; ++i)
        EXPECT_EQ(copy.getElement(i), static_cast<double>(i));
      EXPECT_TRUE(copy.isPaddingIntact());
    }
  }
}

TEST(HostTensorTest, RefusesSizesThatCannotBe) {
  EXPECT_EQ(messageOf(HostTensor::allocate(DType::f32, {4, -1})),
            "expected sizes of at least 0 but found 4x-1");
  int64_t big = int64_t(1) << 40;
  EXPECT_EQ(messageOf(HostTensor::allocate(DType::f32, {big, big})),
            "a tensor of 1099511627776x1099511627776 elements is too large");
  // Too large to allocate on any machine, without an overflow.
  EXPECT_EQ(messageOf(HostTensor::allocate(DType::i8, {int64_t(1) << 61})),
            "cannot allocate 2305843009213693952 bytes for a tensor of "
            "2305843009213693952 elements");
}

std::string printed(const HostTensor &tensor) {
  std::string text;
  llvm::raw_string_ostream os(text);
  tensor.print(os);
  return text;
}

TEST(HostTensorTest, PrintsNestedListsAndElides) {
  HostTensor tensor = make(DType::f32, {2, 9}, Layout::padded);
  for (int64_t i = 0; i < 18; ++i)
    tensor.setElement(i, static_cast<double>(i) / 2);
  EXPECT_EQ(printed(tensor), "[[0, 0.5, 1, ..., 3, 3.5, 4],\n"
                             " [4.5, 5, 5.5, ..., 7.5, 8, 8.5]]\n");
  HostTensor scalar = make(DType::i32, {}, Layout::contiguous);
  scalar.setElement(0, 7);
  EXPECT_EQ(printed(scalar), "7\n");
  EXPECT_EQ(printed(make(DType::f32, {0, 3}, Layout::contiguous)), "[]\n");
}

TEST(HostTensorTest, FormatsSizes) {
  EXPECT_EQ(formatSizes({1, 8, 77, 64}), "1x8x77x64");
  EXPECT_EQ(formatSizes({}), "scalar");
}

} // namespace
