//===- StateOp.h - writes one attn.linear or attn.recurrent ----*- C++ -*-===//
//
// Private to this library: the operation at the centre of a recurrent layer,
// with its states as arguments and results of the layer where asked.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_STATEOP_H
#define ATTN_LIB_PROBLEMS_STATEOP_H

#include "Layer.h"

namespace mlir::attn {

/// The axes of a recurrent layer. Axes of head counts that are equal are one.
struct StateAxes {
  explicit StateAxes(const SystemOptions &options);

  LayerAxis batch, queryHeads, keyHeads, heads, outputHeads, tokens;
  /// Features of queries and keys, and of values: the state's rows and columns.
  LayerAxis rows, columns;

  LayerAxes query() const { return {batch, queryHeads, tokens, rows}; }
  LayerAxes key() const { return {batch, keyHeads, tokens, rows}; }
  LayerAxes value() const { return {batch, heads, tokens, columns}; }
  LayerAxes output() const { return {batch, outputHeads, tokens, columns}; }
  /// A scalar per token and state head.
  LayerAxes perToken() const { return {batch, heads, tokens}; }
  /// One per row of the state as well.
  LayerAxes perRow() const { return {batch, heads, tokens, rows}; }
};

/// The op's operands and attributes; what it does not have is absent.
struct StateOp {
  /// attn.recurrent, else attn.linear.
  bool isRecurrent = false;
  LayerTensor query, key, value;
  std::optional<LayerTensor> gate, inputGate, bonus, beta, left, right,
      timeStep, rate;
  /// Where packed sequences begin, if it is not the layer's own tensor.
  std::optional<LayerTensor> bounds;
  std::optional<double> scale, epsilon;
  StateOpOptions::Normalizer normalizer = StateOpOptions::Normalizer::None;
  /// Of the output, if it is not that of the layer's sequences.
  std::optional<std::string> outputType;
  bool readBefore = false;
  bool transition = false;

  /// Writes the op; returns its output. Final states become outputs of the
  /// layer by `outputStates`.
  LayerTensor write(Layer &layer, const StateAxes &axes);
  void outputStates(Layer &layer) const;

private:
  LayerTensor startingState(Layer &layer, llvm::StringRef name, LayerAxes axes,
                            llvm::StringRef meaning, llvm::StringRef literal);
  LayerTensor identity(Layer &layer, LayerAxes axes);

  std::vector<LayerTensor> states;
  std::vector<std::string> meanings;
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_STATEOP_H
