//===- ConvForm.h - which form of a convolution is faster -------*- C++ -*-===//
//
// The direct form multiplies T min(L, P + T) times, one by transforms of N
// elements about N log2 N. A pass decides where sizes are known; elsewhere the
// kernel does, by the same numbers. Batches and channels cost both alike, so
// that a sequence's result does not depend on its neighbours.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_TRANSFORMS_CONVFORM_H
#define ATTN_DIALECT_ATTN_TRANSFORMS_CONVFORM_H

#include <cstdint>

namespace mlir::attn {

/// Products of the direct form in the time that transforms there and back, and
/// the filter's, take for one element and level. Measured, see
/// docs/Rationale.md.
inline constexpr int64_t kConvLevelCost = 24;

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_TRANSFORMS_CONVFORM_H
