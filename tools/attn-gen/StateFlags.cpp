//===- StateFlags.cpp - from the command line to a layer ------------------===//
//
// Errors are covered by test/Tools/attn-gen/systems-errors.test.
//
//===----------------------------------------------------------------------===//

#include "StateFlags.h"
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

/// The place of `text` among `words`, which `flag` takes.
static llvm::Expected<unsigned> parseWord(StringRef flag, StringRef text,
                                          llvm::ArrayRef<const char *> words) {
  const char *const *found = llvm::find(words, text);
  if (found != words.end())
    return found - words.begin();
  return fail("expected {0} of {1} but found '{2}'", flag,
              llvm::join(words, ", "), text);
}

/// The system's name and its integers, absent ones by default.
static llvm::Error parseName(StringRef text, SystemOptions &options) {
  auto [name, arguments] = text.split(':');
  options.name = name.str();
  const System *known = findSystem(name);
  if (known && arguments.contains('='))
    return parseNamed(*known, arguments, options.arguments);
  if (text.contains(':')) {
    llvm::Expected<std::vector<int64_t>> integers =
        parseIntegers("system", arguments);
    if (!integers)
      return integers.takeError();
    options.arguments = *integers;
  } else if (known) {
    for (const FunctionParameter &parameter : known->parameters)
      options.arguments.push_back(parameter.defaultValue);
  }
  return llvm::Error::success();
}

/// Sizes, with the defaults of the system.
static llvm::Error parseSizes(const Flags &flags, const StateFlags &state,
                              SystemOptions &options) {
  SystemDefaults defaults;
  if (!state.system.empty())
    if (const System *system = findSystem(options.name))
      defaults = system->defaults;
  auto given = [](const llvm::cl::opt<int64_t> &flag, int64_t otherwise) {
    return flag.getNumOccurrences() ? flag.getValue() : otherwise;
  };
  options.batch = flags.batch;
  options.heads = given(flags.heads, defaults.heads);
  options.kvHeads = given(flags.kvHeads, options.heads);
  options.valueHeads =
      given(state.valueHeads,
            defaults.valueHeads ? defaults.valueHeads : options.kvHeads);
  options.tokens = flags.seq;
  options.width = flags.width;
  if (defaults.stateWidth) {
    if (flags.width.getNumOccurrences())
      return fail("expected state-width in place of width in '{0}'",
                  options.name);
    options.width = given(state.stateWidth, defaults.stateWidth);
  } else if (state.stateWidth.getNumOccurrences()) {
    return fail("expected state-width for mamba and mamba2 only");
  }
  options.valueWidth =
      given(flags.valueWidth,
            defaults.valueWidth ? defaults.valueWidth : options.width);
  return llvm::Error::success();
}

static llvm::Error parseVarlen(const StateFlags &state,
                               SystemOptions &options) {
  if (!state.varlen.getNumOccurrences())
    return llvm::Error::success();
  options.sequences = 2;
  if (state.varlen.empty())
    return llvm::Error::success();
  llvm::Expected<std::vector<int64_t>> count =
      parseIntegers("varlen", state.varlen);
  if (!count)
    return count.takeError();
  options.sequences = count->front();
  if (count->size() != 1 || options.sequences < 1)
    return fail("expected a number of sequences in varlen but found '{0}'",
                state.varlen);
  return llvm::Error::success();
}

llvm::Error mlir::attn::refuseStateFlags(const StateFlags &state) {
  return refuse({&state.valueHeads, &state.stateWidth, &state.chunk,
                 &state.initialState, &state.finalState, &state.varlen,
                 &state.gate, &state.correction, &state.decay,
                 &state.normalizer, &state.epsilon, &state.readBefore,
                 &state.bonus, &state.transition},
                "dense attention");
}

llvm::Expected<SystemOptions> mlir::attn::parseSystem(const Flags &flags,
                                                      const StateFlags &state) {
  SystemOptions options;
  bool isSystem = !state.system.empty();
  options.name = flags.op;
  if (isSystem) {
    if (llvm::Error error = parseName(state.system, options))
      return error;
    if (llvm::Error error =
            refuse({&flags.op, &state.gate, &state.correction, &state.decay,
                    &state.normalizer, &state.epsilon, &state.readBefore,
                    &state.bonus, &state.transition},
                   "a system"))
      return error;
  }
  const System *system = isSystem ? findSystem(options.name) : nullptr;
  SystemFamily family = system ? system->family : SystemFamily::State;
  if (llvm::Error error = refuseOfFamily(flags, state, family))
    return error;
  if (llvm::Error error = parseSizes(flags, state, options))
    return error;
  options.keys = flags.kvSeq.getNumOccurrences() ? flags.kvSeq : flags.seq;
  if (family == SystemFamily::CachedAttention)
    if (llvm::Error error = parseFeatures(flags, options.attention))
      return error;
  if (llvm::Error error = parseVarlen(state, options))
    return error;
  options.elementType = flags.dtype;
  options.chunk = state.chunk;
  options.initialState = state.initialState;
  options.finalState = state.finalState;
  StringRef dynamic = flags.dynamic;
  if (dynamic.empty())
    dynamic = options.isPacked()              ? "seq"
              : family == SystemFamily::State ? "batch,seq"
                                              : "batch,seq,kv-seq";
  if (flags.dynamic.getNumOccurrences())
    if (llvm::Error error = parseDynamic(dynamic, options.dynamic))
      return error;
  llvm::Expected<Storage> storage = parseLayout(flags.layout);
  if (!storage)
    return storage.takeError();
  options.storage = *storage;
  if (isSystem)
    if (llvm::Error error = verifySystem(options))
      return error;
  return options;
}

llvm::Expected<StateOpOptions>
mlir::attn::parseStateOp(const Flags &flags, const StateFlags &state,
                         const SystemOptions &options) {
  StateOpOptions op;
  op.isRecurrent = flags.op == "recurrent";
  llvm::Expected<unsigned> gate =
      parseWord("gate", state.gate, {"none", "head", "token", "row"});
  if (!gate)
    return gate.takeError();
  op.gate = static_cast<StateOpOptions::Gate>(*gate);
  llvm::Expected<unsigned> correction =
      parseWord("correction", state.correction, {"none", "beta", "rank1"});
  if (!correction)
    return correction.takeError();
  op.correction = static_cast<StateOpOptions::Correction>(*correction);
  llvm::Expected<unsigned> normalizer =
      parseWord("normalizer", state.normalizer, {"none", "key_sum", "max_exp"});
  if (!normalizer)
    return normalizer.takeError();
  op.normalizer = static_cast<StateOpOptions::Normalizer>(*normalizer);
  op.readBefore = state.readBefore;
  op.bonus = state.bonus;
  op.elementDecay = state.decay;
  op.transition = state.transition;
  if (flags.scale.getNumOccurrences())
    op.scale = flags.scale;
  if (state.epsilon.getNumOccurrences())
    op.epsilon = state.epsilon;
  if (llvm::Error error = verifyStateOp(options, op))
    return error;
  return op;
}
