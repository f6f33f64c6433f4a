//===- Bisect.cpp - finds the stage that breaks a result ------------------===//
//
// States pass from one stage to the next as text, as --dump-stages and
// --from-stage do it.
//
// Covered by test/Tools/attn-run/bisect.test.
//
//===----------------------------------------------------------------------===//

#include "Bisect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlir::attn;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

namespace {
/// What one pass left.
struct Snapshot {
  std::string pass, function, text;
  /// A function that C can call has been made; nothing may run any more.
  bool hasEntry;
};

/// Keeps the module after every pass that changed it.
class SnapshotTaker : public PassInstrumentation {
public:
  explicit SnapshotTaker(std::vector<Snapshot> &snapshots)
      : snapshots(snapshots) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    // Adaptors that only run nested pipelines have no name.
    if (pass->getArgument().empty())
      return;
    hasEntry |= pass->getArgument() == "attn-emit-entry-points";
    Operation *module = op;
    while (Operation *parent = module->getParentOp())
      module = parent;
    Snapshot snapshot{pass->getArgument().str(), "", "", hasEntry};
    if (auto symbol = dyn_cast<SymbolOpInterface>(op))
      if (auto name = symbol.getNameAttr())
        snapshot.function = name.str();
    llvm::raw_string_ostream(snapshot.text) << *module;
    if (snapshots.empty() || snapshots.back().text != snapshot.text)
      snapshots.push_back(std::move(snapshot));
  }

private:
  std::vector<Snapshot> &snapshots;
  bool hasEntry = false;
};

class Bisector {
public:
  Bisector(Program &program, const std::vector<HostTensor> &tensors,
           const std::vector<HostTensor> &references)
      : program(program), tensors(tensors), references(references) {}

  Error searchStages();
  BisectReport report;

private:
  using State = BisectReport::State;
  Expected<std::string> runStage(StringRef text, StringRef stage,
                                 std::vector<Snapshot> *snapshots = nullptr);
  Error searchPasses(StringRef text, StringRef stage);
  const State &addState(State state, StringRef text, ArrayRef<StringRef> next);
  Expected<std::vector<OutputReport>> run(StringRef text, StringRef next);

  Program &program;
  const std::vector<HostTensor> &tensors;
  const std::vector<HostTensor> &references;
};
} // namespace

/// The stages of the plain pipeline that take what a whole stage left.
static SmallVector<StringRef> getNextStages(StringRef stage) {
  if (stage == "target")
    return {kCodegenStage};
  if (stage == "bufferize")
    return {"phases"};
  if (stage == "phases")
    return {"target"};
  return {"loops"};
}

/// The same for what a pass in the middle of a stage left, some of which may be
/// done already.
static SmallVector<StringRef> getNextStages(StringRef stage,
                                            const Snapshot &snapshot) {
  if (snapshot.hasEntry)
    return {kCodegenStage};
  if (stage == "bufferize")
    return {"bufferize", "phases"};
  if (stage == "phases" || stage == "target")
    return {"target"};
  return {"loops"};
}

/// Runs one stage on a module; with `snapshots`, keeps what each pass leaves.
Expected<std::string> Bisector::runStage(StringRef text, StringRef stage,
                                         std::vector<Snapshot> *snapshots) {
  CompileOptions options =
      program.getCompileOptions(program.getOptions().pipeline);
  options.emit = EmitKind::mlir;
  options.fromStage = options.untilAfter = stage.str();
  if (snapshots)
    options.configurePasses = [&](PassManager &passes) {
      passes.addInstrumentation(std::make_unique<SnapshotTaker>(*snapshots));
      return success();
    };
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(text, program.getModule().getContext());
  FailureOr<Artifact> artifact = failure();
  if (module)
    artifact = attn::compile(*module, options);
  if (failed(artifact))
    return createStringError("stage '" + stage + "' fails");
  return artifact->bytes;
}

/// Finishes a module by the plain pipeline, runs it and compares.
Expected<std::vector<OutputReport>> Bisector::run(StringRef text,
                                                  StringRef next) {
  MLIRContext *context = program.getModule().getContext();
  std::string message;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (message.empty())
      message = diagnostic.str();
    return success();
  });
  CompileOptions options = program.getCompileOptions(PipelineKind::plain);
  options.addedPasses.clear();
  options.fromStage = next.str();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context);
  if (!module)
    return createStringError(message);
  Expected<Kernel> kernel = program.compile(*module, options);
  if (!kernel) {
    llvm::consumeError(kernel.takeError());
    return createStringError(message);
  }
  const Signature &signature = kernel->getSignature();
  Expected<std::vector<HostTensor>> copies = copyArguments(signature, tensors);
  if (!copies)
    return copies.takeError();
  if (Error error =
          kernel->run(getPointers(*copies), program.getOptions().threads))
    return error;
  return program.compareWith(signature, *copies, references);
}

const BisectReport::State &Bisector::addState(State state, StringRef text,
                                              ArrayRef<StringRef> next) {
  std::string what = state.pass.empty() ? "stage '" + state.stage + "'"
                                        : "pass '" + state.pass + "'";
  program.getReporter().onStep("the result after " + what);
  for (StringRef stage : next) {
    Expected<std::vector<OutputReport>> outputs = run(text, stage);
    state.error = outputs ? "" : llvm::toString(outputs.takeError());
    if (state.error.empty()) {
      state.outputs = std::move(*outputs);
      break;
    }
  }
  return report.states.emplace_back(std::move(state));
}

/// Halves the range of passes, of which the last is known to depart, and the
/// state before the first to agree. States that cannot be run are passed over.
Error Bisector::searchPasses(StringRef text, StringRef stage) {
  std::vector<Snapshot> snapshots;
  Expected<std::string> after = runStage(text, stage, &snapshots);
  if (!after)
    return after.takeError();
  auto add = [&](size_t i) -> const State & {
    const Snapshot &snapshot = snapshots[i];
    return addState({stage.str(), snapshot.pass, snapshot.function, {}, ""},
                    snapshot.text, getNextStages(stage, snapshot));
  };
  // The states in question, except for the last one.
  SmallVector<size_t> open =
      llvm::to_vector(llvm::seq<size_t>(0, snapshots.size() - 1));
  size_t last = snapshots.size() - 1, next = 0;
  while (!open.empty()) {
    size_t *middle = open.begin() + open.size() / 2;
    const State &state = add(*middle);
    if (!state.error.empty()) {
      open.erase(middle);
    } else if (state.agrees()) {
      next = *middle + 1;
      open.erase(open.begin(), std::next(middle));
    } else {
      last = *middle;
      open.erase(middle, open.end());
    }
  }
  if (last == snapshots.size() - 1)
    add(last);
  // Passes whose states cannot be run lie between the last good and the first
  // bad one.
  for (; next < last; ++next)
    report.suspects.push_back(snapshots[next].pass);
  return Error::success();
}

Error Bisector::searchStages() {
  PipelineOptions pipeline;
  pipeline.kind = program.getOptions().pipeline;
  std::string text;
  llvm::raw_string_ostream(text) << program.getModule();
  for (const Stage &stage : getStages(pipeline)) {
    Expected<std::string> after = runStage(text, stage.name);
    if (!after)
      return after.takeError();
    State state{stage.name.str(), "", "", {}, ""};
    if (!addState(state, *after, getNextStages(stage.name)).agrees())
      return searchPasses(text, stage.name);
    text = std::move(*after);
  }
  return Error::success();
}

Expected<BisectReport>
mlir::attn::bisectStages(Program &program,
                         const std::vector<HostTensor> &tensors,
                         const std::vector<HostTensor> &references) {
  Bisector bisector(program, tensors, references);
  if (Error error = bisector.searchStages())
    return error;
  return std::move(bisector.report);
}
