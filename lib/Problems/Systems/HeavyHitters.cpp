//===- HeavyHitters.cpp - keys that received the most attention -----------===//
//
// New tokens are appended to the kept keys and values and attend causally. Each
// key's mass, the attention that it received from all queries so far, grows;
// then the keys with the largest masses and the recent ones are kept. Keys stay
// turned by their own places. A kept row moves only into the place of one that
// is not kept, so that a token changes two rows of a cache. Covered by
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
using llvm::formatv;
using llvm::StringRef;

namespace {

enum Parameter { Heavy, Recent };

/// Caches of the kept rows; all have a slot for each.
struct KeptRows {
  LayerTensor k, v, mass, places;
  /// Rows in use, and tokens so far, of each sequence.
  LayerTensor lengths, tokens;

  KeptRows(Layer &layer, const SystemOptions &options,
           const AttentionAxes &axes);
};

} // namespace

KeptRows::KeptRows(Layer &layer, const SystemOptions &options,
                   const AttentionAxes &axes) {
  LayerAxes rows = {axes.batch, axes.keyHeads, slots(options)};
  auto cache = [&](StringRef name, LayerAxis width, StringRef meaning) {
    LayerAxes all = rows;
    all.push_back(width);
    return layer.input(name, all, options.elementType, meaning);
  };
  k = cache("k_cache_in", axes.width, "kept keys");
  v = cache("v_cache_in", axes.valueWidth, "their values");
  mass = layer.input("mass_in", rows, options.wideType(), "their masses");
  places =
      layer.input("places_in", rows, "i32", "their places in the sequence");
  lengths = layer.input("lengths_in", {axes.batch}, "i32", "rows in use");
  tokens = layer.input("tokens_in", {axes.batch}, "i32", "tokens so far");
}

/// Row j is kept from before, or is that of a token up to query i.
static RegionBody isPast(LayerTensor lengths) {
  return [=](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    std::string length = b.read("length", lengths, at.batch);
    return b.compare("is_past", "sle", at.key,
                     b.add("own_row", length, at.query));
  };
}

/// Whether the row of a body over [batch, head, slot] was in use before.
static std::string wasInUse(Scalars &s, StringRef length) {
  IndexBuilder b{s};
  std::string row = b.narrow("row", s.write("slot", "linalg.index 2", "index"));
  return b.s.write("was_in_use",
                   formatv("arith.cmpi slt, {0}, {1}", row, length), "i32");
}

static void writeStep(Layer &layer, const SystemOptions &options,
                      const AttentionAxes &axes, DenseOp op) {
  KeptRows kept(layer, options, axes);
  layer.comment("The tokens behind the rows in use.");
  op.key = CacheUpdate{op.key, kept.lengths, kept.k}.write(layer, "k_all");
  op.value = CacheUpdate{op.value, kept.lengths, kept.v}.write(layer, "v_all");
  op.mask = isPast(kept.lengths);
  layer.comment("Attention over all rows in use, and what each received.");
  layer.output("o", op.write(layer, "o"), "output");
  LayerTensor received = op.writeMass(layer, "received", axes.keyHeads);
  LayerAxes rows = received.axes;
  LayerTensor mass = layer.map(
      "mass", rows, options.wideType(), {received, kept.mass, kept.lengths},
      [](Scalars &s, ArrayRef<std::string> e) {
        std::string before =
            s.write("before",
                    formatv("arith.select {0}, {1}, {2}", wasInUse(s, e[2]),
                            e[1], s.constant("zero", 0.0)),
                    s.getType());
        return s.add(before, e[0]);
      });
  LayerTensor places = layer.map(
      "places", rows, "i32", {kept.places, kept.lengths, kept.tokens},
      [](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string row =
            b.narrow("own_row", s.write("own_slot", "linalg.index 2", "index"));
        std::string step = b.binary("step", "subi", row, e[1], "i32");
        std::string place = b.binary("place", "addi", e[2], step, "i32");
        return s.write("place_of_row",
                       formatv("arith.select {0}, {1}, {2}", wasInUse(s, e[1]),
                               e[0], place),
                       "i32");
      });
  LayerTensor used =
      addTokens(layer, "rows_in_use", kept.lengths, axes.queries);
  layer.comment("The heavy and the recent ones are kept.");
  int64_t heavy = options.arguments[Heavy], recent = options.arguments[Recent];
  CacheEvict evict{heavy, recent, used, {op.key, op.value, mass, places}, 2, 3};
  std::vector<std::string> names = {"k_cache_out", "v_cache_out", "mass_out",
                                    "places_out"};
  std::vector<LayerTensor> results = evict.write(layer, names);
  StringRef meanings[] = {"kept keys", "their values", "their masses",
                          "their places in the sequence"};
  for (auto [name, result, meaning] : llvm::zip_equal(names, results, meanings))
    layer.output(name, result, meaning);
  layer.output("lengths_out",
               addTokens(layer, "lengths_out", kept.lengths, axes.queries,
                         heavy + recent),
               "rows in use");
  layer.output("tokens_out",
               addTokens(layer, "tokens_out", kept.tokens, axes.queries),
               "tokens so far");
}

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  StringRef type = options.elementType;
  LayerAxes own = {axes.batch, axes.heads, axes.queries, axes.width};
  DenseOp op;
  op.query = layer.input("q", own, type, "queries");
  own[1] = axes.keyHeads;
  op.key = layer.input("k", own, type, "keys");
  own.back() = axes.valueWidth;
  op.value = layer.input("v", own, type, "values");
  op.lse = true;
  if (options.initialState)
    return writeStep(layer, options, axes, op);
  op.causal = true;
  layer.comment("Attention, and what each key received.");
  layer.output("o", op.write(layer, "o"), "output");
  layer.output("mass_out", op.writeMass(layer, "mass_out", axes.keyHeads),
               "masses of the keys");
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.arguments[Heavy] + options.arguments[Recent] == 0)
    return fail(
        "expected heavy or recent of '{0}' to be at least 1 but found 0",
        options.name);
  return verifyCache(options);
}

System mlir::attn::h2o() {
  return {"h2o",
          "heavy-hitter oracle: keys with the largest masses and recent ones "
          "(arXiv 2306.14048); kv-seq is the number of rows of the caches",
          "projections of q, k, v and o; rotary embedding",
          {{"heavy", 64, 0}, {"recent", 63, 0}},
          HeadCounts::Shared,
          {},
          write,
          verify,
          SystemFamily::Cached};
}
