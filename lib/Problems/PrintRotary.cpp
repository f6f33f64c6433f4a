//===- PrintRotary.cpp - rotary embedding in the half-split layout --------===//
//
// With D the width and x, y the lower and upper half of a query or key,
//
//   x' = x cos - y sin      y' = y cos + x sin
//
// One linalg.generic computes each half into a slice of one destination, first
// x' and then y' into what holds x', which bufferises without a copy. Source:
// RoFormer (arXiv 2104.09864), halves as in Llama. Covered by
// test/Tools/attn-gen/llama.test.
//
//===----------------------------------------------------------------------===//

#include "Printer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::attn;
using llvm::formatv;
using llvm::StringRef;

/// The body of one half: `first` cos +- `second` sin in the type of scores.
static void printHalfBody(llvm::raw_ostream &os, StringRef first,
                          StringRef second, StringRef sign, StringRef element,
                          StringRef wide) {
  os << formatv(
      "  ^bb0(%x: {0}, %y: {0}, %cos_t: {1}, %sin_t: {1}, %old: {0}):\n",
      element, wide);
  StringRef suffix = element == wide ? "" : "_wide";
  if (element != wide)
    os << formatv("    %x_wide = arith.extf %x : {0} to {1}\n"
                  "    %y_wide = arith.extf %y : {0} to {1}\n",
                  element, wide);
  os << formatv("    %with_cos = arith.mulf {0}{4}, %cos_t : {3}\n"
                "    %with_sin = arith.mulf {1}{4}, %sin_t : {3}\n"
                "    %new = arith.{2} %with_cos, %with_sin : {3}\n",
                first, second, sign, wide, suffix);
  if (element != wide)
    os << formatv("    %new_narrow = arith.truncf %new : {0} to {1}\n", wide,
                  element);
  os << formatv("    linalg.yield %new{0} : {1}\n",
                element == wide ? "" : "_narrow", element);
}

std::string Printer::printRotary(const Argument &argument) {
  int64_t half = problem.width / 2;
  Argument halved = argument;
  halved.shape.back() = Dim(half);
  std::string type = typeOf(problem, argument);
  std::string halfType = typeOf(problem, halved);
  std::string angleType = typeOf(problem, inputs[3]);

  llvm::SmallVector<std::string> sizes;
  for (const Dim &dim : halved.shape)
    sizes.push_back(sizeText(dim));
  auto slice = [&](StringRef value, int64_t offset) {
    return formatv("{0}[0, 0, 0, {1}] [{2}] [1, 1, 1, 1]", value, offset,
                   llvm::join(sizes, ", "))
        .str();
  };
  auto extract = [&](StringRef result, StringRef value, int64_t offset) {
    os << formatv("  {0} = tensor.extract_slice {1}\n      : {2} to {3}\n",
                  result, slice(value, offset), type, halfType);
  };

  std::string q = "%" + argument.name;
  extract(q + "_x", q, 0);
  extract(q + "_y", q, half);
  printEmpty(argument.name + "_rotary_init", argument);
  std::string into = q + "_rotary_init";
  for (bool lower : {true, false}) {
    std::string part = q + (lower ? "_low" : "_high");
    std::string whole = q + (lower ? "_rotary_low" : "_rotary");
    extract(part + "_init", into, lower ? 0 : half);
    os << formatv(
        "  {0} = linalg.generic {{\n"
        "      indexing_maps = [#half, #half, #angle, #angle, #half],\n"
        "      iterator_types = [\"parallel\", \"parallel\", "
        "\"parallel\", \"parallel\"]}\n"
        "      ins({1}_x, {1}_y, %cos, %sin : {2}, {2}, {3}, {3})\n"
        "      outs({0}_init : {2}) {{\n",
        part, q, halfType, angleType);
    printHalfBody(os, lower ? "%x" : "%y", lower ? "%y" : "%x",
                  lower ? "subf" : "addf", argument.elementType,
                  problem.scoreType());
    os << formatv("  } -> {0}\n"
                  "  {1} = tensor.insert_slice {2} into {3}\n"
                  "      : {0} into {4}\n",
                  halfType, whole, part, slice(into, lower ? 0 : half), type);
    into = whole;
  }
  return argument.name + "_rotary";
}
