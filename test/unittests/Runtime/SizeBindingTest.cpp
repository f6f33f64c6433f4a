//===- SizeBindingTest.cpp - Sizes that follow from each other ------------===//

#include "attn/Runtime/SizeBinding.h"
#include "mlir/IR/BuiltinTypes.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

constexpr int64_t kDynamic = ShapedType::kDynamic;

/// q: ?x8x?x64, k: ?x8x?x64 with their own lengths, n: an integer that is k's
/// length, o: as q.
Signature makeSignature() {
  Signature signature;
  signature.name = "attention";
  auto add = [&](const char *name, ArgumentRole role, bool isScalar,
                 ArrayRef<int64_t> shape, ArrayRef<int64_t> classes) {
    ArgumentInfo info;
    info.name = name;
    info.role = role;
    info.dtype = isScalar ? "index" : "f32";
    info.isScalar = isScalar;
    info.shape.assign(shape.begin(), shape.end());
    info.dimClass.assign(classes.begin(), classes.end());
    signature.args.push_back(info);
  };
  SmallVector<int64_t> shape = {kDynamic, 8, kDynamic, 64};
  add("q", ArgumentRole::input, false, shape, {0, 1, 2, 3});
  add("k", ArgumentRole::input, false, shape, {0, 1, 4, 3});
  add("n", ArgumentRole::input, true, {}, {4});
  add("o", ArgumentRole::output, false, shape, {0, 1, 2, 3});
  return signature;
}

class SizeBindingTest : public testing::Test {
protected:
  Signature signature = makeSignature();
  SizeBinding binding{signature};

  std::string bind(unsigned argument, ArrayRef<int64_t> sizes) {
    return llvm::toString(binding.bind(argument, sizes));
  }
};

TEST_F(SizeBindingTest, SizesPassToEqualOnes) {
  EXPECT_EQ(bind(0, {2, 8, 77, 64}), "");
  EXPECT_EQ(llvm::cantFail(binding.resolve(3)),
            SmallVector<int64_t>({2, 8, 77, 64}));
  EXPECT_EQ(binding.resolveScalar(2), std::nullopt);
  EXPECT_EQ(bind(1, {2, 8, 99, 64}), "");
  EXPECT_EQ(binding.resolveScalar(2), 99);
}

TEST_F(SizeBindingTest, UnknownSizesAreNamed) {
  EXPECT_EQ(bind(0, {2, 8, 77, 64}), "");
  llvm::Expected<SmallVector<int64_t>> sizes = binding.resolve(1);
  ASSERT_FALSE(sizes);
  EXPECT_EQ(llvm::toString(sizes.takeError()),
            "dimension 2 of 'k' is not known; give the sizes of 'k'");
}

TEST_F(SizeBindingTest, ContradictionsNameBothPlaces) {
  EXPECT_EQ(bind(0, {2, 8, 77, 80}),
            "expected dimension 3 of 'q' to be 64 but found 80");
  EXPECT_EQ(bind(0, {2, 8, 77, 64}), "");
  EXPECT_EQ(bind(1, {3, 8, 77, 64}),
            "expected dimension 0 of 'k' to be 2 (dimension 0 of 'q') but "
            "found 3");
  EXPECT_EQ(bind(1, {2, 8, 77, 32}),
            "expected dimension 3 of 'k' to be 64 (dimension 3 of 'q') but "
            "found 32");
}

TEST_F(SizeBindingTest, RanksMustAgree) {
  EXPECT_EQ(bind(0, {77, 64}),
            "expected 'q' to have 4 dimensions but found 2 (77x64)");
}

TEST_F(SizeBindingTest, ScalarsAreSizesToo) {
  EXPECT_EQ(bind(1, {2, 8, 99, 64}), "");
  EXPECT_EQ(llvm::toString(binding.bindScalar(2, 98)),
            "expected the value of 'n' to be 99 (dimension 2 of 'k') but "
            "found 98");
  EXPECT_EQ(llvm::toString(binding.bindScalar(2, 99)), "");
}

} // namespace
