//===- LinearAttention.cpp - linear attention -----------------------------===//
//
//   o_t = phi(q_t) S_t / (phi(q_t) . sum of phi(k)),  S_t = S_{t-1} + phi(k_t)
//   v_t^T
//
// with phi(x) = elu(x) + 1. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;

static void write(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  QueryKeyValue x(layer, axes);
  layer.comment("Features: elu(x) + 1.");
  auto features = [&](llvm::StringRef name, const LayerTensor &tensor) {
    return layer.map(name, tensor.axes, options.elementType, {tensor},
                     [](Scalars &s, llvm::ArrayRef<std::string> e) {
                       return s.eluPlusOne(e[0]);
                     });
  };
  StateOp op;
  op.query = features("q_features", x.q);
  op.key = features("k_features", x.k);
  op.value = x.v;
  op.scale = 1.0;
  if (options.arguments[0]) {
    op.normalizer = StateOpOptions::Normalizer::KeySum;
    op.epsilon = 1e-6;
  }
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

System mlir::attn::linearAttention() {
  return {"linear",
          "linear attention over elu + 1 features (arXiv 2006.16236); "
          "normalizer=0 leaves out the division",
          "projections of q, k, v and o",
          {{"normalizer", 1, 0}},
          HeadCounts::Grouped,
          {},
          write,
          nullptr};
}
