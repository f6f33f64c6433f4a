//===- PagedText.h - attention over keys in pages --------------*- C++ -*-===//
//
// Private to this library.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_PAGEDTEXT_H
#define ATTN_LIB_PROBLEMS_PAGEDTEXT_H

#include "DenseOp.h"

namespace mlir::attn {

/// An attention op over a cache of pages as attn.block_sparse, whose lists of
/// key blocks are the pages of each sequence. Causal, or over all keys in use.
class PagedAttention {
public:
  /// `op` has queries [b, h, t, k], and keys and values [1, m, rows, ..] in
  /// pages of `page` rows; `table` [b, page], `used` [b] rows in use.
  PagedAttention(Layer &layer, const DenseOp &op, const LayerTensor &table,
                 const LayerTensor &used, int64_t page);

  /// [b, h, t, v].
  LayerTensor write();

  /// The logarithm of the softmax sum [b, h, t], where the op asks for it.
  std::optional<LayerTensor> logSum;

private:
  /// [b, h, t, ..] as [1, h, b t, ..], and back.
  LayerTensor joinBatches(llvm::StringRef name, const LayerTensor &x);
  LayerTensor splitBatches(llvm::StringRef name, const LayerTensor &x);
  /// [b, t, ..] as [1, 1, b t, ..].
  LayerTensor listsOf(llvm::StringRef name, const LayerTensor &x);
  LayerTensor countKeys();
  LayerTensor findLastPage(const LayerTensor &keys);

  Layer &layer;
  const DenseOp &op;
  LayerTensor table, used;
  int64_t page;
  LayerAxis one{"one", "", 1}, batch, heads, tokens, all;
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_PAGEDTEXT_H
