//===- MaskReader.h - a mask region as a mask expression ------------------===//
//
// The state of reading one region: conditions (MaskReader.cpp) and the integers
// that they compare (ReadInteger.cpp), each value read once.
//
// Covered by test/unittests/Analysis/MaskReaderTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_MASKREADER_H
#define ATTN_LIB_ANALYSIS_MASKREADER_H

#include "PiecewiseInteger.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::attn {

/// Whether the type has a signed value of at most 64 bits.
bool isReadableInteger(Type type);

/// Which of b, h, i, j a value of the region depends on.
struct Dependence {
  bool uses[kNumMaskDims] = {};
};

class MaskReader {
public:
  MaskReader(Region &region, ArrayRef<Value> captures, MaskSymbols &symbols)
      : block(&region.front()), captures(captures), symbols(symbols) {}

  MaskExpr readBoolean(Value value);

private:
  MaskExpr computeBoolean(Value value);
  MaskExpr readComparison(arith::CmpIPredicate predicate, Value lhs, Value rhs);
  MaskExpr isNonNegative(const PiecewiseInteger &integer);
  MaskExpr isTrueInput(AffineExpr input) {
    return MaskExpr::nonNegative(input - 1);
  }

  using Integer = std::optional<PiecewiseInteger>;
  /// Signed value of an index, integer or i1 (0 or -1).
  Integer readInteger(Value value);
  Integer computeInteger(Value value);
  Integer readOperation(Operation *op);
  Integer readDivision(Operation *op);
  Integer readMinMax(Operation *op);
  Integer readShiftOrMask(Operation *op);
  Integer readUnsigned(Value value);
  /// The signed value that `integer` has after wrapping to `type`.
  Integer wrap(const Integer &integer, Type type);

  /// The captured value that a capture argument stands for, a value from around
  /// the region itself, and null for what the region computes.
  Value getOutside(Value value) const;
  std::optional<AffineExpr> readInput(Value value);
  const Dependence &getDependence(Value value);

  Block *block;
  ArrayRef<Value> captures;
  MaskSymbols &symbols;
  DenseMap<Value, MaskExpr> booleans;
  DenseMap<Value, Integer> integers;
  DenseMap<Value, Dependence> dependences;
};

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_MASKREADER_H
