//===- PerceiverBlock.cpp - attention and an MLP, with norms --------------===//
//
// Each projection is one linalg.generic from features to heads, so that
// queries, keys and values lie as attn.dense has them. Covered by
// test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "PerceiverBlock.h"

#include "../LayerParts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

/// x times the normal distribution function of x.
static std::string gelu(Scalars &s, StringRef x) {
  std::string scaled = s.multiply(x, s.constant("rsqrt2", 0.70710678118654752));
  std::string erf = s.write("erf", "math.erf " + scaled, s.getType());
  std::string twice = s.add(s.constant("one", 1.0), erf);
  return s.multiply(s.multiply(s.constant("half", 0.5), x), twice);
}

void PerceiverBlock::declare(Layer &layer, LayerAxis queryAxis,
                             LayerAxis inputAxis, LayerAxis hiddenAxis) {
  const SystemOptions &options = layer.options;
  StringRef type = options.elementType, wide = options.wideType();
  head = {"h", "head", heads};
  width = {"k", "key feature", options.width};
  valueWidth = {"v", "value feature", options.valueWidth};
  LayerAxis two{"two", "weight and bias", 2};
  LayerAxis keys{"a", "head and key feature", heads * options.width};
  LayerAxis values{"a", "head and value feature", heads * options.valueWidth};
  auto matrix = [&](StringRef name, const LayerAxis &from, const LayerAxis &to,
                    StringRef meaning) {
    return layer.input(prefix + name.str(), {from, to}, type, meaning);
  };
  auto norm = [&](StringRef name, const LayerAxis &axis, StringRef meaning) {
    return layer.input(prefix + name.str(), {two, axis}, wide, meaning);
  };
  queryNorm = norm("_q_norm", queryAxis, "norm of the queries");
  if (inputs)
    inputNorm = norm("_kv_norm", inputAxis, "norm of the inputs");
  wq = matrix("_wq", queryAxis, keys, "projection to queries");
  wk = matrix("_wk", inputAxis, keys, "projection to keys");
  wv = matrix("_wv", inputAxis, values, "projection to values");
  wo = matrix("_wo", values, queryAxis, "projection of the output");
  mlpNorm = norm("_mlp_norm", queryAxis, "norm before the MLP");
  w1 = matrix("_w1", queryAxis, hiddenAxis, "first matrix of the MLP");
  w2 = matrix("_w2", hiddenAxis, queryAxis, "second matrix of the MLP");
}

LayerTensor PerceiverBlock::project(Layer &layer, const LayerTensor &x,
                                    StringRef name, const LayerTensor &matrix,
                                    const LayerAxis &feature) const {
  LayerTensor byHead =
      layer.expand(matrix.name + "_by_head", matrix, 1, head, feature);
  LayerAxes axes(x.axes.begin(), x.axes.end() - 1);
  axes.insert(axes.end() - 1, head);
  axes.push_back(feature);
  return product(layer, prefix + name.str(), axes, x, byHead);
}

std::pair<LayerTensor, LayerTensor>
PerceiverBlock::writeKeys(Layer &layer, const LayerTensor &own) {
  auto both = [&](StringRef suffix, const LayerTensor &x,
                  const std::optional<Angles> &angles) {
    std::string end = suffix.str();
    LayerTensor k = project(layer, x, "_k" + end, wk, width);
    if (angles)
      k = rotary(layer, k.name, k, angles->cos, angles->sin);
    return std::pair(k, project(layer, x, "_v" + end, wv, valueWidth));
  };
  if (!inputs)
    return both("", own, turn);
  auto normed = [&](StringRef suffix, const LayerTensor &x) {
    return layerNorm(layer, prefix + "_kv" + suffix.str(), x, inputNorm);
  };
  auto [k, v] = both("", normed("", *inputs), turn);
  if (!before)
    return {k, v};
  auto [firstK, firstV] =
      both("_before", normed("_before", *before), turnBefore);
  LayerAxis all = sumOfAxes(layer, "s", "key", firstK.axes[2], k.axes[2]);
  return {concat(layer, prefix + "_k_all", firstK, k, 2, all),
          concat(layer, prefix + "_v_all", firstV, v, 2, all)};
}

LayerTensor PerceiverBlock::writeMlp(Layer &layer, const LayerTensor &x) {
  LayerTensor normed = layerNorm(layer, prefix + "_mlp", x, mlpNorm);
  LayerAxes axes = x.axes;
  axes.back() = w1.axes.back();
  LayerTensor inner = product(layer, prefix + "_inner", axes, normed, w1,
                              /*isWide=*/true);
  LayerTensor hidden = layer.map(
      prefix + "_gelu", axes, layer.options.elementType, {inner},
      [](Scalars &s, ArrayRef<std::string> e) { return gelu(s, e[0]); });
  LayerTensor change = product(layer, prefix + "_mlp_out", x.axes, hidden, w2,
                               /*isWide=*/true);
  return layer.map(
      prefix + "_out", x.axes, layer.options.elementType, {x, change},
      [](Scalars &s, ArrayRef<std::string> e) { return s.add(e[0], e[1]); });
}

LayerTensor PerceiverBlock::write(Layer &layer, const LayerAxis &batch) {
  StringRef type = layer.options.elementType;
  layer.comment(prefix + ": normalised, projected, attention, then the MLP.");
  LayerTensor own = layerNorm(layer, prefix + "_q_normed", queries, queryNorm);
  DenseOp op;
  op.query = project(layer, own, "_q", wq, width);
  if (queries.axes.size() == 2) {
    LayerAxes axes = op.query.axes;
    axes.insert(axes.begin(), batch);
    op.query =
        layer.map(prefix + "_q_batch", axes, type, {op.query},
                  [](Scalars &, ArrayRef<std::string> e) { return e[0]; });
  }
  if (turn)
    op.query = rotary(layer, op.query.name, op.query, turn->cos, turn->sin);
  std::tie(op.key, op.value) = writeKeys(layer, own);
  op.causal = causal;
  op.present = present;
  LayerTensor o = op.write(layer, prefix + "_o");

  LayerTensor byHead =
      layer.expand(wo.name + "_by_head", wo, 0, head, valueWidth);
  LayerAxes axes = {batch};
  axes.insert(axes.end(), queries.axes.end() - 2, queries.axes.end());
  if (!isResidual)
    return writeMlp(layer, product(layer, prefix + "_y", axes, o, byHead));
  LayerTensor change = product(layer, prefix + "_change", axes, o, byHead,
                               /*isWide=*/true);
  LayerTensor y = layer.map(
      prefix + "_y", axes, type, {change, queries},
      [](Scalars &s, ArrayRef<std::string> e) { return s.add(e[0], e[1]); });
  return writeMlp(layer, y);
}
