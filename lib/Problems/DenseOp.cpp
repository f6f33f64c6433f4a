//===- DenseOp.cpp - writes one attn.dense --------------------------------===//
//
//   %o = attn.dense causal align(bottom_right)
//       ins(%q, %k, %v : ..) bias(%present_bias : tensor<2x1x1x65xi1>)
//       outs(%o_init : ..)
//       mask {
//       ^bb0(%b: index, %h: index, %i: index, %j: index): ..
//       }
//
// Covered by test/Tools/attn-gen/attention-systems.test and test/Systems/.
//
//===----------------------------------------------------------------------===//

#include "DenseOp.h"

#include "IndexText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

void mlir::attn::writeRegion(Layer &layer, StringRef keyword,
                             const RegionBody &body) {
  std::string lines;
  llvm::raw_string_ostream region(lines);
  StringRef wide = layer.options.wideType();
  auto isVisible = [&](StringRef name) { return layer.isTaken(name); };
  Scalars scalars(region, wide, isVisible);
  RegionArguments arguments;
  std::string header;
  if (keyword == "score") {
    arguments.score = scalars.unique("s");
    header = formatv("{0}: {1}, ", arguments.score, wide);
  }
  arguments.batch = scalars.unique("b");
  arguments.head = scalars.unique("h");
  arguments.query = scalars.unique("i");
  arguments.key = scalars.unique("j");
  header +=
      formatv("{0}: index, {1}: index, {2}: index, {3}: index", arguments.batch,
              arguments.head, arguments.query, arguments.key);
  std::string result = body(scalars, arguments);
  layer.text() << formatv("\n      {0} {{\n      ^bb0({1}):\n", keyword,
                          header);
  for (StringRef line : llvm::split(StringRef(lines).rtrim(), '\n'))
    layer.text() << "    " << line << '\n';
  layer.text() << formatv("        attn.yield {0} : {1}\n      }", result,
                          keyword == "score" ? wide : "i1");
}

void DenseOp::writeAttributes(llvm::raw_ostream &os) const {
  if (causal)
    os << " causal";
  if (causal || window)
    os << " align(bottom_right)";
  if (window)
    os << formatv(" window [{0}, {1}]", (*window)[0], (*window)[1]);
  if (scale)
    os << " scale " << floatLiteral(*scale);
  if (softcap)
    os << " softcap " << floatLiteral(*softcap);
}

LayerTensor DenseOp::writeMass(Layer &layer, StringRef name,
                               const LayerAxis &keyHeads) const {
  LayerAxes axes = {key.axes[0], keyHeads, key.axes[2]};
  StringRef wide = layer.options.wideType();
  LayerTensor init = layer.empty((name + "_init").str(), axes, wide);
  LayerTensor mass{layer.unique(name), axes, wide.str()};
  llvm::raw_ostream &os = layer.text();
  os << "  %" << mass.name << " = attn.key_mass";
  writeAttributes(os);
  os << formatv("\n      ins(%{0}, %{1} : {2}, {3})\n"
                "      lse(%{4} : {5}) outs(%{6} : {7})",
                query.name, key.name, query.type(), key.type(), logSum->name,
                logSum->type(), init.name, init.type());
  if (score)
    writeRegion(layer, "score", score);
  if (mask)
    writeRegion(layer, "mask", mask);
  os << '\n';
  return mass;
}

LayerTensor DenseOp::write(Layer &layer, StringRef name) {
  std::optional<LayerTensor> bias;
  if (present) {
    LayerAxis one{"one", "", 1};
    bias = layer.expand(present->name + "_of_head", *present, 0,
                        present->axes[0], one);
    bias = layer.expand(present->name + "_of_query", *bias, 1, one, one);
  }
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
  os << " = attn.dense";
  writeAttributes(os);
  os << formatv("\n      ins(%{0}, %{1}, %{2}\n        : {3}, {4}, {5})",
                query.name, key.name, value.name, query.type(), key.type(),
                value.type());
  for (const auto &[word, operand] : {std::pair("bias", bias),
                                      {"sink", sink},
                                      {"lengths", lengths},
                                      {"cu_seqlens", cuSeqlens}})
    if (operand)
      os << formatv("\n      {0}(%{1} : {2})", word, operand->name,
                    operand->type());
  os << formatv("\n      outs(%{0}{1} : {2}{3})", init.name,
                lse ? ", %" + lseInit->name : "", init.type(),
                lse ? ", " + lseInit->type() : "");
  if (score)
    writeRegion(layer, "score", score);
  if (mask)
    writeRegion(layer, "mask", mask);
  os << '\n';
  return output;
}

RegionBody mlir::attn::alibi(Layer &layer, const LayerTensor &slopes,
                             const LayerAxis &queries, const LayerAxis &keys,
                             std::optional<LayerTensor> used) {
  std::string diagonal, tokens = layer.sizeText(queries),
                        rows = layer.sizeText(keys);
  if (!used &&
      (queries.isDynamic() || keys.isDynamic() || queries.size != keys.size)) {
    diagonal = "%" + layer.unique("diagonal");
    std::string sizes[2];
    for (auto [axis, text] :
         {std::pair(&keys, &sizes[0]), std::pair(&queries, &sizes[1])}) {
      *text = layer.sizeText(*axis);
      if (axis->isDynamic())
        continue;
      std::string name = "%" + layer.unique(axis->word.substr(0, 3) + "_count");
      layer.text() << formatv("  {0} = arith.constant {1} : index\n", name,
                              *text);
      *text = name;
    }
    layer.text() << formatv("  {0} = arith.subi {1}, {2} : index\n", diagonal,
                            sizes[0], sizes[1]);
  }
  return [=](Scalars &s, const RegionArguments &at) {
    IndexBuilder b{s};
    std::string place = at.query;
    if (used) {
      std::string end =
          b.binary("end", "minsi", b.read("used", *used, at.batch),
                   b.size("rows", rows));
      std::string before = b.subtract("before", end, b.size("tokens", tokens));
      place = b.add("place", before, at.query);
    } else if (!diagonal.empty()) {
      place = b.add("place", at.query, diagonal);
    }
    std::string narrow =
        b.narrow("steps_int", b.subtract("steps", at.key, place));
    std::string number =
        s.convert("distance", "arith.sitofp", narrow, "i32", s.getType());
    std::string distance =
        s.write("absolute", "math.absf " + number, s.getType());
    std::string slope = s.write(
        "slope", formatv("tensor.extract %{0}[{1}]", slopes.name, at.head),
        slopes.type());
    return s.subtract(at.score, s.multiply(slope, distance));
  };
}

LayerAxis mlir::attn::sumOfAxes(Layer &layer, StringRef index, StringRef word,
                                const LayerAxis &first,
                                const LayerAxis &second) {
  LayerAxis sum{index.str(), word.str(), first.size + second.size};
  if (!first.isDynamic() && !second.isDynamic())
    return sum;
  auto text = [](const LayerAxis &axis) {
    return axis.isDynamic() ? axis.letter : std::to_string(axis.size);
  };
  sum.letter = text(first) + "+" + text(second);
  std::string sizes[2];
  for (auto [axis, size] :
       {std::pair(&first, &sizes[0]), std::pair(&second, &sizes[1])}) {
    *size = layer.sizeText(*axis);
    if (axis->isDynamic())
      continue;
    std::string name = "%" + layer.unique((word + "_part").str());
    layer.text() << formatv("  {0} = arith.constant {1} : index\n", name,
                            *size);
    *size = name;
  }
  sum.value = "%" + layer.unique((word + "_count").str());
  layer.text() << formatv("  {0} = arith.addi {1}, {2} : index\n", sum.value,
                          sizes[0], sizes[1]);
  return sum;
}

LayerAxis mlir::attn::joinAxes(Layer &layer, const LayerAxis &first,
                               const LayerAxis &second) {
  LayerAxis all{"n", first.word + " and " + second.word,
                first.size * second.size};
  if (!first.isDynamic() && !second.isDynamic())
    return all;
  auto letter = [](const LayerAxis &axis) {
    return axis.isDynamic() ? axis.letter : std::to_string(axis.size);
  };
  all.letter = letter(first) + "*" + letter(second);
  std::string sizes[2];
  for (auto [axis, size] :
       {std::pair(&first, &sizes[0]), std::pair(&second, &sizes[1])}) {
    *size = layer.sizeText(*axis);
    if (axis->isDynamic())
      continue;
    std::string name = "%" + layer.unique(axis->word + "_count");
    layer.text() << formatv("  {0} = arith.constant {1} : index\n", name,
                            *size);
    *size = name;
  }
  all.value = "%" + layer.unique("all_" + second.word + "s");
  layer.text() << formatv("  {0} = arith.muli {1}, {2} : index\n", all.value,
                          sizes[0], sizes[1]);
  return all;
}

LayerTensor mlir::attn::splitAxes(Layer &layer, StringRef name,
                                  const LayerTensor &x, unsigned at,
                                  const LayerAxis &first,
                                  const LayerAxis &second) {
  if (!first.isDynamic() || !second.isDynamic())
    return layer.expand(name, x, at, first, second);
  // Two unknown sizes of one axis have no form of tensor.expand_shape that
  // lowers.
  LayerAxes axes = x.axes;
  axes[at] = first;
  axes.insert(axes.begin() + at + 1, second);
  std::string size = layer.sizeText(second);
  return layer.map(
      name, axes, x.elementType, {},
      [&](Scalars &s, llvm::ArrayRef<std::string>) {
        IndexBuilder b{s};
        llvm::SmallVector<std::string> places;
        for (unsigned axis = 0; axis < axes.size(); ++axis)
          places.push_back(
              s.write("at", formatv("linalg.index {0}", axis), "index"));
        places[at] =
            b.add("joined", b.binary("first", "muli", places[at], size),
                  places[at + 1]);
        places.erase(places.begin() + at + 1);
        std::string value = s.write("value",
                                    formatv("tensor.extract %{0}[{1}]", x.name,
                                            llvm::join(places, ", ")),
                                    x.type());
        bool isWide = x.elementType == s.getType() ||
                      StringRef(x.elementType).starts_with("i");
        return isWide ? value
                      : s.convert("value_wide", "arith.extf", value,
                                  x.elementType, s.getType());
      });
}

LayerTensor mlir::attn::concat(Layer &layer, StringRef name,
                               const LayerTensor &first,
                               const LayerTensor &second, unsigned at,
                               const LayerAxis &axis) {
  LayerTensor result{layer.unique(name), first.axes, first.elementType};
  result.axes[at] = axis;
  layer.text() << formatv("  %{0} = tensor.concat dim({1}) %{2}, %{3}\n"
                          "      : ({4}, {5}) -> {6}\n",
                          result.name, at, first.name, second.name,
                          first.type(), second.type(), result.type());
  return result;
}
