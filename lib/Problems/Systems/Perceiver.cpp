//===- Perceiver.cpp - Perceiver, Perceiver IO and Perceiver AR -----------===//
//
// Few latents read many inputs ("encode"), then each other ("process_n"). In
// Perceiver IO output queries read the latents ("decode"); in Perceiver AR the
// latents are the last tokens, and all is causal. Covered by test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "../SystemOptions.h"
#include "PerceiverBlock.h"
#include "Systems.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::StringRef;

namespace {

/// Arguments in the order of the parameters of Perceiver and Perceiver IO.
enum Parameter {
  Layers,
  LatentWidth,
  Hidden,
  Mask,
  InputWidth,
  CrossHeads,
  Outputs,
  OutputWidth
};

/// The parameter of Perceiver AR behind those that all three have.
constexpr unsigned kRotary = Mask + 1;

/// What the three systems have in common: axes and blocks.
struct Builder {
  Builder(Layer &layer, const SystemOptions &options)
      : layer(layer), options(options), axes(options) {
    latent = {"d", "latent feature", options.arguments[LatentWidth]};
    hidden = {"f", "hidden feature", options.arguments[Hidden]};
  }

  /// As many blocks as there are layers, in which latents read each other.
  std::vector<PerceiverBlock> declareProcess(const LayerTensor &latents) {
    std::vector<PerceiverBlock> blocks;
    for (int64_t n = 0; n < options.arguments[Layers]; ++n) {
      PerceiverBlock block;
      block.prefix = llvm::formatv("process_{0}", n);
      block.heads = options.heads;
      block.queries = latents;
      block.declare(layer, latent, latent, hidden);
      blocks.push_back(std::move(block));
    }
    return blocks;
  }

  /// Writes `encode` and then each block on what the one before it gives.
  LayerTensor writeAll(PerceiverBlock &encode,
                       std::vector<PerceiverBlock> &process) {
    LayerTensor z = encode.write(layer, axes.batch);
    for (PerceiverBlock &block : process) {
      block.queries = z;
      z = block.write(layer, axes.batch);
    }
    return z;
  }

  Layer &layer;
  const SystemOptions &options;
  AttentionAxes axes;
  LayerAxis latent, hidden;
};

/// Latents, inputs and mask, encoded and processed.
struct Encoder : Builder {
  Encoder(Layer &layer, const SystemOptions &options)
      : Builder(layer, options) {
    input = {"c", "input feature", options.arguments[InputWidth]};
  }

  void declareInputs() {
    LayerAxis queries = axes.queries;
    queries.word = "latent";
    LayerAxis inputs = axes.keys;
    inputs.word = "input";
    encode.prefix = "encode";
    encode.heads = options.arguments[CrossHeads];
    encode.queries = layer.input("latents", {queries, latent},
                                 options.elementType, "latents of any input");
    encode.inputs = layer.input("x", {axes.batch, inputs, input},
                                options.elementType, "inputs");
    if (options.arguments[Mask])
      encode.present = layer.input("mask", {axes.batch, inputs}, "i1",
                                   "inputs that are not padding");
  }

  void declareWeights() {
    encode.declare(layer, latent, input, hidden);
    process = declareProcess(encode.queries);
  }

  PerceiverBlock encode;
  std::vector<PerceiverBlock> process;
  LayerAxis input;
};

} // namespace

static void writePerceiver(Layer &layer, const SystemOptions &options) {
  Encoder encoder(layer, options);
  encoder.declareInputs();
  encoder.declareWeights();
  layer.output("o", encoder.writeAll(encoder.encode, encoder.process),
               "latents");
}

static void writePerceiverIO(Layer &layer, const SystemOptions &options) {
  Encoder encoder(layer, options);
  encoder.declareInputs();
  LayerAxis outputs{"o", "output", options.arguments[Outputs],
                    options.dynamic.count(Axis::Query) ? "O" : ""};
  LayerAxis feature{"e", "output feature", options.arguments[OutputWidth]};
  PerceiverBlock decode;
  decode.prefix = "decode";
  decode.heads = options.arguments[CrossHeads];
  decode.isResidual = false;
  decode.queries =
      layer.input("queries", {encoder.axes.batch, outputs, feature},
                  options.elementType, "queries of the outputs");
  encoder.declareWeights();
  decode.inputs = encoder.encode.queries;
  decode.declare(layer, feature, encoder.latent, encoder.hidden);
  decode.inputs = encoder.writeAll(encoder.encode, encoder.process);
  layer.output("o", decode.write(layer, encoder.axes.batch), "outputs");
}

static void writePerceiverAR(Layer &layer, const SystemOptions &options) {
  Builder builder(layer, options);
  const AttentionAxes &axes = builder.axes;
  StringRef type = options.elementType, wide = options.wideType();
  LayerAxis before = axes.keys;
  before.word = "earlier token";
  PerceiverBlock encode;
  encode.prefix = "encode";
  encode.heads = options.heads;
  encode.causal = true;
  encode.before = layer.input("x_before", {axes.batch, before, builder.latent},
                              type, "tokens before the latents");
  encode.queries = layer.input("x", {axes.batch, axes.queries, builder.latent},
                               type, "the last tokens, which are the latents");
  encode.inputs = encode.queries;
  std::optional<LayerTensor> ownPresent, beforePresent;
  if (options.arguments[Mask]) {
    beforePresent = layer.input("mask_before", {axes.batch, before}, "i1",
                                "earlier tokens that are not padding");
    ownPresent = layer.input("mask", {axes.batch, axes.queries}, "i1",
                             "last tokens that are not padding");
  }
  if (options.arguments[kRotary]) {
    LayerAxis half{"k", "pair of features", options.width / 2};
    auto angles = [&](StringRef suffix, const LayerAxis &axis) {
      std::string end = suffix.str();
      return Angles{layer.input("cos" + end, {axis, half}, wide,
                                "cosines of the rotary angles"),
                    layer.input("sin" + end, {axis, half}, wide,
                                "sines of the rotary angles")};
    };
    encode.turnBefore = angles("_before", before);
    encode.turn = angles("", axes.queries);
  }
  encode.declare(layer, builder.latent, builder.latent, builder.hidden);
  std::vector<PerceiverBlock> process = builder.declareProcess(encode.queries);
  if (ownPresent) {
    LayerAxis all = sumOfAxes(layer, "s", "token", before, axes.queries);
    encode.present =
        concat(layer, "present", *beforePresent, *ownPresent, 1, all);
  }
  for (PerceiverBlock &block : process) {
    block.causal = true;
    block.present = ownPresent;
    block.turn = encode.turn;
  }
  layer.output("o", builder.writeAll(encode, process), "the last tokens");
}

static llvm::Error verifyPerceiverAR(const SystemOptions &options) {
  if (options.arguments[kRotary] && options.width % 2)
    return fail("expected an even width for rotary embedding but found {0}",
                options.width);
  return llvm::Error::success();
}

/// Parameters of all three, then `own`.
static std::vector<FunctionParameter>
parameters(std::vector<FunctionParameter> own) {
  std::vector<FunctionParameter> all = {{"layers", 1, 0},
                                        {"latent_width", 128, 1},
                                        {"hidden", 256, 1},
                                        {"mask", 1, 0}};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

System mlir::attn::perceiver() {
  return {"perceiver",
          "Perceiver: few latents read many inputs, then each other (arXiv "
          "2103.03206)",
          "position encoding of the inputs, weights shared by layers",
          parameters({{"input_width", 64, 1}, {"cross_heads", 1, 1}}),
          HeadCounts::Equal,
          {},
          writePerceiver,
          nullptr,
          SystemFamily::Attention};
}

System mlir::attn::perceiverIO() {
  return {"perceiver_io",
          "Perceiver IO: output queries read the latents (arXiv 2107.14795)",
          "position encoding of the inputs, weights shared by layers",
          parameters({{"input_width", 64, 1},
                      {"cross_heads", 1, 1},
                      {"outputs", 256, 0},
                      {"output_width", 64, 1}}),
          HeadCounts::Equal,
          {},
          writePerceiverIO,
          nullptr,
          SystemFamily::Attention};
}

System mlir::attn::perceiverAR() {
  return {"perceiver_ar",
          "Perceiver AR: the last tokens are the latents (arXiv 2202.07765); "
          "rotary=0 leaves queries and keys as they are",
          "embedding of tokens and positions, dropout of earlier tokens",
          parameters({{"rotary", 1, 0}}),
          HeadCounts::Equal,
          {},
          writePerceiverAR,
          verifyPerceiverAR,
          SystemFamily::Attention};
}
