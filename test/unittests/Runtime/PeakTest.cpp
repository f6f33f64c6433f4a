//===- PeakTest.cpp - Measuring the machine -------------------------------===//

#include "attn/Runtime/Peak.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <set>

using namespace mlir::attn;

namespace {

TEST(PeakTest, EveryMixGivesASpeed) {
  PeakMeter meter = llvm::cantFail(PeakMeter::create());
  std::set<std::string> names;
  for (const InstructionMix &mix : meter.getMixes()) {
    double speed = meter.measure(mix, 1);
    EXPECT_GT(speed, 1e8) << mix.getName();
    EXPECT_LT(speed, 1e13) << mix.getName();
    EXPECT_TRUE(names.insert(mix.getName()).second) << mix.getName();
  }
  EXPECT_FALSE(names.empty());
}

TEST(PeakTest, WiderVectorsAreNotSlower) {
  PeakMeter meter = llvm::cantFail(PeakMeter::create());
  double narrow = 0, widest = 0;
  for (const InstructionMix &mix : meter.getMixesFor(DType::f32)) {
    double speed = meter.measure(mix, 1, 20);
    (mix.vectorBits == 128 ? narrow : widest) = speed;
  }
  // A machine with 128-bit vectors only leaves `widest` alone.
  if (widest)
    EXPECT_GT(widest, 1.2 * narrow);
}

TEST(PeakTest, CountsOnlyWideAccumulators) {
  PeakMeter meter = llvm::cantFail(PeakMeter::create());
  for (DType type : {DType::f32, DType::f16, DType::bf16}) {
    for (const InstructionMix &mix : meter.getMixesFor(type)) {
      EXPECT_EQ(mix.accumulator, DType::f32);
      EXPECT_TRUE(mix.input == DType::f32 || mix.input == type);
    }
  }
  for (const InstructionMix &mix : meter.getMixesFor(DType::f64))
    EXPECT_EQ(mix.input, DType::f64);
}

TEST(PeakTest, FlopsCountEveryLane) {
  using Kind = InstructionMix::Kind;
  InstructionMix fma{Kind::fma, DType::f32, DType::f32, 512};
  EXPECT_EQ(fma.getFlops(), 32);
  EXPECT_EQ(fma.getName(), "f32 fma 512");
  InstructionMix dot{Kind::dot, DType::bf16, DType::f32, 256};
  EXPECT_EQ(dot.getFlops(), 32);
  EXPECT_EQ(dot.getName(), "bf16 dot 256");
}

TEST(PeakTest, ThreadsAddUp) {
  PeakMeter meter = llvm::cantFail(PeakMeter::create());
  EXPECT_GT(meter.measure(meter.getMixes().front(), 2), 1e8);
}

TEST(PeakTest, BandwidthBufferIsBounded) {
  PeakMeter meter = llvm::cantFail(PeakMeter::create());
  BandwidthFigure figure = llvm::cantFail(meter.measureBandwidth(2));
  EXPECT_GT(figure.bytesPerSecond, 1e8);
  EXPECT_LE(figure.bufferBytes, int64_t(1) << 30);
  EXPECT_GT(figure.bufferBytes, 0);
}

} // namespace
