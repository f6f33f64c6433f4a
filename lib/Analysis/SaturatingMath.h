//===- SaturatingMath.h - 64-bit arithmetic with infinities ---------------===//
//
// The ends of int64_t stand for minus and plus infinity: bounds of positions
// that nothing is known about. Sums and products that leave the range stay at
// its end, and divisions keep an infinity what it is.
//
// Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_SATURATINGMATH_H
#define ATTN_LIB_ANALYSIS_SATURATINGMATH_H

#include "llvm/Support/MathExtras.h"
#include <cstdint>
#include <limits>

namespace mlir::attn::saturating {

constexpr int64_t kMinusInfinity = std::numeric_limits<int64_t>::min();
constexpr int64_t kPlusInfinity = std::numeric_limits<int64_t>::max();

inline bool isInfinite(int64_t x) {
  return x == kMinusInfinity || x == kPlusInfinity;
}

/// x + y; the first operand decides between infinities of opposite sign.
inline int64_t add(int64_t x, int64_t y) {
  if (isInfinite(x))
    return x;
  if (isInfinite(y))
    return y;
  int64_t sum;
  if (llvm::AddOverflow(x, y, sum))
    return x > 0 ? kPlusInfinity : kMinusInfinity;
  return sum;
}

inline int64_t multiply(int64_t x, int64_t y) {
  if (x == 0 || y == 0)
    return 0;
  int64_t product;
  if (isInfinite(x) || isInfinite(y) || llvm::MulOverflow(x, y, product))
    return (x > 0) == (y > 0) ? kPlusInfinity : kMinusInfinity;
  return product;
}

/// floor(x / divisor) for a positive divisor.
inline int64_t floorDivide(int64_t x, int64_t divisor) {
  return isInfinite(x) ? x : llvm::divideFloorSigned(x, divisor);
}

} // namespace mlir::attn::saturating

#endif // ATTN_LIB_ANALYSIS_SATURATINGMATH_H
