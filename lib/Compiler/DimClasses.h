//===- DimClasses.h - sizes that must be equal -----------------*- C++ -*-===//
//
// Partitions the sizes of all tensors in a function into classes that are
// equal in every valid execution, by following the ops that tie them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_DIMCLASSES_H
#define ATTN_LIB_COMPILER_DIMCLASSES_H

#include "mlir/IR/Value.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::attn {

/// A union-find over (value, dimension). The dimension `kScalar` stands for an
/// integer value itself, so that a size given by an SSA value takes part.
class DimClasses {
public:
  static constexpr int64_t kScalar = -1;

  /// Ties every pair of sizes that an op inside `func` makes equal.
  explicit DimClasses(FunctionOpInterface func);

  /// A number that is the same for all sizes tied to (value, dim).
  unsigned find(Value value, int64_t dim);

private:
  void tie(Value a, int64_t aDim, Value b, int64_t bDim);
  /// Ties all sizes of two tensors of equal rank.
  void tieAll(Value a, Value b);
  void visit(Operation *op);
  unsigned findRoot(unsigned id);

  llvm::DenseMap<std::pair<Value, int64_t>, unsigned> ids;
  llvm::SmallVector<unsigned> parents;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_DIMCLASSES_H
