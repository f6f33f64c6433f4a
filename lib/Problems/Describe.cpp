//===- Describe.cpp - a problem as JSON for harnesses ---------------------===//
//
//   {"entry": "attention",
//    "inputs": [{"name": "q", "shape": ["B", 8, "T", 64], "dtype": "f32",
//                "meaning": "queries [batch, query head, query, feature]"}],
//    "outputs": [...],
//    "parameters": {"op": "dense", "causal": "bottom-right", ...}}
//
// A dynamic size is the letter of its axis; sizes with the same letter are
// equal. Integer inputs carry the inclusive "range" of sensible values. Covered
// by test/Tools/attn-gen/describe.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Problems/Functions.h"
#include "attn/Problems/Problem.h"

#include <cmath>

using namespace mlir::attn;
namespace json = llvm::json;

static json::Value describeDim(const Problem &problem, const Dim &dim) {
  if (!dim.axis)
    return dim.size;
  if (problem.isDynamic(*dim.axis)) {
    // A Llama layer attends to itself: it has as many keys as queries.
    bool isSelf = problem.kind == ProblemKind::Llama && dim.axis == Axis::Key;
    return letterOf(isSelf ? Axis::Query : *dim.axis);
  }
  return problem.sizeOf(*dim.axis);
}

static json::Array describeArguments(const Problem &problem,
                                     llvm::ArrayRef<Argument> arguments) {
  json::Array list;
  for (const Argument &argument : arguments) {
    json::Array shape;
    for (const Dim &dim : argument.shape)
      shape.push_back(describeDim(problem, dim));
    json::Object object{{"name", argument.name},
                        {"shape", std::move(shape)},
                        {"dtype", argument.elementType},
                        {"meaning", argument.meaning}};
    if (argument.isScalar)
      object["scalar"] = true;
    if (argument.range)
      object["range"] = json::Array{describeDim(problem, (*argument.range)[0]),
                                    describeDim(problem, (*argument.range)[1])};
    list.push_back(std::move(object));
  }
  return list;
}

static json::Value describeUse(const std::optional<FunctionUse> &use,
                               llvm::ArrayRef<Function> catalogue) {
  if (!use)
    return nullptr;
  const Function *function = findFunction(catalogue, use->name);
  return json::Object{{"name", use->name},
                      {"formula", function->formula},
                      {"arguments", json::Array(use->arguments)}};
}

json::Object mlir::attn::describeProblem(const Problem &problem) {
  json::Value window = nullptr;
  if (problem.window)
    window = json::Array(*problem.window);
  json::Value softcap = nullptr;
  if (problem.softcap)
    softcap = *problem.softcap;
  const char *alignment =
      problem.diagonal == Diagonal::BottomRight ? "bottom-right" : "top-left";
  json::Object parameters{
      {"op", problem.kind == ProblemKind::Dense ? "dense" : "llama"},
      {"scale", problem.scale.value_or(
                    1 / std::sqrt(static_cast<double>(problem.width)))},
      {"causal", problem.causal},
      {"align", alignment},
      {"window", std::move(window)},
      {"softcap", std::move(softcap)},
      {"score", describeUse(problem.score, scoreFunctions())},
      {"mask", describeUse(problem.mask, maskFunctions())},
      {"layout", problem.storage == Storage::BHTD ? "bhtd" : "bthd"}};
  return json::Object{
      {"entry", "attention"},
      {"inputs", describeArguments(problem, inputsOf(problem))},
      {"outputs", describeArguments(problem, outputsOf(problem))},
      {"parameters", std::move(parameters)}};
}
