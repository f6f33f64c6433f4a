//===- Moba.cpp - mixture of block attention ------------------------------===//
//
// Each query of each head reads its own block, causally, and the past blocks
// whose means it scores best: as one list of blocks, or as two streams whose
// softmax sums are merged. The second stream brings queries that read one block
// together, so that tiles of queries share its keys. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../ListOps.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

namespace {

enum Parameter { Block, Top, Streams };

/// Queries that are gathered for a block are padded to a multiple of these.
constexpr int64_t kRows = 64;

/// Queries, keys and values of the layer, and the lists of blocks.
struct Routing {
  LayerTensor q, k, v, lists;
  LayerAxis blocks;
  int64_t block, top;
  /// How many keys lie before the first query's own, as a value; empty for
  /// none.
  std::string earlier;
};

/// The two streams of the layer.
class RoutedLayer {
public:
  RoutedLayer(Layer &layer, const Routing &routing)
      : layer(layer), r(routing), type(layer.options.elementType),
        wide(layer.options.wideType()) {}

  /// The output and the logarithm of its softmax sum.
  std::pair<LayerTensor, LayerTensor> write();

private:
  std::string placeOf(Scalars &s, StringRef query) const {
    return r.earlier.empty()
               ? query.str()
               : s.write("place",
                         formatv("arith.addi {0}, {1}", query, r.earlier),
                         "index");
  }
  LayerTensor readOwn(std::optional<LayerTensor> &lse);
  void invert();
  LayerTensor gatherQueries();
  LayerTensor readBlocks(std::optional<LayerTensor> &lse);
  LayerTensor bringBack(StringRef name, const LayerTensor &own,
                        const LayerTensor &x, StringRef otherwise);

  Layer &layer;
  const Routing &r;
  std::string type;
  StringRef wide;
  LayerTensor routed, entries, places, owners;
};

} // namespace

/// The query's own block.
LayerTensor RoutedLayer::readOwn(std::optional<LayerTensor> &lse) {
  DenseOp op;
  op.query = r.q;
  op.key = r.k;
  op.value = r.v;
  op.causal = true;
  op.lse = op.isWide = true;
  op.mask = [this](Scalars &s, const RegionArguments &at) {
    auto write = [&](StringRef name, StringRef what, StringRef a, StringRef b) {
      return s.write(name, formatv("arith.{0} {1}, {2}", what, a, b), "index");
    };
    std::string size =
        s.write("size", formatv("arith.constant {0}", r.block), "index");
    std::string own = write("own", "floordivsi", placeOf(s, at.query), size);
    std::string first = write("first", "muli", own, size);
    return s.write("is_own", formatv("arith.cmpi sge, {0}, {1}", at.key, first),
                   "index");
  };
  LayerTensor o = op.write(layer, "o_own");
  lse = op.logSum;
  return o;
}

/// Which queries read each block that is not their own.
void RoutedLayer::invert() {
  routed = layer.map(
      "routed", r.lists.axes, "i32", {r.lists},
      [&](Scalars &s, ArrayRef<std::string> x) {
        std::string size =
            s.write("size", formatv("arith.constant {0}", r.block), "index");
        std::string place = placeOf(s, s.write("t", "linalg.index 2", "index"));
        std::string own = s.write(
            "own", formatv("arith.floordivsi {0}, {1}", place, size), "index");
        std::string number =
            s.convert("own_number", "arith.index_cast", own, "index", "i32");
        std::string isOwn = s.write(
            "is_own", formatv("arith.cmpi eq, {0}, {1}", x[0], number), "i32");
        std::string none = s.write("none", "arith.constant -1", "i32");
        return s.write("other",
                       formatv("arith.select {0}, {1}, {2}", isOwn, none, x[0]),
                       "i32");
      });
  const LayerAxis &queries = r.q.axes[2];
  LayerAxis ends{"m", "block bound", r.blocks.size + 1};
  LayerAxis rows{"r", "row block"}, all{"e", "entry"};
  // Only blocks that are named are padded.
  int64_t named = queries.size * (r.top - 1);
  rows.size = llvm::divideCeil(
      named + std::min(named, r.blocks.size) * (kRows - 1), kRows);
  all.size = rows.size * kRows;
  if (queries.isDynamic() || r.blocks.isDynamic()) {
    auto number = [&](int64_t value) {
      return sizeValue(layer, LayerAxis{"", "", value});
    };
    std::string count = sizeValue(layer, r.blocks), tile = number(kRows);
    std::string named = sizeBinary(
        layer, "named", "muli", sizeValue(layer, queries), number(r.top - 1));
    std::string padded = sizeBinary(layer, "padded", "minsi", named, count);
    std::string padding =
        sizeBinary(layer, "padding", "muli", padded, number(kRows - 1));
    std::string most = sizeBinary(layer, "most", "addi", named, padding);
    rows.letter = all.letter = ends.letter = "R";
    rows.value = sizeBinary(layer, "rows", "ceildivsi", most, tile);
    all.value = sizeBinary(layer, "room", "muli", rows.value, tile);
    ends.value = sizeBinary(layer, "bounds", "addi", count, number(1));
  }
  LayerAxes perHead = {r.q.axes[0], r.q.axes[1]};
  auto empty = [&](StringRef name, const LayerAxis &axis) {
    LayerAxes axes = perHead;
    axes.push_back(axis);
    return layer.empty(name, axes, "i32");
  };
  LayerTensor offsetsInit = empty("offsets_init", ends);
  LayerTensor entriesInit = empty("entries_init", all);
  LayerTensor placesInit = layer.empty("places_init", routed.axes, "i32");
  LayerTensor ownersInit = empty("owners_init", rows);
  std::string offsets = layer.unique("offsets");
  auto result = [&](StringRef name, const LayerTensor &init) {
    return LayerTensor{layer.unique(name), init.axes, "i32"};
  };
  entries = result("entries", entriesInit);
  places = result("places", placesInit);
  owners = result("owners", ownersInit);
  layer.text() << formatv("  %{0}, %{1}, %{2}, %{3} = attn.invert align {4}\n"
                          "      ins(%{5} : {6})\n"
                          "      outs(%{7}, %{8} : {9}, {10})\n",
                          offsets, entries.name, places.name, owners.name,
                          kRows, routed.name, routed.type(), offsetsInit.name,
                          entriesInit.name, offsetsInit.type(),
                          entriesInit.type());
  layer.text() << formatv("      places(%{0} : {1}) owners(%{2} : {3})\n",
                          placesInit.name, placesInit.type(), ownersInit.name,
                          ownersInit.type());
}

/// An element of `x` at a row that is a value of i32, in the wide type.
static std::string extract(Scalars &s, const LayerTensor &x, StringRef batch,
                           StringRef head, StringRef row, StringRef feature,
                           StringRef wide) {
  std::string index = s.convert("row", "arith.index_cast", row, "i32", "index");
  std::string places = formatv("{0}, {1}, {2}", batch, head, index);
  if (!feature.empty())
    places += formatv(", {0}", feature).str();
  std::string value = s.write(
      "value", formatv("tensor.extract %{0}[{1}]", x.name, places), x.type());
  return x.elementType == wide
             ? value
             : s.convert("wide", "arith.extf", value, x.elementType, wide);
}

/// Queries in the order of the blocks that they read.
LayerTensor RoutedLayer::gatherQueries() {
  LayerAxes axes = r.q.axes;
  axes[2] = entries.axes[2];
  return layer.map(
      "q_routed", axes, type, {entries},
      [&](Scalars &s, ArrayRef<std::string> x) {
        std::string zero = s.write("first", "arith.constant 0", "i32");
        std::string top =
            s.write("top", formatv("arith.constant {0}", r.top), "i32");
        std::string entry = s.write(
            "entry", formatv("arith.maxsi {0}, {1}", x[0], zero), "i32");
        std::string query = s.write(
            "query", formatv("arith.divsi {0}, {1}", entry, top), "i32");
        std::string b = s.write("b", "linalg.index 0", "index");
        std::string h = s.write("h", "linalg.index 1", "index");
        std::string k = s.write("k", "linalg.index 3", "index");
        return extract(s, r.q, b, h, query, k, wide);
      });
}

LayerTensor RoutedLayer::readBlocks(std::optional<LayerTensor> &lse) {
  BlockSparseOp op;
  op.query = gatherQueries();
  op.key = r.k;
  op.value = r.v;
  LayerAxis one{"x", "entry", 1};
  op.lists = layer.expand("row_blocks", owners, 2, owners.axes[2], one);
  op.queryBlock = kRows;
  op.keyBlock = r.block;
  op.causal = false;
  op.lse = op.isWide = true;
  LayerTensor o = op.write(layer, "o_routed");
  lse = op.logSum;
  return o;
}

/// What the entries of each query's list gave, [entry, b, h, t, ..]: `own` for
/// its own block, rows of `x` for the others.
LayerTensor RoutedLayer::bringBack(StringRef name, const LayerTensor &own,
                                   const LayerTensor &x, StringRef otherwise) {
  LayerAxes axes = own.axes;
  axes.insert(axes.begin(), places.axes[3]);
  bool hasFeatures = own.axes.size() == 4;
  return layer.map(
      name, axes, wide, {own, places, r.lists, routed},
      [&](Scalars &s, ArrayRef<std::string> e) {
        std::string zero = s.write("first", "arith.constant 0", "i32");
        std::string isThere = s.write(
            "is_there", formatv("arith.cmpi sge, {0}, {1}", e[1], zero), "i32");
        std::string place = s.write(
            "place", formatv("arith.maxsi {0}, {1}", e[1], zero), "i32");
        std::string b = s.write("b", "linalg.index 1", "index");
        std::string h = s.write("h", "linalg.index 2", "index");
        std::string v =
            hasFeatures ? s.write("v", "linalg.index 4", "index") : "";
        std::string value = extract(s, x, b, h, place, v, wide);
        std::string none =
            s.write("none", formatv("arith.constant {0}", otherwise), wide);
        // The entry that was not routed.
        std::string isOwn = s.write(
            "is_own", formatv("arith.cmpi ne, {0}, {1}", e[2], e[3]), "i32");
        std::string other = s.write(
            "other", formatv("arith.select {0}, {1}, {2}", isOwn, e[0], none),
            wide);
        return s.write(
            "chosen",
            formatv("arith.select {0}, {1}, {2}", isThere, value, other), wide);
      });
}

std::pair<LayerTensor, LayerTensor> RoutedLayer::write() {
  layer.comment("One stream: the query's own block.");
  std::optional<LayerTensor> ownSum, routedSum;
  LayerTensor own = readOwn(ownSum);
  layer.comment("The other: queries in the order of the blocks they read.");
  invert();
  LayerTensor gathered = readBlocks(routedSum);
  layer.comment("Both are one softmax.");
  StringRef low = wide == "f64" ? "0xFFF0000000000000" : "0xFF800000";
  LayerTensor outputs = bringBack("parts", own, gathered, "0.0");
  LayerTensor sums = bringBack("sums", *ownSum, *routedSum, low);
  LayerTensor oInit = layer.empty("o_init", own.axes, type);
  LayerTensor lseInit = layer.empty("lse_init", ownSum->axes, wide);
  LayerTensor o{layer.unique("o"), own.axes, type};
  LayerTensor lse{layer.unique("lse"), ownSum->axes, wide.str()};
  layer.text() << formatv("  %{0}, %{1} = attn.merge ins(%{2}, %{3}\n"
                          "        : {4}, {5})\n"
                          "      outs(%{6}, %{7} : {8}, {9})\n",
                          o.name, lse.name, outputs.name, sums.name,
                          outputs.type(), sums.type(), oInit.name, lseInit.name,
                          oInit.type(), lseInit.type());
  return {o, lse};
}

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  StringRef type = options.elementType;
  Routing routing;
  routing.block = options.arguments[Block];
  routing.top = options.arguments[Top];
  routing.q = layer.sequenceInput(
      "q", {axes.batch, axes.heads, axes.queries, axes.width}, type, "queries");
  LayerAxes own = {axes.batch, axes.keyHeads, axes.queries, axes.width};
  LayerTensor newK = layer.sequenceInput("k", own, type, "keys");
  own.back() = axes.valueWidth;
  LayerTensor newV = layer.sequenceInput("v", own, type, "values");
  std::tie(routing.k, routing.v) =
      KeyValueCache(layer, axes).append(layer, newK, newV);
  const LayerAxis &keys = routing.k.axes[2];

  layer.comment("Scores of the means of blocks, which are not scaled.");
  routing.blocks = blocksOf(layer, "blocks", keys, routing.block, routing.block,
                            /*partial=*/true);
  SelectOp select;
  select.query = routing.q;
  select.key = pool(layer, "means", routing.k, routing.block, routing.block,
                    routing.blocks);
  select.block = routing.block;
  select.local = 1;
  select.tokens = keys;
  select.listHeads = axes.heads;
  select.top = routing.top;
  routing.lists = select.write(layer, "lists");
  std::optional<std::pair<LayerTensor, LayerTensor>> results;
  if (options.arguments[Streams]) {
    if (keys.index != axes.queries.index)
      routing.earlier =
          sizeBinary(layer, "earlier", "subi", sizeValue(layer, keys),
                     sizeValue(layer, axes.queries));
    results = RoutedLayer(layer, routing).write();
  } else {
    BlockSparseOp op;
    op.query = routing.q;
    op.key = routing.k;
    op.value = routing.v;
    op.lists = routing.lists;
    op.keyBlock = routing.block;
    op.lse = true;
    layer.comment("The query's own block and the best past ones.");
    LayerTensor o = op.write(layer, "o");
    results = {o, *op.logSum};
  }
  layer.sequenceOutput("o", results->first, "output");
  layer.sequenceOutput("lse", results->second, "logarithm of the softmax sum");
  KeyValueCache::output(layer, newK, newV);
}

System mlir::attn::moba() {
  return {"moba",
          "mixture of block attention (arXiv 2502.13189); top counts the "
          "query's own block; streams=1 gathers queries by block",
          "projections",
          {{"block", 512, 1}, {"top", 3, 1}, {"streams", 0, 0}},
          HeadCounts::Shared,
          {},
          write,
          nullptr,
          SystemFamily::Cached};
}
