//===- GPULaunchTest.cpp - calls as parameters of a kernel ----------------===//

#include "attn/Runtime/GPULaunch.h"
#include "gtest/gtest.h"

using namespace mlir::attn;

namespace {
/// A kernel with one parameter of each kind, of an argument [2, 3, 10, 64] and
/// a scalar.
struct Call {
  Call() {
    kernel.grid = {"s0 4 ceildiv", "1", "1"};
    GPUParameter map = {GPUParameterKind::map, 0, 0, "map", 0, 128, {}};
    map.map = GPUTensorMap{"bf16", {3, 2, 1, 0}, {64, 32, 1, 1}};
    kernel.parameters = {map,
                         {GPUParameterKind::data, 0, 0, "ptr", 128, 8, {}},
                         {GPUParameterKind::size, 0, 2, "i32", 136, 4, {}},
                         {GPUParameterKind::stride, 0, 1, "i64", 144, 8, {}},
                         {GPUParameterKind::scalar, 1, 0, "f32", 152, 4, {}}};
    signature.args.resize(2);
    signature.args[0].name = "k";
    tensor = {data, 2, {2, 3, 10, 64}, {1920, 640, 64, 1}};
    scalar = {reinterpret_cast<char *>(&value), 4, {}, {}};
  }
  llvm::Expected<GPULaunch> prepare() {
    return prepareLaunch(kernel, signature, {tensor, scalar});
  }
  std::string getError() { return llvm::toString(prepare().takeError()); }

  alignas(16) char data[16] = {};
  float value = 1.5f;
  GPUKernel kernel;
  Signature signature;
  GPUArgument tensor, scalar;
};
} // namespace

TEST(GPULaunch, MakesParametersOfTensors) {
  Call call;
  GPULaunch launch = llvm::cantFail(call.prepare());
  EXPECT_EQ(launch.grid, (std::array<unsigned, 3>{3, 1, 1}));
  EXPECT_FALSE(launch.isEmpty());
  const TensorMap &map = launch.values[0].map;
  EXPECT_EQ(map.base, call.data);
  EXPECT_EQ(map.rank, 4u);
  EXPECT_EQ(map.sizes, (std::array<uint64_t, 5>{64, 10, 3, 2, 0}));
  EXPECT_EQ(map.strides, (std::array<uint64_t, 5>{2, 128, 1280, 3840, 0}));
  EXPECT_EQ(map.box, (std::array<uint32_t, 5>{64, 32, 1, 1, 0}));
  EXPECT_EQ(map.swizzle, Swizzle::b128);
  EXPECT_EQ(launch.values[1].bits, reinterpret_cast<uintptr_t>(call.data));
  EXPECT_EQ(launch.values[2].bits, 10u);
  EXPECT_EQ(launch.values[3].bits, 640u);
  EXPECT_EQ(launch.values[4].bits, 0x3fc00000u);
}

TEST(GPULaunch, StrideOfASingleElementDoesNotMatter) {
  Call call;
  call.tensor.sizes = {1, 1, 10, 64};
  call.tensor.strides = {7, 0, 64, 1};
  EXPECT_TRUE(bool(call.prepare()));
}

TEST(GPULaunch, EmptyTensorsHaveMaps) {
  Call call;
  call.tensor.sizes = {2, 3, 0, 64};
  GPULaunch launch = llvm::cantFail(call.prepare());
  EXPECT_TRUE(launch.isEmpty());
  EXPECT_EQ(launch.values[0].map.verify(), "");
}

TEST(GPULaunch, RefusesWhatCannotBeLaunched) {
  Call call;
  call.tensor.strides[2] = 65;
  EXPECT_EQ(call.getError(), "'k' cannot be loaded: expected stride 1 to be a "
                             "multiple of 16 bytes below 2^40 but found 130");
  call = Call();
  call.kernel.grid[1] = "65536";
  EXPECT_EQ(call.getError(), "a grid of 65536 blocks in dimension 1 is beyond "
                             "what the driver allows");
}
