//===- ScheduleRows.h - how many queries a tile takes -----------*- C++ -*-===//
//
// What attn-schedule and the passes before it agree on.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_DIALECT_TRANSFORMS_SCHEDULEROWS_H
#define ATTN_LIB_DIALECT_TRANSFORMS_SCHEDULEROWS_H

#include "attn/Target/TargetInfo.h"
#include "llvm/ADT/bit.h"

namespace mlir::attn {

/// Rows of the register tile of keys, so that the block is a multiple of it.
inline constexpr int64_t kRowTile = 4;

/// Vectors of queries that a register tile of `kRowTile` keys has accumulators
/// for, a power of two.
inline int64_t getMostQueryVectors(const TargetInfo &target) {
  return std::max<int64_t>(
      1, llvm::bit_floor(uint64_t(target.getMaxFMAAccumulators() / kRowTile)));
}

/// Queries of the widest tile.
inline int64_t getWidestQueryTile(const TargetInfo &target) {
  return target.getF32Lanes() * getMostQueryVectors(target);
}

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_TRANSFORMS_SCHEDULEROWS_H
