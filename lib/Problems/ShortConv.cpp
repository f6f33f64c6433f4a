//===- ShortConv.cpp - a depthwise causal convolution with its tail -------===//
//
// With W taps per channel,
//
//   y[t] = silu(bias + sum over w of weight[w] * x[t - (W - 1) + w])
//
// where tokens before the first one are the tail of W - 1 tokens that an
// earlier part of the sequence left behind, or zero. The tail and the sequence
// are concatenated, so that the window of token t begins at its own place:
//
//   %padded = tensor.concat dim(2) %x_tail_in, %x
//   %x_conv = linalg.generic ... (b, h, t + w, k) ...
//   %x_tail_out = tensor.extract_slice %padded[0, 0, %tokens, 0] ...
//
// In packed sequences a window that begins before its sequence reads that
// sequence's tail instead. Covered by test/Tools/attn-gen/systems.test and
// packing.test.
//
//===----------------------------------------------------------------------===//

#include "LayerParts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

ShortConv::ShortConv(Layer &layer, StringRef name, const LayerTensor &x,
                     int64_t taps, bool hasBias)
    : name(name.str()), x(x), taps{"w", "tap", taps},
      tailAxis{"j", "tail token", taps - 1} {
  StringRef wide = layer.options.wideType();
  weight = layer.input(this->name + "_conv", {x.axes[1], x.axes[3], this->taps},
                       wide, "weights of the convolution of " + this->name);
  if (hasBias)
    bias = layer.input(this->name + "_conv_bias", {x.axes[1], x.axes[3]}, wide,
                       "bias of the convolution of " + this->name);
}

LayerTensor ShortConv::write(Layer &layer, bool isWide) {
  bool isPacked = layer.options.isPacked();
  StringRef type = x.elementType;
  LayerAxes earlier = x.axes;
  earlier[2] = tailAxis;
  if (isPacked)
    layer.packedTokens(x.axes[2]);
  layer.comment(formatv("{0}: causal convolution over {1} tokens, then SiLU.",
                        name, taps.size)
                    .str());
  if (layer.options.initialState) {
    LayerAxes axes = earlier;
    axes[0] = layer.sequences();
    start = layer.sequenceInput(name + "_tail_in", axes, type,
                                "inputs of the convolution of " + name +
                                    " before the first token");
  }
  LayerTensor before =
      start && !isPacked ? *start
                         : layer.filled(name + "_before", earlier, type, "0.0");
  LayerTensor padded{layer.unique(name + "_padded"), x.axes, type.str()};
  padded.axes[2] = {"p", "token", x.axes[2].size + tailAxis.size,
                    x.axes[2].letter};
  layer.text() << formatv("  %{0} = tensor.concat dim(2) %{1}, %{2}\n"
                          "      : ({3}, {4}) -> {5}\n",
                          padded.name, before.name, x.name, before.type(),
                          x.type(), padded.type());

  LayerTensor sums =
      isPacked ? writePacked(layer, padded) : writeSequences(layer, padded);
  std::vector<Operand> operands = {sums};
  if (bias)
    operands.push_back(*bias);
  LayerTensor result = layer.map(
      name + "_silu", x.axes, isWide ? layer.options.wideType() : type,
      operands, [](Scalars &s, ArrayRef<std::string> x) {
        return s.silu(x.size() > 1 ? s.add(x[0], x[1]) : x[0]);
      });

  if (layer.options.finalState && isPacked) {
    tail = packedTail(layer, padded);
  } else if (layer.options.finalState) {
    tail = LayerTensor{layer.unique(name + "_tail"), earlier, type.str()};
    llvm::SmallVector<std::string> sizes;
    for (const LayerAxis &axis : earlier)
      sizes.push_back(layer.sizeText(axis));
    layer.text() << formatv("  %{0} = tensor.extract_slice %{1}"
                            "[0, 0, {2}, 0] [{3}] [1, 1, 1, 1]\n"
                            "      : {4} to {5}\n",
                            tail->name, padded.name, layer.sizeText(x.axes[2]),
                            llvm::join(sizes, ", "), padded.type(),
                            tail->type());
  }
  return result;
}

void ShortConv::outputTail(Layer &layer) const {
  if (tail)
    layer.sequenceOutput(name + "_tail_out", *tail,
                         "inputs of the convolution of " + name +
                             " up to the last token");
}

/// The padded sequence in the window of a token.
static Operand window(const LayerTensor &padded) {
  std::vector<std::string> places;
  for (const LayerAxis &axis : padded.axes)
    places.push_back(axis.index == "p" ? "t + w" : axis.index);
  return {padded, "window", places};
}

LayerTensor ShortConv::writeSequences(Layer &layer, const LayerTensor &padded) {
  return layer.sum(name + "_sums", x.axes, {taps}, {window(padded), weight},
                   [](Scalars &s, ArrayRef<std::string> x) {
                     return s.multiply(x[0], x[1]);
                   });
}

/// The element of the tail `start` at `sequence`, the head and feature of loops
/// 1 and 3, and token `from` of the tail, which may lie behind it.
std::string ShortConv::earlierElement(Scalars &s, StringRef sequence,
                                      StringRef from) const {
  if (!start)
    return s.constant("zero", 0.0);
  std::string last = s.write(
      "last", formatv("arith.constant {0}", tailAxis.size - 1), "index");
  std::string h = s.write("h", "linalg.index 1", "index");
  std::string k = s.write("k", "linalg.index 3", "index");
  std::string inside =
      s.write("clamped", formatv("arith.minsi {0}, {1}", from, last), "index");
  std::string earlier =
      s.write("earlier",
              formatv("tensor.extract %{0}[{1}, {2}, {3}, {4}]", start->name,
                      sequence, h, inside, k),
              start->type());
  if (start->elementType == s.getType())
    return earlier;
  return s.convert("earlier_wide", "arith.extf", earlier, start->elementType,
                   s.getType());
}

/// `value` where token `from` of tail and sequence is one of the sequence.
static std::string selectInside(Scalars &s, StringRef from, int64_t tail,
                                StringRef value, StringRef earlier) {
  std::string first =
      s.write("first", formatv("arith.constant {0}", tail), "index");
  std::string isInside = s.write(
      "is_inside", formatv("arith.cmpi sge, {0}, {1}", from, first), "index");
  return s.write(
      "input", formatv("arith.select {0}, {1}, {2}", isInside, value, earlier),
      s.getType());
}

LayerTensor ShortConv::writePacked(Layer &layer, const LayerTensor &padded) {
  PackedTokens tokens = layer.packedTokens(x.axes[2]);
  return layer.sum(
      name + "_sums", x.axes, {taps},
      {window(padded), weight, tokens.sequence, tokens.place},
      [&](Scalars &s, ArrayRef<std::string> x) {
        std::string sequence =
            s.convert("sequence_at", "arith.index_cast", x[2], "i32", "index");
        std::string place =
            s.convert("place_at", "arith.index_cast", x[3], "i32", "index");
        std::string w = s.write("w", "linalg.index 4", "index");
        std::string from =
            s.write("from", "arith.addi " + place + ", " + w, "index");
        std::string earlier = earlierElement(s, sequence, from);
        return s.multiply(selectInside(s, from, tailAxis.size, x[0], earlier),
                          x[1]);
      });
}

LayerTensor ShortConv::packedTail(Layer &layer, const LayerTensor &padded) {
  LayerAxes axes = padded.axes;
  axes[0] = layer.sequences();
  axes[2] = tailAxis;
  LayerTensor begins = layer.sequenceBounds(name + "_begins", 0);
  LayerTensor ends = layer.sequenceBounds(name + "_ends", 1);
  return layer.map(
      name + "_tail", axes, x.elementType, {begins, ends},
      [&](Scalars &s, ArrayRef<std::string> x) {
        std::string begin =
            s.convert("begin", "arith.index_cast", x[0], "i32", "index");
        std::string end =
            s.convert("end", "arith.index_cast", x[1], "i32", "index");
        std::string sequence =
            s.write("sequence_at", "linalg.index 0", "index");
        std::string j = s.write("j", "linalg.index 2", "index");
        std::string length =
            s.write("length", "arith.subi " + end + ", " + begin, "index");
        std::string from =
            s.write("from", "arith.addi " + length + ", " + j, "index");
        std::string earlier = earlierElement(s, sequence, from);
        std::string zero = s.write("batch_at", "arith.constant 0", "index");
        std::string head = s.write("head_at", "linalg.index 1", "index");
        std::string feature = s.write("feature_at", "linalg.index 3", "index");
        std::string token =
            s.write("token", "arith.addi " + end + ", " + j, "index");
        std::string value =
            s.write("value",
                    formatv("tensor.extract %{0}[{1}, {2}, {3}, {4}]",
                            padded.name, zero, head, token, feature),
                    padded.type());
        if (padded.elementType != s.getType())
          value = s.convert("value_wide", "arith.extf", value,
                            padded.elementType, s.getType());
        return selectInside(s, from, tailAxis.size, value, earlier);
      });
}
