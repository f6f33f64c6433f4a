//===- Report.cpp - what attn-run prints ----------------------------------===//
//
// Covered by test/Tools/attn-run/repeat.mlir, compare.mlir, work.mlir and
// peak.test.
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::attn;
using llvm::formatv;
namespace json = llvm::json;

/// "1 thread" or "2 threads".
static std::string count(int64_t number, llvm::StringRef noun) {
  return formatv("{0} {1}{2}", number, noun, number == 1 ? "" : "s");
}

static void printBandwidth(llvm::raw_ostream &os,
                           const BandwidthFigure &bandwidth) {
  os << formatv("{0:f1} GB/s reading {1} MiB", bandwidth.bytesPerSecond / 1e9,
                bandwidth.bufferBytes >> 20);
  if (bandwidth.bufferBytes < 4 * bandwidth.lastCacheBytes)
    os << formatv(" (4 x the last cache would be {0} MiB)",
                  4 * bandwidth.lastCacheBytes >> 20);
}

void mlir::attn::printText(llvm::raw_ostream &os, const PeakReport &report) {
  os << report.target << ", " << count(report.threads, "thread") << "\n";
  for (const auto &[mix, speed] : report.mixes) {
    os << formatv("  {0,-14}{1,9:f1} GFLOP/s", mix.getName(), speed / 1e9);
    if (mix.accumulator == DType::f16)
      os << "  sums in f16: not counted as peak";
    os << "\n";
  }
  os << "  read bandwidth ";
  printBandwidth(os, report.bandwidth);
  os << "\n";
}

static void printComparison(llvm::raw_ostream &os, const OutputReport &output) {
  const Comparison &comparison = output.comparison;
  os << formatv("{0}: {1}, max error {2:e2}, rms error {3:e2}", output.name,
                comparison.agrees ? "agrees" : "DIFFERS", comparison.maxError,
                comparison.rmsError);
  if (!comparison.worst.empty() || comparison.maxError > 0)
    os << formatv(
        "; worst at [{0:$[, ]}], {1:e6} for {2:e6}",
        llvm::make_range(comparison.worst.begin(), comparison.worst.end()),
        comparison.worstFound, comparison.worstReference);
  os << formatv("; {0} NaN for {1}", comparison.numNaNFound,
                comparison.numNaNReference);
  os << formatv("; allowed {0:e2} + {1:e2} |reference|",
                output.tolerance.absolute, output.tolerance.relative);
  if (!comparison.agrees)
    os << "; outside: " << count(comparison.numOutside, "element");
  os << "\n";
}

static void printSpeed(llvm::raw_ostream &os, const RunReport &report) {
  const BenchmarkResult &benchmark = *report.benchmark;
  os << formatv("median {0:f3} ms, best {1:f3} ms of {2}, {3}, {4}\n",
                benchmark.medianSeconds * 1e3, benchmark.bestSeconds * 1e3,
                count(report.repeat, "run"), count(report.threads, "thread"),
                report.target);
  if (report.work) {
    double speed = report.work->flops / benchmark.bestSeconds;
    os << formatv("{0:f1} GFLOP/s, {1:f1} % of the peak {2:f1} ({3})\n",
                  speed / 1e9, 100 * speed / benchmark.peakFlops,
                  benchmark.peakFlops / 1e9, benchmark.peakMix);
    if (!report.work->isExact)
      os << "  a mask or list depends on run-time data: pairs were counted as "
            "if "
            "all of them were admitted\n";
    if (benchmark.abovePeak)
      os << "  faster than the peak: the peak could not be measured\n";
  }
  if (report.bandwidth) {
    double speed = static_cast<double>(report.bytes) / benchmark.bestSeconds;
    os << formatv("{0:f2} GB/s, {1:f1} % of ", speed / 1e9,
                  100 * speed / report.bandwidth->bytesPerSecond);
    printBandwidth(os, *report.bandwidth);
    os << "\n";
  }
}

void mlir::attn::printText(llvm::raw_ostream &os, const RunReport &report) {
  for (const OutputReport &output : report.outputs)
    printComparison(os, output);
  if (!report.benchmark)
    return;
  printSpeed(os, report);
  if (report.work && report.work->tiles)
    os << formatv("tiles: {0} empty, {1} full, {2} partial\n",
                  report.work->tiles->empty, report.work->tiles->full,
                  report.work->tiles->partial);
}

json::Object mlir::attn::toJSON(const PeakReport &report) {
  json::Array mixes;
  double peak = 0.0;
  for (const auto &[mix, speed] : report.mixes) {
    mixes.push_back(json::Object{{"name", mix.getName()},
                                 {"gflops", speed / 1e9},
                                 {"sums", spelling(mix.accumulator)}});
    if (mix.input == DType::f32)
      peak = std::max(peak, speed);
  }
  return json::Object{
      {"target", report.target},
      {"threads", static_cast<int64_t>(report.threads)},
      {"mixes", std::move(mixes)},
      {"peak_gflops", peak / 1e9},
      {"read_gbytes_per_s", report.bandwidth.bytesPerSecond / 1e9},
      {"read_bytes", report.bandwidth.bufferBytes}};
}

json::Object mlir::attn::toJSON(const RunReport &report) {
  json::Object object{{"entry", report.entry},
                      {"target", report.target},
                      {"threads", static_cast<int64_t>(report.threads)}};
  for (llvm::StringRef key :
       {"median_ms", "best_ms", "gflops", "peak_gflops", "percent_of_peak",
        "gbytes_per_s", "percent_of_bandwidth", "max_error", "rms_error",
        "nan_count", "agrees", "tiles"})
    object[key] = nullptr;
  if (const auto &benchmark = report.benchmark) {
    object["median_ms"] = benchmark->medianSeconds * 1e3;
    object["best_ms"] = benchmark->bestSeconds * 1e3;
    object["peak_gflops"] = benchmark->peakFlops / 1e9;
    double bytesPerSecond =
        static_cast<double>(report.bytes) / benchmark->bestSeconds;
    object["gbytes_per_s"] = bytesPerSecond / 1e9;
    if (report.bandwidth)
      object["percent_of_bandwidth"] =
          100 * bytesPerSecond / report.bandwidth->bytesPerSecond;
    if (report.work) {
      double flops = report.work->flops / benchmark->bestSeconds;
      object["gflops"] = flops / 1e9;
      object["percent_of_peak"] = 100 * flops / benchmark->peakFlops;
    }
  }
  if (report.work && report.work->tiles)
    object["tiles"] = json::Object{{"empty", report.work->tiles->empty},
                                   {"full", report.work->tiles->full},
                                   {"partial", report.work->tiles->partial}};
  if (!report.outputs.empty()) {
    double maxError = 0.0, rmsError = 0.0;
    int64_t numNaN = 0;
    bool agrees = true;
    for (const OutputReport &output : report.outputs) {
      maxError = std::max(maxError, output.comparison.maxError);
      rmsError = std::max(rmsError, output.comparison.rmsError);
      numNaN += output.comparison.numNaNFound;
      agrees &= output.comparison.agrees;
    }
    object["max_error"] = maxError;
    object["rms_error"] = rmsError;
    object["nan_count"] = numNaN;
    object["agrees"] = agrees;
  }
  return object;
}
