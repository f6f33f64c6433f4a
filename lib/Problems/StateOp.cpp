//===- StateOp.cpp - writes one attn.linear or attn.recurrent -------------===//
//
// Covered by test/Tools/attn-gen/state-op.test.
//
//===----------------------------------------------------------------------===//

#include "StateOp.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

StateAxes::StateAxes(const SystemOptions &options) {
  auto letter = [&](Axis axis, const char *name) {
    return options.dynamic.count(axis) ? name : "";
  };
  batch = {"b", "batch", options.batch, letter(Axis::Batch, "B")};
  tokens = {"t", "token", options.tokens, letter(Axis::Query, "T")};
  heads = {"h", "head", options.valueHeads, letter(Axis::Head, "H")};
  keyHeads = options.kvHeads == options.valueHeads
                 ? heads
                 : LayerAxis{"m", "key head", options.kvHeads,
                             letter(Axis::Head, "Hk")};
  queryHeads = options.heads == options.valueHeads ? heads
               : options.heads == options.kvHeads
                   ? keyHeads
                   : LayerAxis{"n", "query head", options.heads,
                               letter(Axis::Head, "Hq")};
  outputHeads = options.heads > options.valueHeads ? queryHeads : heads;
  rows = {"k", "key feature", options.width};
  columns = {"v", "value feature", options.valueWidth};
}

LayerTensor StateOp::startingState(Layer &layer, StringRef name, LayerAxes axes,
                                   StringRef meaning, StringRef literal) {
  StringRef type = layer.options.wideType();
  std::string words = (meaning + " before the first token").str();
  meanings.push_back((meaning + " after the last token").str());
  if (layer.options.initialState)
    return layer.input((name + "_in").str(), axes, type, words);
  return layer.filled((name + "_start").str(), axes, type, literal);
}

LayerTensor StateOp::identity(Layer &layer, LayerAxes axes) {
  unsigned rank = axes.size();
  return layer.map(
      "transition_start", axes, layer.options.wideType(), {},
      [rank](Scalars &s, llvm::ArrayRef<std::string>) {
        std::string row =
            s.write("row", formatv("linalg.index {0}", rank - 2), "index");
        std::string column =
            s.write("column", formatv("linalg.index {0}", rank - 1), "index");
        std::string same = s.write(
            "same", formatv("arith.cmpi eq, {0}, {1}", row, column), "index");
        return s.convert("number", "arith.uitofp", same, "i1", s.getType());
      });
}

/// 0xFF80...: minus infinity as the textual format wants it.
static StringRef minusInfinity(StringRef type) {
  return type == "f64" ? "0xFFF0000000000000" : "0xFF800000";
}

LayerTensor StateOp::write(Layer &layer, const StateAxes &axes) {
  using Normalizer = StateOpOptions::Normalizer;
  const SystemOptions &options = layer.options;
  if (options.isPacked() && !bounds)
    bounds = layer.bounds();

  layer.comment("The state, token by token, and what the queries read.");
  std::vector<LayerTensor> inits = {layer.empty(
      "o_init", axes.output(), outputType.value_or(options.elementType))};
  bool hasStates = options.initialState || options.finalState || transition;
  if (hasStates) {
    LayerAxis sequences = layer.sequences();
    LayerAxes sum = {sequences, axes.heads, axes.rows};
    LayerAxes whole = {sequences, axes.heads, axes.rows, axes.columns};
    inits.push_back(startingState(layer, "state", whole, "the state", "0.0"));
    if (normalizer != Normalizer::None)
      inits.push_back(startingState(layer, "key_sum", sum,
                                    "the decayed sum of keys", "0.0"));
    if (normalizer == Normalizer::MaxExp)
      inits.push_back(startingState(layer, "maximum", {sequences, axes.heads},
                                    "the running maximum of the gates",
                                    minusInfinity(options.wideType())));
    if (transition) {
      LayerAxis column = axes.rows;
      column.index = "l";
      LayerAxes product = {sequences, axes.heads};
      if (left || beta)
        product = {sequences, axes.heads, axes.rows, column};
      else if (timeStep)
        product = whole;
      else if (gate && gate->axes.size() == 4)
        product = sum;
      StringRef meaning = "the product of all transitions";
      if ((left || beta) && !options.initialState) {
        meanings.push_back((meaning + " after the last token").str());
        inits.push_back(identity(layer, product));
      } else {
        inits.push_back(
            startingState(layer, "transition", product, meaning, "1.0"));
      }
    }
  }

  llvm::SmallVector<std::string> results, names, types;
  LayerTensor output{layer.unique("o"), inits[0].axes, inits[0].elementType};
  results.push_back("%" + output.name);
  for (const LayerTensor &init : llvm::drop_begin(inits)) {
    StringRef stem = StringRef(init.name).rsplit('_').first;
    states.push_back(
        {layer.unique((stem + "_out").str()), init.axes, init.elementType});
    results.push_back("%" + states.back().name);
  }
  for (const LayerTensor &init : inits) {
    names.push_back("%" + init.name);
    types.push_back(init.type());
  }

  llvm::raw_ostream &os = layer.text();
  os << "  " << llvm::join(results, ", ")
     << (isRecurrent ? " = attn.recurrent" : " = attn.linear");
  if (readBefore)
    os << " read_before";
  if (scale)
    os << " scale " << floatLiteral(*scale);
  if (normalizer != Normalizer::None)
    os << (normalizer == Normalizer::KeySum ? " normalizer(key_sum)"
                                            : " normalizer(max_exp)");
  if (epsilon)
    os << " epsilon " << floatLiteral(*epsilon);
  if (transition)
    os << " transition";
  if (options.chunk)
    os << formatv("\n      scan <chunk = {0}>", options.chunk);
  os << formatv("\n      ins(%{0}, %{1}, %{2}\n        : {3}, {4}, {5})\n",
                query.name, key.name, value.name, query.type(), key.type(),
                value.type());
  for (const auto &[word, operand] : {std::pair("gate", gate),
                                      {"input_gate", inputGate},
                                      {"bonus", bonus},
                                      {"beta", beta}})
    if (operand)
      os << formatv("      {0}(%{1} : {2})\n", word, operand->name,
                    operand->type());
  for (const auto &[word, first, second] :
       {std::tuple("correction", left, right), {"decay", timeStep, rate}})
    if (first)
      os << formatv("      {0}(%{1}, %{2} : {3}, {4})\n", word, first->name,
                    second->name, first->type(), second->type());
  if (bounds)
    os << formatv("      cu_seqlens(%{0} : {1})\n", bounds->name,
                  bounds->type());
  os << formatv("      outs({0}\n        : {1})\n", llvm::join(names, ", "),
                llvm::join(types, ", "));
  return output;
}

void StateOp::outputStates(Layer &layer) const {
  if (!layer.options.finalState)
    return;
  for (const auto &[state, meaning] : llvm::zip_equal(states, meanings))
    layer.output(state.name, state, meaning);
}
