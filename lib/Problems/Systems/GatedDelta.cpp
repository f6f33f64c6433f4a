//===- GatedDelta.cpp - Gated DeltaNet and Kimi Delta Attention -----------===//
//
// The delta rule on a state that decays: by a scalar per token in Gated
// DeltaNet, by one per key feature in Kimi Delta Attention. Covered by
// test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::StringRef;

/// What differs between both layers.
struct GatedDeltaKind {
  /// A decay per key feature.
  bool perRow;
  OutputGate gate;
};

static void write(Layer &layer, const SystemOptions &options,
                  GatedDeltaKind kind) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  int64_t taps = options.arguments[0];
  LayerAxes decayed = kind.perRow ? axes.perRow() : axes.perToken();
  QueryKeyValue x(layer, axes);
  LayerTensor a =
      layer.sequenceInput("a", decayed, type, "decay before bias and softplus");
  LayerTensor b = layer.sequenceInput("b", axes.perToken(), type,
                                      "rate of writing before sigmoid");
  bool isSilu = kind.gate == OutputGate::Silu;
  LayerTensor z = layer.sequenceInput("z", axes.output(), type,
                                      isSilu ? "output gate before SiLU"
                                             : "output gate before sigmoid");
  ShortConv convolutions[] = {{layer, "q", x.q, taps, /*hasBias=*/false},
                              {layer, "k", x.k, taps, /*hasBias=*/false},
                              {layer, "v", x.v, taps, /*hasBias=*/false}};
  LayerTensor aLog = layer.input("a_log", {axes.heads}, wide,
                                 "logarithm of the rate of decay");
  LayerAxes biased = {axes.heads};
  if (kind.perRow)
    biased.push_back(axes.rows);
  LayerTensor dtBias =
      layer.input("dt_bias", biased, wide, "bias of the decay");
  LayerTensor weight = layer.input("o_weight", {axes.columns}, wide,
                                   "weight of the output norm");

  LayerTensor q = convolutions[0].write(layer, /*isWide=*/true);
  LayerTensor k = convolutions[1].write(layer, /*isWide=*/true);
  StateOp op;
  op.isRecurrent = true;
  op.value = convolutions[2].write(layer);
  op.outputType = wide.str();
  op.query = l2Norm(layer, "q", q);
  op.key = l2Norm(layer, "k", k);
  op.gate = softplusDecay(layer, decayed, a, aLog, dtBias);
  op.beta = sigmoidBeta(layer, b);
  LayerTensor o = op.write(layer, axes);
  layer.comment(isSilu ? "RMS norm per head, times silu(z)."
                       : "RMS norm per head, times sigmoid(z).");
  outputAll(layer, rmsNorm(layer, "o_norm", o, 1e-5, weight, kind.gate, z), op,
            convolutions);
}

System mlir::attn::gatedDeltaNet() {
  return {
      "gated_delta_net",
      "Gated DeltaNet: the delta rule with a scalar decay (arXiv 2412.06464)",
      "projections of q, k, v, a, b, z and o",
      {{"taps", 4, 2}},
      HeadCounts::Grouped,
      {},
      [](Layer &layer, const SystemOptions &options) {
        write(layer, options, {/*perRow=*/false, OutputGate::Silu});
      },
      nullptr};
}

System mlir::attn::kimiDelta() {
  return {"kimi_delta",
          "Kimi Delta Attention: a decay per key feature (arXiv 2510.26692)",
          "projections of q, k, v, a, b, z and o",
          {{"taps", 4, 2}},
          HeadCounts::Grouped,
          {},
          [](Layer &layer, const SystemOptions &options) {
            write(layer, options, {/*perRow=*/true, OutputGate::Sigmoid});
          },
          nullptr};
}
