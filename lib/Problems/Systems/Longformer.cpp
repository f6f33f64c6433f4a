//===- Longformer.cpp - a window, and tokens that all read ----------------===//
//
// The first tokens are global: all tokens read them, and they read all tokens
// by projections of their own. The others read a window. The window without the
// global tokens and the global tokens are disjoint sets of keys, whose results
// attn.merge combines: each mask is one range of keys, so that time is linear
// in the number of tokens. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../CacheText.h"
#include "../IndexText.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

namespace {

enum Parameter { OneSided, Dilation, Global };

} // namespace

/// Keys at most `reach` steps of `dilation` away, from token `first` on.
static RegionBody dilatedWindow(int64_t reach, int64_t dilation,
                                int64_t first) {
  return [=](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    std::string bound = b.constant("reach", reach * dilation);
    std::string low = b.binary("low", "subi", at.query, bound);
    std::string high = b.binary("high", "addi", at.query, bound);
    std::string read =
        b.binary("is_near", "andi", b.compare("is_behind", "sge", at.key, low),
                 b.compare("is_before", "sle", at.key, high), "i1");
    if (dilation > 1) {
      std::string distance = b.binary("distance", "subi", at.key, at.query);
      std::string rest =
          b.binary("rest", "remsi", distance, b.constant("dilation", dilation));
      std::string isStep =
          b.compare("is_step", "eq", rest, b.constant("none", 0));
      read = b.binary("is_read", "andi", read, isStep, "i1");
    }
    if (first) {
      std::string isOther =
          b.compare("is_other", "sge", at.key, b.constant("first", first));
      read = b.binary("is_read", "andi", read, isOther, "i1");
    }
    return read;
  };
}

/// Whether the query, or the key, is one of the first `count` tokens.
static RegionBody isGlobal(int64_t count, bool ofQuery) {
  return [=](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    return b.compare("is_global", "slt", ofQuery ? at.query : at.key,
                     b.constant("globals", count));
  };
}

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  StringRef type = options.elementType;
  int64_t reach = options.arguments[OneSided];
  int64_t dilation = options.arguments[Dilation];
  int64_t globals = options.arguments[Global];
  LayerAxes queryAxes = {axes.batch, axes.heads, axes.queries, axes.width};
  LayerAxes keyAxes = {axes.batch, axes.keyHeads, axes.queries, axes.width};
  LayerAxes valueAxes = keyAxes;
  valueAxes.back() = axes.valueWidth;
  auto inputs = [&](StringRef suffix, StringRef meaning) {
    std::string end = suffix.str(), what = meaning.str();
    DenseOp op;
    op.query = layer.input("q" + end, queryAxes, type, "queries" + what);
    op.key = layer.input("k" + end, keyAxes, type, "keys" + what);
    op.value = layer.input("v" + end, valueAxes, type, "values" + what);
    return op;
  };
  DenseOp near = inputs("", "");
  near.mask = dilatedWindow(reach, dilation, globals);
  if (!globals) {
    layer.comment("Each token reads its window.");
    layer.output("o", near.write(layer, "o"), "output");
    return;
  }
  DenseOp all = inputs("_global", " where global tokens read");
  DenseOp far = near;
  far.mask = isGlobal(globals, /*ofQuery=*/false);
  near.lse = near.isWide = far.lse = far.isWide = true;
  layer.comment("Each token reads its window of the others, and the global "
                "tokens.");
  LayerTensor nearO = near.write(layer, "o_near");
  LayerTensor farO = far.write(layer, "o_far");
  LayerTensor own = mergeParts(layer, "o_own", near, nearO, far, farO);
  layer.comment("The global tokens read all.");
  all.mask = isGlobal(globals, /*ofQuery=*/true);
  LayerTensor whole = all.write(layer, "o_global");
  LayerTensor o = layer.map(
      "o", own.axes, type, {own, whole},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string token = s.write("t", "linalg.index 2", "index");
        std::string isFirst = b.compare("is_global", "slt", token,
                                        b.constant("globals", globals));
        return s.write(
            "chosen",
            formatv("arith.select {0}, {1}, {2}", isFirst, e[1], e[0]),
            s.getType());
      });
  layer.output("o", o, "output");
}

System mlir::attn::longformer() {
  return {"longformer",
          "Longformer: a window and global tokens (arXiv 2004.05150)",
          "projections; global tokens are the first ones, and all heads have "
          "one dilation",
          {{"one_sided", 256, 0}, {"dilation", 1, 1}, {"global", 16, 0}},
          HeadCounts::Shared,
          {},
          write,
          nullptr,
          SystemFamily::Attention};
}
