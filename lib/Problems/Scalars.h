//===- Scalars.h - scalar arithmetic of one region as text -----*- C++ -*-===//
//
// Private to this library. Each function writes operations of `arith` and
// `math` on one float type and returns the result's name. Functions of gates
// are written so that no exponential has a positive argument: they are finite,
// or the right infinity, for every input.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_PROBLEMS_SCALARS_H
#define ATTN_LIB_PROBLEMS_SCALARS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::attn {

/// A float literal of the textual format, which wants a decimal point.
std::string floatLiteral(double value);

class Scalars {
public:
  /// `isTaken` says which names are visible from outside of the region.
  Scalars(llvm::raw_ostream &os, llvm::StringRef type,
          llvm::function_ref<bool(llvm::StringRef)> isTaken)
      : os(os), type(type.str()), isTaken(isTaken) {}

  /// A value of the region with a name near `name`.
  std::string unique(llvm::StringRef name);
  /// `%result = OPERATION : TYPE`, for what has no function here.
  std::string write(llvm::StringRef name, const llvm::Twine &operation,
                    llvm::StringRef ofType);

  /// `%result = OPERATION x : FROM to TO`.
  std::string convert(llvm::StringRef name, llvm::StringRef operation,
                      llvm::StringRef x, llvm::StringRef from,
                      llvm::StringRef to);

  std::string constant(llvm::StringRef name, double value);
  std::string add(llvm::StringRef a, llvm::StringRef b);
  std::string subtract(llvm::StringRef a, llvm::StringRef b);
  std::string multiply(llvm::StringRef a, llvm::StringRef b);
  std::string divide(llvm::StringRef a, llvm::StringRef b);
  std::string negate(llvm::StringRef a);
  std::string exp(llvm::StringRef a);
  std::string log1p(llvm::StringRef a);
  std::string sqrt(llvm::StringRef a);
  std::string maximum(llvm::StringRef a, llvm::StringRef b);
  /// 1 / sqrt(a).
  std::string rsqrt(llvm::StringRef a);

  /// 1 / (1 + exp(-x)).
  std::string sigmoid(llvm::StringRef x);
  /// x sigmoid(x).
  std::string silu(llvm::StringRef x);
  /// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)).
  std::string softplus(llvm::StringRef x);
  /// log(sigmoid(x)) = min(x, 0) - log1p(exp(-|x|)).
  std::string logSigmoid(llvm::StringRef x);
  /// elu(x) + 1 = max(x, 0) + exp(min(x, 0)).
  std::string eluPlusOne(llvm::StringRef x);
  /// The decay of Mamba-2 and the gated delta rule, -exp(rate) softplus(x).
  std::string softplusDecay(llvm::StringRef rate, llvm::StringRef x);

  llvm::StringRef getType() const { return type; }

private:
  /// exp(-|x|), in (0, 1].
  std::string expOfMinusAbs(llvm::StringRef x);

  llvm::raw_ostream &os;
  std::string type;
  llvm::function_ref<bool(llvm::StringRef)> isTaken;
  llvm::StringMap<unsigned> counts;
  llvm::StringMap<std::string> constants;
};

} // namespace mlir::attn

#endif // ATTN_LIB_PROBLEMS_SCALARS_H
