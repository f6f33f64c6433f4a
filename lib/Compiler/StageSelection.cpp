//===- StageSelection.cpp - which stages a compilation runs ---------------===//
//
//   --from-stage=tile --until-after=decompose --add-passes=decompose:cse
//   -> tile, decompose + cse
//
// Covered by test/Tools/attn-compile/stages.test, resume.test and
// add-passes.test.
//
//===----------------------------------------------------------------------===//

#include "StageSelection.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::attn {

/// "unknown stage 'x'; expected one of graph, ..., target".
static InFlightDiagnostic reportUnknown(ArrayRef<SelectedStage> stages,
                                        StringRef name, Location loc) {
  SmallVector<StringRef> names;
  for (const SelectedStage &selected : stages)
    names.push_back(selected.stage.name);
  return emitError(loc, "unknown stage '")
         << name << "'; expected one of " << llvm::join(names, ", ");
}

static SelectedStage *findStage(SmallVectorImpl<SelectedStage> &stages,
                                StringRef name) {
  return llvm::find_if(stages, [&](const SelectedStage &selected) {
    return selected.stage.name == name;
  });
}

/// Lets `stage` end in the passes of `text`.
static LogicalResult append(Stage &stage, StringRef text, Location loc) {
  std::string message;
  llvm::raw_string_ostream os(message);
  OpPassManager added(ModuleOp::getOperationName());
  if (failed(parsePassPipeline(text, added, os))) {
    // One line for each level of nesting.
    SmallVector<StringRef> lines;
    StringRef(message).split(lines, '\n', -1, /*KeepEmpty=*/false);
    return emitError(loc, "cannot add passes to stage '")
           << stage.name << "': " << llvm::join(lines, ", ");
  }
  stage.build = [build = std::move(stage.build),
                 text = text.str()](OpPassManager &pm) {
    build(pm);
    (void)parsePassPipeline(text, pm);
  };
  return success();
}

/// The stage after which phases and workspace are known.
static constexpr StringLiteral kPhasesStage = "phases";

FailureOr<SmallVector<SelectedStage>>
selectStages(const CompileOptions &options, Location loc) {
  PipelineOptions pipelineOptions;
  pipelineOptions.target = options.target;
  pipelineOptions.kind = options.pipeline;
  pipelineOptions.threading = options.threading;
  pipelineOptions.symbolPrefix = options.symbolPrefix;
  SmallVector<SelectedStage> stages;
  for (Stage &stage : getStages(pipelineOptions))
    stages.push_back({std::move(stage), unsigned(stages.size()) + 1});

  for (const AddedPasses &added : options.addedPasses) {
    SelectedStage *it = findStage(stages, added.stage);
    if (it == stages.end())
      return reportUnknown(stages, added.stage, loc);
    if (failed(append(it->stage, added.pipeline, loc)))
      return failure();
  }
  StringRef last = options.untilAfter, first = options.fromStage;
  // The header needs signatures only, which the first stage records.
  if (options.emit == EmitKind::header)
    last = stages.front().stage.name;
  if (options.emit == EmitKind::manifest)
    last = kPhasesStage;
  SelectedStage *end = stages.end(), *begin = stages.begin();
  if (!last.empty()) {
    end = findStage(stages, last);
    if (end == stages.end())
      return reportUnknown(stages, last, loc);
    ++end;
  }
  if (first == kCodegenStage) {
    begin = stages.end();
  } else if (!first.empty()) {
    begin = findStage(stages, first);
    if (begin == stages.end())
      return reportUnknown(stages, first, loc) << ", " << kCodegenStage;
  }
  if (begin > end)
    end = begin;
  return SmallVector<SelectedStage>(begin, end);
}

} // namespace mlir::attn
