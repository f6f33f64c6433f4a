//===- Problem.h - attention problems as text ------------------*- C++ -*-===//
//
// A Problem says in numbers and names which attention function is wanted;
// printProblem writes it as a module of `attn`, `linalg` and `tensor`, and
// describeProblem lists its inputs and outputs as JSON so that any harness can
// feed the compiled kernel. Tests, benchmarks and the quickstart are made this
// way rather than by pasting text.
//
//   Problem p;
//   p.causal = true;
//   p.dynamic = {Axis::Batch, Axis::Query, Axis::Key};
//   if (llvm::Error e = verifyProblem(p)) ...
//   llvm::outs() << printProblem(p);
//
// Covered by test/Tools/attn-gen/.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PROBLEMS_PROBLEM_H
#define ATTN_PROBLEMS_PROBLEM_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mlir::attn {

/// Sizes that the tensors of a problem are made of.
enum class Axis { Batch, Head, KeyHead, Query, Key, Width, ValueWidth };

/// The letter of an axis in shapes: B, H, Hkv, T, S, K or V.
llvm::StringRef letterOf(Axis axis);

/// Which corner of the T x S score matrix the diagonal goes through.
enum class Diagonal { BottomRight, TopLeft };

/// How query, key, value and output lie in memory: [B, H, T, D] or [B, T, H,
/// D].
enum class Storage { BHTD, BTHD };

/// A function of the catalogue (Functions.h) with its integer arguments, e.g.
/// prefix:16.
struct FunctionUse {
  std::string name;
  std::vector<int64_t> arguments;
};

/// An additive bias, or with element type i1 a mask, [B|1, H|1, T|1, S|1].
struct BiasUse {
  /// For batch, head, query and key: whether the size is real or 1.
  std::array<bool, 4> real = {false, false, false, false};
  std::string elementType = "f32";
};

/// What to compute: plain dense attention, or a Llama layer's attention with
/// rotary embedding of queries and keys in the half-split layout.
enum class ProblemKind { Dense, Llama };

struct Problem {
  ProblemKind kind = ProblemKind::Dense;
  int64_t batch = 1;
  int64_t heads = 8;
  int64_t kvHeads = 8;
  int64_t queries = 128;
  int64_t keys = 128;
  int64_t width = 64;
  int64_t valueWidth = 64;
  /// Element type of query, key, value and output: f16, bf16, f32 or f64.
  std::string elementType = "f32";
  /// Axes whose size is left to run time; feature widths never are.
  std::set<Axis> dynamic;

  bool causal = false;
  Diagonal diagonal = Diagonal::BottomRight;
  /// Keys to the left and right of the diagonal, inclusive; -1 is unbounded.
  std::optional<std::array<int64_t, 2>> window;
  std::optional<double> scale;
  std::optional<double> softcap;
  std::optional<BiasUse> bias;
  std::optional<FunctionUse> score;
  std::optional<FunctionUse> mask;
  bool sink = false;
  bool lse = false;
  Storage storage = Storage::BHTD;

  int64_t sizeOf(Axis axis) const;
  bool isDynamic(Axis axis) const { return dynamic.count(axis); }
  /// f64 for f64 problems, else f32: the type of scores and statistics.
  llvm::StringRef scoreType() const;
};

/// One dimension of an argument: an axis of the problem or a fixed size.
struct Dim {
  Dim(Axis axis) : axis(axis) {}
  Dim(int64_t size) : size(size) {}
  std::optional<Axis> axis;
  int64_t size = 0;
};

/// An input or output of the function.
struct Argument {
  std::string name;
  /// Empty and `isScalar` for a scalar.
  llvm::SmallVector<Dim, 4> shape;
  std::string elementType;
  /// One phrase, dimensions included.
  std::string meaning;
  bool isScalar = false;
  /// For integers: inclusive bounds of sensible values.
  std::optional<std::array<Dim, 2>> range;
};

/// `tensor<1x8x?x64xf32>`, or `f32` for a scalar.
std::string typeOf(const Problem &problem, const Argument &argument);

/// The function's inputs, in order: q, k, v, then whatever is captured.
std::vector<Argument> inputsOf(const Problem &problem);

/// The function's outputs, in order: o, then lse on request.
std::vector<Argument> outputsOf(const Problem &problem);

/// Says what is wrong with the numbers and names of a problem.
llvm::Error verifyProblem(const Problem &problem);

/// The problem as a module with one public function `attention`. The problem
/// must be valid.
std::string printProblem(const Problem &problem);

/// Inputs, outputs and parameters of the problem as one JSON object.
llvm::json::Object describeProblem(const Problem &problem);

} // namespace mlir::attn

#endif // ATTN_PROBLEMS_PROBLEM_H
