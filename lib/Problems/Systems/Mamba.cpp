//===- Mamba.cpp - the selective scan of Mamba ----------------------------===//
//
//   S_t = exp(dt_t A) S_{t-1} + B_t (dt_t x_t)^T,  y_t = C_t^T S_t + D x_t
//
// with V channels of K states each; heads are groups of channels that share B
// and C. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

static void write(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  axes.rows.word = "state";
  axes.columns.word = "channel";
  axes.heads.word = axes.keyHeads.word = axes.queryHeads.word = "group";
  StringRef wide = options.wideType(), type = options.elementType;
  LayerAxes channels = {axes.heads, axes.columns};
  LayerTensor x = layer.sequenceInput("x", axes.value(), type, "inputs");
  LayerTensor dt = layer.sequenceInput("dt", axes.value(), type,
                                       "time step before bias and softplus");
  LayerTensor b =
      layer.sequenceInput("b", axes.perRow(), type, "input matrix B");
  LayerTensor c =
      layer.sequenceInput("c", axes.perRow(), type, "output matrix C");
  LayerTensor z =
      layer.sequenceInput("z", axes.value(), type, "output gate before SiLU");
  ShortConv convolution(layer, "x", x, options.arguments[0], /*hasBias=*/true);
  LayerTensor aLog = layer.input("a_log", {axes.heads, axes.columns, axes.rows},
                                 wide, "logarithm of the rate of decay");
  LayerTensor dtBias =
      layer.input("dt_bias", channels, wide, "bias of the time step");
  LayerTensor d =
      layer.input("d", channels, wide, "weight of the input itself");

  LayerTensor xSilu = convolution.write(layer, /*isWide=*/true);
  layer.comment(
      "Time step: softplus(dt + dt_bias); rate of decay: -exp(a_log).");
  LayerTensor step = layer.map("step", dt.axes, wide, {dt, dtBias},
                               [](Scalars &s, ArrayRef<std::string> e) {
                                 return s.softplus(s.add(e[0], e[1]));
                               });
  LayerTensor rate =
      layer.map("rate", {axes.heads, axes.rows, axes.columns}, wide, {aLog},
                [](Scalars &s, ArrayRef<std::string> e) {
                  return s.negate(s.exp(e[0]));
                });
  StateOp op;
  op.isRecurrent = true;
  op.query = c;
  op.key = b;
  op.value = layer.map("v", x.axes, type, {xSilu, step},
                       [](Scalars &s, ArrayRef<std::string> e) {
                         return s.multiply(e[0], e[1]);
                       });
  op.timeStep = step;
  op.rate = rate;
  op.scale = 1.0;
  op.outputType = wide.str();
  LayerTensor o = op.write(layer, axes);
  layer.comment("The input itself, and the gate.");
  LayerTensor y = layer.map(
      "y", o.axes, type, {o, xSilu, d, z},
      [](Scalars &s, ArrayRef<std::string> e) {
        return s.multiply(s.add(e[0], s.multiply(e[1], e[2])), s.silu(e[3]));
      });
  outputAll(layer, y, op, {convolution});
}

System mlir::attn::mamba() {
  return {
      "mamba",
      "Mamba: a selective scan, a decay per channel and state (arXiv "
      "2312.00752)",
      "projections; dt, b and c are inputs, which the paper's layer makes of "
      "the convolved x",
      {{"taps", 4, 2}},
      HeadCounts::Equal,
      {/*heads=*/1, /*valueHeads=*/0, /*stateWidth=*/16, /*valueWidth=*/256},
      write,
      nullptr};
}
