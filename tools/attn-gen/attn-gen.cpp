//===- attn-gen.cpp - writes attention problems as text -------------------===//
//
//   attn-gen --heads=8 --kv-heads=2 --causal --score=alibi --dynamic
//   attn-gen --op=llama --heads=32 --kv-heads=8 --width=128 --seq=2048 --causal
//   attn-gen --mask=prefix:16 --describe
//   attn-gen --system=gated_delta_net --heads=2 --value-heads=8 --final-state
//   attn-gen --op=recurrent --gate=token --correction=beta --dynamic
//
// The text is parsed and verified before it is printed. Covered by
// test/Tools/attn-gen/.
//
//===----------------------------------------------------------------------===//

#include "Flags.h"
#include "StateFlags.h"

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Problems/Functions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::attn;
using llvm::StringRef;

static void printCatalogue(StringRef title,
                           llvm::ArrayRef<Function> catalogue) {
  llvm::outs() << title << '\n';
  for (const Function &function : catalogue) {
    std::string usage = function.name;
    for (auto [n, parameter] : llvm::enumerate(function.parameters))
      usage += llvm::formatv("{0}{1}={2}", n ? "," : ":", parameter.name,
                             parameter.defaultValue);
    llvm::outs() << llvm::formatv("  {0,-32} {1}\n", usage, function.formula);
  }
}

/// Parses and verifies what was written, so that nothing else is ever printed.
static bool isValid(StringRef text) {
  mlir::DialectRegistry registry;
  registry.insert<AttnDialect, mlir::arith::ArithDialect,
                  mlir::func::FuncDialect, mlir::linalg::LinalgDialect,
                  mlir::math::MathDialect, mlir::tensor::TensorDialect>();
  mlir::MLIRContext context(registry);
  return static_cast<bool>(
      mlir::parseSourceString<mlir::ModuleOp>(text, &context, "attn-gen"));
}

static void printSystems() {
  for (const System &system : systems()) {
    std::string usage = system.name;
    for (auto [n, parameter] : llvm::enumerate(system.parameters))
      usage += llvm::formatv("{0}{1}={2}", n ? "," : ":", parameter.name,
                             parameter.defaultValue);
    llvm::outs() << llvm::formatv("{0,-32} {1}\n", usage, system.summary);
  }
}

/// What the tool prints: the module, or its description.
struct Text {
  std::string module;
  llvm::json::Object description;
};

static llvm::Expected<Text> generateDense(const Flags &flags,
                                          const StateFlags &state) {
  if (llvm::Error error = refuseStateFlags(state))
    return error;
  llvm::Expected<Problem> problem = parseProblem(flags);
  if (!problem)
    return problem.takeError();
  return Text{printProblem(*problem), describeProblem(*problem)};
}

static llvm::Expected<Text> generateState(const Flags &flags,
                                          const StateFlags &state) {
  llvm::Expected<SystemOptions> options = parseSystem(flags, state);
  if (!options)
    return options.takeError();
  if (!state.system.empty())
    return Text{printSystem(*options), describeSystem(*options)};
  llvm::Expected<StateOpOptions> op = parseStateOp(flags, state, *options);
  if (!op)
    return op.takeError();
  return Text{printStateOp(*options, *op), describeStateOp(*options, *op)};
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::OptionCategory category("attn-gen options");
  Flags flags(category);
  StateFlags state(category);
  llvm::cl::HideUnrelatedOptions(category);
  llvm::cl::ParseCommandLineOptions(argc, argv,
                                    "writes attention problems as text\n");
  if (flags.list) {
    printCatalogue("score functions (s score, b batch, h query head, i query, "
                   "j key, p = i + diagonal):",
                   scoreFunctions());
    printCatalogue("mask functions:", maskFunctions());
    return 0;
  }
  if (state.listSystems) {
    printSystems();
    return 0;
  }
  bool isState =
      !state.system.empty() || flags.op == "linear" || flags.op == "recurrent";
  llvm::Expected<Text> text =
      isState ? generateState(flags, state) : generateDense(flags, state);
  if (!text) {
    llvm::errs() << "attn-gen: error: " << llvm::toString(text.takeError())
                 << '\n';
    return 1;
  }
  if (flags.describe) {
    llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(
                                               std::move(text->description)))
                 << '\n';
    return 0;
  }
  if (!isValid(text->module)) {
    llvm::errs() << text->module;
    return 1;
  }
  llvm::outs() << text->module;
  return 0;
}
