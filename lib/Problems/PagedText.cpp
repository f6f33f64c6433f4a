//===- PagedText.cpp - attention over keys in pages -----------------------===//
//
// The n-th query of the batch, of n = b T + t, has its own list of key blocks:
// the pages of sequence b, as many as its keys need. Only the last of them may
// be cut off, which a mask says.
//
//   %o = attn.block_sparse query_block 1 key_block 16 ins(%q_joined, %k, %v)
//       blocks(%lists) counts(%counts) outs(..)
//       mask { j div 16 is not the last page, or j mod 16 is before the end }
//
// Covered by test/Tools/attn-gen/cache-systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "PagedText.h"

#include "CacheText.h"
#include "IndexText.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

static std::string asItIs(Scalars &, ArrayRef<std::string> e) { return e[0]; }

PagedAttention::PagedAttention(Layer &layer, const DenseOp &op,
                               const LayerTensor &table,
                               const LayerTensor &used, int64_t page)
    : layer(layer), op(op), table(table), used(used), page(page),
      batch(op.query.axes[0]), heads(op.query.axes[1]),
      tokens(op.query.axes[2]), all(joinAxes(layer, batch, tokens)) {}

LayerTensor PagedAttention::joinBatches(StringRef name, const LayerTensor &x) {
  LayerAxes axes = x.axes;
  std::swap(axes[0], axes[1]);
  LayerTensor turned =
      layer.map((name + "_by_head").str(), axes, x.elementType, {x}, asItIs);
  LayerTensor joined =
      layer.collapse((name + "_of_head").str(), turned, 1, all);
  return layer.expand((name + "_joined").str(), joined, 0, one, heads);
}

LayerTensor PagedAttention::splitBatches(StringRef name, const LayerTensor &x) {
  LayerTensor flat = layer.collapse((name + "_of_head").str(), x, 0, heads);
  LayerTensor split =
      splitAxes(layer, (name + "_by_head").str(), flat, 1, batch, tokens);
  LayerAxes axes = split.axes;
  std::swap(axes[0], axes[1]);
  return layer.map(name, axes, x.elementType, {split}, asItIs);
}

LayerTensor PagedAttention::listsOf(StringRef name, const LayerTensor &x) {
  LayerTensor joined = layer.collapse((name + "_joined").str(), x, 0, all);
  LayerTensor shared =
      layer.expand((name + "_shared").str(), joined, 0, one, all);
  LayerAxis other{"one_head", "", 1};
  return layer.expand(name, shared, 0, one, other);
}

/// How many keys each query may read, [b, t].
LayerTensor PagedAttention::countKeys() {
  std::string size = layer.sizeText(tokens);
  std::string entries = layer.sizeText(table.axes[1]);
  return layer.map(
      "keys_of_token", {batch, tokens}, "i32", {used},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string count =
            s.convert("in_use", "arith.index_cast", e[0], "i32", "index");
        std::string most = b.binary("most", "muli", b.size("pages", entries),
                                    b.constant("page_rows", page));
        count = b.binary("there", "minsi", count, most);
        if (op.causal) {
          std::string t = s.write("t", "linalg.index 1", "index");
          std::string before =
              b.subtract("before", count, b.size("tokens", size));
          count =
              b.add("visible", b.add("place", before, t), b.constant("own", 1));
        }
        count = b.binary("count", "maxsi", count, b.constant("none", 0));
        return b.narrow("count_narrow", count);
      });
}

/// The page that holds the last of `keys`, [b, t].
LayerTensor PagedAttention::findLastPage(const LayerTensor &keys) {
  return layer.sum(
      "last_page", {batch, tokens}, {table.axes[1]}, {keys, table},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string count =
            s.convert("count", "arith.index_cast", e[0], "i32", "index");
        std::string last =
            b.binary("entry", "floordivsi",
                     b.subtract("last_key", count, b.constant("own", 1)),
                     b.constant("page_rows", page));
        std::string entry = s.write("x", "linalg.index 2", "index");
        std::string isLast = b.compare("is_last", "eq", entry, last);
        std::string zero = s.write("zero", "arith.constant 0", "i32");
        return s.write(
            "term", formatv("arith.select {0}, {1}, {2}", isLast, e[1], zero),
            "i32");
      },
      "i32");
}

LayerTensor PagedAttention::write() {
  layer.comment("Each query reads the pages of its sequence.");
  LayerTensor keys = countKeys();
  LayerTensor lastPage = findLastPage(keys);
  LayerTensor counts = layer.map(
      "pages_of_token", keys.axes, "i32", {keys},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string count =
            s.convert("count", "arith.index_cast", e[0], "i32", "index");
        return b.narrow("pages", b.binary("pages_index", "ceildivsi", count,
                                          b.constant("page_rows", page)));
      });
  LayerTensor lastRow = layer.map(
      "last_row", keys.axes, "i32", {keys},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string count =
            s.convert("count", "arith.index_cast", e[0], "i32", "index");
        std::string last = b.subtract("last_key", count, b.constant("own", 1));
        return b.narrow("row", b.binary("row_index", "remsi", last,
                                        b.constant("page_rows", page)));
      });
  LayerTensor lists = layer.map("entries", {batch, tokens, table.axes[1]},
                                "i32", {table}, asItIs);
  LayerTensor query = joinBatches("q", op.query);
  LayerTensor entries = listsOf("lists", lists);
  LayerTensor lengths = listsOf("counts", counts);
  LayerTensor last = layer.collapse("last_pages", lastPage, 0, all);
  LayerTensor ends = layer.collapse("last_rows", lastRow, 0, all);

  StringRef wide = layer.options.wideType();
  LayerAxes axes = query.axes;
  axes.back() = op.value.axes.back();
  LayerTensor init = layer.empty("o_init", axes, query.elementType);
  axes.pop_back();
  std::optional<LayerTensor> sums;
  if (op.lse)
    sums = layer.empty("lse_init", axes, wide);
  LayerTensor o{layer.unique("o_joined"), init.axes, init.elementType};
  LayerTensor lse{layer.unique("lse_joined"), axes, wide.str()};
  llvm::raw_ostream &os = layer.text();
  os << formatv("  %{0}{1} = attn.block_sparse", o.name,
                op.lse ? ", %" + lse.name : "");
  if (op.scale)
    os << " scale " << floatLiteral(*op.scale);
  if (op.softcap)
    os << " softcap " << floatLiteral(*op.softcap);
  os << formatv(" query_block 1 key_block {0}\n"
                "      ins(%{1}, %{2}, %{3}\n        : {4}, {5}, {6})\n"
                "      blocks(%{7} : {8}) counts(%{9} : {10})",
                page, query.name, op.key.name, op.value.name, query.type(),
                op.key.type(), op.value.type(), entries.name, entries.type(),
                lengths.name, lengths.type());
  if (op.sink)
    os << formatv("\n      sink(%{0} : {1})", op.sink->name, op.sink->type());
  os << formatv("\n      outs(%{0}{1} : {2}{3})", init.name,
                sums ? ", %" + sums->name : "", init.type(),
                sums ? ", " + sums->type() : "");
  writeRegion(layer, "mask", [&](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    std::string rows = b.constant("page_rows", page);
    std::string number = b.binary("page", "floordivsi", at.key, rows);
    std::string isOther =
        b.compare("is_other", "ne", number, b.read("last", last, at.query));
    std::string most = b.read("most", ends, at.query);
    std::string place = b.binary("place", "remsi", at.key, rows);
    return b.binary("is_read", "ori", isOther,
                    b.compare("is_there", "sle", place, most), "i1");
  });
  os << '\n';
  if (op.lse)
    logSum = splitBatches("lse_of_token", lse);
  return splitBatches("o", o);
}
