//===- PerceiverBlock.h - attention and an MLP, with norms -----*- C++ -*-===//
//
// Private to this library: the block that Perceiver, Perceiver IO and Perceiver
// AR are made of.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_SYSTEMS_PERCEIVERBLOCK_H
#define ATTN_LIB_PROBLEMS_SYSTEMS_PERCEIVERBLOCK_H

#include "../AttentionAxes.h"

namespace mlir::attn {

/// Cosines and sines [token, feature] of rotary embedding.
struct Angles {
  LayerTensor cos, sin;
};

/// Attention of `queries` [batch, token, feature], or [token, feature] for the
/// same ones in each sequence, over `inputs`, or over themselves; then an MLP.
/// Both are normalised. What enters the attention is added to what leaves it,
/// not so without `isResidual`, and likewise for the MLP.
struct PerceiverBlock {
  std::string prefix;
  LayerTensor queries;
  std::optional<LayerTensor> inputs;
  /// More inputs, which lie before the queries themselves.
  std::optional<LayerTensor> before;
  int64_t heads;
  /// i1 [batch, key]: keys that are there.
  std::optional<LayerTensor> present;
  /// Turn queries and keys, and the keys of `before`.
  std::optional<Angles> turn, turnBefore;
  bool causal = false;
  bool isResidual = true;

  /// Declares the weights; call in the order of the layer's inputs.
  void declare(Layer &layer, LayerAxis queryAxis, LayerAxis inputAxis,
               LayerAxis hiddenAxis);
  /// Writes the block for sequences of axis `batch`.
  LayerTensor write(Layer &layer, const LayerAxis &batch);

private:
  LayerTensor project(Layer &layer, const LayerTensor &x,
                      llvm::StringRef weight, const LayerTensor &matrix,
                      const LayerAxis &feature) const;
  std::pair<LayerTensor, LayerTensor> writeKeys(Layer &layer,
                                                const LayerTensor &own);
  LayerTensor writeMlp(Layer &layer, const LayerTensor &x);

  LayerTensor queryNorm, inputNorm, wq, wk, wv, wo, mlpNorm, w1, w2;
  LayerAxis head, width, valueWidth;
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_SYSTEMS_PERCEIVERBLOCK_H
