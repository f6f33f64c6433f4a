//===- GPUTargetTest.cpp - GPUs by name -----------------------------------===//

#include "attn/Target/GPUTarget.h"
#include "gtest/gtest.h"

using namespace mlir::attn;

namespace {

TEST(GPUTargetTest, KnowsWhatChipsHave) {
  auto unexpected = [](const llvm::Twine &) { FAIL(); };
  auto ampere = GPUTarget::parse("sm_80", unexpected);
  auto hopper = GPUTarget::parse("sm_90a", unexpected);
  EXPECT_FALSE(ampere->hasWarpgroups());
  EXPECT_TRUE(hopper->hasWarpgroups());
  EXPECT_EQ(ampere->getSharedBytes(), 166912);
  EXPECT_EQ(hopper->getSharedBytes(), 232448);
  EXPECT_EQ(hopper->getChip(), "sm_90a");
}

TEST(GPUTargetTest, RefusesOtherNames) {
  for (const char *name : {"sm_90", "sm_75", "sm_", "native"}) {
    std::string text;
    auto target = GPUTarget::parse(
        name, [&](const llvm::Twine &message) { text = message.str(); });
    EXPECT_TRUE(failed(target));
    EXPECT_EQ(text, "unknown GPU '" + std::string(name) +
                        "'; expected 'sm_80' or 'sm_90a'");
  }
}

TEST(GPUTargetTest, TellsGPUsFromCPUs) {
  EXPECT_TRUE(GPUTarget::isGPU("sm_90a"));
  EXPECT_FALSE(GPUTarget::isGPU("x86-64-v4"));
}

} // namespace
