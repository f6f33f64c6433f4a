//===- CacheText.h - writes operations on caches ---------------*- C++ -*-===//
//
// Private to this library: caches of a fixed number of rows, of which each
// sequence has some in use.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_CACHETEXT_H
#define ATTN_LIB_PROBLEMS_CACHETEXT_H

#include "DenseOp.h"

namespace mlir::attn {

/// One attn.cache_update; what it does not have is absent.
struct CacheUpdate {
  LayerTensor rows, lengths, cache;
  std::optional<LayerTensor> pageTable;
  int64_t pageSize = 0;
  /// Angles [place, pair of features].
  std::optional<LayerTensor> cos, sin;
  bool ring = false;

  LayerTensor write(Layer &layer, llvm::StringRef name) const;
};

/// One attn.cache_evict; results are called as `names` say.
struct CacheEvict {
  int64_t heavy, recent;
  LayerTensor lengths;
  std::vector<LayerTensor> caches;
  /// Which of the caches holds masses, and places.
  unsigned mass, places;

  std::vector<LayerTensor> write(Layer &layer,
                                 llvm::ArrayRef<std::string> names) const;
};

/// Rows of a cache, of a number that may be left to run time as letter C.
LayerAxis slots(const SystemOptions &options);

/// numbers [batch] + the number of tokens, not above `limit` if there is one.
LayerTensor addTokens(Layer &layer, llvm::StringRef name,
                      const LayerTensor &numbers, const LayerAxis &tokens,
                      std::optional<int64_t> limit = std::nullopt);

/// attn.merge of the outputs and logarithms of two operations on disjoint keys.
LayerTensor mergeParts(Layer &layer, llvm::StringRef name, const DenseOp &first,
                       const LayerTensor &firstO, const DenseOp &second,
                       const LayerTensor &secondO);

/// `size` elements of an axis of `x` from `offset` on.
LayerTensor sliceOf(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                    unsigned at, int64_t offset, const LayerAxis &size);

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_CACHETEXT_H
