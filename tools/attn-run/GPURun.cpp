//===- GPURun.cpp - running a kernel of a GPU -----------------------------===//
//
// Covered by test/Integration/GPU and test/Tools/attn-run/emulate.mlir.
//
//===----------------------------------------------------------------------===//

#include "GPURun.h"
#include "attn/Compiler/GPUCompiler.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

Expected<GPUProgram> GPUProgram::create(Program &program,
                                        const RunOptions &options) {
  CompileOptions compileOptions;
  compileOptions.target = options.target;
  compileOptions.addedPasses = options.addedPasses;
  compileOptions.observer = &program.getReporter();
  program.getProgress().start("compiling for " + options.target);
  FailureOr<OwningOpRef<ModuleOp>> kernels =
      buildKernels(program.getModule(), compileOptions);
  if (failed(kernels))
    return createStringError("cannot compile '" + options.input + "'");
  FailureOr<GPUArtifact> artifact =
      options.emulate ? compileForEmulation(**kernels, compileOptions)
                      : compileForGPU(**kernels, EmitKind::ptx, compileOptions);
  program.getProgress().stop();
  if (failed(artifact))
    return createStringError("cannot compile '" + options.input + "'");
  GPUProgram result(options);
  if (options.emulate) {
    Expected<EmulatedKernel> kernel = EmulatedKernel::load(*artifact);
    if (!kernel)
      return kernel.takeError();
    result.emulated.emplace(std::move(*kernel));
    return result;
  }
  Expected<CudaKernel> kernel = CudaKernel::load(*artifact);
  if (!kernel)
    return createStringError(llvm::toString(kernel.takeError()) +
                             "; --emulate runs the kernel without one");
  result.device.emplace(std::move(*kernel));
  return result;
}

/// Whether both have the same bits.
static bool haveSameBits(HostTensor &a, HostTensor &b) {
  int64_t bytes = sizeInBytes(a.getType());
  std::vector<char *> rows;
  b.forEachRow([&](int64_t, char *row, int64_t) { rows.push_back(row); });
  bool same = true;
  auto next = rows.begin();
  a.forEachRow([&](int64_t, char *row, int64_t count) {
    same &= std::equal(row, row + count * bytes, *next++);
  });
  return same;
}

Error GPUProgram::run(std::vector<HostTensor> &tensors) {
  return emulated ? emulate(tensors) : device->run(getPointers(tensors));
}

Expected<double> GPUProgram::time(std::vector<HostTensor> &tensors) {
  if (!device)
    return createStringError("the emulator's time says nothing about a GPU's: "
                             "expected --repeat without --emulate");
  return device->time(getPointers(tensors), options.repeat);
}

Error GPUProgram::emulate(std::vector<HostTensor> &first) {
  EmulationOptions emulation;
  emulation.seed = options.emulationSeed;
  for (unsigned run = 0; run < options.emulationRuns; ++run, ++emulation.seed) {
    std::vector<HostTensor> copies;
    if (run > 0) {
      Expected<std::vector<HostTensor>> copied =
          copyArguments(getSignature(), first);
      if (!copied)
        return copied.takeError();
      copies = std::move(*copied);
    }
    std::vector<HostTensor> &used = run > 0 ? copies : first;
    Expected<EmulationReport> report =
        emulated->run(getPointers(used), emulation);
    if (!report)
      return createStringError("seed " + llvm::Twine(emulation.seed) + ": " +
                               llvm::toString(report.takeError()));
    for (auto [info, a, b] : llvm::zip_equal(getSignature().args, first, used))
      if (info.role == ArgumentRole::output && !haveSameBits(a, b))
        return createStringError("'" + info.name + "' differs between seed " +
                                 llvm::Twine(options.emulationSeed) +
                                 " and seed " + llvm::Twine(emulation.seed));
  }
  return Error::success();
}
