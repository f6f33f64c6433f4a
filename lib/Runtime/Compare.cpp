//===- Compare.cpp - Compares a result with a reference -------------------===//
//
// Covered by test/unittests/Runtime/CompareTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Compare.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;

namespace mlir::attn {

static constexpr double kIncomparable = std::numeric_limits<double>::max();

Tolerance getDefaultTolerance(DType type, const HostTensor &reference) {
  if (type == DType::f64)
    return {1e-9, 1e-9};
  if (type == DType::f32)
    return {2e-5, 2e-5};
  if (!isFloat(type))
    return {0.0, 0.0};
  double largest = 0.0, shift = 0.0;
  int64_t width = sizeInBytes(reference.getType());
  reference.forEachRow([&](int64_t, char *row, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      double value = decodeElement(reference.getType(), row + i * width);
      if (!std::isfinite(value))
        continue;
      double there = roundToType(type, value + 0.3);
      double back = roundToType(type, there - 0.3);
      largest = std::max(largest, std::fabs(value));
      // A value that the type cannot hold says nothing about its rounding.
      if (std::isfinite(back))
        shift = std::max(shift, std::fabs(back - value));
    }
  });
  return {2 * unitRoundoff(type) * largest + 2 * shift, 0.0};
}

static double getError(double found, double reference) {
  if (found == reference || (std::isnan(found) && std::isnan(reference)))
    return 0.0;
  double error = std::fabs(found - reference);
  return std::isfinite(error) ? error : kIncomparable;
}

Expected<Comparison> compareTensors(const HostTensor &found,
                                    const HostTensor &reference,
                                    Tolerance tolerance) {
  if (found.getSizes() != reference.getSizes())
    return createStringError("expected sizes " +
                             formatSizes(reference.getSizes()) + " but found " +
                             formatSizes(found.getSizes()));
  Comparison result;
  double squares = 0.0, worstExcess = -kIncomparable;
  int64_t worst = 0;
  int64_t width = sizeInBytes(found.getType());
  found.forEachRow([&](int64_t linear, char *row, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      double x = decodeElement(found.getType(), row + i * width);
      double r = reference.getElement(linear + i);
      double error = getError(x, r);
      double allowed = tolerance.absolute;
      if (std::isfinite(r))
        allowed += tolerance.relative * std::fabs(r);
      result.numNaNFound += std::isnan(x);
      result.numNaNReference += std::isnan(r);
      result.maxError = std::max(result.maxError, error);
      result.numOutside += error > allowed;
      squares += error * error;
      if (error - allowed > worstExcess) {
        worstExcess = error - allowed;
        worst = linear + i;
        result.worstFound = x;
        result.worstReference = r;
      }
    }
  });
  result.agrees = result.numOutside == 0;
  if (int64_t count = found.getNumElements()) {
    result.rmsError = std::min(kIncomparable,
                               std::sqrt(squares / static_cast<double>(count)));
    result.worst = found.delinearize(worst);
  }
  return result;
}

bool hasSameBits(const HostTensor &left, const HostTensor &right) {
  SmallVector<const char *> rows;
  left.forEachRow([&](int64_t, char *row, int64_t) { rows.push_back(row); });
  int64_t width = sizeInBytes(left.getType());
  bool isSame = true;
  const char *const *next = rows.begin();
  right.forEachRow([&](int64_t, char *row, int64_t count) {
    isSame &= std::memcmp(*next++, row, count * width) == 0;
  });
  return isSame;
}

} // namespace mlir::attn
