//===- IntegerRanges.h - bounds of integers in a region ---------*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_TRANSFORMS_INTEGERRANGES_H
#define ATTN_DIALECT_ATTN_TRANSFORMS_INTEGERRANGES_H

#include "mlir/IR/Region.h"
#include "mlir/IR/Value.h"
#include "mlir/IR/ValueRange.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::attn {

/// All integers between two ends, both included, read as signed numbers.
struct IntegerRange {
  int64_t lo, hi;

  /// What a signless integer or index type can hold.
  static IntegerRange getFull(Type type);

  bool isNonNegative() const { return lo >= 0; }
  bool fits32() const {
    return lo >= std::numeric_limits<int32_t>::min() &&
           hi <= std::numeric_limits<int32_t>::max();
  }
};

/// Ranges of the integers and indices in a region of one block, by one sweep
/// over its operations. Positions are below 2^30, which the sizes of tensors
/// that fit in memory guarantee.
class IntegerRanges {
public:
  /// `positions` are the block arguments that are positions; the last ones
  /// stand for `captures`.
  IntegerRanges(Region &region, ValueRange positions, ValueRange captures);

  IntegerRange get(Value value) const;

  /// True for an index or i64 whose values all fit in 32 bits.
  bool isNarrow(Value value) const;

  /// The type of `value` in vector lanes: i32 where it is narrow, f32 for
  /// floats of 16 bits.
  Type getLaneType(Value value) const;

private:
  IntegerRange infer(Operation *op) const;

  llvm::DenseMap<Value, IntegerRange> ranges;
  mutable unsigned depth = 0;
};

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_TRANSFORMS_INTEGERRANGES_H
