//===- Measure.cpp - times a kernel ---------------------------------------===//
//
// Covered by test/Tools/attn-run/repeat.mlir.
//
//===----------------------------------------------------------------------===//

#include "Measure.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::Error;
using llvm::Expected;

/// The element type that decides which instruction mixes count as peak: that of
/// the first floating-point tensor.
static DType getPeakType(const std::vector<HostTensor> &tensors) {
  for (const HostTensor &tensor : tensors)
    if (isFloat(tensor.getType()) && tensor.getRank() > 0)
      return tensor.getType();
  return DType::f32;
}

static SmallVector<CallArgument>
getCallArguments(const Signature &signature,
                 const std::vector<HostTensor> &tensors) {
  SmallVector<CallArgument> inputs;
  for (auto [info, tensor] : llvm::zip_equal(signature.args, tensors)) {
    if (info.role != ArgumentRole::input)
      continue;
    CallArgument input;
    input.sizes.assign(tensor.getSizes().begin(), tensor.getSizes().end());
    if (info.isScalar && !isFloat(tensor.getType()))
      input.value = static_cast<int64_t>(tensor.getElement(0));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

Error mlir::attn::measure(Program &program, const Kernel &kernel,
                          std::vector<HostTensor> &tensors,
                          const RunOptions &options, Progress &progress,
                          RunReport &report) {
  const Signature &signature = kernel.getSignature();
  Expected<WorkEstimate> work =
      estimateWork(program.getModule(), signature.name,
                   getCallArguments(signature, tensors), options.target);
  if (work)
    report.work = *work;
  else
    llvm::errs() << "attn-run: warning: useful FLOPs are not known: "
                 << llvm::toString(work.takeError()) << "\n";
  for (const HostTensor &tensor : tensors)
    report.bytes += tensor.getNumBytes();

  SmallVector<HostTensor *> pointers = getPointers(tensors);
  if (options.inPlace) {
    Expected<SmallVector<HostTensor *>> inPlace =
        getPointersInPlace(signature, pointers);
    if (!inPlace)
      return inPlace.takeError();
    pointers = std::move(*inPlace);
  }
  Expected<Kernel::Call> call = kernel.prepare(pointers);
  if (!call)
    return call.takeError();
  Expected<PeakMeter> meter = PeakMeter::create();
  if (!meter)
    return meter.takeError();
  BenchmarkOptions benchmarkOptions;
  benchmarkOptions.repeat = options.repeat;
  benchmarkOptions.threads = options.threads;
  benchmarkOptions.type = getPeakType(tensors);
  benchmarkOptions.flops = report.work ? report.work->flops : 0.0;
  progress.start("timing '" + signature.name + "'");
  Expected<BenchmarkResult> benchmark = runBenchmark(
      [&] { return call->run(options.threads); }, benchmarkOptions, *meter,
      [&](unsigned done, double best) {
        progress.update(llvm::formatv("timing '{0}', run {1} of {2}, best "
                                      "{3:f3} ms",
                                      signature.name, done, options.repeat,
                                      best * 1e3)
                            .str());
      });
  if (!benchmark)
    return benchmark.takeError();
  report.benchmark = *benchmark;
  progress.start("measuring bandwidth");
  Expected<BandwidthFigure> bandwidth =
      meter->measureBandwidth(options.threads);
  progress.stop();
  if (!bandwidth)
    return bandwidth.takeError();
  report.bandwidth = *bandwidth;
  return Error::success();
}
