//===- Benchmark.h - Times a kernel beside the machine's peak ---*- C++ -*-===//
//
// Runs a kernel several times and, between its runs, short bursts of the
// instruction mixes that count as peak, so that both see the same clock and the
// same neighbours. A kernel that comes out faster than the peak shows that the
// peak was measured badly: bursts and runs then alternate until that is put
// right.
//
// Covered by test/unittests/Runtime/BenchmarkTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_BENCHMARK_H
#define ATTN_RUNTIME_BENCHMARK_H

#include "attn/Runtime/Peak.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::attn {

struct BenchmarkOptions {
  /// Timed runs; one more goes before them.
  unsigned repeat = 1;
  unsigned threads = 1;
  /// Decides which instruction mixes count as peak.
  DType type = DType::f32;
  /// Useful floating-point operations of a run; 0 if not known.
  double flops = 0.0;
};

struct BenchmarkResult {
  double medianSeconds = 0.0;
  double bestSeconds = 0.0;
  /// The fastest burst seen, in FLOP/s, and the mix that ran in it.
  double peakFlops = 0.0;
  std::string peakMix;
  /// The kernel stayed above the peak, however often that was measured.
  bool abovePeak = false;
};

/// Called after each run with the number of runs done and the best time.
using BenchmarkProgress = llvm::function_ref<void(unsigned, double)>;

/// Times `kernel`. Fails where the kernel does.
llvm::Expected<BenchmarkResult>
runBenchmark(llvm::function_ref<llvm::Error()> kernel,
             const BenchmarkOptions &options, const PeakMeter &meter,
             BenchmarkProgress progress);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_BENCHMARK_H
