//===- ListOps.cpp - writes block lists and attention over them -----------===//
//
//   %k_means = attn.pool size 32 stride 16 ins(%k : ..) outs(%k_means_init :
//   ..) %lists = attn.select softmax causal block 64 ins(%q, %k_means : ..) ..
//   %o = attn.block_sparse causal .. ins(%q, %k, %v : ..) blocks(%lists : ..)
//   ..
//
// Covered by test/Tools/attn-gen/attention-systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "ListOps.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

static std::string indexConstant(Layer &layer, int64_t value) {
  std::string name = layer.unique("n" + std::to_string(value));
  layer.text() << formatv("  %{0} = arith.constant {1} : index\n", name, value);
  return "%" + name;
}

std::string mlir::attn::sizeValue(Layer &layer, const LayerAxis &axis) {
  return axis.isDynamic() ? layer.sizeText(axis)
                          : indexConstant(layer, axis.size);
}

std::string mlir::attn::sizeBinary(Layer &layer, StringRef name,
                                   StringRef operation, StringRef a,
                                   StringRef b) {
  std::string result = "%" + layer.unique(name);
  layer.text() << formatv("  {0} = arith.{1} {2}, {3} : index\n", result,
                          operation, a, b);
  return result;
}

LayerAxis mlir::attn::blocksOf(Layer &layer, StringRef name,
                               const LayerAxis &tokens, int64_t size,
                               int64_t stride, bool partial) {
  LayerAxis blocks{"n", "block"};
  if (!tokens.isDynamic()) {
    int64_t whole = tokens.size < size ? 0 : (tokens.size - size) / stride + 1;
    blocks.size =
        partial ? int64_t(llvm::divideCeil(tokens.size, stride)) : whole;
    return blocks;
  }
  blocks.letter = name.str();
  std::string count = sizeValue(layer, tokens);
  std::string step = indexConstant(layer, stride);
  if (partial) {
    blocks.value = sizeBinary(layer, name, "ceildivsi", count, step);
    return blocks;
  }
  // Fewer than one block makes a negative number of rows.
  std::string rows = sizeBinary(layer, (name + "_rows").str(), "subi", count,
                                indexConstant(layer, size - stride));
  std::string some =
      sizeBinary(layer, (name + "_most").str(), "floordivsi", rows, step);
  blocks.value =
      sizeBinary(layer, name, "maxsi", some, indexConstant(layer, 0));
  return blocks;
}

LayerTensor mlir::attn::pool(Layer &layer, StringRef name, const LayerTensor &x,
                             int64_t size, int64_t stride,
                             const LayerAxis &blocks) {
  LayerAxes axes = x.axes;
  axes[2] = blocks;
  LayerTensor init =
      layer.empty((name + "_init").str(), axes, layer.options.wideType());
  LayerTensor result{layer.unique(name), axes, init.elementType};
  layer.text() << formatv("  %{0} = attn.pool size {1} stride {2}\n"
                          "      ins(%{3} : {4})\n"
                          "      outs(%{5} : {6})\n",
                          result.name, size, stride, x.name, x.type(),
                          init.name, init.type());
  return result;
}

LayerTensor mlir::attn::narrow(Layer &layer, StringRef name,
                               const LayerTensor &x) {
  if (x.elementType == layer.options.elementType)
    return x;
  return layer.map(name, x.axes, layer.options.elementType, {x},
                   [](Scalars &, llvm::ArrayRef<std::string> elements) {
                     return elements[0];
                   });
}

LayerTensor SelectOp::write(Layer &layer, StringRef name) const {
  std::optional<std::string> count;
  // Where queries are all of the tokens there is nothing to say.
  if (tokens.index != query.axes[2].index)
    count = sizeValue(layer, tokens);
  LayerAxes axes = {query.axes[0], listHeads, query.axes[2],
                    LayerAxis{"x", "entry", top}};
  LayerTensor init = layer.empty((name + "_init").str(), axes, "i32");
  LayerTensor result{layer.unique(name), axes, "i32"};
  llvm::raw_ostream &os = layer.text();
  os << formatv("  %{0} = attn.select{1} causal block {2}", result.name,
                softmax ? " softmax" : "", block);
  for (auto [word, value] : {std::pair<StringRef, int64_t>{"key_size", keySize},
                             {"key_stride", keyStride}})
    if (value)
      os << formatv(" {0} {1}", word, value);
  if (!group.empty())
    os << formatv(" group({0})", group);
  for (auto [word, value] :
       {std::pair<StringRef, int64_t>{"first", first}, {"local", local}})
    if (value)
      os << formatv(" {0} {1}", word, value);
  if (scale)
    os << " scale " << floatLiteral(*scale);
  os << formatv("\n      ins(%{0}, %{1} : {2}, {3})", query.name, key.name,
                query.type(), key.type());
  if (count)
    os << formatv(" tokens({0})", *count);
  os << formatv("\n      outs(%{0} : {1})", init.name, init.type());
  if (score)
    writeRegion(layer, "score", score);
  os << '\n';
  return result;
}

LayerTensor BlockSparseOp::write(Layer &layer, StringRef name) {
  LayerAxes axes = query.axes;
  axes.back() = value.axes.back();
  StringRef wide = layer.options.wideType();
  LayerTensor init = layer.empty((name + "_init").str(), axes,
                                 isWide ? wide : StringRef(query.elementType));
  std::optional<LayerTensor> lseInit;
  if (lse)
    lseInit = layer.empty((name + "_lse_init").str(),
                          LayerAxes(axes.begin(), axes.end() - 1), wide);
  LayerTensor output{layer.unique(name), axes, init.elementType};
  llvm::raw_ostream &os = layer.text();
  os << "  %" << output.name;
  if (lse) {
    logSum = LayerTensor{layer.unique((name + "_lse").str()), lseInit->axes,
                         lseInit->elementType};
    os << ", %" << logSum->name;
  }
  os << " = attn.block_sparse" << (causal ? " causal align(bottom_right)" : "");
  if (scale)
    os << " scale " << floatLiteral(*scale);
  os << formatv(" query_block {0} key_block {1}\n"
                "      ins(%{2}, %{3}, %{4}\n        : {5}, {6}, {7})\n"
                "      blocks(%{8} : {9})\n"
                "      outs(%{10}{11} : {12}{13})\n",
                queryBlock, keyBlock, query.name, key.name, value.name,
                query.type(), key.type(), value.type(), lists.name,
                lists.type(), init.name, lse ? ", %" + lseInit->name : "",
                init.type(), lse ? ", " + lseInit->type() : "");
  return output;
}
