//===- StepInstrumentation.cpp - telling which pass runs ------------------===//
//
// Covered by test/unittests/Compiler/StepInstrumentationTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "StepInstrumentation.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"

namespace mlir::attn {

StepInstrumentation::StepInstrumentation(MLIRContext &context,
                                         CompileObserver &observer)
    : observer(observer), handler(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          hasError = true;
        return failure(); // for the next handler
      }) {}

void StepInstrumentation::runBeforePass(Pass *pass, Operation *op) {
  // Adaptors that only run nested pipelines have no name.
  if (pass->getArgument().empty())
    return;
  std::lock_guard<std::mutex> lock(runningMutex);
  running.push_back(pass->getArgument().str());
  observer.onStep(pass->getArgument());
}

void StepInstrumentation::noteEnd(Pass *pass) {
  std::lock_guard<std::mutex> lock(runningMutex);
  auto it = llvm::find(running, pass->getArgument());
  if (it != running.end())
    running.erase(it);
}

void StepInstrumentation::runAfterPass(Pass *pass, Operation *op) {
  noteEnd(pass);
}

void StepInstrumentation::reportUnfinished() {
  if (!running.empty())
    observer.onInternalError("pass '" + running.back() + "' crashed");
}

void StepInstrumentation::runAfterPassFailed(Pass *pass, Operation *op) {
  noteEnd(pass);
  if (pass->getArgument().empty() || hasReported.exchange(true))
    return;
  if (!hasError) {
    observer.onInternalError("pass '" + pass->getArgument().str() +
                             "' failed without an error");
    return;
  }
  // What is wrong with the IR has been reported already.
  ScopedDiagnosticHandler quiet(op->getContext(),
                                [](Diagnostic &) { return success(); });
  if (failed(verify(op)))
    observer.onInternalError("pass '" + pass->getArgument().str() +
                             "' left IR that does not verify");
}

} // namespace mlir::attn
