//===- RowKeys.h - the keys that one query row admits ---------------------===//
//
// As sets of disjoint intervals: `may` holds every admitted key and `all` only
// admitted ones; they are equal unless a leaf is not linear in the key.
//
// Example: j <= 5 or j >= 9, keys 0..99   ->   [0, 6) [9, 100)
//
// Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_ROWKEYS_H
#define ATTN_LIB_ANALYSIS_ROWKEYS_H

#include "CompiledMask.h"
#include "attn/Analysis/TileClass.h"

namespace mlir::attn {

/// Disjoint, not adjacent, ascending, none empty.
using IntervalSet = SmallVector<PositionRange, 4>;

IntervalSet makeIntervalSet(PositionRange range);
IntervalSet unite(const IntervalSet &lhs, const IntervalSet &rhs);
IntervalSet intersect(const IntervalSet &lhs, const IntervalSet &rhs);

struct RowKeys {
  IntervalSet may;
  /// Only where they differ from `may`.
  std::optional<IntervalSet> differingAll;

  const IntervalSet &all() const { return differingAll ? *differingAll : may; }
};

/// The keys within `keys` of the row at `position` = (b, h, i).
RowKeys computeRowKeys(const CompiledMask &mask, ArrayRef<int64_t> position,
                       PositionRange keys, ArrayRef<int64_t> symbolValues);

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_ROWKEYS_H
