//===- CrashReporter.h - what a tool says when it crashes ------*- C++ -*-===//
//
// A crash inside LLVM or MLIR ends a tool with exit code 70 (EX_SOFTWARE), the
// name of the pass that was running, and the path of a file that
// `attn-opt --run-reproducer` takes:
//
//   attn-compile: internal error: signal 11 in 'attn-tile'
//   attn-compile: reproducer: /tmp/attn-compile-1234.mlir
//
// Signal handlers belong to the process, so only the main function of a tool
// makes one of these, and only one.
//
// Covered by test/Tools/attn-compile/crash.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_CRASHREPORTER_H
#define ATTN_COMPILER_CRASHREPORTER_H

#include "attn/Compiler/Compiler.h"
#include <memory>

namespace mlir::attn {

/// Exit code of a tool after an internal error.
inline constexpr int kInternalErrorExitCode = 70;

/// Reports crashes, LLVM's fatal errors and internal errors of `compile`, and
/// ends the process.
class CrashReporter : public CompileObserver {
public:
  /// Installs the handlers. `commandLine` is quoted in the reproducer.
  explicit CrashReporter(ArrayRef<const char *> commandLine);
  ~CrashReporter() override;

  /// The text to reproduce a crash from, as long as there is no module.
  void setSource(StringRef source);
  /// The module to reproduce a crash from.
  void setModule(ModuleOp module);

  void onPipeline(StringRef pipeline) override;
  void onStep(StringRef name) override;
  void onInternalError(StringRef message) override;

  struct State;

private:
  void updateReproducer();

  std::unique_ptr<State> state;
};

} // namespace mlir::attn

#endif // ATTN_COMPILER_CRASHREPORTER_H
