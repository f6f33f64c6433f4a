//===- ListOps.h - writes block lists and attention over them --*- C++ -*-===//
//
// Private to this library: attn.pool, attn.select and attn.block_sparse in a
// layer. Sequences are [batch, head, token, feature].
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_LISTOPS_H
#define ATTN_LIB_PROBLEMS_LISTOPS_H

#include "DenseOp.h"

namespace mlir::attn {

/// A size as a value of type index: that of an axis, or a number.
std::string sizeValue(Layer &layer, const LayerAxis &axis);
/// A size computed from others, by operations of `arith` on index.
std::string sizeBinary(Layer &layer, llvm::StringRef name,
                       llvm::StringRef operation, llvm::StringRef a,
                       llvm::StringRef b);
/// An axis whose size is the value `value`, or `size` where `letter` is empty.
/// `count` blocks of `size` tokens each `stride` that are whole, or with
/// `partial` also those that the end cuts off.
LayerAxis blocksOf(Layer &layer, llvm::StringRef name, const LayerAxis &tokens,
                   int64_t size, int64_t stride, bool partial);

/// Means of `size` rows each `stride` along the tokens, which become `blocks`,
/// in the wide type.
LayerTensor pool(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                 int64_t size, int64_t stride, const LayerAxis &blocks);

/// The numbers of a tensor in the element type of the layer.
LayerTensor narrow(Layer &layer, llvm::StringRef name, const LayerTensor &x);

/// attn.select: lists [b, list head, t, entry].
struct SelectOp {
  LayerTensor query, key;
  bool softmax = false;
  int64_t block = 1;
  /// 0 for those of the block.
  int64_t keySize = 0, keyStride = 0;
  /// `sum`, `mean` or `max`; empty where no heads share a list.
  std::string group;
  int64_t first = 0, local = 0;
  std::optional<double> scale;
  RegionBody score;
  /// The tokens that the queries are the last of.
  LayerAxis tokens;
  LayerAxis listHeads;
  int64_t top = 1;

  LayerTensor write(Layer &layer, llvm::StringRef name) const;
};

/// attn.block_sparse with causal, one list per `queryBlock` queries.
struct BlockSparseOp {
  LayerTensor query, key, value, lists;
  int64_t queryBlock = 1, keyBlock = 1;
  bool causal = true;
  std::optional<double> scale;
  bool lse = false, isWide = false;
  std::optional<LayerTensor> logSum;

  LayerTensor write(Layer &layer, llvm::StringRef name);
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_LISTOPS_H
