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

using namespace mlir::attn;
using llvm::StringRef;

namespace {
enum Parameter { Block, Top };
} // namespace

static void write(Layer &layer, const SystemOptions &options) {
  AttentionAxes axes(options);
  StringRef type = options.elementType;
  int64_t block = options.arguments[Block];
  LayerTensor q = layer.sequenceInput(
      "q", {axes.batch, axes.heads, axes.queries, axes.width}, type, "queries");
  LayerAxes own = {axes.batch, axes.keyHeads, axes.queries, axes.width};
  LayerTensor newK = layer.sequenceInput("k", own, type, "keys");
  own.back() = axes.valueWidth;
  LayerTensor newV = layer.sequenceInput("v", own, type, "values");
  auto [k, v] = KeyValueCache(layer, axes).append(layer, newK, newV);

  layer.comment("Scores of the means of blocks, which are not scaled.");
  LayerAxis blocks =
      blocksOf(layer, "blocks", k.axes[2], block, block, /*partial=*/true);
  SelectOp select;
  select.query = q;
  select.key = pool(layer, "means", k, block, block, blocks);
  select.block = block;
  select.local = 1;
  select.tokens = k.axes[2];
  select.listHeads = axes.heads;
  select.top = options.arguments[Top];

  BlockSparseOp op;
  op.query = q;
  op.key = k;
  op.value = v;
  op.lists = select.write(layer, "lists");
  op.keyBlock = block;
  op.lse = true;
  layer.comment("The query's own block and the best past ones.");
  layer.sequenceOutput("o", op.write(layer, "o"), "output");
  layer.sequenceOutput("lse", *op.logSum, "logarithm of the softmax sum");
  KeyValueCache::output(layer, newK, newV);
}

System mlir::attn::moba() {
  return {"moba",
          "mixture of block attention (arXiv 2502.13189); top counts the "
          "query's own block",
          "projections",
          {{"block", 512, 1}, {"top", 3, 1}},
          HeadCounts::Shared,
          {},
          write,
          nullptr,
          SystemFamily::Cached};
}
