//===- Compiler.cpp - from a module to an artefact ------------------------===//
//
// Runs the stages of the pipeline one after the other on a copy of the module,
// then makes what was asked for of the last one.
//
// Covered by test/Tools/attn-compile.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Compiler.h"
#include "LLVMCodegen.h"
#include "RuntimeSymbols.h"
#include "SharedLibrary.h"
#include "StageSelection.h"
#include "StepInstrumentation.h"
#include "Variants.h"
#include "attn/Compiler/Header.h"
#include "attn/Compiler/Manifest.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

namespace mlir::attn {

CompileObserver::~CompileObserver() = default;

static std::string printStages(ArrayRef<SelectedStage> stages,
                               MLIRContext &context) {
  PassManager passes(&context, ModuleOp::getOperationName());
  for (const SelectedStage &selected : stages)
    selected.stage.build(passes);
  std::string text;
  llvm::raw_string_ostream os(text);
  passes.printAsTextualPipeline(os);
  return text;
}

static std::string printModule(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  os << "\n";
  return text;
}

/// Writes `module` to NN-NAME.mlir in `directory`, unless that is empty.
static LogicalResult dumpStage(ModuleOp module, StringRef directory,
                               unsigned number, StringRef name) {
  if (directory.empty())
    return success();
  SmallString<128> path = directory;
  llvm::sys::path::append(
      path, llvm::formatv("{0,0+2}-{1}.mlir", number, name).str());
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << printModule(module);
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return emitError(module.getLoc(), "cannot write '")
           << path << "': " << error.message();
  return success();
}

/// Runs `stages` as one list of passes.
static LogicalResult runPasses(ModuleOp module, ArrayRef<SelectedStage> stages,
                               const CompileOptions &options,
                               CompileObserver &observer) {
  TimingScope timing;
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  for (const SelectedStage &selected : stages)
    selected.stage.build(passes);
  auto steps =
      std::make_unique<StepInstrumentation>(*module.getContext(), observer);
  StepInstrumentation &running = *steps;
  passes.addInstrumentation(std::move(steps));
  if (options.configurePasses && failed(options.configurePasses(passes)))
    return failure();
  // A scope of their own: passes are told apart by their addresses, which later
  // scopes may get again.
  if (options.timing) {
    timing = options.timing->nest(
        stages.size() == 1 ? StringRef(stages.front().stage.name) : "Passes");
    passes.enableTiming(timing);
  }
  LogicalResult result = passes.run(module);
  if (failed(result))
    running.reportUnfinished();
  return result;
}

static LogicalResult runStages(ModuleOp module, ArrayRef<SelectedStage> stages,
                               const CompileOptions &options,
                               CompileObserver &observer) {
  StringRef directory = options.dumpStagesDir;
  if (directory.empty())
    return runPasses(module, stages, options, observer);
  unsigned number = stages.empty() ? 0 : stages.front().number - 1;
  if (failed(dumpStage(module, directory, number, "input")))
    return failure();
  for (const SelectedStage &selected : stages)
    if (failed(runPasses(module, selected, options, observer)) ||
        failed(
            dumpStage(module, directory, selected.number, selected.stage.name)))
      return failure();
  return success();
}

/// Signatures of the public functions of `module`, where they are recorded.
static FailureOr<std::vector<Signature>> collectSignatures(ModuleOp module) {
  std::vector<Signature> signatures;
  for (Operation &op : module.getOps()) {
    if (!op.hasAttr(kSignatureAttrName))
      continue;
    FailureOr<Signature> signature = readSignature(&op);
    if (failed(signature))
      return failure();
    signatures.push_back(std::move(*signature));
  }
  return signatures;
}

/// "x86_64-unknown-linux-gnu, x86-64-v3 or x86-64-v4" for the header.
static std::string describeTargets(ArrayRef<TargetVariant> variants) {
  std::string text = variants.front().target.getTriple().str();
  for (const TargetVariant &variant : variants) {
    text += &variant == variants.begin() ? ", " : " or ";
    text += variant.target.getTuneCPU();
  }
  return text;
}

/// What is wrong with `options` as a whole, for which there is no place in the
/// module.
static LogicalResult checkOptions(const CompileOptions &options,
                                  ArrayRef<TargetVariant> variants,
                                  Location loc) {
  if (!options.untilAfter.empty() && options.emit != EmitKind::mlir)
    return emitError(loc, "expected the module as text to be asked for "
                          "when stopping after stage '")
           << options.untilAfter << "'";
  if (options.emit == EmitKind::ptx || options.emit == EmitKind::cubin)
    return emitError(loc, "expected a GPU as target with PTX or a cubin");
  if (options.sanitizer != Sanitizer::none && options.emit == EmitKind::shared)
    return emitError(loc, "expected an object to be asked for with a "
                          "sanitizer, whose runtime the program brings");
  bool isStaged = options.emit == EmitKind::mlir ||
                  !options.fromStage.empty() || !options.dumpStagesDir.empty();
  if (isStaged && variants.size() > 1)
    return emitError(loc, "expected one target, for the module of a stage "
                          "belongs to one, but found ")
           << variants.size();
  return success();
}

/// Runs the stages for each of `variants` on a copy of `module`.
static LogicalResult lower(ModuleOp module, const CompileOptions &options,
                           MutableArrayRef<TargetVariant> variants,
                           Location loc, CompileObserver &observer) {
  for (TargetVariant &variant : variants) {
    CompileOptions own = options;
    own.target = variant.spec;
    FailureOr<SmallVector<SelectedStage>> stages = selectStages(own, loc);
    if (failed(stages) || failed(verify(module)))
      return failure();
    observer.onPipeline(printStages(*stages, *module.getContext()));
    variant.module = module.clone();
    if (failed(runStages(*variant.module, *stages, own, observer)))
      return failure();
  }
  return success();
}

/// The functions of all variants, whose interfaces are the same, with what is
/// known of their phases.
static FailureOr<std::vector<Signature>>
joinSignatures(ArrayRef<TargetVariant> variants) {
  FailureOr<std::vector<Signature>> joined =
      collectSignatures(*variants.front().module);
  SmallVector<SmallVector<PhaseInfo>> phases;
  for (const TargetVariant &variant : variants) {
    FailureOr<std::vector<Signature>> signatures =
        collectSignatures(*variant.module);
    if (failed(signatures))
      return failure();
    phases.resize(signatures->size());
    for (auto [list, signature] : llvm::zip(phases, *signatures))
      list.push_back(*signature.phases);
  }
  for (auto [signature, list] : llvm::zip(*joined, phases))
    signature.phases = joinPhases(list);
  return joined;
}

/// The C header or the manifest of `functions`.
static std::string describe(std::vector<Signature> functions,
                            const CompileOptions &options,
                            ArrayRef<TargetVariant> variants) {
  for (Signature &signature : functions)
    signature.name = options.symbolPrefix + signature.name;
  if (options.emit == EmitKind::header)
    return emitHeader(functions, describeTargets(variants));
  auto targets = llvm::map_to_vector(
      variants, [](const TargetVariant &variant) { return variant.target; });
  return emitManifest(functions, targets, options.threading);
}

FailureOr<Artifact> compile(ModuleOp module, const CompileOptions &options) {
  CompileObserver silent;
  CompileObserver &observer = options.observer ? *options.observer : silent;
  // Options have no place in the module.
  Location loc = module.getLoc(),
           nowhere = UnknownLoc::get(module.getContext());
  FailureOr<SmallVector<TargetVariant>> variants =
      parseVariants(options.target, nowhere);
  if (failed(variants) || failed(checkOptions(options, *variants, nowhere)) ||
      failed(lower(module, options, *variants, nowhere, observer)))
    return failure();

  const TargetInfo &target = variants->front().target;
  Artifact artifact;
  artifact.triple = target.getTriple().str();
  artifact.cpu = target.getTuneCPU().str();
  artifact.features = target.getFeatureString();
  FailureOr<std::vector<Signature>> signatures = joinSignatures(*variants);
  if (failed(signatures))
    return failure();
  artifact.functions = std::move(*signatures);
  if (options.emit == EmitKind::mlir) {
    artifact.bytes = printModule(*variants->front().module);
    return artifact;
  }
  if (artifact.functions.empty())
    return emitError(loc, "expected at least one public function");
  if (options.emit == EmitKind::header || options.emit == EmitKind::manifest) {
    artifact.bytes = describe(artifact.functions, options, *variants);
    return artifact;
  }

  TimingScope timing;
  if (options.timing)
    timing = options.timing->nest(StringRef("Code generation"));
  bool isShared = options.emit == EmitKind::shared;
  EmitKind emit = isShared ? EmitKind::obj : options.emit;
  FailureOr<std::string> code =
      generateCode(*variants, emit, options.sanitizer, observer);
  if (failed(code) || (emit == EmitKind::obj &&
                       failed(checkRuntimeSymbols(collectRuntimeSymbols(*code),
                                                  options.sanitizer, loc))))
    return failure();
  if (isShared) {
    observer.onStep("linking");
    code = linkSharedLibrary(*code, target.getTriple(), loc);
    if (failed(code))
      return failure();
  }
  artifact.bytes = std::move(*code);
  return artifact;
}

FailureOr<std::string> printPipeline(MLIRContext &context,
                                     const CompileOptions &options) {
  FailureOr<SmallVector<SelectedStage>> stages =
      selectStages(options, UnknownLoc::get(&context));
  if (failed(stages))
    return failure();
  return printStages(*stages, context);
}

} // namespace mlir::attn
