//===- MixtureOfTransformers.cpp - weights by modality --------------------===//
//
// Every matrix and norm has one for each modality, and a token takes those of
// its own; one attention is over all tokens. Tokens are sorted by modality, so
// that a projection is a product for each of them. A token of no modality is
// projected to 0. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../LayerParts.h"
#include "../RouteText.h"
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
  /// Sorted tokens times the weights of their modality, [b, t, ..].
  LayerTensor project(StringRef name, const LayerTensor &sorted,
                      const LayerTensor &weights);
  /// x / sqrt(mean of x^2 + 1e-5) * weights of its modality, + `added`, over
  /// `result`, the axes of x in any order.
  LayerTensor rmsNormed(StringRef name, const LayerAxes &result,
                        const LayerTensor &x, const LayerTensor &weights,
                        std::optional<LayerTensor> added);
  /// A projection of the tokens to heads, [b, t, h, `feature`].
  LayerTensor projectHeads(StringRef name, const LayerTensor &sorted,
                           const LayerTensor &weights,
                           const LayerAxis &feature);
  LayerTensor feedForward(const LayerTensor &h);

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  LayerAxis modality, model, hidden, keys, values;
  StringRef type, wide;
  std::optional<TokenRoute> route;
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

LayerTensor MixtureLayer::project(StringRef name, const LayerTensor &sorted,
                                  const LayerTensor &weights) {
  LayerTensor y = route->project((name + "_sorted").str(), sorted, weights);
  return route->unsort(name, y);
}

LayerTensor MixtureLayer::rmsNormed(StringRef name, const LayerAxes &result,
                                    const LayerTensor &x,
                                    const LayerTensor &weights,
                                    std::optional<LayerTensor> added) {
  LayerAxis last = x.axes.back();
  LayerTensor squares = layer.sum(
      (name + "_squares").str(), LayerAxes(result.begin(), result.end() - 1),
      {last}, {x}, [](Scalars &s, ArrayRef<std::string> e) {
        return s.multiply(e[0], e[0]);
      });
  std::vector<Operand> operands = {x, squares, ids};
  if (added)
    operands.push_back(*added);
  return layer.map(
      name, result, type, operands, [&](Scalars &s, ArrayRef<std::string> e) {
        std::string mean = s.divide(e[1], s.constant("count", last.size));
        std::string root = s.rsqrt(s.add(mean, s.constant("epsilon", 1e-5)));
        Weight w = readWeight(s, weights, result, e[2]);
        std::string y = s.multiply(s.multiply(e[0], root), w.value);
        return added ? s.add(e[3], y) : y;
      });
}

LayerTensor MixtureLayer::projectHeads(StringRef name,
                                       const LayerTensor &sorted,
                                       const LayerTensor &weights,
                                       const LayerAxis &feature) {
  LayerTensor joined = project((name + "_joined").str(), sorted, weights);
  return layer.expand(name, joined, 2, axes.heads, feature);
}

LayerTensor MixtureLayer::feedForward(const LayerTensor &h) {
  layer.comment("The feed-forward part, added to what enters it.");
  LayerTensor sorted = route->sort("h_sorted", h);
  LayerTensor gate = route->project("gate", sorted, w1);
  LayerTensor up = route->project("up", sorted, w3);
  LayerTensor gated = layer.map("gated", gate.axes, type, {gate, up},
                                [](Scalars &s, ArrayRef<std::string> e) {
                                  return s.multiply(s.silu(e[0]), e[1]);
                                });
  LayerTensor down = project("down", gated, w2);
  return rmsNormed("o_out", h.axes, down, ffnNorm, h);
}

void MixtureLayer::write() {
  KeyValueCache cache(layer, axes);
  route.emplace(layer, ids, modality);
  layer.comment("Projections and norms of each token's modality.");
  auto byHead = [&](const LayerAxis &feature) {
    return LayerAxes{axes.batch, axes.heads, axes.queries, feature};
  };
  auto asItIs = [](Scalars &, ArrayRef<std::string> e) { return e[0]; };
  LayerTensor sorted = route->sort("x_sorted", x);
  DenseOp op;
  op.query =
      rmsNormed("q", byHead(axes.width),
                projectHeads("q_heads", sorted, wq, axes.width), qNorm, {});
  LayerTensor k =
      rmsNormed("k", byHead(axes.width),
                projectHeads("k_heads", sorted, wk, axes.width), kNorm, {});
  LayerTensor v =
      layer.map("v", byHead(axes.valueWidth), type,
                {projectHeads("v_heads", sorted, wv, axes.valueWidth)}, asItIs);
  std::tie(op.key, op.value) = cache.append(layer, k, v);
  op.causal = options.arguments[Causal];
  layer.comment("One attention over all tokens.");
  LayerTensor o = op.write(layer, "attended");
  LayerTensor byToken =
      layer.map("attended_by_token",
                {axes.batch, axes.queries, axes.heads, axes.valueWidth}, type,
                {o}, asItIs);
  LayerTensor joined = layer.collapse("attended_joined", byToken, 2, values);
  LayerTensor y = project("y", route->sort("attended_sorted", joined), wo);
  LayerTensor h = rmsNormed("h", x.axes, y, oNorm, x);
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
