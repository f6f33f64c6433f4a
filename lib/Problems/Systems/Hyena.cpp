//===- Hyena.cpp - gated long convolutions --------------------------------===//
//
//   z = v;  for x in the gates, last to second:  z = filter conv (x z)
//   o = (first gate) z
//
// of P = order + 1 projections, gates first and v last, after a short causal
// convolution. Gates are operands of attn.long_conv. The filters are given, or
// made by a small network of their places (arXiv 2302.10866 appendix D.3).
// Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../AttentionAxes.h"
#include "../LayerParts.h"
#include "../SystemOptions.h"
#include "Systems.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

namespace {

enum Parameter { Order, Taps, Implicit, Bands, Hidden, SineLayers, Total };

class HyenaLayer {
public:
  HyenaLayer(Layer &layer, const SystemOptions &options);

  void write();

private:
  void declareFilters();
  LayerTensor filters(const LayerAxis &tap);
  LayerTensor places(const LayerAxis &tap);
  LayerTensor shortConv();
  LayerTensor projection(const LayerTensor &x, int64_t number);
  LayerTensor longConv(StringRef name, const LayerTensor &z, int64_t number,
                       const LayerTensor &before,
                       const std::optional<LayerTensor> &behind);
  /// Part `number` along axis `at`, which stays with one element, or goes.
  LayerTensor part(StringRef name, const LayerTensor &whole, int64_t number,
                   unsigned at, bool isDropped = false);
  void convOp(const LayerTensor &result, const LayerTensor &x,
              const LayerTensor &filter,
              ArrayRef<std::pair<StringRef, std::optional<LayerTensor>>> with);
  void outputTail();

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  LayerAxis projections, filterAxis, channel, one;
  StringRef type, wide;
  LayerTensor x, xConv, xBias, skip, allFilters;
  std::optional<LayerTensor> tail, history;
  /// Of the network: matrices, biases, and the decay of the window.
  std::vector<LayerTensor> weights, biases;
  LayerTensor decay;
  std::vector<LayerTensor> seen;
};

} // namespace

HyenaLayer::HyenaLayer(Layer &layer, const SystemOptions &options)
    : layer(layer), options(options), axes(options), type(options.elementType),
      wide(options.wideType()) {
  int64_t order = options.arguments[Order];
  projections = {"p", "projection", order + 1};
  filterAxis = {"c", "filter", order - 1};
  channel = {"d", "channel", options.width};
  one = {"o", "", 1};
  LayerAxis taps{"w", "tap", options.arguments[Taps]};
  x = layer.input("x", {axes.batch, projections, axes.queries, channel}, type,
                  "gates, and the value last");
  xConv =
      layer.input("x_conv", {projections, taps, channel}, wide,
                  "weights of the short convolution, the token's own first");
  xBias = layer.input("x_conv_bias", {projections, channel}, wide,
                      "bias of the short convolution");
  declareFilters();
  skip = layer.input("skip", {filterAxis, channel}, wide,
                     "weight of a filter's own input");
  if (!options.initialState)
    return;
  LayerAxis earlier{"j", "tail token", options.arguments[Taps] - 1};
  tail = layer.input("x_tail_in", {axes.batch, projections, earlier, channel},
                     type, "projections before the first token");
  history =
      layer.input("history_in", {filterAxis, axes.batch, axes.keys, channel},
                  type, "what the filters have seen");
}

void HyenaLayer::declareFilters() {
  if (!options.arguments[Implicit]) {
    LayerAxis all{"l", "filter tap",
                  options.tokens + (options.initialState ? options.keys : 0)};
    if (axes.queries.isDynamic() || axes.keys.isDynamic())
      all.letter = "L";
    allFilters = layer.input("filters", {filterAxis, all, channel}, wide,
                             "filters, the token's own tap first");
    return;
  }
  LayerAxis place{"e", "feature of the place",
                  1 + 2 * options.arguments[Bands]};
  LayerAxis from = place;
  for (int64_t n = 0; n < options.arguments[SineLayers]; ++n) {
    LayerAxis to{n % 2 ? "m" : "n", "hidden feature",
                 options.arguments[Hidden]};
    std::string suffix = std::to_string(n);
    weights.push_back(layer.input("w" + suffix, {to, from}, wide,
                                  "matrix of the filter's network"));
    biases.push_back(
        layer.input("b" + suffix, {to}, wide, "bias of the filter's network"));
    from = to;
  }
  weights.push_back(layer.input("w_out", {filterAxis, channel, from}, wide,
                                "last matrix of the filter's network"));
  decay = layer.input("decay", {filterAxis, channel}, wide,
                      "rate at which the filter falls off");
}

/// Index n of loop 0 as a number.
static std::string loopNumber(Scalars &s, unsigned loop) {
  std::string index =
      s.write("place", formatv("linalg.index {0}", loop), "index");
  std::string integer =
      s.convert("place_int", "arith.index_cast", index, "index", "i32");
  return s.convert("place_number", "arith.sitofp", integer, "i32", s.getType());
}

LayerTensor HyenaLayer::places(const LayerAxis &tap) {
  int64_t bands = options.arguments[Bands], total = options.arguments[Total];
  LayerAxis place = weights.front().axes.back();
  double step = bands > 1 ? (bands - 1 - 1e-4) / (bands - 1) : 0.0;
  layer.comment("Features of a tap's place: t, cos(f w t), -sin(f w t).");
  return layer.map(
      "places", {tap, place}, wide, {}, [&](Scalars &s, ArrayRef<std::string>) {
        std::string n = loopNumber(s, 0), e = loopNumber(s, 1);
        std::string t = s.multiply(
            n, s.constant("step", 1.0 / std::max<int64_t>(total - 1, 1)));
        std::string w = s.multiply(
            n, s.constant("angle", 2 * 3.14159265358979323846 / total));
        std::string count = s.constant("bands", bands);
        std::string isSine =
            s.write("is_sine", formatv("arith.cmpf ogt, {0}, {1}", e, count),
                    s.getType());
        std::string first = s.constant("first", 1.0);
        std::string offset =
            s.write("offset",
                    formatv("arith.select {0}, {1}, {2}", isSine,
                            s.add(count, first), first),
                    s.getType());
        std::string band = s.subtract(e, offset);
        std::string frequency =
            s.add(s.multiply(band, s.constant("spacing", step)),
                  s.constant("lowest", 1e-4));
        std::string turn = s.multiply(frequency, w);
        std::string cos = s.write("cos", "math.cos " + turn, s.getType());
        std::string sin = s.write("sin", "math.sin " + turn, s.getType());
        std::string wave = s.write(
            "wave",
            formatv("arith.select {0}, {1}, {2}", isSine, s.negate(sin), cos),
            s.getType());
        std::string isTime = s.write(
            "is_time",
            formatv("arith.cmpf olt, {0}, {1}", e, s.constant("half", 0.5)),
            s.getType());
        return s.write("feature",
                       formatv("arith.select {0}, {1}, {2}", isTime, t, wave),
                       s.getType());
      });
}

LayerTensor HyenaLayer::filters(const LayerAxis &tap) {
  if (!options.arguments[Implicit])
    return allFilters;
  LayerTensor z = places(tap);
  layer.comment("The filters: sines of a network, falling off in time.");
  for (size_t n = 0; n < biases.size(); ++n) {
    std::string suffix = std::to_string(n);
    LayerAxes axes = {tap, weights[n].axes.front()};
    LayerTensor sum = product(layer, "layer" + suffix, axes, z, weights[n],
                              /*isWide=*/true);
    z = layer.map("sine" + suffix, axes, wide, {sum, biases[n]},
                  [](Scalars &s, ArrayRef<std::string> e) {
                    return s.write("sin", "math.sin " + s.add(e[0], e[1]),
                                   s.getType());
                  });
  }
  LayerAxes axes = {filterAxis, tap, channel};
  LayerTensor flat = product(layer, "flat", axes, z, weights.back(),
                             /*isWide=*/true);
  int64_t total = options.arguments[Total];
  return layer.map(
      "filters", axes, wide, {flat, decay},
      [&](Scalars &s, ArrayRef<std::string> e) {
        std::string t = s.multiply(
            loopNumber(s, 1),
            s.constant("step", 1.0 / std::max<int64_t>(total - 1, 1)));
        std::string rate = s.write("rate", "math.absf " + e[1], s.getType());
        return s.multiply(e[0], s.exp(s.negate(s.multiply(t, rate))));
      });
}

LayerTensor HyenaLayer::part(StringRef name, const LayerTensor &whole,
                             int64_t number, unsigned at, bool isDropped) {
  LayerTensor result{layer.unique(name), whole.axes, whole.elementType};
  result.axes[at] = one;
  llvm::SmallVector<std::string> offsets(whole.axes.size(), "0"), sizes;
  offsets[at] = std::to_string(number);
  for (const LayerAxis &axis : result.axes)
    sizes.push_back(layer.sizeText(axis));
  if (isDropped)
    result.axes.erase(result.axes.begin() + at);
  llvm::SmallVector<StringRef> strides(whole.axes.size(), "1");
  layer.text() << formatv(
      "  %{0} = tensor.extract_slice %{1}[{2}] [{3}] [{4}]\n"
      "      : {5} to {6}\n",
      result.name, whole.name, llvm::join(offsets, ", "),
      llvm::join(sizes, ", "), llvm::join(strides, ", "), whole.type(),
      result.type());
  return result;
}

void HyenaLayer::convOp(
    const LayerTensor &result, const LayerTensor &input,
    const LayerTensor &filter,
    ArrayRef<std::pair<StringRef, std::optional<LayerTensor>>> with) {
  LayerTensor init =
      layer.empty(result.name + "_init", result.axes, result.elementType);
  layer.text() << formatv("  %{0} = attn.long_conv\n"
                          "      ins(%{1}, %{2} : {3}, {4})\n",
                          result.name, input.name, filter.name, input.type(),
                          filter.type());
  for (const auto &[word, operand] : with)
    if (operand)
      layer.text() << formatv("      {0}(%{1} : {2})\n", word, operand->name,
                              operand->type());
  layer.text() << formatv("      outs(%{0} : {1})\n", init.name, init.type());
}

LayerTensor HyenaLayer::shortConv() {
  layer.comment("A short causal convolution of each projection.");
  LayerTensor sums{layer.unique("x_sums"), x.axes, wide.str()};
  if (wide != type)
    sums.elementType = "f32";
  convOp(sums, x, xConv, {{"history", tail}});
  return layer.map(
      "x_convolved", x.axes, type, {sums, xBias},
      [](Scalars &s, ArrayRef<std::string> e) { return s.add(e[0], e[1]); });
}

LayerTensor HyenaLayer::projection(const LayerTensor &x, int64_t number) {
  return part("x" + std::to_string(number), x, number, /*at=*/1);
}

LayerTensor HyenaLayer::longConv(StringRef name, const LayerTensor &z,
                                 int64_t number, const LayerTensor &before,
                                 const std::optional<LayerTensor> &behind) {
  std::optional<LayerTensor> earlier, gate = before;
  LayerTensor input = z;
  if (history) {
    LayerTensor own =
        part("history", *history, number, /*at=*/0, /*isDropped=*/true);
    earlier = layer.expand("history_of_filter", own, 0, axes.batch, one);
  }
  if (options.finalState) {
    input = layer.map("seen", z.axes, type, {z, before},
                      [](Scalars &s, ArrayRef<std::string> e) {
                        return s.multiply(e[0], e[1]);
                      });
    gate.reset();
    seen.push_back(input);
  }
  LayerTensor filter = part("filter", allFilters, number, /*at=*/0);
  LayerTensor weight = part("skip_of_filter", skip, number, /*at=*/0);
  LayerTensor result{layer.unique(name), z.axes, type.str()};
  convOp(result, input, filter,
         {{"before", gate},
          {"behind", behind},
          {"skip", weight},
          {"history", earlier}});
  return result;
}

void HyenaLayer::outputTail() {
  LayerAxes earlier = x.axes;
  earlier[2] = {"j", "tail token", options.arguments[Taps] - 1};
  LayerTensor before =
      tail ? *tail : layer.filled("x_before", earlier, type, "0.0");
  LayerAxis padded = sumOfAxes(layer, "t", "token", earlier[2], axes.queries);
  LayerTensor all = concat(layer, "x_padded", before, x, 2, padded);
  LayerTensor last{layer.unique("x_tail"), earlier, type.str()};
  llvm::SmallVector<std::string> sizes;
  for (const LayerAxis &axis : earlier)
    sizes.push_back(layer.sizeText(axis));
  layer.text() << formatv("  %{0} = tensor.extract_slice %{1}"
                          "[0, 0, {2}, 0] [{3}] [1, 1, 1, 1]\n"
                          "      : {4} to {5}\n",
                          last.name, all.name, layer.sizeText(axes.queries),
                          llvm::join(sizes, ", "), all.type(), last.type());
  layer.output("x_tail_out", last, "the last projections");

  LayerAxes stacked = {filterAxis, axes.batch, axes.queries, channel};
  LayerTensor whole = layer.empty("seen_init", stacked, type);
  for (auto [number, z] : llvm::enumerate(seen)) {
    LayerTensor flat = part("seen_flat", z, 0, /*at=*/1, /*isDropped=*/true);
    LayerTensor next{layer.unique("seen_all"), stacked, type.str()};
    layer.text() << formatv(
        "  %{0} = tensor.insert_slice %{1} into %{2}[{3}, 0, 0, 0]\n"
        "      [1, {4}, {5}, {6}] [1, 1, 1, 1] : {7} into {8}\n",
        next.name, flat.name, whole.name, number, layer.sizeText(axes.batch),
        layer.sizeText(axes.queries), channel.size, flat.type(), next.type());
    whole = next;
  }
  layer.output("history_out", whole,
               "what the filters see, to append to the history");
}

void HyenaLayer::write() {
  LayerAxis tap = axes.queries;
  if (history)
    tap = sumOfAxes(layer, "l", "tap", axes.keys, axes.queries);
  tap.index = "l";
  allFilters = filters(tap);
  LayerTensor convolved = shortConv();
  layer.comment("Gates and long convolutions.");
  int64_t order = options.arguments[Order];
  LayerTensor z = projection(convolved, order);
  LayerTensor first = projection(convolved, 0);
  for (int64_t number = 0; number < order - 1; ++number) {
    LayerTensor gate = projection(convolved, order - 1 - number);
    std::optional<LayerTensor> behind;
    if (number == order - 2)
      behind = first;
    z = longConv("z" + std::to_string(number + 1), z, number, gate, behind);
  }
  LayerTensor o = part("o", z, 0, /*at=*/1, /*isDropped=*/true);
  layer.output("o", o, "output");
  if (options.finalState)
    outputTail();
}

static void write(Layer &layer, const SystemOptions &options) {
  HyenaLayer(layer, options).write();
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.heads != 1)
    return fail("expected 1 head in 'hyena', whose channels are its width, but "
                "found {0}",
                options.heads);
  return llvm::Error::success();
}

System mlir::attn::hyena() {
  SystemDefaults defaults;
  defaults.heads = 1;
  return {"hyena",
          "Hyena: gated long convolutions (arXiv 2302.10866); implicit=0 takes "
          "the filters as they are, as decoding does",
          "projections of x and o; the filters' learned frequencies and shift",
          {{"order", 2, 2},
           {"taps", 3, 1},
           {"implicit", 1, 0},
           {"bands", 1, 1},
           {"hidden", 16, 1},
           {"sine_layers", 2, 1},
           {"total", 128, 1}},
          HeadCounts::Equal,
          defaults,
          write,
          verify,
          SystemFamily::Cached};
}
