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
  ++numRunning;
  // Adaptors that only run nested pipelines have no name.
  if (!pass->getArgument().empty())
    observer.onStep(pass->getArgument());
}

void StepInstrumentation::runAfterPass(Pass *pass, Operation *op) {
  --numRunning;
}

void StepInstrumentation::reportUnfinished() {
  if (numRunning > 0)
    observer.onInternalError("a pass crashed");
}

void StepInstrumentation::runAfterPassFailed(Pass *pass, Operation *op) {
  --numRunning;
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
