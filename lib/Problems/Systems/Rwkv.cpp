//===- Rwkv.cpp - RWKV-6 and RWKV-7 ---------------------------------------===//
//
// RWKV-6 reads the state before the token is added, which it weighs by a bonus;
// RWKV-7 corrects the state by rank one. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

static void writeRwkv6(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  LayerTensor r = layer.sequenceInput("r", axes.query(), type, "receptances");
  LayerTensor k = layer.sequenceInput("k", axes.key(), type, "keys");
  LayerTensor v = layer.sequenceInput("v", axes.value(), type, "values");
  LayerTensor w = layer.sequenceInput("w", axes.perRow(), type,
                                      "logarithm of the rate of decay");
  LayerTensor u = layer.input("u", {axes.heads, axes.rows}, wide,
                              "bonus of a token for itself");
  layer.comment("Decay: g = -exp(w).");
  StateOp op;
  op.query = r;
  op.key = k;
  op.value = v;
  op.bonus = u;
  op.readBefore = true;
  op.scale = 1.0;
  op.gate = layer.map("g", w.axes, wide, {w},
                      [](Scalars &s, ArrayRef<std::string> e) {
                        return s.negate(s.exp(e[0]));
                      });
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

System mlir::attn::rwkv6() {
  return {"rwkv6",
          "RWKV-6: read before the update, with a bonus (arXiv 2404.05892)",
          "token shift, projections, and norm and gate behind the operation",
          {},
          HeadCounts::Equal,
          {},
          writeRwkv6,
          nullptr};
}

/// k * k_k divided by its length, which counts as 1e-12 at least.
static LayerTensor removalKey(Layer &layer, const LayerTensor &k,
                              const LayerTensor &weight) {
  layer.comment("The key that is removed: kk = k * k_k, to length 1.");
  LayerTensor squares = layer.sum(
      "kk_squares", LayerAxes(k.axes.begin(), k.axes.end() - 1),
      {k.axes.back()}, {k, weight}, [](Scalars &s, ArrayRef<std::string> e) {
        std::string weighted = s.multiply(e[0], e[1]);
        return s.multiply(weighted, weighted);
      });
  return layer.map("kk", k.axes, layer.options.wideType(), {k, weight, squares},
                   [](Scalars &s, ArrayRef<std::string> e) {
                     std::string shortest = s.constant("shortest", 1e-12);
                     std::string length = s.maximum(s.sqrt(e[2]), shortest);
                     return s.divide(s.multiply(e[0], e[1]), length);
                   });
}

/// k * (1 + (sigmoid(a) - 1) * k_a) of elements k, a and k_a.
static std::string writtenKey(Scalars &s, ArrayRef<std::string> e) {
  std::string one = s.constant("one", 1.0);
  std::string change = s.multiply(s.subtract(s.sigmoid(e[1]), one), e[2]);
  return s.multiply(e[0], s.add(one, change));
}

static void writeRwkv7(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  LayerTensor r = layer.sequenceInput("r", axes.query(), type, "receptances");
  LayerTensor w =
      layer.sequenceInput("w", axes.perRow(), type, "decay before sigmoid");
  LayerTensor k = layer.sequenceInput("k", axes.key(), type, "keys");
  LayerTensor v = layer.sequenceInput("v", axes.value(), type, "values");
  LayerTensor a = layer.sequenceInput("a", axes.perRow(), type,
                                      "learning rate before sigmoid");
  LayerTensor z = layer.sequenceInput("z", axes.output(), type, "output gate");
  LayerAxes perKey = {axes.heads, axes.rows},
            perValue = {axes.heads, axes.columns};
  LayerTensor kk =
      layer.input("k_k", perKey, wide, "weight of the removed key");
  LayerTensor ka =
      layer.input("k_a", perKey, wide, "share of the learning rate in the key");
  LayerTensor rk =
      layer.input("r_k", perKey, wide, "weight of a token for itself");
  LayerTensor weight =
      layer.input("o_weight", perValue, wide, "weight of the output norm");
  LayerTensor bias =
      layer.input("o_bias", perValue, wide, "bias of the output norm");

  StateOp op;
  op.isRecurrent = true;
  op.query = r;
  op.value = v;
  op.outputType = wide.str();
  op.scale = 1.0;
  layer.comment("Decay: g = -exp(-1/2) sigmoid(w).");
  op.gate = layer.map(
      "g", w.axes, wide, {w}, [](Scalars &s, ArrayRef<std::string> e) {
        return s.multiply(s.constant("fastest", -0.60653065971263342),
                          s.sigmoid(e[0]));
      });
  LayerTensor unit = removalKey(layer, k, kk);
  layer.comment("Correction: left = kk * sigmoid(a), right = -kk.");
  op.left = layer.map("left", a.axes, wide, {unit, a},
                      [](Scalars &s, ArrayRef<std::string> e) {
                        return s.multiply(e[0], s.sigmoid(e[1]));
                      });
  op.right = layer.map(
      "right", a.axes, wide, {unit},
      [](Scalars &s, ArrayRef<std::string> e) { return s.negate(e[0]); });
  layer.comment("Written key: k * (1 + (sigmoid(a) - 1) * k_a).");
  op.key = layer.map("k_written", k.axes, type, {k, a, ka}, writtenKey);
  LayerTensor o = op.write(layer, axes);
  layer.comment("Normalised per head; the token itself; the gate.");
  LayerTensor self =
      layer.sum("self", axes.perToken(), {axes.rows}, {k, a, ka, r, rk},
                [](Scalars &s, ArrayRef<std::string> e) {
                  return s.multiply(s.multiply(writtenKey(s, e), e[3]), e[4]);
                });
  LayerTensor result = groupNorm(
      layer, "o_norm", o, 1e-5 * axes.columns.size, {weight, bias, self, v, z},
      [](Scalars &s, ArrayRef<std::string> e) {
        std::string normed = s.add(s.multiply(e[0], e[1]), e[2]);
        return s.multiply(s.add(normed, s.multiply(e[3], e[4])), e[5]);
      });
  outputAll(layer, result, op);
}

System mlir::attn::rwkv7() {
  return {
      "rwkv7",
      "RWKV-7: a state corrected by rank one (arXiv 2503.14456)",
      "token shift, projections, and the mixture with the first layer's values",
      {},
      HeadCounts::Equal,
      {},
      writeRwkv7,
      nullptr};
}
