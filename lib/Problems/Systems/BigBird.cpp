//===- BigBird.cpp - global, near and random blocks -----------------------===//
//
// The first and the last block of tokens read all tokens and are read by all;
// the others read also the blocks around their own and some chosen at random.
// Which ones is a constant list. Tokens of the two global blocks are attn.dense
// on slices, the others attn.block_sparse. Covered by test/Systems/.
//
// Random blocks of query block n of head h are drawn one by one from those not
// read yet, in their order: block x mod c of c, with x the next number of
// splitmix64 (Steele, Lea and Flood, OOPSLA 2014) begun at (seed * heads + h) *
// blocks + n.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../CacheText.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

namespace {

enum Parameter { Block, Window, Random, Seed, Mask };

/// The lists of one head: blocks that each query block between the global ones
/// reads, in ascending order.
using HeadLists = std::vector<std::vector<int64_t>>;

class BigBirdLayer {
public:
  BigBirdLayer(Layer &layer, const SystemOptions &options)
      : layer(layer), options(options), axes(options),
        block(options.arguments[Block]),
        blocks(llvm::divideCeil(options.tokens, block)) {}

  void write();

private:
  HeadLists buildLists(int64_t head) const;
  LayerTensor writeLists();
  LayerTensor writeSparse(const LayerTensor &q, const LayerTensor &lists);

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  int64_t block, blocks;
  LayerTensor k, v;
  std::optional<LayerTensor> present;
};

} // namespace

static uint64_t splitMix(uint64_t &state) {
  uint64_t x = state += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

HeadLists BigBirdLayer::buildLists(int64_t head) const {
  HeadLists lists;
  int64_t reach = options.arguments[Window] / 2;
  for (int64_t n = 1; n < blocks - 1; ++n) {
    std::set<int64_t> read = {0, blocks - 1};
    for (int64_t m = std::max<int64_t>(0, n - reach);
         m <= std::min(blocks - 1, n + reach); ++m)
      read.insert(m);
    std::vector<int64_t> rest;
    for (int64_t m = 0; m < blocks; ++m)
      if (!read.count(m))
        rest.push_back(m);
    uint64_t state =
        (options.arguments[Seed] * options.heads + head) * blocks + n;
    for (int64_t r = 0; r < options.arguments[Random] && !rest.empty(); ++r) {
      auto chosen = rest.begin() + splitMix(state) % rest.size();
      read.insert(*chosen);
      rest.erase(chosen);
    }
    lists.emplace_back(read.begin(), read.end());
  }
  return lists;
}

/// The constant [1, head, block of queries, entry], -1 behind the last entry.
LayerTensor BigBirdLayer::writeLists() {
  std::vector<HeadLists> all;
  size_t length = 0;
  for (int64_t head = 0; head < options.heads; ++head) {
    all.push_back(buildLists(head));
    for (const std::vector<int64_t> &list : all.back())
      length = std::max(length, list.size());
  }
  auto entries = [&](const std::vector<int64_t> &list) {
    std::vector<int64_t> padded = list;
    padded.resize(length, -1);
    return "[" +
           llvm::join(llvm::map_range(
                          padded, [](int64_t n) { return std::to_string(n); }),
                      ", ") +
           "]";
  };
  auto lists = [&](const HeadLists &head) {
    return "    [" + llvm::join(llvm::map_range(head, entries), ",\n     ") +
           "]";
  };
  LayerTensor tensor{layer.unique("lists"),
                     {{"one", "", 1},
                      axes.heads,
                      {"n", "block of queries", blocks - 2},
                      {"x", "entry", static_cast<int64_t>(length)}},
                     "i32"};
  layer.text() << formatv(
      "  %{0} = arith.constant dense<[[\n{1}]]> : {2}\n", tensor.name,
      llvm::join(llvm::map_range(all, lists), ",\n"), tensor.type());
  return tensor;
}

LayerTensor BigBirdLayer::writeSparse(const LayerTensor &q,
                                      const LayerTensor &lists) {
  LayerAxes outputAxes = q.axes;
  outputAxes.back() = axes.valueWidth;
  std::string bias;
  if (present) {
    LayerAxis one{"one", "", 1};
    LayerTensor byHead =
        layer.expand("mask_of_head", *present, 0, axes.batch, one);
    byHead = layer.expand("mask_of_query", byHead, 1, one, one);
    bias = formatv("\n      bias(%{0} : {1})", byHead.name, byHead.type());
  }
  LayerTensor init =
      layer.empty("o_between_init", outputAxes, options.elementType);
  LayerTensor o{layer.unique("o_between"), outputAxes, options.elementType};
  layer.text() << formatv("  %{0} = attn.block_sparse query_block {1} "
                          "key_block {1}\n"
                          "      ins(%{2}, %{3}, %{4}\n"
                          "        : {5}, {6}, {7})\n"
                          "      blocks(%{8} : {9}){10}\n"
                          "      outs(%{11} : {12})\n",
                          o.name, block, q.name, k.name, v.name, q.type(),
                          k.type(), v.type(), lists.name, lists.type(), bias,
                          init.name, init.type());
  return o;
}

void BigBirdLayer::write() {
  StringRef type = options.elementType;
  LayerAxes own = {axes.batch, axes.heads, axes.queries, axes.width};
  LayerTensor q = layer.input("q", own, type, "queries");
  own[1] = axes.keyHeads;
  k = layer.input("k", own, type, "keys");
  own.back() = axes.valueWidth;
  v = layer.input("v", own, type, "values");
  if (options.arguments[Mask])
    present = layer.input("mask", {axes.batch, axes.queries}, "i1",
                          "tokens that are there");
  DenseOp global;
  global.key = k;
  global.value = v;
  global.present = present;
  global.query = q;
  if (blocks <= 2) {
    layer.comment("All tokens are in global blocks.");
    layer.output("o", global.write(layer, "o"), "output");
    return;
  }
  auto rows = [&](StringRef name, int64_t from, int64_t to) {
    return sliceOf(layer, name, q, 2, from, {"t", "token", to - from});
  };
  int64_t last = (blocks - 1) * block;
  layer.comment("The first and the last block read all tokens.");
  global.query = rows("q_first", 0, block);
  LayerTensor first = global.write(layer, "o_first");
  global.query = rows("q_last", last, options.tokens);
  LayerTensor final = global.write(layer, "o_last");
  layer.comment("The others read these, those around them, and random ones.");
  LayerTensor lists = writeLists();
  LayerTensor between = writeSparse(rows("q_between", block, last), lists);
  LayerTensor begun =
      concat(layer, "o_begun", first, between, 2, {"t", "token", last});
  layer.output("o", concat(layer, "o", begun, final, 2, axes.queries),
               "output");
}

static void write(Layer &layer, const SystemOptions &options) {
  BigBirdLayer(layer, options).write();
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.dynamic.count(Axis::Query))
    return fail("expected a number of tokens in '{0}', whose lists are "
                "constants, but found seq in dynamic",
                options.name);
  if (options.dynamic.count(Axis::Head))
    return fail("expected a number of heads in '{0}', whose lists are "
                "constants, but found heads in dynamic",
                options.name);
  return llvm::Error::success();
}

System mlir::attn::bigBird() {
  return {"bigbird",
          "BigBird: global, near and random blocks (arXiv 2007.14062)",
          "projections; blocks are global at both ends, one each",
          {{"block", 64, 1},
           {"window", 3, 1},
           {"random", 3, 0},
           {"seed", 0, 0},
           {"mask", 0, 0}},
          HeadCounts::Shared,
          {},
          write,
          verify,
          SystemFamily::Attention};
}
