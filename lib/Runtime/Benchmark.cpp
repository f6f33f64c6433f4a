//===- Benchmark.cpp - Times a kernel beside the machine's peak -----------===//
//
// Covered by test/unittests/Runtime/BenchmarkTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Benchmark.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>
#include <thread>

using namespace llvm;

namespace mlir::attn {

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

namespace {
/// The best burst so far.
class PeakTracker {
public:
  PeakTracker(const PeakMeter &meter, const BenchmarkOptions &options,
              BenchmarkResult &result)
      : meter(meter), threads(options.threads), result(result),
        mixes(meter.getMixesFor(options.type)) {}

  /// Runs every mix.
  void survey() {
    settle();
    for (const InstructionMix &mix : mixes)
      burst(mix);
    last = Clock::now();
  }

  /// For one thread, bursts cost little and come often. Between runs of several
  /// threads they would meet workers of the kernel that still spin.
  void surveyIfDue() {
    if (threads == 1 && secondsSince(last) > 0.05)
      survey();
  }

private:
  /// OpenMP's workers spin for 200 ms after their work before they sleep.
  void settle() {
    if (threads > 1)
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }

  void burst(const InstructionMix &mix) {
    double speed = meter.measure(mix, threads);
    if (speed > result.peakFlops) {
      result.peakFlops = speed;
      result.peakMix = mix.getName();
    }
  }

  const PeakMeter &meter;
  unsigned threads;
  BenchmarkResult &result;
  std::vector<InstructionMix> mixes;
  Clock::time_point last;
};
} // namespace

Expected<BenchmarkResult> runBenchmark(function_ref<Error()> kernel,
                                       const BenchmarkOptions &options,
                                       const PeakMeter &meter,
                                       BenchmarkProgress progress) {
  // The first run pays for page faults, cold caches and waking threads.
  if (Error error = kernel())
    return error;

  BenchmarkResult result;
  PeakTracker tracker(meter, options, result);
  tracker.survey();
  std::vector<double> seconds;
  auto time = [&]() -> Error {
    auto start = Clock::now();
    if (Error error = kernel())
      return error;
    seconds.push_back(secondsSince(start));
    result.bestSeconds = *llvm::min_element(seconds);
    progress(static_cast<unsigned>(seconds.size()), result.bestSeconds);
    return Error::success();
  };
  for (unsigned run = 0; run < options.repeat; ++run) {
    if (Error error = time())
      return error;
    tracker.surveyIfDue();
  }
  tracker.survey();

  // A run that beats the peak met a faster clock than all bursts did.
  auto abovePeak = [&] {
    return options.flops > result.peakFlops * result.bestSeconds;
  };
  constexpr int kMoreRounds = 20;
  for (int round = 0; round < kMoreRounds && abovePeak(); ++round) {
    if (Error error = time())
      return error;
    tracker.survey();
  }
  result.abovePeak = abovePeak();
  llvm::sort(seconds);
  result.medianSeconds =
      (seconds[(seconds.size() - 1) / 2] + seconds[seconds.size() / 2]) / 2;
  return result;
}

} // namespace mlir::attn
