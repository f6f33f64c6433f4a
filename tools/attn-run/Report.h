//===- Report.h - what attn-run prints -------------------------*- C++ -*-===//

#ifndef ATTN_RUN_REPORT_H
#define ATTN_RUN_REPORT_H

#include "attn/Runtime/Benchmark.h"
#include "attn/Runtime/Compare.h"
#include "attn/Runtime/WorkEstimate.h"
#include "llvm/Support/JSON.h"

namespace mlir::attn {

/// One output beside its reference.
struct OutputReport {
  std::string name;
  Comparison comparison;
  Tolerance tolerance;
};

/// The speed of every instruction mix, and of reading memory.
struct PeakReport {
  std::string target;
  unsigned threads = 1;
  std::vector<std::pair<InstructionMix, double>> mixes;
  BandwidthFigure bandwidth;
};

/// Everything that one run of the tool found out; what was not asked for, or
/// cannot be known, is missing.
struct RunReport {
  std::string entry, target;
  unsigned threads = 1;
  unsigned repeat = 0;
  std::optional<BenchmarkResult> benchmark;
  std::optional<WorkEstimate> work;
  /// Bytes of all inputs and outputs.
  int64_t bytes = 0;
  std::optional<BandwidthFigure> bandwidth;
  std::vector<OutputReport> outputs;
};

void printText(llvm::raw_ostream &os, const RunReport &report);
void printText(llvm::raw_ostream &os, const PeakReport &report);

/// The object of `--json`. Numbers that are missing are null.
llvm::json::Object toJSON(const RunReport &report);
llvm::json::Object toJSON(const PeakReport &report);

} // namespace mlir::attn

#endif // ATTN_RUN_REPORT_H
