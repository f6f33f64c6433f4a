//===- TargetInfoTest.cpp - what targets answer ---------------------------===//
//
// Questions that no output of the compiler shows one by one.
//
//===----------------------------------------------------------------------===//

#include "attn/Target/TargetInfo.h"
#include "attn/Target/TargetMachine.h"
#include "attn/Target/X86Features.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

static TargetInfo parse(llvm::StringRef spec) {
  std::string message;
  FailureOr<TargetInfo> info = TargetInfo::parse(
      spec, [&](const llvm::Twine &text) { message = text.str(); });
  EXPECT_TRUE(succeeded(info)) << message;
  return *info;
}

TEST(TargetInfo, Levels) {
  TargetInfo v2 = parse("x86-64-v2");
  EXPECT_EQ(v2.getVectorBits(), 128u);
  EXPECT_EQ(v2.getNumVectorRegisters(), 16u);
  EXPECT_FALSE(v2.hasFMA());
  EXPECT_FALSE(v2.hasF16Conversion());

  TargetInfo v3 = parse("x86-64-v3");
  EXPECT_EQ(v3.getVectorBits(), 256u);
  EXPECT_EQ(v3.getF32Lanes(), 8u);
  EXPECT_EQ(v3.getNumVectorRegisters(), 16u);
  EXPECT_EQ(v3.getMaxFMAAccumulators(), 12u);
  EXPECT_TRUE(v3.hasFMA());
  EXPECT_TRUE(v3.hasF16Conversion());
  EXPECT_FALSE(v3.hasMaskedVectors());

  TargetInfo v4 = parse("x86-64-v4");
  EXPECT_EQ(v4.getVectorBits(), 512u);
  EXPECT_EQ(v4.getF32Lanes(), 16u);
  EXPECT_EQ(v4.getNumVectorRegisters(), 32u);
  EXPECT_EQ(v4.getMaxFMAAccumulators(), 24u);
  EXPECT_TRUE(v4.hasMaskedVectors());
  EXPECT_FALSE(v4.hasBF16Dot());
  EXPECT_FALSE(v4.hasF16Arithmetic());
}

TEST(TargetInfo, CPUs) {
  TargetInfo zen4 = parse("znver4");
  EXPECT_EQ(zen4.getTuneCPU(), "znver4");
  EXPECT_EQ(zen4.getBaseCPU(), "x86-64");
  EXPECT_TRUE(zen4.hasBF16Dot());
  EXPECT_FALSE(zen4.hasF16Arithmetic());
  EXPECT_EQ(zen4.getL1DataBytes(), 32 * 1024);
  EXPECT_EQ(zen4.getL2Bytes(), 1024 * 1024);

  TargetInfo rapids = parse("sapphirerapids");
  EXPECT_TRUE(rapids.hasF16Arithmetic());
  EXPECT_EQ(rapids.getL1DataBytes(), 48 * 1024);
  EXPECT_EQ(rapids.getL2Bytes(), 2048 * 1024);

  TargetInfo arm = parse("aarch64-linux-gnu:neoverse-n1");
  EXPECT_FALSE(arm.isX86());
  EXPECT_EQ(arm.getVectorBits(), 128u);
  EXPECT_EQ(arm.getNumVectorRegisters(), 32u);
  EXPECT_TRUE(arm.hasFMA());
  EXPECT_TRUE(arm.hasF16Conversion());
  EXPECT_TRUE(arm.getFeatures().empty());
}

// A feature brings what it needs and takes away what needs it.
TEST(TargetInfo, Modifiers) {
  TargetInfo more = parse("x86-64,+avx512f");
  EXPECT_TRUE(more.hasFMA());
  EXPECT_TRUE(more.hasFeature("avx2"));
  EXPECT_FALSE(more.hasFeature("avx512vl"));

  TargetInfo less = parse("sapphirerapids, -avx512f");
  EXPECT_FALSE(less.hasFeature("avx512bf16"));
  EXPECT_EQ(less.getVectorBits(), 256u);
  EXPECT_EQ(parse("x86-64-v3,-avx").getVectorBits(), 128u);
}

// Only what can be tested at run time may be used.
TEST(TargetInfo, FeaturesAreKnown) {
  for (llvm::StringRef spec : {"sapphirerapids", "znver5", "native"}) {
    TargetInfo info = parse(spec);
    for (const std::string &name : info.getFeatures())
      EXPECT_TRUE(lookupX86Feature(name)) << name;
  }
}

TEST(TargetInfo, Native) {
  TargetInfo native = parse("native");
  EXPECT_GE(native.getL1DataBytes(), 16 * 1024);
  EXPECT_GE(native.getL2Bytes(), native.getL1DataBytes());
#if defined(__x86_64__)
  __builtin_cpu_init();
  EXPECT_EQ(native.hasFeature("avx2"), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(native.hasFeature("avx512f"),
            __builtin_cpu_supports("avx512f") != 0);
#endif
}

TEST(TargetInfo, TargetMachineIsPositionIndependent) {
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(parse("znver4"));
  EXPECT_TRUE(machine->isPositionIndependent());
  EXPECT_EQ(machine->getTargetCPU(), "x86-64");
}
