//===- AttentionAxes.h - axes and cache of attention layers ----*- C++ -*-===//
//
// Private to this library.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_ATTENTIONAXES_H
#define ATTN_LIB_PROBLEMS_ATTENTIONAXES_H

#include "DenseOp.h"

namespace mlir::attn {

/// The axes of a layer of softmax attention. Equal head counts are one axis.
struct AttentionAxes {
  explicit AttentionAxes(const SystemOptions &options);

  LayerAxis batch, heads, keyHeads, queries, keys, width, valueWidth;
};

/// Keys and values of earlier tokens, [batch, key head, token, feature], which
/// are inputs of the layer as initial states are. As final states it gives
/// those of its own tokens, for the caller to append.
class KeyValueCache {
public:
  /// Declares the inputs where the layer has initial states.
  KeyValueCache(Layer &layer, const AttentionAxes &axes);

  /// The cached ones and behind them `key` and `value`.
  std::pair<LayerTensor, LayerTensor>
  append(Layer &layer, const LayerTensor &key, const LayerTensor &value);
  /// Makes those of the layer's tokens outputs where it has final states.
  static void output(Layer &layer, const LayerTensor &key,
                     const LayerTensor &value);

private:
  std::optional<LayerTensor> key, value;
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_ATTENTIONAXES_H
