//===- Tolerances.h - How far two results may differ ------------*- C++ -*-===//
//
// The one table of tolerances. A result `x` agrees with its reference `r` when
// every element does:
//
//   type       |x - r| is at most                      source
//   f64        1e-9 + 1e-9 |r|                         rounding of sums in f64
//   f32        2e-5 + 2e-5 |r|                         rounding of sums in f32
//   f16, bf16  2 u max|r| + 2 max|((r + .3) - .3) - r| FlashAttention's tests
//   integers   0
//
// The rule for 16 bits follows FlashAttention's tests, `2 * E + eps`: E is the
// error of a plain computation in the type, for which stands here what it can
// not be smaller than, the rounding of the largest result (u is the unit
// roundoff); eps is twice the error of an addition and subtraction of 0.3 in
// the type. Maxima are taken over the finite elements of the whole tensor.
//
// Covered by test/unittests/Runtime/CompareTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_TOLERANCES_H
#define ATTN_RUNTIME_TOLERANCES_H

#include "attn/Runtime/HostTensor.h"

namespace mlir::attn {

/// |x - r| <= absolute + relative * |r|.
struct Tolerance {
  double absolute = 0.0;
  double relative = 0.0;
};

/// The table's tolerance for results of `type` against `reference`, which may
/// be of a wider type.
Tolerance getDefaultTolerance(DType type, const HostTensor &reference);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_TOLERANCES_H
