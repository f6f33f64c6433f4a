//===- Flags.cpp - from the command line to a problem ---------------------===//
//
// Errors are covered by test/Tools/attn-gen/errors.test.
//
//===----------------------------------------------------------------------===//

#include "Flags.h"

#include "attn/Problems/Functions.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::StringRef;

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

llvm::Expected<std::vector<int64_t>> mlir::attn::parseIntegers(StringRef flag,
                                                               StringRef text) {
  std::vector<int64_t> integers;
  for (StringRef part : llvm::split(text, ',')) {
    int64_t value;
    if (part.getAsInteger(10, value))
      return fail("expected integers in {0} but found '{1}'", flag, part);
    integers.push_back(value);
  }
  return integers;
}

/// `name` or `name:1,2`; arguments that are absent take their defaults.
static llvm::Error parseUse(StringRef flag, StringRef text,
                            llvm::ArrayRef<Function> catalogue,
                            std::optional<FunctionUse> &use) {
  if (text.empty())
    return llvm::Error::success();
  auto [name, arguments] = text.split(':');
  use.emplace();
  use->name = name.str();
  if (text.contains(':')) {
    llvm::Expected<std::vector<int64_t>> integers =
        parseIntegers(flag, arguments);
    if (!integers)
      return integers.takeError();
    use->arguments = *integers;
  } else if (const Function *function = findFunction(catalogue, name)) {
    for (const FunctionParameter &parameter : function->parameters)
      use->arguments.push_back(parameter.defaultValue);
  }
  return llvm::Error::success();
}

static llvm::Error parseDiagonal(StringRef flag, StringRef text,
                                 Diagonal &diagonal) {
  if (text != "bottom-right" && text != "top-left")
    return fail("expected bottom-right or top-left in {0} but found '{1}'",
                flag, text);
  diagonal = text == "top-left" ? Diagonal::TopLeft : Diagonal::BottomRight;
  return llvm::Error::success();
}

llvm::Error mlir::attn::parseDynamic(StringRef text, std::set<Axis> &dynamic) {
  for (StringRef part : llvm::split(text, ',')) {
    std::optional<Axis> axis = llvm::StringSwitch<std::optional<Axis>>(part)
                                   .Case("batch", Axis::Batch)
                                   .Case("heads", Axis::Head)
                                   .Case("seq", Axis::Query)
                                   .Case("kv-seq", Axis::Key)
                                   .Default(std::nullopt);
    if (!axis)
      return fail("expected axes of batch, heads, seq and kv-seq in dynamic "
                  "but found '{0}'",
                  part);
    dynamic.insert(*axis);
  }
  if (dynamic.count(Axis::Head))
    dynamic.insert(Axis::KeyHead);
  return llvm::Error::success();
}

static llvm::Error parseBias(const Flags &flags, Problem &problem) {
  BiasUse bias;
  bias.elementType = problem.scoreType().str();
  if (!flags.biasDtype.empty())
    bias.elementType = flags.biasDtype;
  for (StringRef part : llvm::split(StringRef(flags.bias), ',')) {
    size_t axis = part.size() == 1 ? StringRef("bhts").find(part.front())
                                   : StringRef::npos;
    if (axis == StringRef::npos)
      return fail("expected dims of b, h, t and s in bias but found '{0}'",
                  part);
    bias.real[axis] = true;
  }
  problem.bias = bias;
  return llvm::Error::success();
}

llvm::Expected<Storage> mlir::attn::parseLayout(StringRef text) {
  if (text != "bhtd" && text != "bthd")
    return fail("expected layout bhtd or bthd but found '{0}'", text);
  return text == "bthd" ? Storage::BTHD : Storage::BHTD;
}

llvm::Expected<Problem> mlir::attn::parseProblem(const Flags &flags) {
  Problem problem;
  if (flags.op != "dense" && flags.op != "llama")
    return fail("expected op dense, llama, linear or recurrent but found '{0}'",
                flags.op);
  problem.kind = flags.op == "llama" ? ProblemKind::Llama : ProblemKind::Dense;
  problem.batch = flags.batch;
  problem.heads = flags.heads;
  problem.kvHeads =
      flags.kvHeads.getNumOccurrences() ? flags.kvHeads : flags.heads;
  problem.queries = flags.seq;
  problem.keys = flags.kvSeq.getNumOccurrences() ? flags.kvSeq : flags.seq;
  problem.width = flags.width;
  problem.valueWidth =
      flags.valueWidth.getNumOccurrences() ? flags.valueWidth : flags.width;
  problem.elementType = flags.dtype;
  problem.sink = flags.sink;
  problem.lse = flags.lse;
  if (flags.scale.getNumOccurrences())
    problem.scale = flags.scale;
  if (flags.softcap.getNumOccurrences())
    problem.softcap = flags.softcap;

  problem.causal = flags.causal.getNumOccurrences();
  if (!flags.causal.empty())
    if (llvm::Error error =
            parseDiagonal("causal", flags.causal, problem.diagonal))
      return error;
  if (!flags.align.empty()) {
    if (!flags.causal.empty() && flags.align != flags.causal)
      return fail("expected one alignment but found '{0}' and '{1}'",
                  flags.causal, flags.align);
    if (llvm::Error error =
            parseDiagonal("align", flags.align, problem.diagonal))
      return error;
  }
  if (!flags.window.empty()) {
    llvm::Expected<std::vector<int64_t>> sides =
        parseIntegers("window", flags.window);
    if (!sides)
      return sides.takeError();
    if (sides->size() != 2)
      return fail("expected left,right in window but found '{0}'",
                  flags.window);
    problem.window = {(*sides)[0], (*sides)[1]};
  }
  if (!flags.bias.empty())
    if (llvm::Error error = parseBias(flags, problem))
      return error;
  if (flags.bias.empty() && !flags.biasDtype.empty())
    return fail("expected bias beside bias-dtype");
  if (flags.dynamic.getNumOccurrences())
    if (llvm::Error error =
            parseDynamic(flags.dynamic.empty() ? StringRef("batch,seq,kv-seq")
                                               : StringRef(flags.dynamic),
                         problem.dynamic))
      return error;
  llvm::Expected<Storage> storage = parseLayout(flags.layout);
  if (!storage)
    return storage.takeError();
  problem.storage = *storage;
  if (llvm::Error error =
          parseUse("score", flags.score, scoreFunctions(), problem.score))
    return error;
  if (llvm::Error error =
          parseUse("mask", flags.mask, maskFunctions(), problem.mask))
    return error;
  if (llvm::Error error = verifyProblem(problem))
    return error;
  return problem;
}
