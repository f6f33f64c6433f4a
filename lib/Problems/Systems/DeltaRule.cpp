//===- DeltaRule.cpp - DeltaNet -------------------------------------------===//
//
// What the state holds for a key is replaced by a value, at the rate beta.
// DeltaNet is here as trained in 2024 (features=0: convolution, SiLU and unit
// length) and as the fast weight programmer of 2021 (features=1: elu + 1
// divided by its sum). Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

/// phi / sum of phi, phi = elu(x) + 1.
static LayerTensor sumNormalized(Layer &layer, StringRef name,
                                 const LayerTensor &x) {
  LayerAxes outer(x.axes.begin(), x.axes.end() - 1);
  LayerTensor sums = layer.sum(
      (name + "_sums").str(), outer, {x.axes.back()}, {x},
      [](Scalars &s, ArrayRef<std::string> e) { return s.eluPlusOne(e[0]); });
  return layer.map((name + "_features").str(), x.axes, x.elementType, {x, sums},
                   [](Scalars &s, ArrayRef<std::string> e) {
                     return s.divide(s.eluPlusOne(e[0]), e[1]);
                   });
}

static void writeFastWeights(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  QueryKeyValue x(layer, axes);
  LayerTensor b = layer.sequenceInput("b", axes.perToken(), options.elementType,
                                      "rate of writing before sigmoid");
  layer.comment("Features: elu(x) + 1, divided by their sum.");
  StateOp op;
  op.isRecurrent = true;
  op.query = sumNormalized(layer, "q", x.q);
  op.key = sumNormalized(layer, "k", x.k);
  op.value = x.v;
  op.beta = sigmoidBeta(layer, b);
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

static void writeDeltaNet(Layer &layer, const SystemOptions &options) {
  if (options.arguments[1])
    return writeFastWeights(layer, options);
  StateAxes axes(options);
  int64_t taps = options.arguments[0];
  QueryKeyValue x(layer, axes);
  LayerTensor b = layer.sequenceInput("b", axes.perToken(), options.elementType,
                                      "rate of writing before sigmoid");
  ShortConv convolutions[] = {{layer, "q", x.q, taps, /*hasBias=*/false},
                              {layer, "k", x.k, taps, /*hasBias=*/false},
                              {layer, "v", x.v, taps, /*hasBias=*/false}};
  LayerTensor weight =
      layer.input("o_weight", {axes.columns}, options.wideType(),
                  "weight of the output norm");

  LayerTensor q = convolutions[0].write(layer, /*isWide=*/true);
  LayerTensor k = convolutions[1].write(layer, /*isWide=*/true);
  StateOp op;
  op.isRecurrent = true;
  op.value = convolutions[2].write(layer);
  op.outputType = options.wideType().str();
  op.query = l2Norm(layer, "q", q);
  op.key = l2Norm(layer, "k", k);
  op.beta = sigmoidBeta(layer, b);
  LayerTensor o = op.write(layer, axes);
  layer.comment("RMS norm per head.");
  outputAll(layer,
            rmsNorm(layer, "o_norm", o, 1e-5, weight, OutputGate::None, {}), op,
            convolutions);
}

System mlir::attn::deltaNet() {
  return {"delta_net",
          "DeltaNet (arXiv 2406.06484); features=1: fast weights (2102.11174)",
          "projections of q, k, v, b and o",
          {{"taps", 4, 2}, {"features", 0, 0}},
          HeadCounts::Grouped,
          {},
          writeDeltaNet,
          nullptr};
}
