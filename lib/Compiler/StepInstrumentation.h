//===- StepInstrumentation.h - telling which pass runs ---------*- C++ -*-===//
//
// Reports to a `CompileObserver` what MLIR's pass manager does.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_STEPINSTRUMENTATION_H
#define ATTN_LIB_COMPILER_STEPINSTRUMENTATION_H

#include "attn/Compiler/Compiler.h"
#include "mlir/Pass/PassInstrumentation.h"
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace mlir::attn {

/// Announces each pass, and tells failures that are the compiler's fault (IR
/// that does not verify, failing without an error) from refused input.
class StepInstrumentation : public PassInstrumentation {
public:
  StepInstrumentation(MLIRContext &context, CompileObserver &observer);

  void runBeforePass(Pass *pass, Operation *op) override;
  void runAfterPass(Pass *pass, Operation *op) override;
  void runAfterPassFailed(Pass *pass, Operation *op) override;

  /// Reports a pass that began and never ended: it crashed, and MLIR, asked for
  /// a reproducer of its own, caught that.
  void reportUnfinished();

private:
  void noteEnd(Pass *pass);

  /// Names of the passes that have begun and not ended, on any thread.
  std::vector<std::string> running;
  std::mutex runningMutex;
  CompileObserver &observer;
  std::atomic<bool> hasError = false;
  std::atomic<bool> hasReported = false;
  /// Notes that some error was reported and passes it on.
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_STEPINSTRUMENTATION_H
