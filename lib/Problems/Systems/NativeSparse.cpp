//===- NativeSparse.cpp - native sparse attention -------------------------===//
//
// Three branches, each a softmax of its own: means of blocks of keys, the
// blocks that weigh most among the means, and a window. Their sum is weighed by
// gates. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../ListOps.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

namespace {
enum Parameter { Size, Stride, Block, Top, Window, First, Local, Sum, Means };

struct Rules {
  explicit Rules(const SystemOptions &options)
      : size(options.arguments[Size]), block(options.arguments[Block]),
        top(options.arguments[Top]), window(options.arguments[Window]),
        first(options.arguments[First]), local(options.arguments[Local]),
        isSum(options.arguments[Sum]), keepsMeans(options.arguments[Means]) {
    stride = options.arguments[Stride] ? options.arguments[Stride] : size;
  }

  int64_t size, stride, block, top, window, first, local;
  bool isSum, keepsMeans;
};
} // namespace

/// Whether the last key of a mean is not behind the query: its place is i and
/// what the keys are more than the queries.
static RegionBody isComplete(Layer &layer, const Rules &rules,
                             const LayerAxis &queries, const LayerAxis &keys) {
  std::string before;
  if (keys.index != queries.index)
    before = sizeBinary(layer, "earlier", "subi", sizeValue(layer, keys),
                        sizeValue(layer, queries));
  return [=](Scalars &s, const RegionArguments &at) {
    auto write = [&](StringRef name, StringRef op, StringRef a, StringRef b) {
      return s.write(name, formatv("arith.{0} {1}, {2}", op, a, b), "index");
    };
    std::string stride =
        s.write("stride", formatv("arith.constant {0}", rules.stride), "index");
    std::string rest =
        s.write("rest", formatv("arith.constant {0}", rules.size - 1), "index");
    std::string last =
        write("last", "addi", write("start", "muli", at.key, stride), rest);
    std::string place =
        before.empty() ? at.query : write("place", "addi", at.query, before);
    return s.write("is_complete",
                   formatv("arith.cmpi sle, {0}, {1}", last, place), "index");
  };
}

/// Means of keys or values: of all, or in a cache of the caller, which holds
/// those of earlier tokens and has room for those that are complete now.
class MeansCache {
public:
  MeansCache(Layer &layer, const Rules &rules, const AttentionAxes &axes,
             const LayerAxis &tokens);

  LayerTensor write(StringRef name, const LayerTensor &x);

private:
  LayerTensor slice(StringRef name, const LayerTensor &x);
  LayerTensor insert(StringRef name, const LayerTensor &means,
                     const LayerTensor &into);

  Layer &layer;
  const Rules &rules;
  bool isCached;
  /// All means, those that are new, and the tokens that these are made of.
  LayerAxis means, fresh, rest;
  /// The first new mean, and its first token.
  std::string known, start;
};

MeansCache::MeansCache(Layer &layer, const Rules &rules,
                       const AttentionAxes &axes, const LayerAxis &tokens)
    : layer(layer), rules(rules),
      isCached(rules.keepsMeans && layer.options.initialState) {
  if (!isCached) {
    means = blocksOf(layer, "means", tokens, rules.size, rules.stride,
                     /*partial=*/false);
    return;
  }
  auto whole = [&](int64_t count) {
    return count < rules.size ? 0 : (count - rules.size) / rules.stride + 1;
  };
  int64_t old = whole(axes.keys.size), all = whole(tokens.size);
  means = {"n", "mean", all, tokens.isDynamic() ? "C" : ""};
  fresh = {"n", "new mean", all - old};
  rest = {"s", "key", tokens.size - old * rules.stride};
  known = std::to_string(old);
  start = std::to_string(old * rules.stride);
  if (!tokens.isDynamic())
    return;
  fresh.letter = rest.letter = "D";
  LayerAxis before = blocksOf(layer, "known", axes.keys, rules.size,
                              rules.stride, /*partial=*/false);
  // A cache that is too small has no room for what is known.
  std::string room = layer.sizeText(means);
  known = sizeBinary(layer, "kept", "minsi", sizeValue(layer, before), room);
  fresh.value = sizeBinary(layer, "fresh", "subi", room, known);
  start = sizeBinary(layer, "start", "muli", known,
                     sizeValue(layer, LayerAxis{"", "", rules.stride}));
  rest.value = sizeBinary(layer, "rest", "subi", layer.sizeText(tokens), start);
}

/// `[offset, 0..] [sizes] [strides]` of rows along the third axis.
static std::string rowsOf(Layer &layer, StringRef offset,
                          const LayerTensor &part) {
  llvm::SmallVector<std::string> sizes;
  for (const LayerAxis &axis : part.axes)
    sizes.push_back(layer.sizeText(axis));
  return formatv("[0, 0, {0}, 0] [{1}] [1, 1, 1, 1]", offset,
                 llvm::join(sizes, ", "));
}

/// Rows from the first one on that a new mean is made of.
LayerTensor MeansCache::slice(StringRef name, const LayerTensor &x) {
  LayerTensor tail{layer.unique((name + "_rest").str()), x.axes, x.elementType};
  tail.axes[2] = rest;
  layer.text() << formatv("  %{0} = tensor.extract_slice %{1}\n"
                          "      {2} : {3} to {4}\n",
                          tail.name, x.name, rowsOf(layer, start, tail),
                          x.type(), tail.type());
  return tail;
}

LayerTensor MeansCache::insert(StringRef name, const LayerTensor &added,
                               const LayerTensor &into) {
  LayerTensor whole{layer.unique(name), into.axes, into.elementType};
  layer.text() << formatv("  %{0} = tensor.insert_slice %{1} into %{2}\n"
                          "      {3} : {4} into {5}\n",
                          whole.name, added.name, into.name,
                          rowsOf(layer, known, added), added.type(),
                          into.type());
  return whole;
}

LayerTensor MeansCache::write(StringRef name, const LayerTensor &x) {
  std::string all = (name + "_means").str();
  if (!isCached)
    return pool(layer, all, x, rules.size, rules.stride, means);
  LayerAxes cached = x.axes;
  cached[2] = means;
  LayerTensor cache =
      layer.sequenceInput(all + "_in", cached, layer.options.wideType(),
                          "means of earlier tokens, and room for new ones");
  LayerTensor added = pool(layer, all + "_new", slice(name, x), rules.size,
                           rules.stride, fresh);
  LayerTensor result = insert(all, added, cache);
  if (layer.options.finalState)
    layer.sequenceOutput(all + "_out", result, "all means");
  return result;
}

/// The means, and what they weigh as lists of blocks.
static std::pair<LayerTensor, LayerTensor>
compress(Layer &layer, const Rules &rules, const AttentionAxes &axes,
         const LayerTensor &q, const LayerTensor &k, const LayerTensor &v) {
  layer.comment("Means of keys and values, which queries read once they are "
                "complete.");
  MeansCache means(layer, rules, axes, k.axes[2]);
  LayerTensor keys = means.write("k", k);
  LayerTensor values = means.write("v", v);
  DenseOp op;
  op.query = q;
  op.key = narrow(layer, "k_cmp", keys);
  op.value = narrow(layer, "v_cmp", values);
  op.mask = isComplete(layer, rules, q.axes[2], k.axes[2]);
  op.isWide = true;
  LayerTensor o = op.write(layer, "o_cmp");

  layer.comment("The weights of the means become those of blocks.");
  SelectOp select;
  select.query = q;
  select.key = keys;
  select.softmax = true;
  select.block = rules.block;
  select.keySize = rules.size;
  select.keyStride = rules.stride;
  if (axes.heads.size != axes.keyHeads.size)
    select.group = rules.isSum ? "sum" : "mean";
  select.first = rules.first;
  select.local = rules.local;
  select.scale = 1.0 / std::sqrt(double(layer.options.width));
  select.tokens = k.axes[2];
  select.listHeads = axes.keyHeads;
  select.top = rules.top;
  return {o, select.write(layer, "lists")};
}

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  Rules rules(options);
  StringRef type = options.elementType, wide = options.wideType();
  LayerTensor q = layer.sequenceInput(
      "q", {axes.batch, axes.heads, axes.queries, axes.width}, type, "queries");
  LayerAxes own = {axes.batch, axes.keyHeads, axes.queries, axes.width};
  LayerTensor newK = layer.sequenceInput("k", own, type, "keys");
  own.back() = axes.valueWidth;
  LayerTensor newV = layer.sequenceInput("v", own, type, "values");
  LayerAxes perToken = {axes.batch, axes.heads, axes.queries};
  std::vector<Operand> gated;
  for (auto [name, meaning] :
       {std::pair("g_cmp", "logit of the gate of the means"),
        std::pair("g_slc", "logit of the gate of the selected blocks"),
        std::pair("g_swa", "logit of the gate of the window")})
    gated.push_back(layer.sequenceInput(name, perToken, wide, meaning));
  auto [k, v] = KeyValueCache(layer, axes).append(layer, newK, newV);
  auto [means, lists] = compress(layer, rules, axes, q, k, v);

  layer.comment("The selected blocks, and the window.");
  BlockSparseOp selected;
  selected.query = q;
  selected.key = k;
  selected.value = v;
  selected.lists = lists;
  selected.keyBlock = rules.block;
  selected.isWide = true;
  LayerTensor blocks = selected.write(layer, "o_slc");
  DenseOp near;
  near.query = q;
  near.key = k;
  near.value = v;
  near.causal = true;
  near.window = {rules.window - 1, 0};
  near.isWide = true;
  LayerTensor window = near.write(layer, "o_swa");
  gated.insert(gated.end(), {means, blocks, window});
  LayerTensor o = layer.map(
      "o", means.axes, type, gated, [](Scalars &s, ArrayRef<std::string> x) {
        std::string sum = s.multiply(s.sigmoid(x[0]), x[3]);
        sum = s.add(sum, s.multiply(s.sigmoid(x[1]), x[4]));
        return s.add(sum, s.multiply(s.sigmoid(x[2]), x[5]));
      });
  layer.sequenceOutput("o", o, "output");
  KeyValueCache::output(layer, newK, newV);
}

static llvm::Error verify(const SystemOptions &options) {
  Rules rules(options);
  if (rules.size % rules.stride || rules.block % rules.stride)
    return fail("expected stride to divide size and block but found {0}, {1} "
                "and {2}",
                rules.stride, rules.size, rules.block);
  return llvm::Error::success();
}

System mlir::attn::nativeSparse() {
  return {
      "native_sparse",
      "native sparse attention (arXiv 2502.11089); stride=0 is the size, as "
      "in fla; size=32,stride=16,sum=1 is the paper's; means=1 keeps means in "
      "the cache",
      "projections; compression by other than means",
      {{"size", 64, 1},
       {"stride", 0, 0},
       {"block", 64, 1},
       {"top", 16, 1},
       {"window", 512, 1},
       {"first", 1, 0},
       {"local", 2, 0},
       {"sum", 0, 0},
       {"means", 0, 0}},
      HeadCounts::Shared,
      {},
      write,
      verify,
      SystemFamily::Cached};
}
