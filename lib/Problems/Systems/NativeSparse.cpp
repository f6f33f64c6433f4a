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

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

namespace {
enum Parameter { Size, Stride, Block, Top, Window, First, Local, Sum };

struct Rules {
  explicit Rules(const SystemOptions &options)
      : size(options.arguments[Size]), block(options.arguments[Block]),
        top(options.arguments[Top]), window(options.arguments[Window]),
        first(options.arguments[First]), local(options.arguments[Local]),
        isSum(options.arguments[Sum]) {
    stride = options.arguments[Stride] ? options.arguments[Stride] : size;
  }

  int64_t size, stride, block, top, window, first, local;
  bool isSum;
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

/// The means, and what they weigh as lists of blocks.
static std::pair<LayerTensor, LayerTensor>
compress(Layer &layer, const Rules &rules, const AttentionAxes &axes,
         const LayerTensor &q, const LayerTensor &k, const LayerTensor &v) {
  layer.comment("Means of keys and values, which queries read once they are "
                "complete.");
  LayerAxis means = blocksOf(layer, "means", k.axes[2], rules.size,
                             rules.stride, /*partial=*/false);
  LayerTensor keys = pool(layer, "k_means", k, rules.size, rules.stride, means);
  LayerTensor values =
      pool(layer, "v_means", v, rules.size, rules.stride, means);
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
      "in fla; size=32,stride=16,sum=1 is the paper's",
      "projections; compression by other than means",
      {{"size", 64, 1},
       {"stride", 0, 0},
       {"block", 64, 1},
       {"top", 16, 1},
       {"window", 512, 1},
       {"first", 1, 0},
       {"local", 2, 0},
       {"sum", 0, 0}},
      HeadCounts::Shared,
      {},
      write,
      verify,
      SystemFamily::Cached};
}
