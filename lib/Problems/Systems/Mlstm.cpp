//===- Mlstm.cpp - the matrix memory of xLSTM -----------------------------===//
//
// Exponential input gates, kept relative to their running maximum. Covered by
// test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::StringRef;

static void write(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  QueryKeyValue x(layer, axes);
  LayerTensor i = layer.sequenceInput("i", axes.perToken(), type,
                                      "logarithm of the input gate");
  LayerTensor f = layer.sequenceInput("f", axes.perToken(), type,
                                      "forget gate before sigmoid");
  layer.comment("Decay: g = logsigmoid(f).");
  StateOp op;
  op.query = x.q;
  op.key = x.k;
  op.value = x.v;
  op.gate = layer.map("g", f.axes, wide, {f},
                      [](Scalars &s, llvm::ArrayRef<std::string> e) {
                        return s.logSigmoid(e[0]);
                      });
  op.inputGate = i;
  op.normalizer = StateOpOptions::Normalizer::MaxExp;
  op.epsilon = 1e-6;
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

System mlir::attn::mlstm() {
  return {"mlstm",
          "xLSTM's matrix memory: exponential gates (arXiv 2405.04517)",
          "projections, and norm and gate behind the operation",
          {},
          HeadCounts::Grouped,
          {},
          write,
          nullptr};
}
