//===- LayerParts.cpp - norms, products and rotary embedding --------------===//
//
// Covered by test/Tools/attn-gen/systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "LayerParts.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

/// The axes without the last one, over which norms are taken.
static LayerAxes outer(const LayerTensor &x) {
  return LayerAxes(x.axes.begin(), x.axes.end() - 1);
}

static std::string square(Scalars &s, ArrayRef<std::string> x) {
  return s.multiply(x[0], x[0]);
}

/// 1 / sqrt(sum / count + epsilon).
static std::string rootMean(Scalars &s, StringRef sum, int64_t count,
                            double epsilon) {
  std::string mean = s.divide(sum, s.constant("count", count));
  return s.rsqrt(s.add(mean, s.constant("epsilon", epsilon)));
}

LayerTensor mlir::attn::l2Norm(Layer &layer, StringRef name,
                               const LayerTensor &x, bool isWide) {
  layer.comment(("Each " + name + " to length 1.").str());
  LayerTensor squares = layer.sum((name + "_squares").str(), outer(x),
                                  {x.axes.back()}, {x}, square);
  return layer.map((name + "_unit").str(), x.axes,
                   isWide ? layer.options.wideType()
                          : StringRef(layer.options.elementType),
                   {x, squares}, [](Scalars &s, ArrayRef<std::string> x) {
                     std::string epsilon = s.constant("epsilon", 1e-6);
                     return s.multiply(x[0], s.rsqrt(s.add(x[1], epsilon)));
                   });
}

LayerTensor mlir::attn::rmsNorm(Layer &layer, StringRef name,
                                const LayerTensor &x, double epsilon,
                                std::optional<LayerTensor> weight,
                                OutputGate gate, std::optional<LayerTensor> z) {
  LayerTensor squares = layer.sum((name + "_squares").str(), outer(x),
                                  {x.axes.back()}, {x}, square);
  std::vector<Operand> operands = {x, squares};
  if (weight)
    operands.push_back(*weight);
  if (z)
    operands.push_back(*z);
  return layer.map(name, x.axes, layer.options.elementType, operands,
                   [&](Scalars &s, ArrayRef<std::string> e) {
                     std::string y = s.multiply(
                         e[0], rootMean(s, e[1], x.axes.back().size, epsilon));
                     if (weight)
                       y = s.multiply(y, e[2]);
                     if (gate == OutputGate::None)
                       return y;
                     std::string opened = gate == OutputGate::Silu
                                              ? s.silu(e.back())
                                              : s.sigmoid(e.back());
                     return s.multiply(y, opened);
                   });
}

LayerTensor mlir::attn::groupNorm(Layer &layer, StringRef name,
                                  const LayerTensor &x, double epsilon,
                                  ArrayRef<Operand> operands,
                                  Layer::Body finish) {
  LayerAxis last = x.axes.back();
  auto centered = [&](Scalars &s, StringRef element, StringRef sum) {
    return s.subtract(element, s.divide(sum, s.constant("count", last.size)));
  };
  LayerTensor sums =
      layer.sum((name + "_sums").str(), outer(x), {last}, {x},
                [](Scalars &, ArrayRef<std::string> e) { return e[0]; });
  LayerTensor squares =
      layer.sum((name + "_squares").str(), outer(x), {last}, {x, sums},
                [&](Scalars &s, ArrayRef<std::string> e) {
                  std::string difference = centered(s, e[0], e[1]);
                  return s.multiply(difference, difference);
                });
  std::vector<Operand> all = {x, sums, squares};
  all.insert(all.end(), operands.begin(), operands.end());
  return layer.map(name, x.axes, layer.options.elementType, all,
                   [&](Scalars &s, ArrayRef<std::string> e) {
                     llvm::SmallVector<std::string> elements = {
                         s.multiply(centered(s, e[0], e[1]),
                                    rootMean(s, e[2], last.size, epsilon))};
                     elements.append(e.begin() + 3, e.end());
                     return finish(s, elements);
                   });
}

LayerTensor mlir::attn::repeatHeads(Layer &layer, StringRef name,
                                    const LayerTensor &x,
                                    const LayerAxis &heads) {
  if (x.axes[1] == heads)
    return x;
  LayerAxes axes = x.axes;
  axes.insert(axes.begin() + 2,
              {"r", "repetition", heads.size / x.axes[1].size});
  LayerTensor repeated =
      layer.map((name + "_repeated").str(), axes, x.elementType, {x},
                [](Scalars &, ArrayRef<std::string> e) { return e[0]; });
  return layer.collapse((name + "_by_head").str(), repeated, 1, heads);
}

LayerTensor mlir::attn::rotary(Layer &layer, StringRef name,
                               const LayerTensor &x, const LayerTensor &cos,
                               const LayerTensor &sin) {
  LayerAxis half = cos.axes.back();
  auto part = [&](StringRef suffix, int64_t offset) {
    LayerTensor slice{layer.unique((name + suffix).str()), x.axes,
                      x.elementType};
    slice.axes.back() = half;
    std::string sizes;
    for (const LayerAxis &axis : slice.axes)
      sizes += (sizes.empty() ? "" : ", ") + layer.sizeText(axis);
    layer.text() << llvm::formatv(
        "  %{0} = tensor.extract_slice %{1}[0, 0, 0, {2}] [{3}] [1, 1, 1, 1]\n"
        "      : {4} to {5}\n",
        slice.name, x.name, offset, sizes, x.type(), slice.type());
    return slice;
  };
  LayerTensor low = part("_low", 0), high = part("_high", half.size);
  auto turned = [&](StringRef suffix, const LayerTensor &first,
                    const LayerTensor &second, bool plus) {
    return layer.map((name + suffix).str(), low.axes, x.elementType,
                     {first, second, cos, sin},
                     [plus](Scalars &s, ArrayRef<std::string> e) {
                       std::string a = s.multiply(e[0], e[2]);
                       std::string b = s.multiply(e[1], e[3]);
                       return plus ? s.add(a, b) : s.subtract(a, b);
                     });
  };
  LayerTensor newLow = turned("_low_turned", low, high, /*plus=*/false);
  LayerTensor newHigh = turned("_high_turned", high, low, /*plus=*/true);
  LayerTensor result{layer.unique((name + "_rotary").str()), x.axes,
                     x.elementType};
  layer.text() << llvm::formatv(
      "  %{0} = tensor.concat dim(3) %{1}, %{2}\n      : ({3}, {4}) -> {5}\n",
      result.name, newLow.name, newHigh.name, newLow.type(), newHigh.type(),
      result.type());
  return result;
}

LayerTensor mlir::attn::layerNorm(Layer &layer, StringRef name,
                                  const LayerTensor &x,
                                  const LayerTensor &weights) {
  auto row = [&](StringRef suffix, unsigned at) {
    LayerTensor part{layer.unique((name + suffix).str()),
                     {x.axes.back()},
                     weights.elementType};
    layer.text() << llvm::formatv(
        "  %{0} = tensor.extract_slice %{1}[{2}, 0] [1, {3}] [1, 1]\n"
        "      : {4} to {5}\n",
        part.name, weights.name, at, layer.sizeText(x.axes.back()),
        weights.type(), part.type());
    return part;
  };
  LayerTensor weight = row("_weight", 0), bias = row("_bias", 1);
  return groupNorm(layer, name, x, 1e-5, {weight, bias},
                   [](Scalars &s, ArrayRef<std::string> e) {
                     return s.add(s.multiply(e[0], e[1]), e[2]);
                   });
}

LayerTensor mlir::attn::product(Layer &layer, StringRef name, LayerAxes axes,
                                const LayerTensor &x, const LayerTensor &weight,
                                bool isWide) {
  LayerAxes summed;
  for (const LayerAxis &axis : x.axes)
    if (llvm::is_contained(weight.axes, axis) &&
        !llvm::is_contained(axes, axis))
      summed.push_back(axis);
  StringRef type = layer.options.elementType, wide = layer.options.wideType();
  bool isNarrowed = !isWide && type != wide;
  LayerTensor sum =
      layer.sum((name + (isNarrowed ? "_sum" : "")).str(), axes, summed,
                {x, weight}, [](Scalars &s, ArrayRef<std::string> e) {
                  return s.multiply(e[0], e[1]);
                });
  if (!isNarrowed)
    return sum;
  return layer.map(name, axes, type, {sum},
                   [](Scalars &, ArrayRef<std::string> e) { return e[0]; });
}
