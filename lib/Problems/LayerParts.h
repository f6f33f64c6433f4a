//===- LayerParts.h - what layers have around attention --------*- C++ -*-===//
//
// Private to this library: normalisations, short convolution and head
// repetition, written once for all systems.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_LAYERPARTS_H
#define ATTN_LIB_PROBLEMS_LAYERPARTS_H

#include "Layer.h"

namespace mlir::attn {

/// What multiplies a normalised output.
enum class OutputGate { None, Silu, Sigmoid };

// Norms give the element type of the layer, or where `isWide` the wide type,
// and may read either.

/// x / sqrt(sum of x^2 over the last axis + 1e-6).
LayerTensor l2Norm(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                   bool isWide = false);

/// x / sqrt(mean of x^2 over the last axis + epsilon) * weight * gate(z);
/// `weight` and `z` may be absent.
LayerTensor rmsNorm(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                    double epsilon, std::optional<LayerTensor> weight,
                    OutputGate gate, std::optional<LayerTensor> z);

/// (x - mean) / sqrt(variance + epsilon) over the last axis, and then what
/// `finish` makes of it; its elements are the normalised one and `operands`.
LayerTensor groupNorm(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                      double epsilon, llvm::ArrayRef<Operand> operands,
                      Layer::Body finish);

/// (x - mean) / sqrt(variance + 1e-5) * weights[0] + weights[1] over the last
/// axis; `weights` [2, feature].
LayerTensor layerNorm(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                      const LayerTensor &weights);

/// The sum of x * weight over the axes that both have and `axes` has not, in
/// the layer's element type or the wide type.
LayerTensor product(Layer &layer, llvm::StringRef name, LayerAxes axes,
                    const LayerTensor &x, const LayerTensor &weight,
                    bool isWide = false);

/// The halves x and y of the last axis, of 2 n features, turned by angles of
/// which `cos` and `sin` [token, n] are given: (x cos - y sin, y cos + x sin).
LayerTensor rotary(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                   const LayerTensor &cos, const LayerTensor &sin);

/// A depthwise causal convolution and its tail, the last inputs that the next
/// token needs.
class ShortConv {
public:
  /// Declares the weights [head, feature, tap], of which the last is the
  /// token's own, and a bias [head, feature] if asked, of the convolution of x,
  /// whose name in the layer is `name`.
  ShortConv(Layer &layer, llvm::StringRef name, const LayerTensor &x,
            int64_t taps, bool hasBias);

  /// silu(convolution of x) in the layer's element type, or in the wide type
  /// for a norm to read.
  LayerTensor write(Layer &layer, bool isWide = false);
  /// Makes the tail an output of the layer where final states are asked for.
  void outputTail(Layer &layer) const;

private:
  LayerTensor writeSequences(Layer &layer, const LayerTensor &padded);
  LayerTensor writePacked(Layer &layer, const LayerTensor &padded);
  LayerTensor packedTail(Layer &layer, const LayerTensor &padded);
  std::string earlierElement(Scalars &scalars, llvm::StringRef sequence,
                             llvm::StringRef from) const;

  std::string name;
  LayerTensor x, weight;
  std::optional<LayerTensor> bias, start, tail;
  LayerAxis taps, tailAxis;
};

/// x [batch, key head, token, feature] with each head repeated for the heads
/// that share it: [batch, head, token, feature].
LayerTensor repeatHeads(Layer &layer, llvm::StringRef name,
                        const LayerTensor &x, const LayerAxis &heads);

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_LAYERPARTS_H
