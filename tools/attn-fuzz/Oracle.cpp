//===- Oracle.cpp - whether one input was treated right -------------------===//
//
// Covered by test/Fuzz/fuzz.test.
//
//===----------------------------------------------------------------------===//

#include "Oracle.h"
#include "Seeds.h"
#include "attn/Compiler/Compiler.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::attn {

namespace {
/// Passes on what the compiler says it does, and keeps what it admits.
struct Observer : CompileObserver {
  Observer(StringRef pipeline, StepListener &listener)
      : pipeline(pipeline), listener(listener) {}

  void onStep(StringRef name) override {
    listener.onStep((pipeline + ": " + name).str());
  }
  void onInternalError(StringRef message) override {
    internalError = message.str();
  }

  StringRef pipeline;
  StepListener &listener;
  std::string internalError;
};
} // namespace

static FailureOr<Artifact> compileBy(PipelineKind kind, ModuleOp module,
                                     Observer &observer) {
  CompileOptions options;
  options.pipeline = kind;
  options.observer = &observer;
  return compile(module, options);
}

Verdict judge(StringRef text, uint64_t seed, StepListener &listener) {
  std::unique_ptr<MLIRContext> context = makeContext();
  std::string error;
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && error.empty())
      error = diagnostic.str();
    return success();
  });
  // An error is what a failure must have.
  auto refuse = [&](Outcome outcome, StringRef internalError) -> Verdict {
    if (!internalError.empty())
      return {Outcome::wrong, internalError.str()};
    if (error.empty())
      return {Outcome::wrong, "failed without an error"};
    return {outcome, error};
  };

  listener.onStep("parsing");
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text),
                             SMLoc());
  OwningOpRef<ModuleOp> module = parseSource(sources, *context);
  if (!module)
    return refuse(Outcome::unreadable, "");
  Observer fast("cpu", listener), plain("reference", listener);
  FailureOr<Artifact> kernel = compileBy(PipelineKind::cpu, *module, fast);
  if (failed(kernel))
    return refuse(Outcome::refused, fast.internalError);
  FailureOr<Artifact> reference =
      compileBy(PipelineKind::reference, *module, plain);
  if (failed(reference))
    return refuse(Outcome::refused, plain.internalError);
  Verdict verdict{Outcome::compiled, ""};
  for (unsigned i = 0; i < kernel->functions.size(); ++i) {
    Verdict other =
        runAndCompare(*module, *kernel, *reference, i, seed, listener);
    if (other.outcome >= verdict.outcome)
      verdict = other;
  }
  return verdict;
}

} // namespace mlir::attn
