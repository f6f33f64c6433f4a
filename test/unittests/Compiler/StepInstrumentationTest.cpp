//===- StepInstrumentationTest.cpp - whose fault a failure is -------------===//
//
// A pass that refuses its input is no internal error; one that breaks the IR or
// fails in silence is.
//
//===----------------------------------------------------------------------===//

#include "Compiler/StepInstrumentation.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::attn;

namespace {
enum class Behaviour { succeeds, refuses, failsSilently, breaksIR };

/// A pass that goes wrong in a given way.
struct FaultyPass : PassWrapper<FaultyPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FaultyPass)
  explicit FaultyPass(Behaviour behaviour) : behaviour(behaviour) {}

  StringRef getArgument() const override { return "faulty"; }

  void runOnOperation() override {
    if (behaviour == Behaviour::refuses)
      getOperation().emitError("refused on purpose");
    if (behaviour == Behaviour::refuses ||
        behaviour == Behaviour::failsSilently)
      signalPassFailure();
    if (behaviour == Behaviour::breaksIR) {
      OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
      for (int i = 0; i < 2; ++i)
        func::FuncOp::create(builder, getOperation().getLoc(), "same",
                             builder.getFunctionType({}, {}))
            .setPrivate();
    }
  }

  Behaviour behaviour;
};

struct Recorder : CompileObserver {
  void onStep(StringRef name) override { steps.push_back(name.str()); }
  void onInternalError(StringRef message) override {
    internalErrors.push_back(message.str());
  }
  std::vector<std::string> steps, internalErrors;
};
} // namespace

/// Runs a pass of the given behaviour and returns what was observed.
static Recorder run(Behaviour behaviour) {
  MLIRContext context;
  context.loadDialect<func::FuncDialect>();
  context.getDiagEngine().registerHandler([](Diagnostic &) {});
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Recorder recorder;
  PassManager passes(&context);
  passes.addPass(std::make_unique<FaultyPass>(behaviour));
  passes.addInstrumentation(
      std::make_unique<StepInstrumentation>(context, recorder));
  EXPECT_EQ(succeeded(passes.run(*module)), behaviour == Behaviour::succeeds);
  EXPECT_EQ(recorder.steps, std::vector<std::string>{"faulty"});
  return recorder;
}

TEST(StepInstrumentation, RefusedInput) {
  EXPECT_TRUE(run(Behaviour::succeeds).internalErrors.empty());
  EXPECT_TRUE(run(Behaviour::refuses).internalErrors.empty());
}

TEST(StepInstrumentation, SilentFailure) {
  EXPECT_EQ(run(Behaviour::failsSilently).internalErrors,
            std::vector<std::string>{"pass 'faulty' failed without an error"});
}

TEST(StepInstrumentation, InvalidIR) {
  EXPECT_EQ(
      run(Behaviour::breaksIR).internalErrors,
      std::vector<std::string>{"pass 'faulty' left IR that does not verify"});
}
