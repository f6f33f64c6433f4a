//===- FlashAttention.cpp - softmax attention with its features -----------===//
//
// Queries and new keys are turned by rotary embedding; keys and values of
// earlier tokens come from a cache. There are three kinds of it:
//
//   cache=0   a tensor of exactly these tokens; the caller appends the new ones
//   cache=1   rows of which each sequence has some in use, changed in place
//   cache=2   pages shared by all sequences, found by a table, changed in place
//
// or sequences are packed one behind the other (varlen), without a cache.
// Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../CacheText.h"
#include "../IndexText.h"
#include "../PagedText.h"
#include "../SystemOptions.h"
#include "Systems.h"

using namespace mlir::attn;
using llvm::StringRef;

namespace {

enum Parameter { Rotary, Cache, LeftPad, Page };
enum CacheKind { Appended, InPlace, Paged };

class FlashLayer {
public:
  FlashLayer(Layer &layer, const SystemOptions &options)
      : layer(layer), options(options), axes(options) {}

  void write();

private:
  bool hasRows() const { return options.arguments[Cache] != Appended; }
  void declare();
  void turn();
  void writeAppended();
  void writeInPlace();
  void writePaged();
  void writeDense();
  RegionBody isNoPadding() const;
  LayerTensor cacheInput(StringRef name, const LayerAxis &batch,
                         const LayerAxis &width, StringRef meaning) {
    return layer.sequenceInput(name,
                               {batch, axes.keyHeads, slots(options), width},
                               options.elementType, meaning);
  }

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  /// Masks, factors and operands of the attention.
  DenseOp op;
  LayerTensor k, v;
  std::optional<LayerTensor> slopes, leftPad, lengths, used;
};

} // namespace

void FlashLayer::declare() {
  StringRef type = options.elementType, wide = options.wideType();
  const AttentionFeatures &features = options.attention;
  op.query = layer.sequenceInput(
      "q", {axes.batch, axes.heads, axes.queries, axes.width}, type, "queries");
  LayerAxes own = {axes.batch, axes.keyHeads, axes.queries, axes.width};
  k = layer.sequenceInput("k", own, type, "keys");
  own.back() = axes.valueWidth;
  v = layer.sequenceInput("v", own, type, "values");
  if (options.arguments[Rotary])
    turn();
  if (features.sink)
    op.sink = layer.input("sink", {axes.heads}, wide,
                          "logit of each head in the denominator");
  if (features.alibi)
    slopes = layer.input("slopes", {axes.heads}, wide,
                         "ALiBi slope of each head, positive");
  op.causal = features.causal;
  op.window = features.window;
  op.scale = features.scale;
  op.softcap = features.softcap;
  op.lse = features.lse;
}

/// Caches of rows have places of their own for each sequence.
void FlashLayer::turn() {
  LayerAxes angles = {axes.queries,
                      {"k", "pair of features", options.width / 2}};
  if (hasRows())
    angles.insert(angles.begin(), axes.batch);
  LayerTensor cos = layer.input("cos", angles, options.wideType(),
                                "cosines of the rotary angles of these tokens");
  LayerTensor sin = layer.input("sin", angles, options.wideType(),
                                "sines of the rotary angles of these tokens");
  layer.comment("Rotary embedding, feature j paired with feature j + K / 2.");
  op.query = rotary(layer, "q", op.query, cos, sin);
  k = rotary(layer, "k", k, cos, sin);
}

RegionBody FlashLayer::isNoPadding() const {
  return [=, this](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    return b.compare("is_read", "sge", at.key,
                     b.read("padding", *leftPad, at.batch));
  };
}

void FlashLayer::writeDense() {
  if (slopes)
    op.score = alibi(layer, *slopes, axes.queries, op.key.axes[2], used);
  if (leftPad)
    op.mask = isNoPadding();
  layer.comment("Attention over what is cached and these tokens.");
  LayerTensor o = op.write(layer, "o");
  layer.sequenceOutput("o", o, "output");
  if (op.logSum)
    layer.output("lse", *op.logSum, "logarithm of the softmax sum");
}

void FlashLayer::writeAppended() {
  std::tie(op.key, op.value) = KeyValueCache(layer, axes).append(layer, k, v);
  if (options.isPacked())
    op.cuSeqlens = layer.bounds();
  writeDense();
  KeyValueCache::output(layer, k, v);
}

void FlashLayer::writeInPlace() {
  LayerTensor keys =
      cacheInput("k_cache_in", axes.batch, axes.width, "cached keys");
  LayerTensor values =
      cacheInput("v_cache_in", axes.batch, axes.valueWidth, "their values");
  lengths =
      layer.input("lengths_in", {axes.batch}, "i32", "rows in use so far");
  if (options.arguments[LeftPad])
    leftPad = layer.input("left_pad", {axes.batch}, "i32",
                          "rows at the front that are not read");
  layer.comment("The new keys and values behind the rows in use.");
  op.key = CacheUpdate{k, *lengths, keys}.write(layer, "k_all");
  op.value = CacheUpdate{v, *lengths, values}.write(layer, "v_all");
  used = addTokens(layer, "rows_in_use", *lengths, axes.queries);
  op.lengths = used;
  writeDense();
  layer.sequenceOutput("k_cache_out", op.key, "cached keys");
  layer.sequenceOutput("v_cache_out", op.value, "their values");
  layer.output("lengths_out", *used, "rows in use");
}

void FlashLayer::writePaged() {
  LayerAxis one{"one", "batch", 1};
  int64_t page = options.arguments[Page];
  LayerTensor keys = cacheInput("k_cache_in", one, axes.width, "pages of keys");
  LayerTensor values =
      cacheInput("v_cache_in", one, axes.valueWidth, "their values");
  bool isOpen = options.dynamic.count(Axis::Key);
  LayerAxis entries{"x", "page", (options.keys + page - 1) / page,
                    isOpen ? "M" : ""};
  LayerTensor table = layer.input("table", {axes.batch, entries}, "i32",
                                  "pages of each sequence, in their order");
  lengths = layer.input("lengths_in", {axes.batch}, "i32", "rows so far");
  layer.comment("The new keys and values into the pages of their places.");
  auto append = [&](StringRef name, const LayerTensor &rows,
                    const LayerTensor &cache) {
    CacheUpdate update{rows, *lengths, cache};
    update.pageTable = table;
    update.pageSize = page;
    return update.write(layer, name);
  };
  op.key = append("k_all", k, keys);
  op.value = append("v_all", v, values);
  used = addTokens(layer, "rows_in_use", *lengths, axes.queries);
  PagedAttention paged(layer, op, table, *used, page);
  LayerTensor o = paged.write();
  layer.sequenceOutput("o", o, "output");
  if (paged.logSum)
    layer.output("lse", *paged.logSum, "logarithm of the softmax sum");
  layer.sequenceOutput("k_cache_out", op.key, "pages of keys");
  layer.sequenceOutput("v_cache_out", op.value, "their values");
  layer.output("lengths_out", *used, "rows in use");
}

void FlashLayer::write() {
  declare();
  switch (options.arguments[Cache]) {
  case InPlace:
    return writeInPlace();
  case Paged:
    return writePaged();
  default:
    return writeAppended();
  }
}

static void write(Layer &layer, const SystemOptions &options) {
  FlashLayer(layer, options).write();
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.arguments[Rotary] && options.width % 2)
    return fail("expected an even width for rotary embedding but found {0}",
                options.width);
  int64_t kind = options.arguments[Cache];
  if (kind > Paged)
    return fail("expected cache of '{0}' to be 0, 1 or 2 but found {1}",
                options.name, kind);
  if (options.isPacked() &&
      (kind != Appended || options.initialState || options.finalState))
    return fail("expected packed sequences without a cache in '{0}'",
                options.name);
  if (options.isPacked() && options.attention.alibi)
    return fail("expected packed sequences without alibi in '{0}'",
                options.name);
  if (options.arguments[LeftPad] && kind != InPlace)
    return fail("expected left_pad of '{0}' with cache=1", options.name);
  if (kind == Appended)
    return llvm::Error::success();
  if (!options.initialState || !options.finalState)
    return fail("expected initial-state and final-state with cache={0} of "
                "'{1}'",
                kind, options.name);
  if (kind == Paged && (options.attention.window || options.attention.alibi))
    return fail("expected neither window nor alibi with cache=2 of '{0}'",
                options.name);
  return llvm::Error::success();
}

System mlir::attn::flashAttention() {
  return {
      "flash_attention",
      "softmax attention with a cache (arXiv 2205.14135); rotary=0 leaves "
      "queries and keys as they are; cache=1 appends in place, of kv-seq "
      "rows, cache=2 to pages of page rows",
      "projections of q, k, v and o",
      {{"rotary", 1, 0}, {"cache", 0, 0}, {"left_pad", 0, 0}, {"page", 16, 1}},
      HeadCounts::Shared,
      {},
      write,
      verify,
      SystemFamily::CachedAttention};
}
