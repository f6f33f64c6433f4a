//===- BenchmarkTest.cpp - Timing runs ------------------------------------===//

#include "attn/Runtime/Benchmark.h"
#include "gtest/gtest.h"
#include <chrono>
#include <thread>

using namespace mlir::attn;

namespace {

class BenchmarkTest : public testing::Test {
protected:
  PeakMeter meter = llvm::cantFail(PeakMeter::create());
};

TEST_F(BenchmarkTest, GivesMedianAndBest) {
  // One warm-up, then 1, 2, 3, ... ms.
  int run = 0;
  auto kernel = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(run++));
    return llvm::Error::success();
  };
  unsigned reports = 0;
  BenchmarkOptions options;
  options.repeat = 5;
  BenchmarkResult result = llvm::cantFail(
      runBenchmark(kernel, options, meter, [&](unsigned done, double best) {
        EXPECT_EQ(done, ++reports);
        EXPECT_GE(best, 0.001);
      }));
  EXPECT_EQ(run, 6);
  EXPECT_EQ(reports, 5u);
  EXPECT_GE(result.bestSeconds, 0.001);
  EXPECT_GE(result.medianSeconds, 0.003);
  EXPECT_GT(result.peakFlops, 1e8);
  EXPECT_NE(result.peakMix, "");
  EXPECT_FALSE(result.abovePeak);
}

TEST_F(BenchmarkTest, MeasuresThePeakAgainBesideAFastKernel) {
  int runs = 0;
  auto kernel = [&] {
    ++runs;
    return llvm::Error::success();
  };
  BenchmarkOptions options;
  options.flops = 1e18;
  BenchmarkResult result = llvm::cantFail(
      runBenchmark(kernel, options, meter, [](unsigned, double) {}));
  EXPECT_GT(runs, 10);
  EXPECT_TRUE(result.abovePeak);
}

TEST_F(BenchmarkTest, PassesOnTheKernelsError) {
  auto kernel = [&] { return llvm::createStringError("no luck today"); };
  llvm::Expected<BenchmarkResult> result =
      runBenchmark(kernel, {}, meter, [](unsigned, double) {});
  ASSERT_FALSE(result);
  EXPECT_EQ(llvm::toString(result.takeError()), "no luck today");
}

} // namespace
