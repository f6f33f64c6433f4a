//===- ConstantDecay.cpp - RetNet and Lightning attention -----------------===//
//
// Each head forgets at a rate of its own, which is computed from the head's
// number. RetNet rotates queries and keys by position and normalises each
// head's output. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Systems.h"

#include "../SystemOptions.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::StringRef;

/// The number of the head as a float.
static std::string headNumber(Scalars &s) {
  std::string h = s.write("h", "linalg.index 0", "index");
  std::string integer =
      s.convert("head_int", "arith.index_cast", h, "index", "i32");
  return s.convert("head", "arith.sitofp", integer, "i32", s.getType());
}

static void writeRetNet(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  StringRef wide = options.wideType();
  QueryKeyValue x(layer, axes);
  LayerTensor z = layer.sequenceInput("z", axes.output(), options.elementType,
                                      "output gate before SiLU");
  LayerAxes angles = {axes.tokens,
                      {"k", "pair of features", options.width / 2}};
  LayerTensor cos =
      layer.input("cos", angles, wide, "cosines of the rotary angles");
  LayerTensor sin =
      layer.input("sin", angles, wide, "sines of the rotary angles");

  layer.comment("Rotary embedding, feature j paired with feature j + K / 2.");
  StateOp op;
  op.query = rotary(layer, "q", x.q, cos, sin);
  op.key = rotary(layer, "k", x.k, cos, sin);
  op.value = x.v;
  op.outputType = wide.str();
  layer.comment("Decay of head h: g = log(1 - 2^(-5 - h)).");
  op.gate = layer.map(
      "g", {axes.heads}, wide, {}, [](Scalars &s, ArrayRef<std::string>) {
        std::string exponent =
            s.subtract(s.constant("first", -5.0), headNumber(s));
        std::string loss =
            s.write("loss", "math.exp2 " + exponent, s.getType());
        return s.log1p(s.negate(loss));
      });
  LayerTensor o = op.write(layer, axes);
  layer.comment("Normalised per head, times silu(z).");
  LayerTensor result = groupNorm(layer, "o_norm", o, 1e-5, {z},
                                 [](Scalars &s, ArrayRef<std::string> e) {
                                   return s.multiply(e[0], s.silu(e[1]));
                                 });
  outputAll(layer, result, op);
}

static llvm::Error verifyRetNet(const SystemOptions &options) {
  if (options.width % 2)
    return fail("expected an even width for rotary embedding but found {0}",
                options.width);
  return llvm::Error::success();
}

System mlir::attn::retNet() {
  return {
      "retnet",
      "RetNet: a constant decay per head, rotary q and k (arXiv 2307.08621)",
      "projections of q, k, v, z and o; the growing and shrinking factors of "
      "xPos",
      {},
      HeadCounts::Grouped,
      {},
      writeRetNet,
      verifyRetNet};
}

static void writeLightning(Layer &layer, const SystemOptions &options) {
  StateAxes axes(options);
  QueryKeyValue x(layer, axes);
  double slope =
      -8.0 / options.valueHeads *
      (1.0 - static_cast<double>(options.arguments[0]) / options.arguments[1]);
  layer.comment("Decay of head h of layer l of L: g = -8 / H (1 - l / L) h.");
  StateOp op;
  op.query = x.q;
  op.key = x.k;
  op.value = x.v;
  op.gate =
      layer.map("g", {axes.heads}, options.wideType(), {},
                [&](Scalars &s, ArrayRef<std::string>) {
                  return s.multiply(s.constant("slope", slope), headNumber(s));
                });
  LayerTensor o = op.write(layer, axes);
  outputAll(layer, o, op);
}

static llvm::Error verifyLightning(const SystemOptions &options) {
  if (options.dynamic.count(Axis::Head))
    return fail("expected static heads in lightning, whose decays depend on "
                "their number");
  if (options.arguments[0] >= options.arguments[1])
    return fail(
        "expected layer of 'lightning' below layers but found {0} and {1}",
        options.arguments[0], options.arguments[1]);
  return llvm::Error::success();
}

System mlir::attn::lightning() {
  return {"lightning",
          "Lightning attention: a decay per head and layer (arXiv 2401.04658)",
          "projections, activations and the norm around the operation",
          {{"layer", 0, 0}, {"layers", 24, 1}},
          HeadCounts::Grouped,
          {},
          writeLightning,
          verifyLightning};
}
