//===- Functions.h - catalogue of score and mask functions -----*- C++ -*-===//
//
// Score and mask functions that attn-gen writes into the regions of
// `attn.dense`, after the catalogues of FlexAttention (arXiv 2412.05496) and of
// FlashAttention's tests. Each is a table entry; its body is text over
//
//   %s              the score (score functions only)
//   %b %h %i %j     batch, query head, query, key, of type index
//   %p              i + diagonal: the query's place among the keys
//   %NAME           a captured tensor or scalar, whose type is written !NAME
//   !s              the type of scores, f32 or f64
//   #0 #1           the function's integer arguments
//
// and leaves its result in %r, e.g. for a key that must come before the 16th:
//
//   %n = arith.constant #0 : index
//   %r = arith.cmpi slt, %j, %n : index
//
// python/attn/functions.py says the same in NumPy, written independently.
// Covered by test/Tools/attn-gen/functions.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PROBLEMS_FUNCTIONS_H
#define ATTN_PROBLEMS_FUNCTIONS_H

#include "attn/Problems/Problem.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace mlir::attn {

/// An integer argument of a function, written after its name: `prefix:16`.
struct FunctionParameter {
  const char *name;
  int64_t defaultValue;
  int64_t minimum;
};

struct Function {
  const char *name;
  /// The function as a formula, for `--list`.
  const char *formula;
  std::vector<FunctionParameter> parameters;
  /// What the body captures, given the integer arguments.
  std::vector<Argument> (*captures)(const Problem &, llvm::ArrayRef<int64_t>);
  const char *body;

  /// Whether the body speaks of %p.
  bool usesPlace() const;
};

/// All score functions.
llvm::ArrayRef<Function> scoreFunctions();

/// All mask functions.
llvm::ArrayRef<Function> maskFunctions();

/// The function of that name, or null.
const Function *findFunction(llvm::ArrayRef<Function> catalogue,
                             llvm::StringRef name);

/// The body with types and integer arguments filled in, and %`place` for %p.
std::string bodyOf(const Problem &problem, const Function &function,
                   llvm::ArrayRef<int64_t> arguments, llvm::StringRef place);

} // namespace mlir::attn

#endif // ATTN_PROBLEMS_FUNCTIONS_H
