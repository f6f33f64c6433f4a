//===- StateOpProblem.cpp - the bare attn.linear or attn.recurrent --------===//
//
// One function around one op, whose arguments are q, k, v and then what the op
// has beside them, in the order of its format. With bthd storage everything
// that runs along the tokens is transposed, gates included. Covered by
// test/Tools/attn-gen/state-op.test.
//
//===----------------------------------------------------------------------===//

#include "StateOp.h"
#include "SystemOptions.h"

#include <cmath>

using namespace mlir::attn;
using llvm::StringRef;

using Gate = StateOpOptions::Gate;
using Correction = StateOpOptions::Correction;
using Normalizer = StateOpOptions::Normalizer;

static void write(Layer &layer, const StateOpOptions &wanted) {
  const SystemOptions &options = layer.options;
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  StateOp op;
  op.isRecurrent = wanted.isRecurrent;
  op.scale = wanted.scale;
  op.epsilon = wanted.epsilon;
  op.normalizer = wanted.normalizer;
  op.readBefore = wanted.readBefore;
  op.transition = wanted.transition;
  op.query = layer.sequenceInput("q", axes.query(), type, "queries");
  op.key = layer.sequenceInput("k", axes.key(), type, "keys");
  op.value = layer.sequenceInput("v", axes.value(), type, "values");
  if (wanted.gate == Gate::PerHead)
    op.gate = layer.input("g", {axes.heads}, wide,
                          "logarithm of the decay, not positive");
  else if (wanted.gate != Gate::None)
    op.gate = layer.sequenceInput(
        "g", wanted.gate == Gate::PerRow ? axes.perRow() : axes.perToken(),
        wide, "logarithm of the decay, not positive");
  if (wanted.normalizer == Normalizer::MaxExp)
    op.inputGate = layer.sequenceInput("i", axes.perToken(), wide,
                                       "logarithm of the token's weight");
  if (wanted.bonus)
    op.bonus = layer.input("u", {axes.heads, axes.rows}, wide,
                           "weight of a token for itself");
  if (wanted.correction == Correction::Beta)
    op.beta = layer.sequenceInput("beta", axes.perToken(), wide,
                                  "rate of writing, in [0, 1]");
  if (wanted.correction == Correction::RankOne) {
    op.left = layer.sequenceInput("left", axes.perRow(), wide,
                                  "a of the correction a (b^T S)");
    op.right = layer.sequenceInput("right", axes.perRow(), wide,
                                   "b of the correction a (b^T S)");
  }
  if (wanted.elementDecay) {
    op.timeStep = layer.sequenceInput("dt", axes.value(), wide,
                                      "time step, not negative");
    op.rate = layer.input("rate", {axes.heads, axes.rows, axes.columns}, wide,
                          "rate of decay, not positive");
  }
  LayerTensor o = op.write(layer, axes);
  layer.sequenceOutput("o", o, "output");
  op.outputStates(layer);
}

llvm::Error mlir::attn::verifyStateOp(const SystemOptions &options,
                                      const StateOpOptions &op) {
  if (llvm::Error error = verifySizes(options, SystemFamily::State))
    return error;
  if (llvm::Error error = verifyHeadGroups(options))
    return error;
  bool isNormalized = op.normalizer != Normalizer::None;
  if (!op.isRecurrent && (op.correction != Correction::None || op.elementDecay))
    return fail("expected op recurrent for a correction or decay");
  if (op.isRecurrent && (op.readBefore || isNormalized || op.epsilon))
    return fail(
        "expected op linear for read-before, bonus, normalizer or epsilon");
  if (op.bonus && !op.readBefore)
    return fail("expected read-before beside bonus");
  if (isNormalized && op.readBefore)
    return fail("expected no read-before beside a normalizer");
  if (op.normalizer == Normalizer::MaxExp && op.gate != Gate::PerToken)
    return fail("expected a gate per token for normalizer max_exp");
  if (op.elementDecay &&
      (op.gate != Gate::None || op.correction != Correction::None))
    return fail("expected no gate or correction beside decay");
  if (op.normalizer == Normalizer::MaxExp && op.transition)
    return fail("expected no transition beside normalizer max_exp, whose "
                "state is relative to a maximum");
  if (op.transition && !options.finalState)
    return fail("expected final-state beside transition");
  if (op.scale && !std::isfinite(*op.scale))
    return fail("expected a finite scale but found {0}", *op.scale);
  if (op.epsilon && !(std::isfinite(*op.epsilon) && *op.epsilon >= 0))
    return fail("expected a finite epsilon of at least 0 but found {0}",
                *op.epsilon);
  return llvm::Error::success();
}

std::string mlir::attn::printStateOp(const SystemOptions &options,
                                     const StateOpOptions &op) {
  Layer layer(options.name, options);
  write(layer, op);
  return layer.print("");
}

llvm::json::Object mlir::attn::describeStateOp(const SystemOptions &options,
                                               const StateOpOptions &op) {
  Layer layer(options.name, options);
  write(layer, op);
  llvm::json::Object parameters = describeSizes(options);
  const char *gates[] = {"none", "head", "token", "row"};
  const char *corrections[] = {"none", "beta", "rank1"};
  const char *normalizers[] = {"none", "key_sum", "max_exp"};
  parameters["op"] = options.name;
  parameters["scale"] =
      op.scale.value_or(1 / std::sqrt(static_cast<double>(options.width)));
  parameters["epsilon"] = op.epsilon.value_or(0.0);
  parameters["gate"] = gates[static_cast<unsigned>(op.gate)];
  parameters["correction"] = corrections[static_cast<unsigned>(op.correction)];
  parameters["normalizer"] = normalizers[static_cast<unsigned>(op.normalizer)];
  parameters["read_before"] = op.readBefore;
  parameters["bonus"] = op.bonus;
  parameters["decay"] = op.elementDecay;
  parameters["transition"] = op.transition;
  return layer.describe(std::move(parameters));
}
