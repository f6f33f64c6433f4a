//===- Compiler.h - from a module to an artefact ---------------*- C++ -*-===//
//
// The one way from `attn` text to machine code, used by every tool:
//
//   DialectRegistry registry;
//   registerCompilerDialects(registry);
//   MLIRContext context(registry);
//   OwningOpRef<ModuleOp> module = parseSource(sourceMgr, context);
//   CompileOptions options;
//   options.target = "x86-64-v4";
//   FailureOr<Artifact> artifact = compile(*module, options);
//
// Covered by test/Tools/attn-compile.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_COMPILER_H
#define ATTN_COMPILER_COMPILER_H

#include "attn/Compiler/Signature.h"
#include "attn/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>
#include <string>
#include <vector>

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace mlir {
class TimingScope;
} // namespace mlir

namespace mlir::attn {

/// What `compile` makes.
enum class EmitKind {
  mlir,     ///< the module after the last stage run, as text
  llvm,     ///< optimised LLVM IR, as text
  asm_,     ///< assembly
  obj,      ///< a relocatable ELF object
  shared,   ///< a shared ELF library
  header,   ///< the C header of the entry points
  manifest, ///< the same as JSON, with phases and workspace
  ptx,      ///< text of a GPU kernel, for the driver or ptxas
  cubin,    ///< machine code of a GPU kernel
};

/// What checks memory accesses while the code runs.
enum class Sanitizer {
  none,
  address, ///< accesses outside of what is allocated
  thread,  ///< accesses by two threads without order
};

/// Watches a compilation; used to say in which pass a crash happened.
class CompileObserver {
public:
  virtual ~CompileObserver();
  /// Called once, before anything runs, with the whole pipeline in the form
  /// that `attn-opt --pass-pipeline` takes.
  virtual void onPipeline(StringRef pipeline) {}
  /// A pass of MLIR or LLVM, or another step, is about to run.
  virtual void onStep(StringRef name) {}
  /// The compiler itself is at fault: a pass produced IR that does not verify,
  /// or failed without a word. `compile` then fails too.
  virtual void onInternalError(StringRef message) {}
};

/// The name that stands, in `CompileOptions::fromStage`, for what comes after
/// the last stage: LLVM.
inline constexpr llvm::StringLiteral kCodegenStage = "codegen";

/// Passes that run at the end of a stage.
struct AddedPasses {
  /// Name of the stage.
  std::string stage;
  /// Passes on a module as `attn-opt --pass-pipeline` takes them, without the
  /// `builtin.module(...)` around: "func.func(attn-foo),cse". They must be
  /// registered.
  std::string pipeline;
};

struct CompileOptions {
  /// See `TargetInfo::parse`. Several (see `splitTargets`) make one object in
  /// which the last of them runs that the CPU can run.
  std::string target = "native";
  PipelineKind pipeline = PipelineKind::cpu;
  Threading threading = Threading::serial;
  EmitKind emit = EmitKind::obj;
  /// Name of the first stage to run, or `kCodegenStage`; empty for all. The
  /// module is then what the stages before leave, with the same options.
  std::string fromStage;
  /// Name of the last stage to run; empty for all. Needs `EmitKind::mlir`.
  std::string untilAfter;
  /// Existing directory for the module as it is before the first and after
  /// every stage: 00-input.mlir, 01-graph.mlir, .... Each can be compiled
  /// further with `fromStage`, to the same artefact. Empty for none.
  std::string dumpStagesDir;
  /// Put in front of every exported name.
  std::string symbolPrefix;
  /// The program that links the object brings the sanitizer's runtime.
  Sanitizer sanitizer = Sanitizer::none;
  std::vector<AddedPasses> addedPasses;
  /// Called with every pass manager before it runs, for example to print the
  /// IR between passes. May be empty.
  std::function<LogicalResult(PassManager &)> configurePasses;
  /// Where the time of passes and of code generation goes. May be null.
  TimingScope *timing = nullptr;
  /// May be null.
  CompileObserver *observer = nullptr;
};

/// A finished compilation.
struct Artifact {
  /// The text or binary asked for.
  std::string bytes;
  /// The exported functions under their exported names. Empty if the pipeline
  /// was stopped before signatures are known.
  std::vector<Signature> functions;
  /// What the code was compiled for, as LLVM spells it; the first of several
  /// targets.
  std::string triple, cpu, features;
};

/// Registers the passes and pipelines of attn and those of MLIR that they are
/// used with, for pipelines given as text: `CompileOptions::addedPasses` and
/// attn-opt.
void registerCompilerPasses();

/// Registers every dialect and interface that `compile` needs. A context must
/// be made from such a registry.
void registerCompilerDialects(DialectRegistry &registry);

/// Parses the main file of `sourceMgr`, text or bytecode. Arguments of public
/// functions get the names they have in the text (`%q` becomes "q") as
/// `attn.name`, unless they have such an attribute. Null after an error, which
/// was reported to the context.
OwningOpRef<ModuleOp> parseSource(const llvm::SourceMgr &sourceMgr,
                                  MLIRContext &context);

/// Compiles `module`, which is left as it was. Errors go to the diagnostics of
/// the module's context. Equal text, options and compiler version give equal
/// bytes. May run in several threads at once, each with a context of its own.
FailureOr<Artifact> compile(ModuleOp module, const CompileOptions &options);

/// The pipeline of `options` in the form that `attn-opt --pass-pipeline` takes.
/// Fails if `options.untilAfter` is no stage.
FailureOr<std::string> printPipeline(MLIRContext &context,
                                     const CompileOptions &options);

} // namespace mlir::attn

#endif // ATTN_COMPILER_COMPILER_H
