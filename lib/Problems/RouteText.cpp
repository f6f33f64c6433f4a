//===- RouteText.cpp - tokens sorted by group, and back -------------------===//
//
//   %order, %place, %offsets = attn.route ins(%ids_flat) outs(..)
//   %x_sorted = linalg.generic: %x[%order[n] div T, %order[n] mod T, d]
//   %y = attn.grouped_project ins(%x_sorted, %w) offsets(%offsets) outs(..)
//
// Covered by test/Tools/attn-gen/attention-systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "RouteText.h"

#include "DenseOp.h"
#include "IndexText.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

TokenRoute::TokenRoute(Layer &layer, const LayerTensor &ids,
                       const LayerAxis &group)
    : layer(layer), batch(ids.axes[0]), tokens(ids.axes[1]), group(group) {
  layer.comment("Tokens in the order of their group.");
  all = joinAxes(layer, batch, tokens);
  std::string size = layer.sizeText(tokens);
  LayerTensor flat = layer.map(
      ids.name + "_flat", {all}, "i32", {},
      [&](Scalars &s, ArrayRef<std::string>) {
        IndexBuilder b{s};
        std::string n = s.write("n", "linalg.index 0", "index");
        std::string count = b.size("count", size);
        return s.write("id",
                       formatv("tensor.extract %{0}[{1}, {2}]", ids.name,
                               b.binary("entry", "divsi", n, count),
                               b.binary("step", "remsi", n, count)),
                       ids.type());
      });
  LayerAxis bounds{"g", group.word + " + 1", group.size + 1};
  LayerTensor orderInit = layer.empty("order_init", {all}, "i32");
  LayerTensor placeInit = layer.empty("place_init", {all}, "i32");
  LayerTensor offsetsInit = layer.empty("offsets_init", {bounds}, "i32");
  order = {layer.unique("order"), {all}, "i32"};
  LayerTensor places{layer.unique("place"), {all}, "i32"};
  offsets = {layer.unique("offsets"), {bounds}, "i32"};
  layer.text() << formatv("  %{0}, %{1}, %{2} = attn.route ins(%{3} : {4})\n"
                          "      outs(%{5}, %{6}, %{7} : {8}, {9}, {10})\n",
                          order.name, places.name, offsets.name, flat.name,
                          flat.type(), orderInit.name, placeInit.name,
                          offsetsInit.name, order.type(), places.type(),
                          offsets.type());
  place = splitAxes(layer, "place_of_token", places, 0, batch, tokens);
}

LayerTensor TokenRoute::sort(StringRef name, const LayerTensor &x) {
  std::string size = layer.sizeText(tokens);
  LayerAxes axes = {all, x.axes.back()};
  return layer.map(
      name, axes, x.elementType, {order},
      [&](Scalars &s, ArrayRef<std::string> e) {
        IndexBuilder b{s};
        std::string token =
            s.convert("token", "arith.index_cast", e[0], "i32", "index");
        std::string count = b.size("count", size);
        std::string entry = b.binary("entry", "divsi", token, count);
        std::string step = b.binary("step", "remsi", token, count);
        std::string feature = s.write("feature", "linalg.index 1", "index");
        std::string value =
            s.write("value",
                    formatv("tensor.extract %{0}[{1}, {2}, {3}]", x.name, entry,
                            step, feature),
                    x.type());
        return x.elementType == s.getType()
                   ? value
                   : s.convert("value_wide", "arith.extf", value, x.elementType,
                               s.getType());
      });
}

LayerTensor TokenRoute::project(StringRef name, const LayerTensor &sorted,
                                const LayerTensor &weights) {
  LayerTensor init =
      layer.empty((name + "_init").str(), {all, weights.axes.back()},
                  layer.options.wideType());
  LayerTensor result{layer.unique(name), init.axes, init.elementType};
  layer.text() << formatv("  %{0} = attn.grouped_project ins(%{1}, %{2}\n"
                          "        : {3}, {4})\n"
                          "      offsets(%{5} : {6}) outs(%{7} : {8})\n",
                          result.name, sorted.name, weights.name, sorted.type(),
                          weights.type(), offsets.name, offsets.type(),
                          init.name, init.type());
  return result;
}

LayerTensor TokenRoute::unsort(StringRef name, const LayerTensor &y) {
  LayerAxes axes = {batch, tokens, y.axes.back()};
  return layer.map(name, axes, y.elementType, {place},
                   [&](Scalars &s, ArrayRef<std::string> e) {
                     std::string row = s.convert("row", "arith.index_cast",
                                                 e[0], "i32", "index");
                     std::string feature =
                         s.write("feature", "linalg.index 2", "index");
                     return s.write("value",
                                    formatv("tensor.extract %{0}[{1}, {2}]",
                                            y.name, row, feature),
                                    y.type());
                   });
}
