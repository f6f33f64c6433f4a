//===- DeltaProduct.cpp - several delta steps per token -------------------===//
//
// Each token writes n keys, one after the other, and is read once behind the
// last of them: the operation runs over T * n micro-steps, of which the first
// of a token decays the state. With n = 2:
//
//   key    k[0,0] k[0,1] k[1,0] k[1,1] ...
//   gate   g[0]   0      g[1]   0      ...
//   query  q[0]   q[0]   q[1]   q[1]   ...
//   output        o[0]          o[1]   ...
//
// Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

/// x [batch, head, token, ...] with an axis of micro-steps behind the token.
static LayerAxes perStep(LayerAxes axes, const LayerAxis &steps) {
  axes.insert(axes.begin() + 3, steps);
  return axes;
}

/// Tokens and micro-steps as one axis, whose size is a value of its own where
/// it is left to run time.
static LayerAxis joinSteps(Layer &layer, const LayerAxis &tokens,
                           const LayerAxis &steps) {
  LayerAxis joined{"t", "micro-step", tokens.size * steps.size, tokens.letter};
  if (!tokens.isDynamic())
    return joined;
  joined.value = "%" + layer.unique("micro_steps");
  layer.text() << formatv("  %steps = arith.constant {0} : index\n"
                          "  {1} = arith.muli {2}, %steps : index\n",
                          steps.size, joined.value, layer.sizeText(tokens));
  return joined;
}

/// The last micro-step of each token of o [batch, head, micro-step, feature].
static LayerTensor lastSteps(Layer &layer, const LayerTensor &o,
                             const LayerAxis &tokens, const LayerAxis &steps) {
  LayerTensor split = layer.expand("o_steps", o, 2, tokens, steps);
  LayerTensor result{layer.unique("o_last"), o.axes, o.elementType};
  result.axes[2] = tokens;
  llvm::SmallVector<std::string> sizes;
  for (const LayerAxis &axis : split.axes)
    sizes.push_back(axis == steps ? "1" : layer.sizeText(axis));
  layer.text() << formatv("  %{0} = tensor.extract_slice %{1}"
                          "[0, 0, 0, {2}, 0] [{3}] [1, 1, 1, 1, 1]\n"
                          "      : {4} to {5}\n",
                          result.name, split.name, steps.size - 1,
                          llvm::join(sizes, ", "), split.type(), result.type());
  return result;
}

static void write(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType(), type = options.elementType;
  LayerAxis steps{"u", "micro-step", options.arguments[0]};
  LayerTensor q = layer.sequenceInput("q", axes.query(), type, "queries");
  LayerTensor k = layer.sequenceInput("k", perStep(axes.key(), steps), type,
                                      "keys", /*tokenAxes=*/2);
  LayerTensor v = layer.sequenceInput("v", perStep(axes.value(), steps), type,
                                      "values", /*tokenAxes=*/2);
  LayerTensor a = layer.sequenceInput("a", axes.perToken(), type,
                                      "decay before bias and softplus");
  LayerTensor b =
      layer.sequenceInput("b", perStep(axes.perToken(), steps), type,
                          "rate of writing before sigmoid", /*tokenAxes=*/2);
  LayerTensor aLog = layer.input("a_log", {axes.heads}, wide,
                                 "logarithm of the rate of decay");
  LayerTensor dtBias =
      layer.input("dt_bias", {axes.heads}, wide, "bias of the decay");

  LayerAxis joined = joinSteps(layer, axes.tokens, steps);
  auto join = [&](StringRef name, const LayerTensor &tensor) {
    return layer.collapse((name + "_steps").str(), tensor, 2, joined);
  };
  LayerTensor unit = l2Norm(layer, "q", q);
  StateOp op;
  op.isRecurrent = true;
  op.query = join(
      "q", layer.map("q_repeated", perStep(q.axes, steps), type, {unit},
                     [](Scalars &, ArrayRef<std::string> e) { return e[0]; }));
  op.key = join("k", l2Norm(layer, "k", k));
  op.value = join("v", v);
  layer.comment(
      "Decay: g = -exp(a_log) softplus(a + dt_bias), once per token.");
  LayerTensor g = layer.map(
      "g", b.axes, wide, {a, aLog, dtBias},
      [](Scalars &s, ArrayRef<std::string> e) {
        std::string decay = s.softplusDecay(e[1], s.add(e[0], e[2]));
        std::string step = s.write("step", "linalg.index 3", "index");
        std::string first = s.write("first", "arith.constant 0", "index");
        std::string isFirst = s.write(
            "is_first", "arith.cmpi eq, " + step + ", " + first, "index");
        std::string zero = s.constant("zero", 0.0);
        return s.write(
            "gate", formatv("arith.select {0}, {1}, {2}", isFirst, decay, zero),
            s.getType());
      });
  op.gate = join("g", g);
  op.beta = join("beta", sigmoidBeta(layer, b));
  if (options.isPacked())
    op.bounds = layer.map(
        "bounds_steps", layer.bounds().axes, "i32", {layer.bounds()},
        [&](Scalars &s, ArrayRef<std::string> e) {
          std::string n =
              s.write("n", formatv("arith.constant {0}", steps.size), "i32");
          return s.write("bound", "arith.muli " + e[0] + ", " + n, "i32");
        });
  StateAxes microAxes = axes;
  microAxes.tokens = joined;
  LayerTensor o = op.write(layer, microAxes);
  layer.comment("Read behind the last micro-step of each token.");
  outputAll(layer, lastSteps(layer, o, axes.tokens, steps), op);
}

System mlir::attn::deltaProduct() {
  return {
      "delta_product",
      "gated DeltaProduct: several delta steps per token (arXiv 2502.10297)",
      "projections, short convolutions and the norm behind the operation",
      {{"steps", 2, 1}},
      HeadCounts::Grouped,
      {},
      write,
      nullptr};
}
