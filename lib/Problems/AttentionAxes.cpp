//===- AttentionAxes.cpp - axes and cache of attention layers -------------===//
//
// Covered by test/Tools/attn-gen/attention-systems.test.
//
//===----------------------------------------------------------------------===//

#include "AttentionAxes.h"

using namespace mlir::attn;

AttentionAxes::AttentionAxes(const SystemOptions &options) {
  auto letter = [&](Axis axis, const char *name) {
    return options.dynamic.count(axis) ? name : "";
  };
  batch = {"b", "batch", options.batch, letter(Axis::Batch, "B")};
  heads = {"h", "head", options.heads};
  keyHeads = options.kvHeads == options.heads
                 ? heads
                 : LayerAxis{"m", "key head", options.kvHeads};
  queries = {"t", "token", options.tokens, letter(Axis::Query, "T")};
  keys = {"s", "key", options.keys, letter(Axis::Key, "S")};
  width = {"k", "key feature", options.width};
  valueWidth = {"v", "value feature", options.valueWidth};
}

KeyValueCache::KeyValueCache(Layer &layer, const AttentionAxes &axes) {
  const SystemOptions &options = layer.options;
  if (!options.initialState)
    return;
  LayerAxes cached = {axes.batch, axes.keyHeads, axes.keys, axes.width};
  key = layer.sequenceInput("k_cache_in", cached, options.elementType,
                            "keys of earlier tokens");
  cached.back() = axes.valueWidth;
  value = layer.sequenceInput("v_cache_in", cached, options.elementType,
                              "values of earlier tokens");
}

std::pair<LayerTensor, LayerTensor>
KeyValueCache::append(Layer &layer, const LayerTensor &newKey,
                      const LayerTensor &newValue) {
  if (!key)
    return {newKey, newValue};
  layer.comment("The cache and behind it the new keys and values.");
  LayerAxis all = sumOfAxes(layer, "s", "key", key->axes[2], newKey.axes[2]);
  return {concat(layer, "k_cached", *key, newKey, 2, all),
          concat(layer, "v_cached", *value, newValue, 2, all)};
}

void KeyValueCache::output(Layer &layer, const LayerTensor &key,
                           const LayerTensor &value) {
  if (!layer.options.finalState)
    return;
  layer.sequenceOutput("k_cache_out", key, "keys to append to the cache");
  layer.sequenceOutput("v_cache_out", value, "values to append to the cache");
}
