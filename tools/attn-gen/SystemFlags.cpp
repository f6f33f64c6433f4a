//===- SystemFlags.cpp - flags that some systems take ---------------------===//
//
// Errors are covered by test/Tools/attn-gen/attention-systems-errors.test.
//
//===----------------------------------------------------------------------===//

#include "SystemFlags.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::StringRef;

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

llvm::Error mlir::attn::refuse(llvm::ArrayRef<const llvm::cl::Option *> given,
                               StringRef what) {
  for (const llvm::cl::Option *option : given)
    if (option->getNumOccurrences())
      return fail("expected no {0} in {1}", option->ArgStr, what);
  return llvm::Error::success();
}

llvm::Error mlir::attn::parseNamed(const System &system, StringRef text,
                                   std::vector<int64_t> &arguments) {
  for (const FunctionParameter &parameter : system.parameters)
    arguments.push_back(parameter.defaultValue);
  for (StringRef entry : llvm::split(text, ',')) {
    auto [name, number] = entry.split('=');
    auto found = llvm::find_if(
        system.parameters,
        [name = name](const FunctionParameter &p) { return name == p.name; });
    if (found == system.parameters.end())
      return fail("expected an argument of '{0}' but found '{1}'", system.name,
                  name);
    llvm::Expected<std::vector<int64_t>> integers =
        parseIntegers("system", number);
    if (!integers)
      return integers.takeError();
    arguments[found - system.parameters.begin()] = integers->front();
  }
  return llvm::Error::success();
}

llvm::Error mlir::attn::refuseOfFamily(const Flags &flags,
                                       const StateFlags &state,
                                       SystemFamily family) {
  if (llvm::Error error = refuse(
          {&flags.align, &flags.bias, &flags.biasDtype, &flags.mask},
          family == SystemFamily::State ? "linear and recurrent attention"
                                        : "a system of attention"))
    return error;
  if (family != SystemFamily::CachedAttention && !state.system.empty())
    if (llvm::Error error = refuse({&flags.scale}, "a system"))
      return error;
  if (family == SystemFamily::State)
    return refuse({&flags.kvSeq, &flags.causal, &flags.window, &flags.softcap,
                   &flags.sink, &flags.score, &flags.lse},
                  "linear and recurrent attention");
  if (llvm::Error error =
          refuse({&state.valueHeads, &state.stateWidth, &state.chunk},
                 "a system of attention"))
    return error;
  if (family == SystemFamily::CachedAttention)
    return llvm::Error::success();
  if (llvm::Error error = refuse({&state.varlen}, "a system of attention"))
    return error;
  if (llvm::Error error =
          refuse({&flags.causal, &flags.window, &flags.softcap, &flags.sink,
                  &flags.score, &flags.lse, &flags.layout},
                 "a system of a given form"))
    return error;
  if (family == SystemFamily::Cached)
    return llvm::Error::success();
  return refuse({&state.initialState, &state.finalState},
                "a system without a cache");
}

llvm::Error mlir::attn::parseFeatures(const Flags &flags,
                                      AttentionFeatures &features) {
  if (flags.causal.getNumOccurrences()) {
    if (!flags.causal.empty() && flags.causal != "bottom-right")
      return fail("expected causal bottom-right in a system but found '{0}'",
                  flags.causal);
    features.causal = true;
  }
  if (flags.window.getNumOccurrences()) {
    llvm::Expected<std::vector<int64_t>> sides =
        parseIntegers("window", flags.window);
    if (!sides)
      return sides.takeError();
    if (sides->size() != 2 || sides->front() < -1 || sides->back() < -1)
      return fail("expected two sides of window, each -1 or more, but found "
                  "'{0}'",
                  flags.window);
    features.window = {sides->front(), sides->back()};
  }
  if (flags.score.getNumOccurrences()) {
    if (flags.score != "alibi")
      return fail("expected score alibi in a system but found '{0}'",
                  flags.score);
    features.alibi = true;
  }
  if (flags.scale.getNumOccurrences())
    features.scale = flags.scale;
  if (flags.softcap.getNumOccurrences())
    features.softcap = flags.softcap;
  features.sink = flags.sink;
  features.lse = flags.lse;
  return llvm::Error::success();
}
