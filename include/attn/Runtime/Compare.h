//===- Compare.h - Compares a result with a reference -----------*- C++ -*-===//
//
//   Comparison c = cantFail(compareTensors(found, reference, tolerance));
//   c.agrees       // false
//   c.maxError     // 3.1e-4
//   c.worst        // {0, 3, 17, 5}
//
// Covered by test/unittests/Runtime/CompareTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_COMPARE_H
#define ATTN_RUNTIME_COMPARE_H

#include "attn/Runtime/Tolerances.h"

namespace mlir::attn {

struct Comparison {
  /// Every element is within tolerance.
  bool agrees = true;
  /// Largest and root mean square |found - reference|. Where both are NaN, or
  /// the same infinity, the error is 0; where one of them is not finite and
  /// they differ, it is the largest double.
  double maxError = 0.0;
  double rmsError = 0.0;
  /// The element that exceeds its tolerance most, or comes closest to it;
  /// meaningful if there are elements.
  llvm::SmallVector<int64_t> worst;
  double worstFound = 0.0;
  double worstReference = 0.0;
  /// Elements out of tolerance.
  int64_t numOutside = 0;
  /// NaN elements of either tensor.
  int64_t numNaNFound = 0;
  int64_t numNaNReference = 0;
};

/// Compares element by element. Fails if the sizes differ; element types may.
llvm::Expected<Comparison> compareTensors(const HostTensor &found,
                                          const HostTensor &reference,
                                          Tolerance tolerance);

/// Whether two tensors of one type and equal sizes hold the same bytes.
bool hasSameBits(const HostTensor &left, const HostTensor &right);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_COMPARE_H
