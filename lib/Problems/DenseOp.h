//===- DenseOp.h - writes one attn.dense -----------------------*- C++ -*-===//
//
// Private to this library: softmax attention in a layer, with its masks and
// score functions as regions of text.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_DENSEOP_H
#define ATTN_LIB_PROBLEMS_DENSEOP_H

#include "Layer.h"

#include <array>
#include <functional>

namespace mlir::attn {

/// The arguments of a region: names of the score, empty in a mask, and of four
/// values of type index.
struct RegionArguments {
  std::string score, batch, head, query, key;
};

/// Writes a region's body and returns what it yields.
using RegionBody =
    std::function<std::string(Scalars &scalars, const RegionArguments &)>;

/// The op's operands and attributes; what it does not have is absent. Query
/// [b, h, t, k], key [b, m, s, k] and value [b, m, s, v] give [b, h, t, v].
struct DenseOp {
  LayerTensor query, key, value;
  /// i1 [b, s]: keys that are there.
  std::optional<LayerTensor> present;
  std::optional<LayerTensor> sink;
  /// Keys in use [b], or bounds of packed sequences; i32.
  std::optional<LayerTensor> lengths, cuSeqlens;
  bool causal = false;
  std::optional<std::array<int64_t, 2>> window;
  std::optional<double> scale, softcap;
  RegionBody score, mask;
  /// Asks for the logarithm of the softmax sum too, in `logSum`.
  bool lse = false;
  /// The output in the wide type, for attn.merge.
  bool isWide = false;
  std::optional<LayerTensor> logSum;

  /// Writes the op; its diagonal is at the bottom right.
  LayerTensor write(Layer &layer, llvm::StringRef name);
  /// Writes an attn.key_mass behind the op, which has asked for `logSum`: what
  /// each key received, [b, m, s] over `keyHeads`.
  LayerTensor writeMass(Layer &layer, llvm::StringRef name,
                        const LayerAxis &keyHeads) const;

private:
  void writeAttributes(llvm::raw_ostream &os) const;
};

/// Writes ` score {..}` or ` mask {..}` behind an op.
void writeRegion(Layer &layer, llvm::StringRef keyword, const RegionBody &body);

/// -slope |j - i - d| added to the score, with the slope of each head and d the
/// difference of the lengths of keys and queries; of `used` keys [b], of which
/// more than there are count as all, where given.
RegionBody alibi(Layer &layer, const LayerTensor &slopes,
                 const LayerAxis &queries, const LayerAxis &keys,
                 std::optional<LayerTensor> used = std::nullopt);

/// The sum of two sizes as an axis whose letter is that of both, `S+T`.
LayerAxis sumOfAxes(Layer &layer, llvm::StringRef index, llvm::StringRef word,
                    const LayerAxis &first, const LayerAxis &second);

/// Two axes as one, of which the letter is that of both, `B*T`.
LayerAxis joinAxes(Layer &layer, const LayerAxis &first,
                   const LayerAxis &second);

/// The reverse of a collapse at `at` to joinAxes(first, second).
LayerTensor splitAxes(Layer &layer, llvm::StringRef name, const LayerTensor &x,
                      unsigned at, const LayerAxis &first,
                      const LayerAxis &second);

/// Rows of `second` behind those of `first` along axis `at`, which becomes
/// `axis`.
LayerTensor concat(Layer &layer, llvm::StringRef name, const LayerTensor &first,
                   const LayerTensor &second, unsigned at,
                   const LayerAxis &axis);

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_DENSEOP_H
