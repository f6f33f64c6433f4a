//===- DeltaVariants.cpp - GDN-2 and Comba --------------------------------===//
//
// Delta rules whose erasing differs from their writing, as corrections
// S_t = D_t S_{t-1} + a_t (b_t^T S_{t-1}) + k_t v_t^T:
//
//   GDN-2   a = -k        b = exp(g) * e * k   writes k (w * v)^T
//   Comba   a = -beta k   b = exp(g) p         writes k (beta v)^T
//
// Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

static void writeGdn2(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  QueryKeyValue x(layer, axes);
  LayerTensor a = layer.sequenceInput("a", axes.perRow(), type,
                                      "decay before bias and softplus");
  LayerTensor e = layer.sequenceInput("e", axes.perRow(), type,
                                      "erase gate before sigmoid");
  LayerTensor w =
      layer.sequenceInput("w", axes.value(), type, "write gate before sigmoid");
  LayerTensor aLog = layer.input("a_log", {axes.heads}, wide,
                                 "logarithm of the rate of decay");
  LayerTensor dtBias = layer.input("dt_bias", {axes.heads, axes.rows}, wide,
                                   "bias of the decay");

  StateOp op;
  op.isRecurrent = true;
  op.query = l2Norm(layer, "q", x.q);
  op.key = l2Norm(layer, "k", x.k);
  op.gate = softplusDecay(layer, axes.perRow(), a, aLog, dtBias);
  layer.comment("Erased along k and e * k, written along k: v = sigmoid(w) v.");
  LayerTensor byHead = repeatHeads(layer, "k", op.key, axes.heads);
  op.left = layer.map(
      "left", axes.perRow(), wide, {byHead},
      [](Scalars &s, ArrayRef<std::string> x) { return s.negate(x[0]); });
  op.right = layer.map("right", axes.perRow(), wide, {byHead, e, *op.gate},
                       [](Scalars &s, ArrayRef<std::string> x) {
                         std::string erased = s.multiply(s.sigmoid(x[1]), x[0]);
                         return s.multiply(s.exp(x[2]), erased);
                       });
  op.value = layer.map("v_written", x.v.axes, type, {x.v, w},
                       [](Scalars &s, ArrayRef<std::string> x) {
                         return s.multiply(s.sigmoid(x[1]), x[0]);
                       });
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

System mlir::attn::gatedDelta2() {
  return {"gdn2",
          "Gated DeltaNet 2: gates of erasing and writing (arXiv 2605.22791)",
          "projections, short convolutions and the norm behind the operation",
          {},
          HeadCounts::Grouped,
          {},
          writeGdn2,
          nullptr};
}

static void writeComba(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  QueryKeyValue x(layer, axes);
  LayerTensor a = layer.sequenceInput("a", axes.perToken(), type,
                                      "decay before bias and softplus");
  LayerTensor b = layer.sequenceInput("b", axes.perToken(), type,
                                      "rate of writing before sigmoid");
  LayerTensor aLog = layer.input("a_log", {axes.heads}, wide,
                                 "logarithm of the rate of decay");
  LayerTensor dtBias =
      layer.input("dt_bias", {axes.heads}, wide, "bias of the decay");
  LayerTensor inner =
      layer.input("p_gate", {axes.heads}, wide,
                  "share of the key that erases, before sigmoid");
  LayerTensor feedback = layer.input("d", {axes.heads}, wide,
                                     "share of the key taken from the query");

  StateOp op;
  op.isRecurrent = true;
  LayerTensor q = l2Norm(layer, "q", x.q, /*isWide=*/true);
  op.key = l2Norm(layer, "k", x.k);
  layer.comment("What reads is closed by the key: q - d k.");
  op.query = layer.map("q_closed", q.axes, type, {q, op.key, feedback},
                       [](Scalars &s, ArrayRef<std::string> e) {
                         return s.subtract(e[0], s.multiply(e[2], e[1]));
                       });
  op.gate = softplusDecay(layer, axes.perToken(), a, aLog, dtBias);
  LayerTensor beta = sigmoidBeta(layer, b);
  layer.comment("Erased along p = sigmoid(p_gate) k, written along beta k.");
  op.left = layer.map("left", axes.perRow(), wide, {op.key, beta},
                      [](Scalars &s, ArrayRef<std::string> e) {
                        return s.negate(s.multiply(e[1], e[0]));
                      });
  op.right = layer.map("right", axes.perRow(), wide, {op.key, inner, *op.gate},
                       [](Scalars &s, ArrayRef<std::string> e) {
                         std::string p = s.multiply(s.sigmoid(e[1]), e[0]);
                         return s.multiply(s.exp(e[2]), p);
                       });
  op.value = layer.map("v_written", x.v.axes, type, {x.v, beta},
                       [](Scalars &s, ArrayRef<std::string> e) {
                         return s.multiply(e[1], e[0]);
                       });
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

System mlir::attn::comba() {
  return {"comba",
          "Comba: a delta rule with closed-loop control (arXiv 2506.02475)",
          "projections, short convolutions and the norm behind the operation",
          {},
          HeadCounts::Equal,
          {},
          writeComba,
          nullptr};
}
