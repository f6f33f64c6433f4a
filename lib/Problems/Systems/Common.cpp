//===- Common.cpp - what several systems have -----------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;

QueryKeyValue::QueryKeyValue(Layer &layer, const StateAxes &axes) {
  llvm::StringRef type = layer.options.elementType;
  q = layer.sequenceInput("q", axes.query(), type, "queries");
  k = layer.sequenceInput("k", axes.key(), type, "keys");
  v = layer.sequenceInput("v", axes.value(), type, "values");
}

LayerTensor mlir::attn::softplusDecay(Layer &layer, LayerAxes axes,
                                      const LayerTensor &a,
                                      const LayerTensor &aLog,
                                      const LayerTensor &dtBias) {
  layer.comment("Decay: g = -exp(a_log) softplus(a + dt_bias).");
  return layer.map("g", axes, layer.options.wideType(), {a, aLog, dtBias},
                   [](Scalars &s, ArrayRef<std::string> x) {
                     return s.softplusDecay(x[1], s.add(x[0], x[2]));
                   });
}

LayerTensor mlir::attn::sigmoidBeta(Layer &layer, const LayerTensor &b) {
  layer.comment("Rate of writing: beta = sigmoid(b).");
  return layer.map(
      "beta", b.axes, layer.options.wideType(), {b},
      [](Scalars &s, ArrayRef<std::string> x) { return s.sigmoid(x[0]); });
}

void mlir::attn::outputAll(Layer &layer, const LayerTensor &o,
                           const StateOp &op,
                           ArrayRef<ShortConv> convolutions) {
  layer.sequenceOutput("o", o, "output");
  op.outputStates(layer);
  for (const ShortConv &convolution : convolutions)
    convolution.outputTail(layer);
}
