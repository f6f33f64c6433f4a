//===- Program.cpp - the module to run and its kernels --------------------===//
//
// Covered by test/Tools/attn-run/entry.mlir and compare.mlir.
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "attn/Compiler/GPUCompiler.h"
#include "attn/Dialect/ATile/IR/ATile.h"
#include "attn/Runtime/Npy.h"
#include "attn/Target/GPUTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  return registry;
}

Program::Program(const RunOptions &options, CrashReporter &reporter,
                 Progress &progress)
    : options(options), reporter(reporter), progress(progress),
      context(makeRegistry(), MLIRContext::Threading::DISABLED) {}

Program::~Program() = default;

SmallVector<HostTensor *>
mlir::attn::getPointers(std::vector<HostTensor> &tensors) {
  return llvm::map_to_vector(tensors,
                             [](HostTensor &tensor) { return &tensor; });
}

Expected<SmallVector<HostTensor *>>
mlir::attn::getPointersInPlace(const Signature &signature,
                               ArrayRef<HostTensor *> tensors) {
  SmallVector<HostTensor *> pointers(tensors);
  for (auto [info, output] : llvm::zip_equal(signature.args, tensors)) {
    if (!info.inPlaceOf)
      continue;
    HostTensor *input = tensors[*info.inPlaceOf];
    if (input->getSizes() != output->getSizes())
      return createStringError("expected '" + info.name +
                               "' to have the sizes " +
                               formatSizes(input->getSizes()) + " of '" +
                               signature.args[*info.inPlaceOf].name +
                               "', in whose place it is, but found " +
                               formatSizes(output->getSizes()));
    int64_t bytes = sizeInBytes(output->getType());
    SmallVector<char *> rows;
    input->forEachRow(
        [&](int64_t, char *row, int64_t) { rows.push_back(row); });
    auto next = rows.begin();
    output->forEachRow([&](int64_t, char *row, int64_t count) {
      std::copy_n(*next++, count * bytes, row);
    });
    pointers[*info.inPlaceOf] = output;
  }
  return pointers;
}

Error Program::load() {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(options.input, &message);
  if (!file)
    return createStringError(message);
  reporter.onStep("parsing");
  reporter.setSource(file->getBuffer());
  sourceMgr.AddNewSourceBuffer(std::move(file), SMLoc());
  handler = std::make_unique<SourceMgrDiagnosticHandler>(sourceMgr, &context);
  module = parseSource(sourceMgr, context);
  if (!module)
    return createStringError("cannot parse '" + options.input + "'");
  reporter.setModule(*module);
  Expected<std::string> name = findEntry();
  if (!name)
    return name.takeError();
  entry = *name;
  return Error::success();
}

Expected<std::string> Program::findEntry() {
  SmallVector<StringRef> names;
  for (auto func : module->getOps<func::FuncOp>())
    if (func.isPublic() && !func.isExternal())
      names.push_back(func.getName());
  for (auto kernel : module->getOps<atile::KernelOp>())
    names.push_back(kernel.getName());
  if (names.empty())
    return createStringError("the module has no public function");
  if (!options.entry.empty()) {
    if (llvm::is_contained(names, options.entry))
      return options.entry;
    return createStringError("expected --entry to be one of " +
                             llvm::join(names, ", ") + " but found '" +
                             options.entry + "'");
  }
  if (names.size() > 1)
    return createStringError("expected --entry to say which of " +
                             llvm::join(names, ", ") + " to run");
  return names.front().str();
}

CompileOptions Program::getCompileOptions(PipelineKind pipeline) {
  CompileOptions compileOptions;
  // What a GPU computes is compared with what this machine does.
  compileOptions.target =
      GPUTarget::isGPU(options.target) ? "native" : options.target;
  compileOptions.pipeline = pipeline;
  compileOptions.threading =
      options.threads > 1 ? Threading::openmp : Threading::serial;
  if (pipeline == options.pipeline)
    compileOptions.addedPasses = options.addedPasses;
  compileOptions.observer = &reporter;
  return compileOptions;
}

Expected<Kernel> Program::compile(ModuleOp module,
                                  const CompileOptions &compileOptions) {
  progress.start("compiling '" + entry + "'");
  FailureOr<Artifact> artifact = attn::compile(module, compileOptions);
  progress.stop();
  if (failed(artifact))
    return createStringError("cannot compile '" + options.input + "'");
  target = artifact->cpu;
  reporter.onStep("loading");
  return Kernel::load(*artifact, entry);
}

Expected<Kernel> Program::compile(PipelineKind pipeline) {
  return compile(*module, getCompileOptions(pipeline));
}

Expected<std::vector<HostTensor>>
mlir::attn::copyArguments(const Signature &signature,
                          const std::vector<HostTensor> &tensors, Guard guard) {
  std::vector<HostTensor> copies;
  for (auto [info, tensor] : llvm::zip_equal(signature.args, tensors)) {
    Expected<HostTensor> copy =
        tensor.copyTo(Layout::contiguous, info.isScalar ? Guard::none : guard);
    if (!copy)
      return copy.takeError();
    if (info.role == ArgumentRole::output)
      copy->clear();
    copies.push_back(std::move(*copy));
  }
  return copies;
}

/// Runs another pipeline on the inputs among `tensors`; gives the outputs.
Expected<std::vector<HostTensor>>
Program::runReference(const std::vector<HostTensor> &tensors,
                      PipelineKind pipeline) {
  std::string usedTarget = target;
  Expected<Kernel> kernel = compile(pipeline);
  target = usedTarget;
  if (!kernel)
    return kernel.takeError();
  const Signature &signature = kernel->getSignature();
  Expected<std::vector<HostTensor>> copies = copyArguments(
      signature, tensors, options.guard ? Guard::end : Guard::none);
  if (!copies)
    return copies.takeError();
  progress.start("running the reference pipeline");
  reporter.onStep("running the reference of " + entry);
  if (Error error = kernel->run(getPointers(*copies), options.threads))
    return error;
  progress.stop();
  std::vector<HostTensor> outputs;
  for (auto [info, copy] : llvm::zip_equal(signature.args, *copies))
    if (info.role == ArgumentRole::output)
      outputs.push_back(std::move(copy));
  return outputs;
}

/// Reads one file for each output.
Expected<std::vector<HostTensor>>
Program::readReferences(const Signature &signature) {
  SmallVector<StringRef> paths;
  StringRef(options.compare).split(paths, ',');
  SmallVector<const ArgumentInfo *> outputs;
  for (const ArgumentInfo &info : signature.args)
    if (info.role == ArgumentRole::output)
      outputs.push_back(&info);
  if (paths.size() != outputs.size())
    return createStringError("--compare: expected " + Twine(outputs.size()) +
                             (outputs.size() == 1 ? " file" : " files") +
                             " but found " + Twine(paths.size()));
  std::vector<HostTensor> references;
  for (auto [path, info] : llvm::zip_equal(paths, outputs)) {
    // A reference may be more precise than the result.
    DType type = *parseDType(info->dtype);
    SmallVector<DType> accepted = {type};
    if (isFloat(type))
      accepted.append({DType::f32, DType::f64});
    Expected<HostTensor> reference = readNpy(path, accepted);
    if (!reference)
      return createStringError("--compare: " +
                               llvm::toString(reference.takeError()));
    references.push_back(std::move(*reference));
  }
  return references;
}

Expected<std::vector<HostTensor>>
Program::getReferences(const Signature &signature,
                       const std::vector<HostTensor> &tensors,
                       PipelineKind pipeline) {
  if (options.compare.empty() || options.compare == "reference")
    return runReference(tensors, pipeline);
  return readReferences(signature);
}

Expected<std::vector<OutputReport>>
Program::compare(const Signature &signature,
                 const std::vector<HostTensor> &tensors) {
  Expected<std::vector<HostTensor>> references =
      getReferences(signature, tensors, PipelineKind::reference);
  if (!references)
    return references.takeError();
  return compareWith(signature, tensors, *references);
}

Expected<std::vector<OutputReport>>
Program::compareWith(const Signature &signature,
                     const std::vector<HostTensor> &tensors,
                     const std::vector<HostTensor> &references) {
  std::vector<OutputReport> reports;
  for (auto [number, info] : llvm::enumerate(signature.args)) {
    if (info.role != ArgumentRole::output)
      continue;
    const HostTensor &reference = references[reports.size()];
    OutputReport report;
    report.name = info.name;
    report.tolerance =
        getDefaultTolerance(tensors[number].getType(), reference);
    if (options.atol || options.rtol)
      report.tolerance = {options.atol.value_or(0.0),
                          options.rtol.value_or(0.0)};
    Expected<Comparison> comparison =
        compareTensors(tensors[number], reference, report.tolerance);
    if (!comparison)
      return createStringError("--compare: '" + info.name +
                               "': " + llvm::toString(comparison.takeError()));
    report.comparison = std::move(*comparison);
    reports.push_back(std::move(report));
  }
  return reports;
}
