//===- Mamba2.cpp - Mamba-2 -----------------------------------------------===//
//
//   S_t = exp(dt_t A) S_{t-1} + B_t (dt_t x_t)^T,  y_t = C_t^T S_t + D x_t
//
// with a scalar A per head; groups of heads share B and C, and a norm. Covered
// by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

#include "../SystemOptions.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

/// y / sqrt(mean of y^2 over the channels of a group + 1e-5) * weight.
static LayerTensor groupedRmsNorm(Layer &layer, const LayerTensor &y,
                                  const LayerTensor &weight,
                                  const StateAxes &axes) {
  LayerAxis group = {"m", "group", axes.keyHeads.size};
  LayerAxis member = {"r", "head of the group", axes.heads.size / group.size};
  LayerTensor grouped = layer.expand("y_grouped", y, 1, group, member);
  LayerTensor weights =
      layer.expand("o_weight_grouped", weight, 0, group, member);
  LayerTensor squares = layer.sum("y_squares", {axes.batch, group, axes.tokens},
                                  {member, axes.columns}, {grouped},
                                  [](Scalars &s, ArrayRef<std::string> e) {
                                    return s.multiply(e[0], e[0]);
                                  });
  double count = member.size * axes.columns.size;
  LayerTensor normed = layer.map(
      "y_norm", grouped.axes, layer.options.elementType,
      {grouped, squares, weights}, [&](Scalars &s, ArrayRef<std::string> e) {
        std::string mean = s.divide(e[1], s.constant("count", count));
        std::string factor = s.rsqrt(s.add(mean, s.constant("epsilon", 1e-5)));
        return s.multiply(s.multiply(e[0], factor), e[2]);
      });
  return layer.collapse("y_by_head", normed, 1, axes.heads);
}

static void write(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  axes.rows.word = "state";
  axes.columns.word = "channel";
  axes.keyHeads.word = axes.queryHeads.word = "group";
  StringRef wide = options.wideType(), type = options.elementType;
  int64_t taps = options.arguments[0];
  LayerTensor x = layer.sequenceInput("x", axes.value(), type, "inputs");
  LayerTensor b = layer.sequenceInput("b", axes.key(), type, "input matrix B");
  LayerTensor c =
      layer.sequenceInput("c", axes.query(), type, "output matrix C");
  LayerTensor dt = layer.sequenceInput("dt", axes.perToken(), type,
                                       "time step before bias and softplus");
  LayerTensor z =
      layer.sequenceInput("z", axes.value(), type, "output gate before SiLU");
  ShortConv convolutions[] = {{layer, "x", x, taps, /*hasBias=*/true},
                              {layer, "b", b, taps, /*hasBias=*/true},
                              {layer, "c", c, taps, /*hasBias=*/true}};
  LayerTensor aLog = layer.input("a_log", {axes.heads}, wide,
                                 "logarithm of the rate of decay");
  LayerTensor dtBias =
      layer.input("dt_bias", {axes.heads}, wide, "bias of the time step");
  LayerTensor d =
      layer.input("d", {axes.heads}, wide, "weight of the input itself");
  LayerTensor weight = layer.input("o_weight", {axes.heads, axes.columns}, wide,
                                   "weight of the output norm");

  LayerTensor xSilu = convolutions[0].write(layer, /*isWide=*/true);
  StateOp op;
  op.key = convolutions[1].write(layer);
  op.query = convolutions[2].write(layer);
  layer.comment(
      "Time step: softplus(dt + dt_bias); decay: g = -exp(a_log) step.");
  LayerTensor step = layer.map("step", dt.axes, wide, {dt, dtBias},
                               [](Scalars &s, ArrayRef<std::string> e) {
                                 return s.softplus(s.add(e[0], e[1]));
                               });
  op.gate = layer.map("g", dt.axes, wide, {step, aLog},
                      [](Scalars &s, ArrayRef<std::string> e) {
                        return s.multiply(s.negate(s.exp(e[1])), e[0]);
                      });
  op.value = layer.map("v", x.axes, type, {xSilu, step},
                       [](Scalars &s, ArrayRef<std::string> e) {
                         return s.multiply(e[0], e[1]);
                       });
  op.scale = 1.0;
  op.outputType = wide.str();
  LayerTensor o = op.write(layer, axes);
  layer.comment("The input itself, the gate, and then the norm of each group.");
  LayerTensor y = layer.map(
      "y", o.axes, wide, {o, xSilu, d, z},
      [](Scalars &s, ArrayRef<std::string> e) {
        return s.multiply(s.add(e[0], s.multiply(e[1], e[2])), s.silu(e[3]));
      });
  outputAll(layer, groupedRmsNorm(layer, y, weight, axes), op, convolutions);
}

static llvm::Error verify(const SystemOptions &options) {
  if (options.dynamic.count(Axis::Head))
    return fail("expected static heads in mamba2, whose norm is over a group");
  if (options.heads != options.kvHeads)
    return fail(
        "expected as many kv-heads as heads in mamba2, groups of B and C, "
        "but found {0} and {1}",
        options.kvHeads, options.heads);
  return llvm::Error::success();
}

System mlir::attn::mamba2() {
  return {
      "mamba2",
      "Mamba-2: a scalar decay, states shared by groups (arXiv 2405.21060)",
      "projections of x, b, c, dt, z and o",
      {{"taps", 4, 2}},
      HeadCounts::Grouped,
      {/*heads=*/1, /*valueHeads=*/8, /*stateWidth=*/128, /*valueWidth=*/64},
      write,
      verify};
}
