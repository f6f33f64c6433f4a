//===- DeepseekSparse.cpp - DeepSeek sparse attention ---------------------===//
//
// An indexer scores the tokens that a query may read; the best are read by all
// heads, which share one latent as key and value (MLA in its absorbed form).
// Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../ListOps.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

namespace {
enum Parameter { Top, IndexHeads, IndexWidth };
} // namespace

/// The first features of each latent.
static LayerTensor takeValues(Layer &layer, const LayerTensor &latents,
                              const LayerAxis &width) {
  LayerTensor values{layer.unique("values"), latents.axes, latents.elementType};
  values.axes.back() = width;
  llvm::SmallVector<std::string> sizes;
  for (const LayerAxis &axis : values.axes)
    sizes.push_back(layer.sizeText(axis));
  layer.text() << formatv(
      "  %{0} = tensor.extract_slice %{1}[0, 0, 0, 0] [{2}] [1, 1, 1, 1]\n"
      "      : {3} to {4}\n",
      values.name, latents.name, llvm::join(sizes, ", "), latents.type(),
      values.type());
  return values;
}

/// weights[b, h, i] max(s, 0).
static RegionBody weighPositive(const LayerTensor &weights) {
  return [=](Scalars &s, const RegionArguments &at) {
    std::string positive = s.maximum(at.score, s.constant("zero", 0.0));
    std::string weight =
        s.write("weight",
                formatv("tensor.extract %{0}[{1}, {2}, {3}]", weights.name,
                        at.batch, at.head, at.query),
                weights.type());
    return s.multiply(weight, positive);
  };
}

/// `cache`, an input where the layer has initial states, and behind it `own`.
static LayerTensor appendToCache(Layer &layer, StringRef name,
                                 const LayerTensor &own,
                                 const AttentionAxes &axes,
                                 std::optional<LayerAxis> &all) {
  if (!layer.options.initialState)
    return own;
  LayerAxes cached = own.axes;
  cached[2] = axes.keys;
  LayerTensor cache =
      layer.sequenceInput((name + "_cache_in").str(), cached, own.elementType,
                          ("those of earlier tokens: " + name).str());
  if (!all)
    all = sumOfAxes(layer, "s", "key", axes.keys, own.axes[2]);
  return concat(layer, (name + "_cached").str(), cache, own, 2, *all);
}

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  StringRef type = options.elementType, wide = options.wideType();
  LayerAxis latent{"m", "key head", 1};
  LayerAxis indexHeads{"j", "index head", options.arguments[IndexHeads]};
  LayerAxis indexWidth{"e", "index feature", options.arguments[IndexWidth]};
  LayerTensor q = layer.sequenceInput(
      "q", {axes.batch, axes.heads, axes.queries, axes.width}, type,
      "queries of latents and rotated features");
  LayerTensor newLatents = layer.sequenceInput(
      "kv", {axes.batch, latent, axes.queries, axes.width}, type,
      "latents, which are the values, and rotated features");
  LayerTensor indexQ = layer.sequenceInput(
      "q_idx", {axes.batch, indexHeads, axes.queries, indexWidth}, type,
      "queries of the indexer");
  LayerTensor newIndexK = layer.sequenceInput(
      "k_idx", {axes.batch, latent, axes.queries, indexWidth}, type,
      "keys of the indexer");
  LayerTensor weights =
      layer.sequenceInput("w_idx", {axes.batch, indexHeads, axes.queries}, wide,
                          "weights of the heads of the indexer");
  std::optional<LayerAxis> all;
  LayerTensor latents = appendToCache(layer, "kv", newLatents, axes, all);
  LayerTensor indexK = appendToCache(layer, "k_idx", newIndexK, axes, all);

  layer.comment("The tokens that the heads of the indexer score best.");
  SelectOp select;
  select.query = indexQ;
  select.key = indexK;
  select.score = weighPositive(weights);
  select.tokens = latents.axes[2];
  select.listHeads = latent;
  select.top = options.arguments[Top];
  BlockSparseOp op;
  op.lists = select.write(layer, "chosen");

  layer.comment("All heads read them, as keys and as values.");
  op.query = q;
  op.key = latents;
  op.value = takeValues(layer, latents, axes.valueWidth);
  op.lse = true;
  layer.sequenceOutput("o", op.write(layer, "o"), "output");
  layer.sequenceOutput("lse", *op.logSum, "logarithm of the softmax sum");
  if (options.finalState) {
    layer.sequenceOutput("kv_cache_out", newLatents,
                         "latents to append to the cache");
    layer.sequenceOutput("k_idx_cache_out", newIndexK,
                         "keys of the indexer to append to the cache");
  }
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.valueWidth > options.width)
    return fail("expected value-width of at most width, which holds the "
                "values, but found {0} and {1}",
                options.valueWidth, options.width);
  if (options.kvHeads != 1 && options.kvHeads != options.heads)
    return fail("expected one latent for all heads but found kv-heads {0}",
                options.kvHeads);
  return llvm::Error::success();
}

System mlir::attn::deepseekSparse() {
  return {"deepseek_sparse",
          "DeepSeek sparse attention, MLA absorbed (DeepSeek-V3.2-Exp); the "
          "first value-width features of a latent are the values",
          "projections, rotary embedding, norm and transform of the indexer",
          {{"top", 2048, 1}, {"index_heads", 8, 1}, {"index_width", 64, 1}},
          HeadCounts::Shared,
          {},
          write,
          verify,
          SystemFamily::Cached};
}
