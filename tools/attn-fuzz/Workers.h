//===- Workers.h - processes that judge inputs -----------------*- C++ -*-===//

#ifndef ATTN_FUZZ_WORKERS_H
#define ATTN_FUZZ_WORKERS_H

#include "Oracle.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::attn {

struct WorkOptions {
  uint64_t first = 0, count = 0;
  unsigned jobs = 1;
  /// Seconds of the processor and bytes that one input may take.
  unsigned seconds = 60;
  uint64_t bytes = uint64_t(4) << 30;
  /// Print every verdict and not only faults.
  bool verbose = false;
};

/// What became of all inputs.
struct Summary {
  uint64_t outcomes[kNumOutcomes] = {};
  /// Programs without a meaning that ended, or did not end, in the reference.
  uint64_t meaningless = 0;
  /// Inputs at fault by number, with what is wrong.
  std::vector<std::pair<uint64_t, std::string>> faults;
};

/// Judges the inputs that `makeInput` gives for the numbers [first, first +
/// count), in forked processes, so that a crash ends one of these. Must be
/// called before any thread is started.
Summary judgeAll(const WorkOptions &options,
                 llvm::function_ref<std::string(uint64_t)> makeInput);

} // namespace mlir::attn

#endif // ATTN_FUZZ_WORKERS_H
