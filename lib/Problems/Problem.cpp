//===- Problem.cpp - sizes, arguments and validity of a problem -----------===//

#include "attn/Problems/Problem.h"
#include "attn/Problems/Functions.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir::attn;
using llvm::StringRef;

StringRef mlir::attn::letterOf(Axis axis) {
  switch (axis) {
  case Axis::Batch:
    return "B";
  case Axis::Head:
    return "H";
  case Axis::KeyHead:
    return "Hkv";
  case Axis::Query:
    return "T";
  case Axis::Key:
    return "S";
  case Axis::Width:
    return "K";
  case Axis::ValueWidth:
    return "V";
  }
  llvm_unreachable("unknown axis");
}

int64_t Problem::sizeOf(Axis axis) const {
  switch (axis) {
  case Axis::Batch:
    return batch;
  case Axis::Head:
    return heads;
  case Axis::KeyHead:
    return kvHeads;
  case Axis::Query:
    return queries;
  case Axis::Key:
    return keys;
  case Axis::Width:
    return width;
  case Axis::ValueWidth:
    return valueWidth;
  }
  llvm_unreachable("unknown axis");
}

StringRef Problem::scoreType() const {
  return elementType == "f64" ? "f64" : "f32";
}

std::string mlir::attn::typeOf(const Problem &problem,
                               const Argument &argument) {
  if (argument.isScalar)
    return argument.elementType;
  std::string type = "tensor<";
  for (const Dim &dim : argument.shape) {
    if (dim.axis && problem.isDynamic(*dim.axis))
      type += "?";
    else
      type += std::to_string(dim.axis ? problem.sizeOf(*dim.axis) : dim.size);
    type += "x";
  }
  return type + argument.elementType + ">";
}

/// A tensor over batch, `head`, `sequence` and `feature`, as it is stored.
static Argument stored(const Problem &problem, const char *name, Axis head,
                       Axis sequence, Axis feature, StringRef words,
                       StringRef sequenceWord) {
  bool headFirst = problem.storage == Storage::BHTD;
  Argument argument;
  argument.name = name;
  argument.elementType = problem.elementType;
  StringRef headWord = head == Axis::Head ? "query head" : "key head";
  argument.shape = {Axis::Batch, headFirst ? head : sequence,
                    headFirst ? sequence : head, feature};
  argument.meaning = llvm::formatv("{0} [batch, {1}, {2}, feature]", words,
                                   headFirst ? headWord : sequenceWord,
                                   headFirst ? sequenceWord : headWord);
  return argument;
}

static Argument biasArgument(const Problem &problem) {
  const Axis axes[] = {Axis::Batch, Axis::Head, Axis::Query, Axis::Key};
  Argument argument;
  argument.name = "bias";
  argument.elementType = problem.bias->elementType;
  for (unsigned i = 0; i < 4; ++i)
    argument.shape.push_back(problem.bias->real[i] ? Dim(axes[i])
                                                   : Dim(int64_t{1}));
  argument.meaning =
      problem.bias->elementType == "i1"
          ? "true where a key is attended to [batch, query head, query, key]"
          : "added to the scores [batch, query head, query, key]";
  return argument;
}

/// Appends what the function `use` of `catalogue` captures.
static void appendCaptures(const Problem &problem,
                           const std::optional<FunctionUse> &use,
                           llvm::ArrayRef<Function> catalogue,
                           std::vector<Argument> &arguments) {
  if (!use)
    return;
  const Function *function = findFunction(catalogue, use->name);
  for (Argument &capture : function->captures(problem, use->arguments))
    arguments.push_back(std::move(capture));
}

std::vector<Argument> mlir::attn::inputsOf(const Problem &problem) {
  StringRef rotary =
      problem.kind == ProblemKind::Llama ? " before rotary embedding" : "";
  std::vector<Argument> inputs = {
      stored(problem, "q", Axis::Head, Axis::Query, Axis::Width,
             ("queries" + rotary).str(), "query"),
      stored(problem, "k", Axis::KeyHead, Axis::Key, Axis::Width,
             ("keys" + rotary).str(), "key"),
      stored(problem, "v", Axis::KeyHead, Axis::Key, Axis::ValueWidth, "values",
             "key")};
  if (problem.kind == ProblemKind::Llama) {
    for (auto [name, meaning] :
         {std::pair("cos", "cosines of the rotary angles "
                           "[position, feature of the first half]"),
          std::pair("sin", "sines of the rotary angles "
                           "[position, feature of the first half]")})
      inputs.push_back({name,
                        {Axis::Key, problem.width / 2},
                        problem.scoreType().str(),
                        meaning,
                        false,
                        std::nullopt});
  }
  if (problem.bias)
    inputs.push_back(biasArgument(problem));
  if (problem.sink)
    inputs.push_back({"sink",
                      {Axis::Head},
                      problem.scoreType().str(),
                      "logit that joins the denominator alone [query head]",
                      false,
                      std::nullopt});
  appendCaptures(problem, problem.score, scoreFunctions(), inputs);
  appendCaptures(problem, problem.mask, maskFunctions(), inputs);
  return inputs;
}

std::vector<Argument> mlir::attn::outputsOf(const Problem &problem) {
  std::vector<Argument> outputs = {stored(problem, "o", Axis::Head, Axis::Query,
                                          Axis::ValueWidth, "output", "query")};
  if (problem.lse)
    outputs.push_back({"lse",
                       {Axis::Batch, Axis::Head, Axis::Query},
                       problem.scoreType().str(),
                       "natural logarithm of the softmax sum, -inf for a query "
                       "without keys [batch, query head, query]",
                       false,
                       std::nullopt});
  return outputs;
}

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// The use of a function names one of the catalogue, with arguments in range.
static llvm::Error verifyUse(StringRef kind, const FunctionUse &use,
                             llvm::ArrayRef<Function> catalogue) {
  const Function *function = findFunction(catalogue, use.name);
  if (!function)
    return fail("expected a {0} function of --list but found '{1}'", kind,
                use.name);
  if (use.arguments.size() != function->parameters.size())
    return fail("expected {0} arguments of '{1}' but found {2}",
                function->parameters.size(), use.name, use.arguments.size());
  for (auto [parameter, argument] :
       llvm::zip_equal(function->parameters, use.arguments))
    if (argument < parameter.minimum)
      return fail("expected {0} of '{1}' to be at least {2} but found {3}",
                  parameter.name, use.name, parameter.minimum, argument);
  return llvm::Error::success();
}

/// What a Llama layer does not take.
static llvm::Error verifyLlama(const Problem &problem) {
  if (problem.width % 2)
    return fail("expected an even width for rotary embedding but found {0}",
                problem.width);
  if (problem.queries != problem.keys ||
      problem.isDynamic(Axis::Query) != problem.isDynamic(Axis::Key))
    return fail("expected as many keys as queries in a llama layer");
  if (problem.score || problem.mask || problem.bias || problem.sink ||
      problem.softcap || problem.window)
    return fail("expected no score, mask, bias, sink, softcap or window in a "
                "llama layer");
  return llvm::Error::success();
}

llvm::Error mlir::attn::verifyProblem(const Problem &problem) {
  for (auto [name, size, minimum] : {std::tuple("batch", problem.batch, 0),
                                     {"heads", problem.heads, 1},
                                     {"kv-heads", problem.kvHeads, 1},
                                     {"seq", problem.queries, 0},
                                     {"kv-seq", problem.keys, 0},
                                     {"width", problem.width, 1},
                                     {"value-width", problem.valueWidth, 1}})
    if (size < minimum)
      return fail("expected {0} of at least {1} but found {2}", name, minimum,
                  size);
  if (problem.heads % problem.kvHeads)
    return fail("expected heads to be a multiple of kv-heads but found {0} "
                "and {1}",
                problem.heads, problem.kvHeads);
  if (!llvm::is_contained({"f16", "bf16", "f32", "f64"}, problem.elementType))
    return fail("expected dtype f16, bf16, f32 or f64 but found '{0}'",
                problem.elementType);
  if (problem.bias && !llvm::is_contained({"f16", "bf16", "f32", "f64", "i1"},
                                          problem.bias->elementType))
    return fail("expected bias-dtype f16, bf16, f32, f64 or i1 but found '{0}'",
                problem.bias->elementType);
  if (problem.window)
    for (int64_t side : *problem.window)
      if (side < -1)
        return fail("expected window sides of -1 or more but found {0}", side);
  if (problem.scale && !std::isfinite(*problem.scale))
    return fail("expected a finite scale but found {0}", *problem.scale);
  if (problem.softcap &&
      !(std::isfinite(*problem.softcap) && *problem.softcap > 0))
    return fail("expected a finite, positive softcap but found {0}",
                *problem.softcap);
  if (problem.score)
    if (llvm::Error error =
            verifyUse("score", *problem.score, scoreFunctions()))
      return error;
  if (problem.mask)
    if (llvm::Error error = verifyUse("mask", *problem.mask, maskFunctions()))
      return error;
  return problem.kind == ProblemKind::Llama ? verifyLlama(problem)
                                            : llvm::Error::success();
}
