//===- Layer.cpp - writes a layer as a module -----------------------------===//
//
// Covered by test/Tools/attn-gen/systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "Layer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;

std::string LayerTensor::type() const {
  std::string type = "tensor<";
  for (const LayerAxis &axis : axes)
    type += (axis.isDynamic() ? "?" : std::to_string(axis.size)) + "x";
  return type + elementType + ">";
}

/// What the size of a letter is called as a value.
static std::string sizeName(StringRef letter) {
  return llvm::StringSwitch<StringRef>(letter)
      .Case("B", "%batch")
      .Case("T", "%tokens")
      .Case("N", "%sequences")
      .Case("S", "%keys")
      .Case("C", "%slots")
      .Case("M", "%table_entries")
      .Case("O", "%outputs")
      .Case("C", "%means_room")
      .Case("Hq", "%query_heads")
      .Case("Hk", "%key_heads")
      .Default("%heads")
      .str();
}

/// [batch, heads, tokens, ...] with the heads behind the tokens.
static LayerAxes headsBehind(LayerAxes axes, unsigned tokenAxes) {
  std::rotate(axes.begin() + 1, axes.begin() + 2, axes.begin() + 2 + tokenAxes);
  return axes;
}

LayerTensor Layer::input(StringRef name, LayerAxes axes, StringRef elementType,
                         StringRef meaning) {
  inputs.push_back({name.str(),
                    {unique(name), std::move(axes), elementType.str()},
                    meaning.str()});
  return inputs.back().tensor;
}

LayerTensor Layer::sequenceInput(StringRef name, LayerAxes axes,
                                 StringRef elementType, StringRef meaning,
                                 unsigned tokenAxes) {
  if (options.storage == Storage::BHTD)
    return input(name, axes, elementType, meaning);
  LayerTensor stored =
      input(name, headsBehind(axes, tokenAxes), elementType, meaning);
  return transpose((name + "_logical").str(), stored, axes);
}

void Layer::output(StringRef name, LayerTensor tensor, StringRef meaning) {
  outputs.push_back({name.str(), std::move(tensor), meaning.str()});
}

void Layer::sequenceOutput(StringRef name, LayerTensor tensor,
                           StringRef meaning) {
  if (options.storage == Storage::BTHD) {
    LayerAxes axes = headsBehind(tensor.axes, 1);
    tensor = transpose((name + "_stored").str(), tensor, axes);
  }
  output(name, std::move(tensor), meaning);
}

LayerAxis Layer::sequences() {
  if (options.isPacked())
    return {"s", "sequence", options.sequences,
            options.dynamic.count(Axis::Query) ? "N" : ""};
  return {"b", "batch", options.batch,
          options.dynamic.count(Axis::Batch) ? "B" : ""};
}

void Layer::comment(StringRef text) { os << "\n  // " << text << '\n'; }

std::string Layer::sizeText(const LayerAxis &axis) {
  if (!axis.isDynamic())
    return std::to_string(axis.size);
  if (!axis.value.empty())
    return axis.value;
  usedSizes.insert(axis.letter);
  return sizeName(axis.letter);
}

std::string Layer::unique(StringRef name) {
  std::string candidate = name.str();
  for (unsigned n = 2; !names.insert(candidate).second; ++n)
    candidate = formatv("{0}_{1}", name, n);
  return candidate;
}

LayerTensor Layer::empty(StringRef name, LayerAxes axes,
                         StringRef elementType) {
  LayerTensor tensor{unique(name), std::move(axes), elementType.str()};
  llvm::SmallVector<std::string> sizes;
  for (const LayerAxis &axis : tensor.axes)
    if (axis.isDynamic())
      sizes.push_back(sizeText(axis));
  os << formatv("  %{0} = tensor.empty({1}) : {2}\n", tensor.name,
                llvm::join(sizes, ", "), tensor.type());
  return tensor;
}

LayerTensor Layer::filled(StringRef name, LayerAxes axes, StringRef elementType,
                          StringRef literal) {
  LayerTensor init =
      empty((name + "_init").str(), std::move(axes), elementType);
  LayerTensor tensor{unique(name), init.axes, init.elementType};
  os << formatv("  %{0} = linalg.fill ins({1} : {2})\n"
                "      outs(%{3} : {4}) -> {4}\n",
                tensor.name, constant(literal, elementType), elementType,
                init.name, tensor.type());
  return tensor;
}

std::string Layer::constant(StringRef literal, StringRef type) {
  StringRef word = llvm::StringSwitch<StringRef>(literal)
                       .Cases({"0", "0.0"}, "zero")
                       .Case("1.0", "one")
                       .Default("minus_infinity");
  std::string name = formatv("{0}_{1}", word, type);
  if (names.insert(name).second)
    constants.push_back(
        {name, formatv("arith.constant {0} : {1}", literal, type)});
  return "%" + name;
}

LayerTensor Layer::transpose(StringRef name, const LayerTensor &tensor,
                             const LayerAxes &axes) {
  LayerTensor init = empty((name + "_init").str(), axes, tensor.elementType);
  LayerTensor result{unique(name), axes, tensor.elementType};
  std::string places = llvm::join(
      llvm::map_range(axes,
                      [&](const LayerAxis &axis) {
                        return std::to_string(llvm::find(tensor.axes, axis) -
                                              tensor.axes.begin());
                      }),
      ", ");
  os << formatv("  %{0} = linalg.transpose ins(%{1} : {2})\n"
                "      outs(%{3} : {4}) permutation = [{5}]\n",
                result.name, tensor.name, tensor.type(), init.name,
                result.type(), places);
  return result;
}

std::string Layer::alias(ArrayRef<LayerAxis> loops, const Operand &operand) {
  auto indexOf = [](const LayerAxis &axis) { return axis.index; };
  std::string domain = llvm::join(llvm::map_range(loops, indexOf), "");
  std::vector<std::string> places = operand.places;
  std::string own = operand.alias;
  if (places.empty()) {
    for (const LayerAxis &axis : operand.tensor.axes)
      places.push_back(axis.index);
    own = llvm::join(places, "");
  }
  std::string name =
      own == domain
          ? domain
          : formatv("{0}_of_{1}", own.empty() ? "scalar" : own, domain).str();
  std::string definition =
      formatv("affine_map<({0}) -> ({1})>",
              llvm::join(llvm::map_range(loops, indexOf), ", "),
              llvm::join(places, ", "));
  if (llvm::none_of(maps, [&](const auto &map) { return map.first == name; }))
    maps.push_back({name, definition});
  return "#" + name;
}

LayerTensor Layer::generic(StringRef name, LayerTensor init,
                           const LayerAxes &reduced, ArrayRef<Operand> operands,
                           StringRef old, Body body) {
  LayerTensor result{unique(name), init.axes, init.elementType};
  LayerAxes loops = init.axes;
  loops.insert(loops.end(), reduced.begin(), reduced.end());

  llvm::SmallVector<std::string> aliases, arguments, values, types, elements;
  std::string lines;
  llvm::raw_string_ostream region(lines);
  StringRef wide = options.wideType();
  auto isVisible = [this](StringRef n) { return isTaken(n); };
  Scalars scalars(region, wide, isVisible);
  for (const Operand &operand : operands) {
    const LayerTensor &tensor = operand.tensor;
    aliases.push_back(alias(loops, operand));
    values.push_back("%" + tensor.name);
    types.push_back(tensor.type());
    std::string indices;
    for (const LayerAxis &axis : tensor.axes)
      indices += axis.index;
    elements.push_back(scalars.unique(tensor.name + "_" + indices));
    arguments.push_back(elements.back() + ": " + tensor.elementType);
  }
  aliases.push_back(alias(loops, init));
  std::string previous = scalars.unique(old);
  arguments.push_back(previous + ": " + init.elementType);

  for (auto [operand, element] : llvm::zip_equal(operands, elements)) {
    StringRef type = operand.tensor.elementType;
    if (type != wide && !type.starts_with("i"))
      element = scalars.convert(StringRef(element).drop_front().str() + "_wide",
                                "arith.extf", element, type, wide);
  }
  std::string value = body(scalars, elements);
  if (!reduced.empty())
    value = scalars.write("total",
                          formatv("arith.{0} {1}, {2}",
                                  init.elementType == "i32" ? "addi" : "addf",
                                  previous, value),
                          init.elementType);
  else if (init.elementType != wide && init.elementType != "i32")
    value = scalars.convert("narrow", "arith.truncf", value, wide,
                            init.elementType);

  llvm::SmallVector<StringRef> iterators(init.axes.size(), "\"parallel\"");
  iterators.append(reduced.size(), "\"reduction\"");
  os << formatv("  %{0} = linalg.generic {{\n"
                "      indexing_maps = [{1}],\n"
                "      iterator_types = [{2}]}\n",
                result.name, llvm::join(aliases, ", "),
                llvm::join(iterators, ", "));
  // Long lists of types get a line of their own.
  std::string names = llvm::join(values, ", "),
              typeList = llvm::join(types, ", ");
  bool isLong = names.size() + typeList.size() > 80;
  if (!values.empty())
    os << formatv("      ins({0}{1}: {2})\n", names,
                  isLong ? "\n        " : " ", typeList);
  os << formatv("      outs(%{0} : {1}) {{\n"
                "  ^bb0({2}):\n"
                "{3}    linalg.yield {4} : {5}\n"
                "  } -> {1}\n",
                init.name, init.type(), llvm::join(arguments, ", "), lines,
                value, init.elementType);
  return result;
}

LayerTensor Layer::map(StringRef name, LayerAxes axes, StringRef elementType,
                       ArrayRef<Operand> operands, Body body) {
  LayerTensor init =
      empty((name + "_init").str(), std::move(axes), elementType);
  return generic(name, init, {}, operands, "old", body);
}

LayerTensor Layer::sum(StringRef name, LayerAxes axes, LayerAxes reduced,
                       ArrayRef<Operand> operands, Body body,
                       StringRef elementType) {
  if (elementType.empty())
    elementType = options.wideType();
  LayerTensor init = filled((name + "_zero").str(), std::move(axes),
                            elementType, elementType == "i32" ? "0" : "0.0");
  return generic(name, init, reduced, operands, "so_far", body);
}

/// [[0], [1, 2], [3]]: `rank` axes, of which `at` is joined to the next.
static std::string reassociation(unsigned rank, unsigned at) {
  llvm::SmallVector<std::string> groups;
  for (unsigned n = 0; n < rank; ++n) {
    if (n == at) {
      groups.push_back(formatv("[{0}, {1}]", n, n + 1));
      ++n;
      continue;
    }
    groups.push_back(formatv("[{0}]", n));
  }
  return "[" + llvm::join(groups, ", ") + "]";
}

LayerTensor Layer::collapse(StringRef name, const LayerTensor &tensor,
                            unsigned at, LayerAxis merged) {
  LayerTensor result{unique(name), tensor.axes, tensor.elementType};
  result.axes.erase(result.axes.begin() + at);
  result.axes[at] = std::move(merged);
  os << formatv("  %{0} = tensor.collapse_shape %{1} {2}\n"
                "      : {3} into {4}\n",
                result.name, tensor.name, reassociation(tensor.axes.size(), at),
                tensor.type(), result.type());
  return result;
}

LayerTensor Layer::expand(StringRef name, const LayerTensor &tensor,
                          unsigned at, LayerAxis outer, LayerAxis inner) {
  LayerTensor result{unique(name), tensor.axes, tensor.elementType};
  result.axes[at] = std::move(outer);
  result.axes.insert(result.axes.begin() + at + 1, std::move(inner));
  std::string sizes = llvm::join(
      llvm::map_range(result.axes,
                      [&](const LayerAxis &axis) { return sizeText(axis); }),
      ", ");
  os << formatv("  %{0} = tensor.expand_shape %{1} {2}\n"
                "      output_shape [{3}] : {4} into {5}\n",
                result.name, tensor.name, reassociation(result.axes.size(), at),
                sizes, tensor.type(), result.type());
  return result;
}

void Layer::defineSizes(llvm::raw_ostream &out) const {
  std::set<unsigned> places;
  std::string dims;
  llvm::raw_string_ostream lines(dims);
  auto define = [&](StringRef name, StringRef letter) {
    for (const Argument &input : inputs)
      for (auto [at, axis] : llvm::enumerate(input.tensor.axes))
        if (axis.letter == letter) {
          places.insert(at);
          lines << formatv("  {0} = tensor.dim %{1}, %c{2} : {3}\n", name,
                           input.tensor.name, at, input.tensor.type());
          return true;
        }
    return false;
  };
  for (const std::string &letter : usedSizes) {
    if (define(sizeName(letter), letter))
      continue;
    // The number of packed sequences where no state tells it.
    define("%bounds", "N+1");
    places.insert(1);
    lines << "  %sequences = arith.subi %bounds, %c1 : index\n";
  }
  for (unsigned place : places)
    out << formatv("  %c{0} = arith.constant {0} : index\n", place);
  out << dims;
  for (const auto &[name, definition] : constants)
    out << formatv("  %{0} = {1}\n", name, definition);
}

/// What comes out as `x_out` may have the place of `x_in` if it is as large;
/// what is appended to a cache has another axis.
std::string Layer::inPlace(ArrayRef<Argument> inputs, const Argument &output) {
  StringRef stem(output.name);
  if (!stem.consume_back("_out"))
    return "";
  std::string name = (stem + "_in").str();
  bool isGiven = llvm::any_of(inputs, [&](const Argument &input) {
    return input.name == name && input.tensor.axes == output.tensor.axes &&
           input.tensor.type() == output.tensor.type();
  });
  return isGiven ? formatv(", attn.in_place = \"{0}\"", name).str() : "";
}

std::string Layer::print(StringRef header) {
  std::string module;
  llvm::raw_string_ostream out(module);
  if (!header.empty())
    out << "// " << header << '\n';
  for (const auto &[name, definition] : maps)
    out << formatv("#{0} = {1}\n", name, definition);
  auto named = [](const Argument &argument, StringRef place) {
    return formatv("{0} {{attn.name = \"{1}\"{2}}", argument.tensor.type(),
                   argument.name, place)
        .str();
  };
  out << formatv("func.func @{0}(\n    ", function);
  llvm::interleave(
      inputs, out,
      [&](const Argument &input) {
        // A share of something, which no other number can be.
        bool isShare = input.name == "lower_bound" || input.name == "k_a";
        out << '%' << input.tensor.name << ": "
            << named(input, isShare ? ", attn.values = \"fraction\"" : "");
      },
      ",\n    ");
  out << ")\n    -> (";
  llvm::interleave(
      outputs, out,
      [&](const Argument &output) {
        out << named(output, inPlace(inputs, output));
      },
      ",\n        ");
  out << ") {\n";
  defineSizes(out);
  out << body << "  return ";
  llvm::interleaveComma(outputs, out, [&](const Argument &output) {
    out << '%' << output.tensor.name;
  });
  out << "\n      : ";
  llvm::interleaveComma(outputs, out, [&](const Argument &output) {
    out << output.tensor.type();
  });
  out << "\n}\n";
  return module;
}

llvm::json::Array Layer::describe(ArrayRef<Argument> arguments) {
  llvm::json::Array list;
  for (const Argument &argument : arguments) {
    llvm::json::Array shape, axes;
    for (const LayerAxis &axis : argument.tensor.axes) {
      if (axis.isDynamic())
        shape.push_back(axis.letter);
      else
        shape.push_back(axis.size);
      axes.push_back(axis.word);
    }
    list.push_back(llvm::json::Object{{"name", argument.name},
                                      {"shape", std::move(shape)},
                                      {"axes", std::move(axes)},
                                      {"dtype", argument.tensor.elementType},
                                      {"meaning", argument.meaning}});
  }
  return list;
}

llvm::json::Object Layer::describe(llvm::json::Object parameters) const {
  return llvm::json::Object{{"entry", function},
                            {"inputs", describe(inputs)},
                            {"outputs", describe(outputs)},
                            {"parameters", std::move(parameters)}};
}
