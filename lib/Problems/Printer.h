//===- Printer.h - writes one problem as a module --------------*- C++ -*-===//
//
// Private to this library: Print.cpp holds the function and the dense op,
// PrintRotary.cpp the embedding of a Llama layer.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_PRINTER_H
#define ATTN_LIB_PROBLEMS_PRINTER_H

#include "attn/Problems/Functions.h"
#include "attn/Problems/Problem.h"

#include "llvm/Support/raw_ostream.h"

#include <set>
#include <string>
#include <vector>

namespace mlir::attn {

class Printer {
public:
  explicit Printer(const Problem &problem)
      : problem(problem), inputs(inputsOf(problem)),
        outputs(outputsOf(problem)) {}

  std::string print();

private:
  /// The name of an axis's size as a value; asks for its definition.
  std::string sizeValue(Axis axis);
  /// `8` or `%queries`, as sizes of a slice or tensor.empty want it.
  std::string sizeText(const Dim &dim);
  void defineSizes(llvm::raw_ostream &os) const;

  /// `%name = tensor.empty(..) : type`.
  void printEmpty(llvm::StringRef name, const Argument &like);
  /// The argument in [batch, head, sequence, feature] order, or back in its
  /// storage order; returns its value's name and swaps its shape.
  std::string transpose(llvm::StringRef value, Argument &argument,
                        llvm::StringRef to);
  /// Rotary embedding of q or k in half-split layout; returns the value's name.
  std::string printRotary(const Argument &argument);
  void printDense(llvm::StringRef q, llvm::StringRef k, llvm::StringRef v,
                  llvm::ArrayRef<Argument> logical, llvm::StringRef result,
                  const Argument &output);
  void printRegion(llvm::StringRef keyword, const Function &function,
                   const FunctionUse &use, bool withScore);

  const Problem &problem;
  std::vector<Argument> inputs, outputs;
  std::set<Axis> usedSizes;
  bool usesDiagonal = false;
  std::string body;
  llvm::raw_string_ostream os{body};
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_PRINTER_H
