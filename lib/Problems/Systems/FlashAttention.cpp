//===- FlashAttention.cpp - softmax attention with its features -----------===//
//
// Queries and new keys are turned by rotary embedding; keys and values of
// earlier tokens come from a cache, to which those of the new ones are added.
// Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../SystemOptions.h"
#include "Systems.h"

using namespace mlir::attn;
using llvm::StringRef;

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  const AttentionFeatures &features = options.attention;
  StringRef type = options.elementType, wide = options.wideType();
  LayerTensor q = layer.sequenceInput(
      "q", {axes.batch, axes.heads, axes.queries, axes.width}, type, "queries");
  LayerAxes own = {axes.batch, axes.keyHeads, axes.queries, axes.width};
  LayerTensor k = layer.sequenceInput("k", own, type, "keys");
  own.back() = axes.valueWidth;
  LayerTensor v = layer.sequenceInput("v", own, type, "values");
  DenseOp op;
  if (options.arguments[0]) {
    LayerAxes angles = {axes.queries,
                        {"k", "pair of features", options.width / 2}};
    LayerTensor cos = layer.input(
        "cos", angles, wide, "cosines of the rotary angles of these tokens");
    LayerTensor sin = layer.input("sin", angles, wide,
                                  "sines of the rotary angles of these tokens");
    layer.comment("Rotary embedding, feature j paired with feature j + K / 2.");
    q = rotary(layer, "q", q, cos, sin);
    k = rotary(layer, "k", k, cos, sin);
  }
  if (features.sink)
    op.sink = layer.input("sink", {axes.heads}, wide,
                          "logit of each head in the denominator");
  std::optional<LayerTensor> slopes;
  if (features.alibi)
    slopes = layer.input("slopes", {axes.heads}, wide,
                         "ALiBi slope of each head, positive");
  op.query = q;
  std::tie(op.key, op.value) = KeyValueCache(layer, axes).append(layer, k, v);
  op.causal = features.causal;
  op.window = features.window;
  op.scale = features.scale;
  op.softcap = features.softcap;
  op.lse = features.lse;
  if (slopes)
    op.score = alibi(layer, *slopes, axes.queries, op.key.axes[2]);
  layer.comment("Attention over what is cached and these tokens.");
  LayerTensor o = op.write(layer, "o");
  layer.sequenceOutput("o", o, "output");
  if (op.logSum)
    layer.output("lse", *op.logSum, "logarithm of the softmax sum");
  KeyValueCache::output(layer, k, v);
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.arguments[0] && options.width % 2)
    return fail("expected an even width for rotary embedding but found {0}",
                options.width);
  return llvm::Error::success();
}

System mlir::attn::flashAttention() {
  return {"flash_attention",
          "softmax attention with a cache (arXiv 2205.14135); rotary=0 leaves "
          "queries and keys as they are",
          "projections of q, k, v and o",
          {{"rotary", 1, 0}},
          HeadCounts::Shared,
          {},
          write,
          verify,
          SystemFamily::CachedAttention};
}
