//===- Layer.h - writes a layer as a module --------------------*- C++ -*-===//
//
// Private to this library. A layer is built by declaring inputs, mapping
// expressions over tensors whose axes have names, and declaring outputs:
//
//   LayerTensor a = layer.sequenceInput("a", {batch, heads, tokens}, ...);
//   LayerTensor bias = layer.input("bias", {heads}, ...);
//   LayerTensor g = layer.map("g", a.axes, "f32", {a, bias},
//       [](Scalars &s, llvm::ArrayRef<std::string> x) {
//         return s.logSigmoid(s.add(x[0], x[1]));
//       });
//
// writes one linalg.generic over (b, h, t), in which `bias` is read through
// #h_of_bht = affine_map<(b, h, t) -> (h)>: indexing maps follow from the axes.
// Sequences are [batch, head, token, ...] here; with bthd storage the
// function's arguments are transposed at its borders.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_LAYER_H
#define ATTN_LIB_PROBLEMS_LAYER_H

#include "Scalars.h"

#include "attn/Problems/System.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::attn {

/// One dimension of the tensors of a layer.
struct LayerAxis {
  /// Its name in indexing maps: `t`.
  std::string index;
  /// Its name in descriptions: `token`.
  std::string word;
  int64_t size = 0;
  /// Its letter in descriptions where the size is left to run time.
  std::string letter = "";
  /// The value that holds such a size where it is no argument's.
  std::string value = "";

  bool isDynamic() const { return !letter.empty(); }
  bool operator==(const LayerAxis &other) const { return index == other.index; }
};

using LayerAxes = std::vector<LayerAxis>;

/// A value of the function.
struct LayerTensor {
  std::string name;
  LayerAxes axes;
  std::string elementType;

  std::string type() const;
};

/// A tensor as an operand of linalg.generic, read at the place of the loops of
/// its axes' names, or at `places` through a map called #`alias`.
struct Operand {
  Operand(LayerTensor tensor) : tensor(std::move(tensor)) {}
  Operand(LayerTensor tensor, std::string alias,
          std::vector<std::string> places)
      : tensor(std::move(tensor)), alias(std::move(alias)),
        places(std::move(places)) {}

  LayerTensor tensor;
  std::string alias;
  std::vector<std::string> places;
};

/// For each token [token] of packed sequences, in i32.
struct PackedTokens {
  LayerTensor sequence, place;
};

class Layer {
public:
  /// Writes the scalar that a body yields; `elements` are the operands' names,
  /// floats widened to the wide type.
  using Body = llvm::function_ref<std::string(
      Scalars &scalars, llvm::ArrayRef<std::string> elements)>;

  Layer(llvm::StringRef function, const SystemOptions &options)
      : options(options), function(function.str()) {}
  Layer(const Layer &) = delete;

  /// An argument as it is.
  LayerTensor input(llvm::StringRef name, LayerAxes axes,
                    llvm::StringRef elementType, llvm::StringRef meaning);
  /// An argument [batch, head, `tokenAxes` of tokens, ...], or with bthd
  /// storage with the heads behind the tokens.
  LayerTensor sequenceInput(llvm::StringRef name, LayerAxes axes,
                            llvm::StringRef elementType,
                            llvm::StringRef meaning, unsigned tokenAxes = 1);
  void output(llvm::StringRef name, LayerTensor tensor,
              llvm::StringRef meaning);
  void sequenceOutput(llvm::StringRef name, LayerTensor tensor,
                      llvm::StringRef meaning);
  /// Where packed sequences begin and end, [sequence + 1].
  LayerTensor bounds();
  /// Which packed sequence each token belongs to, and its place in there.
  PackedTokens packedTokens(const LayerAxis &tokens);
  /// Where each packed sequence begins, or ends, [sequence].
  LayerTensor sequenceBounds(llvm::StringRef name, unsigned offset);
  /// The sequences that a state belongs to: those of the batch, or the packed
  /// ones.
  LayerAxis sequences();

  void comment(llvm::StringRef text);
  LayerTensor empty(llvm::StringRef name, LayerAxes axes,
                    llvm::StringRef elementType);
  /// Every element is `literal`.
  LayerTensor filled(llvm::StringRef name, LayerAxes axes,
                     llvm::StringRef elementType, llvm::StringRef literal);
  LayerTensor map(llvm::StringRef name, LayerAxes axes,
                  llvm::StringRef elementType, llvm::ArrayRef<Operand> operands,
                  Body body);
  /// The sum over `reduced` of what the body yields, in the wide type, or in
  /// i32.
  LayerTensor sum(llvm::StringRef name, LayerAxes axes, LayerAxes reduced,
                  llvm::ArrayRef<Operand> operands, Body body,
                  llvm::StringRef elementType = "");
  /// [h, g] as one axis `merged`, in place of axes `at` and `at` + 1.
  LayerTensor collapse(llvm::StringRef name, const LayerTensor &tensor,
                       unsigned at, LayerAxis merged);
  /// The reverse of `collapse`.
  LayerTensor expand(llvm::StringRef name, const LayerTensor &tensor,
                     unsigned at, LayerAxis outer, LayerAxis inner);

  /// For operations written as they are.
  llvm::raw_ostream &text() { return os; }
  /// `8` or `%tokens`, as sizes of a slice want it.
  std::string sizeText(const LayerAxis &axis);
  /// A name that no other value has, `name` if it is free.
  std::string unique(llvm::StringRef name);
  bool isTaken(llvm::StringRef name) const { return names.contains(name); }

  /// The whole module, under `header` as a comment.
  std::string print(llvm::StringRef header);
  llvm::json::Object describe(llvm::json::Object parameters) const;

  const SystemOptions &options;

private:
  struct Argument {
    std::string name;
    LayerTensor tensor;
    std::string meaning;
  };

  std::string alias(llvm::ArrayRef<LayerAxis> loops, const Operand &operand);
  LayerTensor generic(llvm::StringRef name, LayerTensor init,
                      const LayerAxes &reduced,
                      llvm::ArrayRef<Operand> operands, llvm::StringRef old,
                      Body body);
  LayerTensor transpose(llvm::StringRef name, const LayerTensor &tensor,
                        const LayerAxes &axes);
  /// The value of a literal that fills a tensor, defined once.
  std::string constant(llvm::StringRef literal, llvm::StringRef type);
  void defineSizes(llvm::raw_ostream &out) const;
  static std::string inPlace(llvm::ArrayRef<Argument> inputs,
                             const Argument &output);
  static llvm::json::Array describe(llvm::ArrayRef<Argument> arguments);

  std::string function;
  std::vector<Argument> inputs, outputs;
  /// What packing needs is declared and computed once, when first asked for.
  std::optional<LayerTensor> packing;
  std::optional<PackedTokens> tokenPlaces;
  /// Definitions of indexing maps by alias, in the order of their first use.
  std::vector<std::pair<std::string, std::string>> maps;
  /// Dynamic sizes that are used, by letter.
  std::set<std::string> usedSizes;
  /// Definitions of constants by name, in the order of their first use.
  std::vector<std::pair<std::string, std::string>> constants;
  llvm::StringSet<> names;
  std::string body;
  llvm::raw_string_ostream os{body};
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_LAYER_H
