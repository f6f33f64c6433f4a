//===- Program.h - the module to run and its kernels -----------*- C++ -*-===//

#ifndef ATTN_RUN_PROGRAM_H
#define ATTN_RUN_PROGRAM_H

#include "Options.h"
#include "Progress.h"
#include "Report.h"
#include "attn/Compiler/CrashReporter.h"
#include "attn/Runtime/Kernel.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::attn {

/// The module of one run, and what it is compiled to.
class Program {
public:
  Program(const RunOptions &options, CrashReporter &reporter,
          Progress &progress);
  ~Program();

  /// Reads the input file and finds the function to run.
  llvm::Error load();

  /// Compiles and loads that function.
  llvm::Expected<Kernel> compile(PipelineKind pipeline);

  /// How that is compiled.
  CompileOptions getCompileOptions(PipelineKind pipeline);
  /// Same, of another module with such a function.
  llvm::Expected<Kernel> compile(ModuleOp module,
                                 const CompileOptions &options);

  /// Compares the outputs among `tensors`, the arguments of a call that has
  /// been run, with the results of the reference pipeline or with files.
  llvm::Expected<std::vector<OutputReport>>
  compare(const Signature &signature, const std::vector<HostTensor> &tensors);

  /// The outputs of the same call by `pipeline`, or from the files of
  /// `--compare`, in the order of the signature.
  llvm::Expected<std::vector<HostTensor>>
  getReferences(const Signature &signature,
                const std::vector<HostTensor> &tensors, PipelineKind pipeline);

  /// Compares the outputs among `tensors` with `references`.
  llvm::Expected<std::vector<OutputReport>>
  compareWith(const Signature &signature,
              const std::vector<HostTensor> &tensors,
              const std::vector<HostTensor> &references);

  const RunOptions &getOptions() const { return options; }
  CrashReporter &getReporter() { return reporter; }
  Progress &getProgress() { return progress; }
  ModuleOp getModule() { return *module; }
  /// The CPU that was compiled for.
  StringRef getTarget() const { return target; }

private:
  /// The function to run: the one named by `--entry`, or the only public one.
  llvm::Expected<std::string> findEntry();
  llvm::Expected<std::vector<HostTensor>>
  runReference(const std::vector<HostTensor> &tensors, PipelineKind pipeline);
  llvm::Expected<std::vector<HostTensor>>
  readReferences(const Signature &signature);

  const RunOptions &options;
  CrashReporter &reporter;
  Progress &progress;
  MLIRContext context;
  llvm::SourceMgr sourceMgr;
  /// Prints the compiler's errors with the lines they are about.
  std::unique_ptr<SourceMgrDiagnosticHandler> handler;
  OwningOpRef<ModuleOp> module;
  std::string entry, target;
};

/// Copies of the inputs among `tensors`, the arguments of a call, and cleared
/// outputs.
llvm::Expected<std::vector<HostTensor>>
copyArguments(const Signature &signature,
              const std::vector<HostTensor> &tensors,
              Guard guard = Guard::none);

/// The addresses of tensors, as a call takes them.
SmallVector<HostTensor *> getPointers(std::vector<HostTensor> &tensors);

/// The same, but for an output that may have the place of an input, and for
/// that input, one address: that of the output, which gets the input's values.
llvm::Expected<SmallVector<HostTensor *>>
getPointersInPlace(const Signature &signature, ArrayRef<HostTensor *> tensors);

} // namespace mlir::attn

#endif // ATTN_RUN_PROGRAM_H
