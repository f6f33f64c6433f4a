//===- Scores.cpp - score functions of the catalogue ----------------------===//
//
// See Functions.h for what a body may say.
//
//===----------------------------------------------------------------------===//

#include "attn/Problems/Functions.h"

using namespace mlir::attn;

/// A float tensor in the type of scores.
static Argument floats(const Problem &problem, const char *name,
                       std::initializer_list<Dim> shape, const char *meaning) {
  return {name, shape, problem.scoreType().str(), meaning, false, std::nullopt};
}

static std::vector<Argument> captureNothing(const Problem &,
                                            llvm::ArrayRef<int64_t>) {
  return {};
}

static std::vector<Argument> captureSlopes(const Problem &problem,
                                           llvm::ArrayRef<int64_t>) {
  return {floats(problem, "slopes", {Axis::Head},
                 "ALiBi slope of each query head, positive [query head]")};
}

static std::vector<Argument> captureRate(const Problem &problem,
                                         llvm::ArrayRef<int64_t>) {
  Argument rate = floats(problem, "rate", {}, "change of score per position");
  rate.isScalar = true;
  return {rate};
}

static std::vector<Argument> captureTable(const Problem &problem,
                                          llvm::ArrayRef<int64_t> arguments) {
  return {floats(problem, "table", {Axis::Head, 2 * arguments[0] + 1},
                 "bias by clamped relative position [query head, position]")};
}

static std::vector<Argument> captureDecay(const Problem &problem,
                                          llvm::ArrayRef<int64_t>) {
  return {floats(problem, "query_decay", {Axis::Batch, Axis::Head, Axis::Query},
                 "running sum of log forget gates at each query, falling "
                 "[batch, query head, query]"),
          floats(problem, "key_decay", {Axis::Batch, Axis::Head, Axis::Key},
                 "running sum of log forget gates at each key, falling "
                 "[batch, query head, key]")};
}

static std::vector<Argument> captureTemperature(const Problem &problem,
                                                llvm::ArrayRef<int64_t>) {
  return {floats(problem, "temperature", {Axis::Head},
                 "factor of each query head [query head]")};
}

static std::vector<Argument> captureKeyBias(const Problem &problem,
                                            llvm::ArrayRef<int64_t>) {
  return {floats(problem, "key_bias", {Axis::Batch, Axis::Key},
                 "bias of each key [batch, key]")};
}

static std::vector<Argument> captureKerple(const Problem &problem,
                                           llvm::ArrayRef<int64_t>) {
  return {floats(problem, "strength", {Axis::Head},
                 "factor of the logarithm, positive [query head]"),
          floats(problem, "rate", {Axis::Head},
                 "factor of the distance, positive [query head]")};
}

llvm::ArrayRef<Function> mlir::attn::scoreFunctions() {
  // Sources: ALiBi (arXiv 2108.12409); learned-table as T5 (arXiv 1910.10683)
  // with clamped distances; forget as FoX (arXiv 2503.02130); kerple with its
  // logarithmic kernel (arXiv 2205.09921).
  static const std::vector<Function> functions = {
      {"alibi", "s - slopes[h] * |p - j|", {}, captureSlopes, R"(
%slope = tensor.extract %slopes[%h] : !slopes
%distance = arith.subi %p, %j : index
%distance_i32 = arith.index_cast %distance : index to i32
%distance_float = arith.sitofp %distance_i32 : i32 to !s
%span = math.absf %distance_float : !s
%penalty = arith.mulf %slope, %span : !s
%r = arith.subf %s, %penalty : !s
)"},
      {"forget",
       "s + query_decay[b, h, i] - key_decay[b, h, j]",
       {},
       captureDecay,
       R"(
%at_query = tensor.extract %query_decay[%b, %h, %i] : !query_decay
%at_key = tensor.extract %key_decay[%b, %h, %j] : !key_decay
%decay = arith.subf %at_query, %at_key : !s
%r = arith.addf %s, %decay : !s
)"},
      {"kerple",
       "s - strength[h] * log(1 + rate[h] * |p - j|)",
       {},
       captureKerple,
       R"(
%strength_h = tensor.extract %strength[%h] : !strength
%rate_h = tensor.extract %rate[%h] : !rate
%distance = arith.subi %p, %j : index
%distance_i32 = arith.index_cast %distance : index to i32
%distance_float = arith.sitofp %distance_i32 : i32 to !s
%span = math.absf %distance_float : !s
%scaled = arith.mulf %rate_h, %span : !s
%one = arith.constant 1.0 : !s
%shifted = arith.addf %one, %scaled : !s
%logarithm = math.log %shifted : !s
%penalty = arith.mulf %strength_h, %logarithm : !s
%r = arith.subf %s, %penalty : !s
)"},
      {"key-bias", "s + key_bias[b, j]", {}, captureKeyBias, R"(
%bias_j = tensor.extract %key_bias[%b, %j] : !key_bias
%r = arith.addf %s, %bias_j : !s
)"},
      {"learned-table",
       "s + table[h, clamp(j - p, -radius, radius) + radius]",
       {{"radius", 32, 0}},
       captureTable,
       R"(
%radius = arith.constant #0 : index
%top = arith.addi %radius, %radius : index
%zero = arith.constant 0 : index
%offset = arith.subi %j, %p : index
%shifted = arith.addi %offset, %radius : index
%not_below = arith.maxsi %shifted, %zero : index
%bucket = arith.minsi %not_below, %top : index
%learned = tensor.extract %table[%h, %bucket] : !table
%r = arith.addf %s, %learned : !s
)"},
      {"relative", "s + rate * (j - p)", {}, captureRate, R"(
%offset = arith.subi %j, %p : index
%offset_i32 = arith.index_cast %offset : index to i32
%offset_float = arith.sitofp %offset_i32 : i32 to !s
%change = arith.mulf %rate, %offset_float : !s
%r = arith.addf %s, %change : !s
)"},
      {"relative-squared", "s - rate * (j - p)^2", {}, captureRate, R"(
%offset = arith.subi %j, %p : index
%offset_i32 = arith.index_cast %offset : index to i32
%offset_float = arith.sitofp %offset_i32 : i32 to !s
%square = arith.mulf %offset_float, %offset_float : !s
%penalty = arith.mulf %rate, %square : !s
%r = arith.subf %s, %penalty : !s
)"},
      {"tanh", "cap * tanh(s / cap)", {{"cap", 30, 1}}, captureNothing, R"(
%cap = arith.constant #0.0 : !s
%ratio = arith.divf %s, %cap : !s
%squashed = math.tanh %ratio : !s
%r = arith.mulf %cap, %squashed : !s
)"},
      {"temperature", "s * temperature[h]", {}, captureTemperature, R"(
%factor = tensor.extract %temperature[%h] : !temperature
%r = arith.mulf %s, %factor : !s
)"}};
  return functions;
}
