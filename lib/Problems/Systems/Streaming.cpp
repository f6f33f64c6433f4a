//===- Streaming.cpp - attention sinks and recent tokens ------------------===//
//
// A token reads the first tokens, called sinks, and the last ones. Its place,
// and theirs, is that in a cache which holds these tokens alone: to the recent
// keys the distance is that of the sequence, to the sinks it never exceeds the
// size of the cache. So keys turn once, by their places in the sequence, and
// queries twice: by their place for recent keys, and by the smaller of it and
// the last place of a full cache for sinks. attn.merge combines both sets.
// Recent keys lie in a ring, which a token changes by one row. Covered by
// test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../CacheText.h"
#include "../IndexText.h"
#include "../SystemOptions.h"
#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {

enum Parameter { Sinks, Recent };

class StreamingLayer {
public:
  StreamingLayer(Layer &layer, const SystemOptions &options);

  void write();

private:
  LayerTensor angles(StringRef name, StringRef meaning);
  /// Keys that are sinks, or are not, of tokens in the order of their places.
  RegionBody isSink(bool wanted) const;
  LayerTensor placesOfRing();
  /// Rows of the ring that hold a token which query i may read.
  RegionBody isRecentSlot(LayerTensor places) const;
  RegionBody isSinkSlot() const;
  void writeWhole();
  void writeStep();
  void finish(DenseOp &near, std::optional<DenseOp> far);

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  LayerAxis slot, sink;
  int64_t sinks, recent;
  LayerTensor q, qSink, k, v;
  std::optional<LayerTensor> ringK, ringV, sinkK, sinkV, lengths;
};

} // namespace

StreamingLayer::StreamingLayer(Layer &layer, const SystemOptions &options)
    : layer(layer), options(options), axes(options), slot(slots(options)),
      sinks(options.arguments[Sinks]), recent(options.arguments[Recent]) {
  StringRef type = options.elementType;
  sink = {"s", "sink", sinks};
  LayerAxes own = {axes.batch, axes.heads, axes.queries, axes.width};
  q = layer.input("q", own, type, "queries, not turned");
  own[1] = axes.keyHeads;
  k = layer.input("k", own, type, "keys, not turned");
  own.back() = axes.valueWidth;
  v = layer.input("v", own, type, "values");
  LayerTensor cos = angles("cos", "cosines of the angles of each place");
  LayerTensor sin = angles("sin", "sines of the angles of each place");
  std::optional<LayerTensor> cosSink, sinSink;
  if (sinks) {
    cosSink =
        angles("cos_sink", "cosines of the angles of the place that sinks "
                           "see a token at");
    sinSink = angles("sin_sink", "sines of these angles");
  }
  if (options.initialState) {
    auto cache = [&](StringRef name, LayerAxis rows, LayerAxis width,
                     StringRef meaning) {
      return layer.input(name, {axes.batch, axes.keyHeads, rows, width}, type,
                         meaning);
    };
    ringK = cache("k_cache_in", slot, axes.width, "ring of recent turned keys");
    ringV = cache("v_cache_in", slot, axes.valueWidth, "their values");
    if (sinks) {
      sinkK = cache("k_sink_in", sink, axes.width, "turned keys of the sinks");
      sinkV = cache("v_sink_in", sink, axes.valueWidth, "their values");
    }
    lengths = layer.input("lengths_in", {axes.batch}, "i32",
                          "tokens of each sequence so far");
  }
  layer.comment("Rotary embedding, feature j paired with feature j + K / 2.");
  if (sinks)
    qSink = rotary(layer, "q_sink", q, *cosSink, *sinSink);
  q = rotary(layer, "q", q, cos, sin);
  k = rotary(layer, "k", k, cos, sin);
}

LayerTensor StreamingLayer::angles(StringRef name, StringRef meaning) {
  return layer.input(
      name,
      {axes.batch, axes.queries, {"k", "pair of features", options.width / 2}},
      options.wideType(), meaning);
}

RegionBody StreamingLayer::isSink(bool wanted) const {
  int64_t count = sinks;
  return [=](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    return b.compare(wanted ? "is_sink" : "is_other", wanted ? "slt" : "sge",
                     at.key, b.constant("sinks", count));
  };
}

/// The places of the tokens that the ring holds behind its update, [b, s];
/// negative where it holds none yet.
LayerTensor StreamingLayer::placesOfRing() {
  std::string tokens = layer.sizeText(axes.queries);
  std::string rows = layer.sizeText(slot);
  return layer.map(
      "places", {axes.batch, slot}, "i32", {*lengths},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string length =
            s.convert("length", "arith.index_cast", e[0], "i32", "index");
        std::string end = b.add("end", length, b.size("tokens", tokens));
        std::string last = b.subtract("last", end, b.constant("one", 1));
        // How long before the last token a row was written.
        std::string size = b.size("rows", rows);
        std::string row = s.write("row", "linalg.index 1", "index");
        std::string steps = b.subtract("steps", b.add("lap", last, size), row);
        std::string age = b.binary("age", "remsi", steps, size);
        return b.narrow("place", b.subtract("place_index", last, age));
      });
}

RegionBody StreamingLayer::isRecentSlot(LayerTensor places) const {
  return [=, this](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    std::string place = b.read("place", places, at.batch + ", " + at.key);
    std::string own =
        b.add("own_place", b.read("length", *lengths, at.batch), at.query);
    std::string first =
        b.subtract("first", own, b.constant("reach", recent - 1));
    std::string read =
        b.both("is_near", b.compare("is_past", "sle", place, own),
               b.compare("is_recent", "sge", place, first));
    return b.both(
        "is_read", read,
        b.compare("is_other", "sge", place, b.constant("sinks", sinks)));
  };
}

RegionBody StreamingLayer::isSinkSlot() const {
  return [=, this](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    std::string length = b.read("length", *lengths, at.batch);
    return b.compare("is_past", "sle", at.key,
                     b.add("own_place", length, at.query));
  };
}

void StreamingLayer::finish(DenseOp &near, std::optional<DenseOp> far) {
  if (!far) {
    layer.output("o", near.write(layer, "o"), "output");
    return;
  }
  near.lse = near.isWide = far->lse = far->isWide = true;
  LayerTensor nearO = near.write(layer, "o_near");
  LayerTensor farO = far->write(layer, "o_sink");
  LayerTensor o = mergeParts(layer, "o", near, nearO, *far, farO);
  layer.output("o", o, "output");
}

void StreamingLayer::writeWhole() {
  DenseOp near;
  near.query = q;
  near.key = k;
  near.value = v;
  near.causal = true;
  near.window = {recent - 1, 0};
  layer.comment("Each token reads the recent ones, and the sinks.");
  if (!sinks)
    return finish(near, std::nullopt);
  DenseOp far = near;
  near.mask = isSink(/*wanted=*/false);
  far.query = qSink;
  far.window.reset();
  far.mask = isSink(/*wanted=*/true);
  finish(near, far);
}

void StreamingLayer::writeStep() {
  layer.comment("The tokens take the rows of the oldest ones.");
  auto update = [&](StringRef name, const LayerTensor &rows,
                    const LayerTensor &cache, bool ring) {
    CacheUpdate op{rows, *lengths, cache};
    op.ring = ring;
    return op.write(layer, name);
  };
  LayerTensor keys = update("k_ring", k, *ringK, true);
  LayerTensor values = update("v_ring", v, *ringV, true);
  DenseOp near;
  near.query = q;
  near.key = keys;
  near.value = values;
  near.mask = isRecentSlot(placesOfRing());
  std::optional<DenseOp> far;
  if (sinks) {
    // Rows behind the sinks are dropped.
    far.emplace();
    far->query = qSink;
    far->key = update("k_sinks", k, *sinkK, false);
    far->value = update("v_sinks", v, *sinkV, false);
    far->mask = isSinkSlot();
  }
  layer.comment("Each token reads the recent ones, and the sinks.");
  finish(near, far);
  layer.output("k_cache_out", keys, "ring of recent turned keys");
  layer.output("v_cache_out", values, "their values");
  if (far) {
    layer.output("k_sink_out", far->key, "turned keys of the sinks");
    layer.output("v_sink_out", far->value, "their values");
  }
  layer.output("lengths_out",
               addTokens(layer, "lengths_out", *lengths, axes.queries),
               "tokens of each sequence so far");
}

void StreamingLayer::write() {
  if (options.initialState)
    writeStep();
  else
    writeWhole();
}

static void write(Layer &layer, const SystemOptions &options) {
  StreamingLayer(layer, options).write();
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.width % 2)
    return fail("expected an even width for rotary embedding but found {0}",
                options.width);
  return verifyCache(options);
}

System mlir::attn::streaming() {
  return {"streaming",
          "StreamingLLM: attention sinks and recent tokens (arXiv 2309.17453); "
          "kv-seq is the number of rows of the ring",
          "projections of q, k, v and o",
          {{"sinks", 4, 0}, {"recent", 252, 1}},
          HeadCounts::Shared,
          {},
          write,
          verify,
          SystemFamily::Cached};
}
