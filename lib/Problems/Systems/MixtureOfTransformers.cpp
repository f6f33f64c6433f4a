//===- MixtureOfTransformers.cpp - weights by modality --------------------===//
//
// Every matrix and norm has one for each modality, and a token takes those of
// its own; one attention is over all tokens. A token of no modality is
// projected to 0. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../LayerParts.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

namespace {

enum Parameter { Modalities, ModelWidth, Hidden, Causal };

/// One weight of a token, and whether the token has a modality.
struct Weight {
  std::string value, isKnown;
};

class MixtureLayer {
public:
  MixtureLayer(Layer &layer, const SystemOptions &options);

  void write();

private:
  LayerTensor matrix(StringRef name, const LayerAxis &from, const LayerAxis &to,
                     StringRef meaning) {
    return layer.input(name, {modality, from, to}, type, meaning);
  }
  LayerTensor norm(StringRef name, const LayerAxis &axis, StringRef meaning) {
    return layer.input(name, {modality, axis}, wide, meaning);
  }
  /// The element of `weights` [modality, ..] at loops of its other axes.
  Weight readWeight(Scalars &s, const LayerTensor &weights,
                    const LayerAxes &loops, StringRef id);
  /// sum of x * weights over the axes of both that `axes` has not.
  LayerTensor project(StringRef name, LayerAxes axes, const LayerTensor &x,
                      const LayerTensor &weights);
  /// x / sqrt(mean of x^2 + 1e-5) * weights of its modality, + `added`.
  LayerTensor rmsNormed(StringRef name, const LayerTensor &x,
                        const LayerTensor &weights,
                        std::optional<LayerTensor> added);
  LayerTensor projectHeads(StringRef name, const LayerTensor &weights,
                           const LayerAxis &feature);
  LayerTensor feedForward(const LayerTensor &h);

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  LayerAxis modality, model, hidden, keys, values;
  StringRef type, wide;
  LayerTensor x, ids, wq, wk, wv, qNorm, kNorm, wo, oNorm, w1, w3, w2, ffnNorm;
};

} // namespace

MixtureLayer::MixtureLayer(Layer &layer, const SystemOptions &options)
    : layer(layer), options(options), axes(options), type(options.elementType),
      wide(options.wideType()) {
  modality = {"g", "modality", options.arguments[Modalities]};
  model = {"d", "model feature", options.arguments[ModelWidth]};
  hidden = {"f", "hidden feature", options.arguments[Hidden]};
  keys = {"a", "head and key feature", options.heads * options.width};
  values = {"a", "head and value feature", options.heads * options.valueWidth};
  x = layer.input("x", {axes.batch, axes.queries, model}, type, "tokens");
  ids = layer.input("ids", {axes.batch, axes.queries}, "i32",
                    "modality of each token");
  wq = matrix("wq", model, keys, "projection to queries");
  wk = matrix("wk", model, keys, "projection to keys");
  wv = matrix("wv", model, values, "projection to values");
  qNorm = norm("q_norm", axes.width, "norm of the queries of each head");
  kNorm = norm("k_norm", axes.width, "norm of the keys of each head");
  wo = matrix("wo", values, model, "projection of the output");
  oNorm = norm("o_norm", model, "norm of the output");
  w1 = matrix("w1", model, hidden, "gate of the feed-forward part");
  w3 = matrix("w3", model, hidden, "what it gates");
  w2 = matrix("w2", hidden, model, "projection back");
  ffnNorm = norm("ffn_norm", model, "norm of the feed-forward part");
}

Weight MixtureLayer::readWeight(Scalars &s, const LayerTensor &weights,
                                const LayerAxes &loops, StringRef id) {
  auto integer = [&](StringRef name, int64_t value) {
    return s.write(name, formatv("arith.constant {0}", value), "i32");
  };
  std::string none = integer("none", 0);
  std::string last = integer("last", modality.size - 1);
  std::string atLeast =
      s.write("at_least", formatv("arith.maxsi {0}, {1}", id, none), "i32");
  std::string clamped =
      s.write("clamped", formatv("arith.minsi {0}, {1}", atLeast, last), "i32");
  std::string isKnown = s.write(
      "is_known", formatv("arith.cmpi eq, {0}, {1}", id, clamped), "i32");
  llvm::SmallVector<std::string> places = {
      s.convert("modality", "arith.index_cast", clamped, "i32", "index")};
  for (const LayerAxis &axis : llvm::drop_begin(weights.axes))
    places.push_back(s.write(
        "at",
        formatv("linalg.index {0}", llvm::find(loops, axis) - loops.begin()),
        "index"));
  std::string value = s.write("weight",
                              formatv("tensor.extract %{0}[{1}]", weights.name,
                                      llvm::join(places, ", ")),
                              weights.type());
  if (weights.elementType != s.getType())
    value = s.convert("weight_wide", "arith.extf", value, weights.elementType,
                      s.getType());
  return {value, isKnown};
}

LayerTensor MixtureLayer::project(StringRef name, LayerAxes result,
                                  const LayerTensor &x,
                                  const LayerTensor &weights) {
  LayerAxes summed, loops = result;
  for (const LayerAxis &axis : x.axes)
    if (llvm::is_contained(weights.axes, axis) &&
        !llvm::is_contained(result, axis))
      summed.push_back(axis);
  loops.insert(loops.end(), summed.begin(), summed.end());
  return layer.sum(name, result, summed, {x, ids},
                   [&](Scalars &s, ArrayRef<std::string> e) {
                     Weight w = readWeight(s, weights, loops, e[1]);
                     std::string zero = s.constant("zero", 0.0);
                     std::string term = s.multiply(e[0], w.value);
                     return s.write("term",
                                    formatv("arith.select {0}, {1}, {2}",
                                            w.isKnown, term, zero),
                                    s.getType());
                   });
}

LayerTensor MixtureLayer::rmsNormed(StringRef name, const LayerTensor &x,
                                    const LayerTensor &weights,
                                    std::optional<LayerTensor> added) {
  LayerAxis last = x.axes.back();
  LayerTensor squares = layer.sum(
      (name + "_squares").str(), LayerAxes(x.axes.begin(), x.axes.end() - 1),
      {last}, {x}, [](Scalars &s, ArrayRef<std::string> e) {
        return s.multiply(e[0], e[0]);
      });
  std::vector<Operand> operands = {x, squares, ids};
  if (added)
    operands.push_back(*added);
  return layer.map(
      name, x.axes, type, operands, [&](Scalars &s, ArrayRef<std::string> e) {
        std::string mean = s.divide(e[1], s.constant("count", last.size));
        std::string root = s.rsqrt(s.add(mean, s.constant("epsilon", 1e-5)));
        Weight w = readWeight(s, weights, x.axes, e[2]);
        std::string y = s.multiply(s.multiply(e[0], root), w.value);
        return added ? s.add(e[3], y) : y;
      });
}

LayerTensor MixtureLayer::projectHeads(StringRef name,
                                       const LayerTensor &weights,
                                       const LayerAxis &feature) {
  LayerTensor byHead =
      layer.expand(weights.name + "_by_head", weights, 2, axes.heads, feature);
  return project(name, {axes.batch, axes.heads, axes.queries, feature}, x,
                 byHead);
}

LayerTensor MixtureLayer::feedForward(const LayerTensor &h) {
  LayerAxes inner = {axes.batch, axes.queries, hidden};
  layer.comment("The feed-forward part, added to what enters it.");
  LayerTensor gate = project("gate", inner, h, w1);
  LayerTensor up = project("up", inner, h, w3);
  LayerTensor gated = layer.map("gated", inner, type, {gate, up},
                                [](Scalars &s, ArrayRef<std::string> e) {
                                  return s.multiply(s.silu(e[0]), e[1]);
                                });
  LayerTensor down = project("down", h.axes, gated, w2);
  return rmsNormed("o_out", down, ffnNorm, h);
}

void MixtureLayer::write() {
  KeyValueCache cache(layer, axes);
  layer.comment("Projections and norms of each token's modality.");
  DenseOp op;
  op.query = rmsNormed("q", projectHeads("q_sum", wq, axes.width), qNorm, {});
  LayerTensor k =
      rmsNormed("k", projectHeads("k_sum", wk, axes.width), kNorm, {});
  LayerTensor v = projectHeads("v", wv, axes.valueWidth);
  if (v.elementType != type)
    v = layer.map("v_narrow", v.axes, type, {v},
                  [](Scalars &, ArrayRef<std::string> e) { return e[0]; });
  std::tie(op.key, op.value) = cache.append(layer, k, v);
  op.causal = options.arguments[Causal];
  layer.comment("One attention over all tokens.");
  LayerTensor o = op.write(layer, "attended");
  LayerTensor byHead =
      layer.expand("wo_by_head", wo, 1, axes.heads, axes.valueWidth);
  LayerTensor y = project("y", x.axes, o, byHead);
  LayerTensor h = rmsNormed("h", y, oNorm, x);
  layer.output("o", feedForward(h), "output");
  KeyValueCache::output(layer, k, v);
}

static void write(Layer &layer, const SystemOptions &options) {
  MixtureLayer(layer, options).write();
}

System mlir::attn::mixtureOfTransformers() {
  return {"mixture_of_transformers",
          "Mixture-of-Transformers: weights by modality, one attention (arXiv "
          "2411.04996)",
          "embedding of tokens, position encoding",
          {{"modalities", 3, 1},
           {"model_width", 128, 1},
           {"hidden", 256, 1},
           {"causal", 1, 0}},
          HeadCounts::Equal,
          {},
          write,
          nullptr,
          SystemFamily::Cached};
}
