//===- GatedLinear.cpp - GLA and HGRN-2 -----------------------------------===//
//
// A decay per row of the state and token. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

static void writeGla(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType();
  QueryKeyValue x(layer, axes);
  LayerTensor a = layer.sequenceInput("a", axes.perRow(), options.elementType,
                                      "decay before logsigmoid");
  LayerTensor z = layer.sequenceInput("z", axes.output(), options.elementType,
                                      "output gate before SiLU");
  LayerTensor weight = layer.input("o_weight", {axes.columns}, wide,
                                   "weight of the output norm");

  layer.comment("Decay: g = logsigmoid(a) / 16.");
  StateOp op;
  op.query = x.q;
  op.key = x.k;
  op.value = x.v;
  op.outputType = wide.str();
  op.gate = layer.map(
      "g", a.axes, wide, {a}, [](Scalars &s, ArrayRef<std::string> e) {
        return s.divide(s.logSigmoid(e[0]), s.constant("sixteen", 16.0));
      });
  LayerTensor o = op.write(layer, axes);
  layer.comment("RMS norm per head, times silu(z).");
  outputAll(layer,
            rmsNorm(layer, "o_norm", o, 1e-5, weight, OutputGate::Silu, z), op);
}

System mlir::attn::gatedLinearAttention() {
  return {"gla",
          "gated linear attention: a decay per key feature (arXiv 2312.06635)",
          "projections of q, k, v, a, z and o",
          {},
          HeadCounts::Grouped,
          {},
          writeGla,
          nullptr};
}

static void writeHgrn2(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  LayerTensor q =
      layer.sequenceInput("q", axes.query(), type, "queries before SiLU");
  LayerTensor f = layer.sequenceInput("f", axes.perRow(), type,
                                      "forget gate before sigmoid");
  LayerTensor v = layer.sequenceInput("v", axes.value(), type, "values");
  LayerTensor bound = layer.input("lower_bound", {axes.heads, axes.rows}, wide,
                                  "smallest forget gate, in [0, 1)");

  StateOp op;
  op.query = layer.map(
      "q_silu", q.axes, type, {q},
      [](Scalars &s, ArrayRef<std::string> e) { return s.silu(e[0]); });
  layer.comment(
      "Keys are what is forgotten: k = (1 - lower_bound) sigmoid(-f), "
      "g = log(1 - k).");
  auto forgotten = [](Scalars &s, ArrayRef<std::string> e) {
    std::string room = s.subtract(s.constant("one", 1.0), e[1]);
    return s.multiply(room, s.sigmoid(s.negate(e[0])));
  };
  op.key = layer.map("k", f.axes, type, {f, bound}, forgotten);
  op.gate = layer.map("g", f.axes, wide, {f, bound},
                      [&](Scalars &s, ArrayRef<std::string> e) {
                        return s.log1p(s.negate(forgotten(s, e)));
                      });
  op.value = v;
  op.scale = 1.0;
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

System mlir::attn::hgrn2() {
  return {"hgrn2",
          "HGRN-2: what is forgotten is the key (arXiv 2404.07904)",
          "projections, and the norm behind the operation",
          {},
          HeadCounts::Equal,
          {},
          writeHgrn2,
          nullptr};
}
