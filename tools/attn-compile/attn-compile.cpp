//===- attn-compile.cpp - compiles a module ahead of time -----------------===//
//
//   attn-compile layer.mlir --target=x86-64-v4 --emit=obj -o layer.o
//   attn-compile layer.mlir --emit=header -o layer.h
//   attn-compile layer.mlir --emit=obj,header,manifest -o build/
//
// A thin shell around `attn::compile`. Exit codes: 0 done, 1 an error in the
// input or the options, 70 an internal error.
//
// Covered by test/Tools/attn-compile.
//
//===----------------------------------------------------------------------===//

#include "PassOptions.h"
#include "attn/Compiler/Compiler.h"
#include "attn/Compiler/CrashReporter.h"
#include "attn/Compiler/GPUCompiler.h"
#include "attn/Compiler/Status.h"
#include "attn/Compiler/Version.h"
#include "attn/Target/GPUTarget.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include <csignal>

using namespace mlir;
using namespace mlir::attn;
namespace cl = llvm::cl;

static cl::OptionCategory category("attn-compile options");

static cl::opt<std::string> input(cl::Positional, cl::init("-"),
                                  cl::desc("<input file>"), cl::cat(category));
static cl::opt<std::string> output(
    "o", cl::value_desc("path"),
    cl::desc("where to write: a file, or of several kinds a directory or "
             "what their names begin with (default: stdout, or of several "
             "kinds the name of the input)"),
    cl::cat(category));
static cl::opt<std::string>
    target("target", cl::init("native"), cl::value_desc("cpu"),
           cl::desc("native, an x86-64 level or a CPU name of LLVM, with "
                    ",+feature or ,-feature suffixes (default: native)"),
           cl::cat(category));
static cl::list<EmitKind> emitKinds(
    "emit", cl::CommaSeparated,
    cl::desc("what to make, separated by commas (default: obj)"),
    cl::values(clEnumValN(EmitKind::mlir, "mlir",
                          "module after the last stage"),
               clEnumValN(EmitKind::llvm, "llvm", "optimised LLVM IR"),
               clEnumValN(EmitKind::asm_, "asm", "assembly"),
               clEnumValN(EmitKind::obj, "obj", "relocatable object"),
               clEnumValN(EmitKind::shared, "shared", "shared library"),
               clEnumValN(EmitKind::header, "header", "C header"),
               clEnumValN(EmitKind::manifest, "manifest",
                          "description of the functions as JSON"),
               clEnumValN(EmitKind::manifest, "json", "the same"),
               clEnumValN(EmitKind::ptx, "ptx", "PTX, for a GPU"),
               clEnumValN(EmitKind::cubin, "cubin",
                          "machine code of a GPU, by ptxas")),
    cl::cat(category));
static cl::opt<PipelineKind> pipeline(
    "pipeline", cl::desc("how to lower (default: cpu)"),
    cl::init(PipelineKind::cpu),
    cl::values(clEnumValN(PipelineKind::cpu, "cpu", "fast kernels"),
               clEnumValN(PipelineKind::reference, "reference", "plain loops"),
               clEnumValN(PipelineKind::plain, "plain",
                          "plain loops by the fewest passes")),
    cl::cat(category));
static cl::opt<Threading> threading(
    "threading", cl::desc("how to run tiles (default: serial)"),
    cl::init(Threading::serial),
    cl::values(clEnumValN(Threading::serial, "serial", "one thread"),
               clEnumValN(Threading::openmp, "openmp", "OpenMP threads")),
    cl::cat(category));
static cl::opt<std::string>
    fromStage("from-stage", cl::value_desc("stage"),
              cl::desc("begin with this stage, or with codegen: the input is "
                       "what --dump-stages wrote before it"),
              cl::cat(category));
static cl::opt<std::string>
    untilAfter("until-after", cl::value_desc("stage"),
               cl::desc("stop after this stage (with --emit=mlir)"),
               cl::cat(category));
static cl::opt<std::string>
    dumpStages("dump-stages", cl::value_desc("directory"),
               cl::desc("write the module before and after every stage"),
               cl::cat(category));
static cl::list<std::string>
    addPasses("add-passes", cl::value_desc("stage:passes"),
              cl::desc("end a stage with these passes, written as for "
                       "attn-opt --pass-pipeline"),
              cl::cat(category));
static cl::opt<bool>
    printPipelineOnly("print-pipeline",
                      cl::desc("print the pipeline as attn-opt takes it, and "
                               "stop"),
                      cl::cat(category));
static cl::opt<std::string>
    symbolPrefix("symbol-prefix", cl::value_desc("prefix"),
                 cl::desc("put in front of every exported name"),
                 cl::cat(category));
static cl::opt<Sanitizer>
    sanitizer("sanitize",
              cl::desc("check accesses while the code runs (default: none)"),
              cl::init(Sanitizer::none),
              cl::values(clEnumValN(Sanitizer::none, "none", "no checks"),
                         clEnumValN(Sanitizer::address, "address",
                                    "accesses outside of allocated memory"),
                         clEnumValN(Sanitizer::thread, "thread",
                                    "accesses by two threads without order")),
              cl::cat(category));
static cl::opt<std::string>
    crashIn("crash-in", cl::Hidden, cl::value_desc("step"),
            cl::desc("crash when this step begins, to test the report"),
            cl::cat(category));

namespace {
/// Crashes on request: LLVM's passes, which no plugin can join.
struct Reporter : CrashReporter {
  using CrashReporter::CrashReporter;
  void onStep(StringRef name) override {
    CrashReporter::onStep(name);
    if (name == crashIn)
      std::raise(SIGSEGV);
  }
};
} // namespace

static void printVersion(raw_ostream &os) {
  os << "attn " << getVersion() << " (ABI " << kABIVersion << ", LLVM "
     << LLVM_VERSION_STRING << ")\n";
}

static LogicalResult fail(const Twine &message) {
  llvm::errs() << "attn-compile: error: " << message << "\n";
  return failure();
}

/// The stages and passes of --add-passes.
static std::vector<AddedPasses> getAddedPasses() {
  std::vector<AddedPasses> added;
  for (StringRef text : addPasses) {
    auto [stage, passes] = text.split(':');
    added.push_back({stage.str(), passes.str()});
  }
  return added;
}

static CompileOptions getOptions(Reporter &reporter) {
  CompileOptions options;
  options.target = target;
  options.pipeline = pipeline;
  options.threading = threading;
  options.fromStage = fromStage;
  options.untilAfter = untilAfter;
  options.dumpStagesDir = dumpStages;
  options.symbolPrefix = symbolPrefix;
  options.sanitizer = sanitizer;
  options.addedPasses = getAddedPasses();
  options.configurePasses = configurePasses;
  options.observer = &reporter;
  return options;
}

/// How the names of files of a kind end.
static StringRef getSuffix(EmitKind kind) {
  switch (kind) {
  case EmitKind::mlir:
    return ".mlir";
  case EmitKind::llvm:
    return ".ll";
  case EmitKind::asm_:
    return ".s";
  case EmitKind::obj:
    return ".o";
  case EmitKind::shared:
    return ".so";
  case EmitKind::header:
    return ".h";
  case EmitKind::manifest:
    return ".json";
  case EmitKind::ptx:
    return ".ptx";
  case EmitKind::cubin:
    return ".cubin";
  }
  llvm_unreachable("every kind has a suffix");
}

/// One file, and what goes into it.
struct Output {
  EmitKind kind;
  std::string path;
};

/// What was asked for and where it goes.
static std::vector<Output> getOutputs() {
  if (emitKinds.size() <= 1) {
    EmitKind kind = emitKinds.empty() ? EmitKind::obj : emitKinds.front();
    return {{kind, output.empty() ? "-" : output.getValue()}};
  }
  StringRef stem =
      input == "-" ? StringRef("attn") : llvm::sys::path::stem(input);
  SmallString<128> path(output);
  if (path.empty())
    path = stem;
  else if (llvm::sys::fs::is_directory(path))
    llvm::sys::path::append(path, stem);
  std::vector<Output> outputs;
  for (EmitKind kind : emitKinds)
    outputs.push_back({kind, (path + getSuffix(kind)).str()});
  return outputs;
}

static LogicalResult writeOutput(StringRef path, StringRef bytes) {
  llvm::Error error =
      llvm::writeToOutput(path, [&](raw_ostream &os) -> llvm::Error {
        os << bytes;
        return llvm::Error::success();
      });
  if (error)
    return fail("cannot write " + llvm::toString(std::move(error)));
  return success();
}

static FailureOr<std::string> makeOutput(ModuleOp module,
                                         const CompileOptions &options) {
  FailureOr<Artifact> artifact = compile(module, options);
  if (failed(artifact))
    return failure();
  return std::move(artifact->bytes);
}

static FailureOr<std::string> makeGPUOutput(ModuleOp module,
                                            const CompileOptions &options) {
  FailureOr<OwningOpRef<ModuleOp>> kernels = buildKernels(module, options);
  if (failed(kernels))
    return failure();
  FailureOr<GPUArtifact> artifact =
      compileForGPU(**kernels, options.emit, options);
  if (failed(artifact))
    return failure();
  return std::move(artifact->bytes);
}

static LogicalResult run(Reporter &reporter) {
  auto reportTarget = [](const Twine &message) { (void)fail(message); };
  if (!GPUTarget::isGPU(target) &&
      failed(TargetInfo::parse(target, reportTarget)))
    return failure();
  // A copy, for the linker resets all command-line options.
  const std::vector<Output> outputs = getOutputs();
  for (const auto &[kind, path] : outputs) {
    if (printPipelineOnly)
      break;
    if (!untilAfter.empty() && kind != EmitKind::mlir)
      return fail("expected '--emit=mlir' with '--until-after'");
    bool isBinary = kind == EmitKind::obj || kind == EmitKind::shared ||
                    kind == EmitKind::cubin;
    if (isBinary && path == "-" && llvm::outs().is_displayed())
      return fail("expected '-o FILE' for a binary file");
  }
  if (llvm::Error error = checkPassPlugins())
    return fail(llvm::toString(std::move(error)));
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  CompileOptions options = getOptions(reporter);
  options.emit = outputs.front().kind;
  if (printPipelineOnly) {
    llvm::SourceMgr none;
    SourceMgrDiagnosticHandler handler(none, &context);
    FailureOr<std::string> text = printPipeline(context, options);
    if (failed(text))
      return failure();
    return writeOutput(outputs.front().path, *text + "\n");
  }

  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(input, &message);
  if (!file)
    return fail(message);
  if (!dumpStages.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(dumpStages))
      return fail("cannot make directory '" + dumpStages +
                  "': " + error.message());
  reporter.onStep("parsing");
  reporter.setSource(file->getBuffer());
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(file), SMLoc());
  SourceMgrDiagnosticHandler handler(sourceMgr, &context);
  OwningOpRef<ModuleOp> module = parseSource(sourceMgr, context);
  if (!module)
    return failure();
  reporter.setModule(*module);
  if (llvm::Error error = enableRemarks(context))
    return fail(llvm::toString(std::move(error)));
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  options.timing = &timing;
  for (const auto &[kind, path] : outputs) {
    options.emit = kind;
    FailureOr<std::string> bytes = GPUTarget::isGPU(target)
                                       ? makeGPUOutput(*module, options)
                                       : makeOutput(*module, options);
    if (failed(bytes) || failed(writeOutput(path, *bytes)))
      return failure();
  }
  return success();
}

int main(int argc, char **argv) {
  Reporter reporter(ArrayRef<const char *>(argv, argc));
  cl::OptionCategory passCategory("Passes and remarks",
                                  "as attn-opt takes them");
  // Flags name passes.
  registerCompilerPasses();
  registerPassOptions(passCategory);
  cl::HideUnrelatedOptions({&category, &passCategory});
  cl::SetVersionPrinter(printVersion);
  cl::ParseCommandLineOptions(
      argc, argv, "compiles a module of attention ops ahead of time\n");
  return failed(run(reporter)) ? 1 : 0;
}
