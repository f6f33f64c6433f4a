//===- attn-run.cpp - compiles, runs, compares and times a module ---------===//
//
//   attn-run layer.mlir --input=q.npy --input=k.npy --input=v.npy
//   --output=o.npy attn-run layer.mlir --seed=1 --shape=q=1x8x77x64
//   --compare=reference attn-run layer.mlir --seed=1 --repeat=20 --json
//   attn-run --peak --threads=2
//
// Runs the very object that attn-compile would write. Exit codes: 0 done and,
// where asked, in agreement with the reference; 1 an error, or no agreement; 70
// an internal error.
//
// Covered by test/Tools/attn-run.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "Bisect.h"
#include "GPURun.h"
#include "Measure.h"
#include "Options.h"
#include "Program.h"
#include "Progress.h"
#include "Report.h"
#include "attn/Compiler/CrashReporter.h"
#include "attn/Runtime/GuardedRun.h"
#include "attn/Runtime/Npy.h"
#include "attn/Target/GPUTarget.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::Error;
using llvm::Expected;

/// Everything that is not the JSON object.
static llvm::raw_ostream &getTextStream(const RunOptions &options) {
  return options.json ? llvm::errs() : llvm::outs();
}

template <typename Report>
static void printReport(const RunOptions &options, const Report &report) {
  printText(getTextStream(options), report);
  if (options.json)
    llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(toJSON(report)))
                 << "\n";
}

/// The tensors of `tensors` that belong to outputs, by number.
static SmallVector<unsigned> getOutputs(const Signature &signature) {
  SmallVector<unsigned> outputs;
  for (auto [number, info] : llvm::enumerate(signature.args))
    if (info.role == ArgumentRole::output)
      outputs.push_back(number);
  return outputs;
}

static Error writeOutputs(const Signature &signature,
                          const std::vector<HostTensor> &tensors,
                          const RunOptions &options) {
  SmallVector<unsigned> outputs = getOutputs(signature);
  for (auto [number, path] : llvm::zip(outputs, options.outputs))
    if (Error error = writeNpy(path, tensors[number]))
      return error;
  if (options.print)
    for (unsigned number : outputs) {
      getTextStream(options) << signature.args[number].name << " = ";
      tensors[number].print(getTextStream(options));
    }
  return Error::success();
}

/// The arguments of a call, filled by what the program does with them.
static Expected<std::vector<HostTensor>>
makeArguments(Program &program, const Signature &signature,
              const RunOptions &options) {
  Expected<SmallVector<ArgumentContents>> contents = findContents(
      program.getModule().lookupSymbol<func::FuncOp>(signature.name));
  if (!contents)
    return contents.takeError();
  return makeArguments(signature, options, *contents);
}

static bool hasPlaceOfInput(const ArgumentInfo &info) {
  return info.inPlaceOf.has_value();
}

static Error runKernel(const Kernel &kernel, ArrayRef<HostTensor *> tensors,
                       const RunOptions &options) {
  if (!options.inPlace)
    return kernel.run(tensors, options.threads);
  Expected<SmallVector<HostTensor *>> pointers =
      getPointersInPlace(kernel.getSignature(), tensors);
  if (!pointers)
    return pointers.takeError();
  return kernel.run(*pointers, options.threads);
}

static Expected<RunReport> runModule(const RunOptions &options,
                                     CrashReporter &reporter,
                                     Progress &progress) {
  Program program(options, reporter, progress);
  if (Error error = program.load())
    return error;
  Expected<Kernel> kernel = program.compile(options.pipeline);
  if (!kernel)
    return kernel.takeError();
  const Signature &signature = kernel->getSignature();
  Expected<std::vector<HostTensor>> tensors =
      makeArguments(program, signature, options);
  if (!tensors)
    return tensors.takeError();

  if (options.inPlace && llvm::none_of(signature.args, hasPlaceOfInput))
    return llvm::createStringError(
        "--in-place: expected an output that may have the place of an input");
  auto run = [&](ArrayRef<HostTensor *> tensors) {
    return runKernel(*kernel, tensors, options);
  };

  progress.start("running '" + signature.name + "'");
  reporter.onStep("running " + signature.name +
                  (options.guard ? ", tensors guarded at their end" : ""));
  if (Error error = run(getPointers(*tensors)))
    return error;
  if (options.guard) {
    reporter.onStep("running " + signature.name +
                    ", tensors guarded at their start");
    if (Error error = rerunGuarded(signature, *tensors, options.layout, run))
      return error;
  }
  progress.stop();
  if (Error error = writeOutputs(signature, *tensors, options))
    return error;

  RunReport report;
  report.entry = signature.name;
  report.target = program.getTarget();
  report.threads = options.threads;
  report.repeat = options.repeat;
  if (!options.compare.empty()) {
    Expected<std::vector<OutputReport>> outputs =
        program.compare(signature, *tensors);
    if (!outputs)
      return outputs.takeError();
    report.outputs = std::move(*outputs);
  }
  if (options.repeat > 0)
    if (Error error =
            measure(program, *kernel, *tensors, options, progress, report))
      return error;
  return report;
}

/// As `runModule`, for a GPU.
static Expected<RunReport> runGPUModule(const RunOptions &options,
                                        CrashReporter &reporter,
                                        Progress &progress) {
  Program program(options, reporter, progress);
  if (Error error = program.load())
    return error;
  Expected<GPUProgram> compiled = GPUProgram::create(program, options);
  if (!compiled)
    return compiled.takeError();
  const Signature &signature = compiled->getSignature();
  Expected<std::vector<HostTensor>> tensors =
      makeArguments(program, signature, options);
  if (!tensors)
    return tensors.takeError();
  progress.start("running '" + signature.name + "'");
  reporter.onStep("running " + signature.name);
  if (Error error = compiled->run(*tensors))
    return error;
  progress.stop();
  if (Error error = writeOutputs(signature, *tensors, options))
    return error;
  RunReport report;
  report.entry = signature.name;
  report.target = options.target;
  if (options.repeat > 0) {
    Expected<double> milliseconds = compiled->time(*tensors);
    if (!milliseconds)
      return milliseconds.takeError();
    getTextStream(options) << llvm::formatv(
        "{0}: {1:f4} ms\n", compiled->getDevice(), *milliseconds);
  }
  if (options.compare.empty())
    return report;
  Expected<std::vector<OutputReport>> outputs =
      program.compare(signature, *tensors);
  if (!outputs)
    return outputs.takeError();
  report.outputs = std::move(*outputs);
  return report;
}

static Expected<BisectReport> runBisection(const RunOptions &options,
                                           CrashReporter &reporter,
                                           Progress &progress) {
  Program program(options, reporter, progress);
  if (Error error = program.load())
    return error;
  Expected<Kernel> kernel = program.compile(PipelineKind::plain);
  if (!kernel)
    return kernel.takeError();
  const Signature &signature = kernel->getSignature();
  Expected<std::vector<HostTensor>> tensors =
      makeArguments(program, signature, options);
  if (!tensors)
    return tensors.takeError();
  Expected<std::vector<HostTensor>> references =
      program.getReferences(signature, *tensors, PipelineKind::plain);
  if (!references)
    return references.takeError();
  return bisectStages(program, *tensors, *references);
}

/// Makes the passes of plugins, and if there are any to add, all others, known
/// by name.
static Error registerPasses(const RunOptions &options) {
  for (const std::string &path : options.plugins) {
    Expected<PassPlugin> plugin = PassPlugin::load(path);
    if (!plugin)
      return plugin.takeError();
    plugin->registerPassRegistryCallbacks();
  }
  if (!options.addedPasses.empty())
    registerCompilerPasses();
  return Error::success();
}

static Expected<PeakReport> measurePeak(const RunOptions &options,
                                        Progress &progress) {
  progress.start("measuring the peak");
  Expected<PeakMeter> meter = PeakMeter::create();
  if (!meter)
    return meter.takeError();
  // Virtual machines misname their CPU; TargetInfo looks at its features too.
  FailureOr<TargetInfo> target =
      TargetInfo::parse("native", [](const Twine &) {});
  PeakReport report;
  if (succeeded(target))
    report.target = target->getTuneCPU().str();
  report.threads = options.threads;
  for (const InstructionMix &mix : meter->getMixes()) {
    constexpr unsigned kBursts = 50;
    report.mixes.emplace_back(mix,
                              meter->measure(mix, options.threads, kBursts));
  }
  Expected<BandwidthFigure> bandwidth =
      meter->measureBandwidth(options.threads);
  progress.stop();
  if (!bandwidth)
    return bandwidth.takeError();
  report.bandwidth = *bandwidth;
  return report;
}

static int fail(Error error) {
  llvm::errs() << "attn-run: error: " << llvm::toString(std::move(error))
               << "\n";
  return 1;
}

int main(int argc, char **argv) {
  CrashReporter reporter(ArrayRef<const char *>(argv, argc));
  RunOptions options = parseOptions(argc, argv);
  Progress progress;
  if (options.peak) {
    Expected<PeakReport> report = measurePeak(options, progress);
    if (!report)
      return fail(report.takeError());
    if (options.input.empty()) {
      printReport(options, *report);
      return 0;
    }
    printText(getTextStream(options), *report);
  }
  if (Error error = registerPasses(options))
    return fail(std::move(error));
  if (options.bisectStages) {
    Expected<BisectReport> report = runBisection(options, reporter, progress);
    progress.stop();
    if (!report)
      return fail(report.takeError());
    printReport(options, *report);
    return report->getCulprit() ? 1 : 0;
  }
  Expected<RunReport> report = GPUTarget::isGPU(options.target)
                                   ? runGPUModule(options, reporter, progress)
                                   : runModule(options, reporter, progress);
  progress.stop();
  if (!report)
    return fail(report.takeError());
  printReport(options, *report);
  return llvm::all_of(report->outputs,
                      [](const OutputReport &output) {
                        return output.comparison.agrees;
                      })
             ? 0
             : 1;
}
