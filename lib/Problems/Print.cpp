//===- Print.cpp - a problem as a module ----------------------------------===//
//
// Writes one function; with bthd storage, ALiBi and dynamic sequences:
//
//   func.func @attention(%q: tensor<1x?x8x64xf32> {attn.name = "q"}, ...) {
//     %q_logical = linalg.transpose ins(%q) outs(..) permutation = [0, 2, 1, 3]
//     ...
//     %o_logical = attn.dense causal ... score { ... }
//     %o = linalg.transpose ins(%o_logical) ...
//     return %o
//   }
//
// Regions capture values of the function directly, as a person would write.
// Covered by test/Tools/attn-gen/dense.test, layout.test and llama.test.
//
//===----------------------------------------------------------------------===//

#include "Printer.h"
#include "Scalars.h"

#include "attn/Problems/Functions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

std::string Printer::sizeValue(Axis axis) {
  usedSizes.insert(axis);
  switch (axis) {
  case Axis::Batch:
    return "%batch";
  case Axis::Head:
    return "%heads";
  case Axis::KeyHead:
    return "%kv_heads";
  case Axis::Query:
    return "%queries";
  default:
    return "%keys";
  }
}

std::string Printer::sizeText(const Dim &dim) {
  if (!dim.axis)
    return std::to_string(dim.size);
  return problem.isDynamic(*dim.axis)
             ? sizeValue(*dim.axis)
             : std::to_string(problem.sizeOf(*dim.axis));
}

void Printer::defineSizes(llvm::raw_ostream &os) const {
  llvm::SmallVector<std::string> constants, dims;
  for (Axis axis : usedSizes) {
    const Argument &argument =
        inputs[axis == Axis::Key || axis == Axis::KeyHead ? 1 : 0];
    unsigned position =
        llvm::find_if(argument.shape,
                      [&](const Dim &dim) { return dim.axis == axis; }) -
        argument.shape.begin();
    std::string name = Printer(problem).sizeValue(axis);
    if (!problem.isDynamic(axis)) {
      constants.push_back(formatv("  {0} = arith.constant {1} : index\n", name,
                                  problem.sizeOf(axis)));
      continue;
    }
    constants.push_back(
        formatv("  %c{0} = arith.constant {0} : index\n", position));
    dims.push_back(formatv("  {0} = tensor.dim %{1}, %c{2} : {3}\n", name,
                           argument.name, position, typeOf(problem, argument)));
  }
  llvm::sort(constants);
  constants.erase(llvm::unique(constants), constants.end());
  os << llvm::join(constants, "") << llvm::join(dims, "");
  if (usesDiagonal)
    os << "  %diagonal = arith.subi %keys, %queries : index\n";
}

void Printer::printEmpty(StringRef name, const Argument &like) {
  llvm::SmallVector<std::string> sizes;
  for (const Dim &dim : like.shape)
    if (dim.axis && problem.isDynamic(*dim.axis))
      sizes.push_back(sizeValue(*dim.axis));
  os << formatv("  %{0} = tensor.empty({1}) : {2}\n", name,
                llvm::join(sizes, ", "), typeOf(problem, like));
}

std::string Printer::transpose(StringRef value, Argument &argument,
                               StringRef to) {
  std::string from = typeOf(problem, argument);
  std::swap(argument.shape[1], argument.shape[2]);
  printEmpty((to + "_init").str(), argument);
  os << formatv("  %{0} = linalg.transpose ins(%{1} : {2})\n"
                "      outs(%{0}_init : {3}) permutation = [0, 2, 1, 3]\n",
                to, value, from, typeOf(problem, argument));
  return to.str();
}

void Printer::printRegion(StringRef keyword, const Function &function,
                          const FunctionUse &use, bool withScore) {
  os << "\n      " << keyword << " {\n      ^bb0(";
  if (withScore)
    os << "%s: " << problem.scoreType() << ", ";
  os << "%b: index, %h: index, %i: index, %j: index):\n";
  // Where the diagonal goes through the first pair, the query's place is its
  // index.
  bool shifted =
      problem.diagonal == Diagonal::BottomRight &&
      (problem.isDynamic(Axis::Query) || problem.isDynamic(Axis::Key) ||
       problem.queries != problem.keys);
  std::string text =
      bodyOf(problem, function, use.arguments, shifted ? "p" : "i");
  if (shifted && function.usesPlace()) {
    usesDiagonal = true;
    sizeValue(Axis::Query);
    sizeValue(Axis::Key);
    os << "        %p = arith.addi %i, %diagonal : index\n";
  }
  for (StringRef line : llvm::split(text, '\n'))
    if (!line.empty())
      os << "        " << line << '\n';
  os << "        attn.yield %r : " << (withScore ? problem.scoreType() : "i1")
     << "\n      }";
}

void Printer::printDense(StringRef q, StringRef k, StringRef v,
                         llvm::ArrayRef<Argument> logical, StringRef result,
                         const Argument &output) {
  printEmpty((result + "_init").str(), output);
  if (problem.lse)
    printEmpty("lse_init", outputs[1]);

  os << "  %" << result << (problem.lse ? ", %lse" : "") << " = attn.dense";
  if (problem.causal)
    os << " causal";
  if (problem.causal || problem.window)
    os << (problem.diagonal == Diagonal::BottomRight ? " align(bottom_right)"
                                                     : " align(top_left)");
  if (problem.window)
    os << formatv(" window [{0}, {1}]", (*problem.window)[0],
                  (*problem.window)[1]);
  if (problem.scale)
    os << " scale " << floatLiteral(*problem.scale);
  if (problem.softcap)
    os << " softcap " << floatLiteral(*problem.softcap);
  os << formatv("\n      ins(%{0}, %{1}, %{2} : {3}, {4}, {5})", q, k, v,
                typeOf(problem, logical[0]), typeOf(problem, logical[1]),
                typeOf(problem, logical[2]));
  for (const Argument &input : inputs)
    if (input.name == "bias" || input.name == "sink")
      os << formatv("\n      {0}(%{0} : {1})", input.name,
                    typeOf(problem, input));
  os << formatv("\n      outs(%{0}_init{1} : {2}{3})", result,
                problem.lse ? ", %lse_init" : "", typeOf(problem, output),
                problem.lse ? ", " + typeOf(problem, outputs[1]) : "");
  if (problem.score)
    printRegion("score", *findFunction(scoreFunctions(), problem.score->name),
                *problem.score, /*withScore=*/true);
  if (problem.mask)
    printRegion("mask", *findFunction(maskFunctions(), problem.mask->name),
                *problem.mask, /*withScore=*/false);
  os << '\n';
}

/// What attn-run fills an argument with, where its type does not tell.
static std::string valuesOf(const Problem &problem, const Argument &argument) {
  if (argument.range && (*argument.range)[1].axis == Axis::Key)
    return formatv(", attn.values = \"counts\", attn.values_of = [\"k\", {0}]",
                   problem.storage == Storage::BTHD ? 1 : 2);
  for (StringRef name : {"slopes", "strength", "temperature", "rate"})
    if (argument.name == name)
      return ", attn.values = \"positive\"";
  if (StringRef(argument.name).ends_with("_decay"))
    return ", attn.values = \"decay\"";
  return "";
}

std::string Printer::print() {
  // The body first: it says which sizes have to be defined before it.
  std::vector<Argument> logical(inputs.begin(), inputs.begin() + 3);
  Argument output = outputs[0];
  std::string values[3];
  bool transposed = problem.storage == Storage::BTHD;
  for (unsigned n = 0; n < 3; ++n) {
    values[n] = inputs[n].name;
    if (problem.kind == ProblemKind::Llama && n < 2)
      values[n] = printRotary(inputs[n]);
    if (transposed)
      values[n] = transpose(values[n], logical[n], inputs[n].name + "_logical");
  }
  std::string result = transposed ? "o_logical" : "o";
  if (transposed)
    std::swap(output.shape[1], output.shape[2]);
  printDense(values[0], values[1], values[2], logical, result, output);
  if (transposed)
    transpose(result, output, "o");

  std::string text;
  llvm::raw_string_ostream out(text);
  if (problem.kind == ProblemKind::Llama)
    out << "#half = affine_map<(b, m, n, d) -> (b, m, n, d)>\n"
        << "#angle = affine_map<(b, m, n, d) -> (" << (transposed ? "m" : "n")
        << ", d)>\n";
  auto named = [&](const Argument &argument) {
    return formatv("{0} {{attn.name = \"{1}\"{2}}", typeOf(problem, argument),
                   argument.name, valuesOf(problem, argument))
        .str();
  };
  out << "func.func @attention(\n    ";
  llvm::interleave(
      inputs, out,
      [&](const Argument &input) {
        out << '%' << input.name << ": " << named(input);
      },
      ",\n    ");
  out << ")\n    -> (";
  llvm::interleaveComma(outputs, out,
                        [&](const Argument &output) { out << named(output); });
  out << ") {\n";
  defineSizes(out);
  out << body << "  return %o" << (problem.lse ? ", %lse" : "") << " : ";
  llvm::interleaveComma(outputs, out, [&](const Argument &output) {
    out << typeOf(problem, output);
  });
  out << "\n}\n";
  return text;
}

std::string mlir::attn::printProblem(const Problem &problem) {
  return Printer(problem).print();
}
