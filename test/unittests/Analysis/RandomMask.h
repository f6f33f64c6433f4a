//===- RandomMask.h - random masks with an evaluator of their own ---------===//
//
// The tests' oracle: a mask as a small syntax tree that is evaluated directly
// in 64-bit integers, and only then turned into a MaskExpr. It shares no code
// with lib/Analysis.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_UNITTESTS_ANALYSIS_RANDOMMASK_H
#define ATTN_TEST_UNITTESTS_ANALYSIS_RANDOMMASK_H

#include "attn/Analysis/TileClass.h"
#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace mlir::attn::test {

constexpr unsigned kNumVariables = 6; // b, h, i, j, s0, s1
constexpr int64_t kNumPositions = 48;
using Point = std::array<int64_t, kNumVariables>;

/// constant + sum of coefficients * variables + sum of factor * (x div or mod
/// c).
struct RandomInteger {
  struct Division {
    int64_t factor, divisor;
    bool isMod;
    std::vector<RandomInteger> argument; // exactly one
  };
  std::array<int64_t, kNumVariables> coefficients{};
  int64_t constant = 0;
  std::vector<Division> divisions;

  int64_t evaluate(const Point &point) const;
  AffineExpr toExpr(ArrayRef<AffineExpr> variables) const;
};

struct RandomMask {
  enum class Kind { Compare, And, Or, Not, Select, Xor, Constant };
  enum class Predicate { eq, ne, lt, le, gt, ge };
  explicit RandomMask(Kind kind) : kind(kind) {}
  Kind kind;
  Predicate predicate = Predicate::ge;
  RandomInteger lhs, rhs;
  bool constant = false;
  std::vector<RandomMask> operands;

  bool evaluate(const Point &point) const;
  MaskExpr toMask(ArrayRef<AffineExpr> variables) const;
};

class RandomMaskGenerator {
public:
  explicit RandomMaskGenerator(unsigned seed) : engine(seed) {}

  int64_t pick(int64_t least, int64_t greatest) {
    return std::uniform_int_distribution<int64_t>(least, greatest)(engine);
  }
  bool chance(double probability) {
    return std::bernoulli_distribution(probability)(engine);
  }

  /// New values for s0 and s1. The masks made afterwards mostly change between
  /// admitted and missing somewhere at these values and near small positions.
  std::array<int64_t, 2> makeSymbolValues();
  /// Comparisons of sums, floordiv and mod under and, or, not, select and xor.
  RandomMask makeMask(unsigned depth);
  /// One to three affine inequalities.
  RandomMask makeConjunction();
  /// A box of up to 2 x 2 x 16 x 16 pairs among the first kNumPositions; every
  /// other one holds a pair where the last comparison made changes.
  MaskBox makeBox();

private:
  RandomInteger makeInteger(unsigned depth);
  RandomMask makeComparison(unsigned depth);
  std::mt19937_64 engine;
  std::array<int64_t, 2> symbolValues{};
  Point meeting{};
};

/// The class of a box by looking at every pair.
TileClass classifyByEnumeration(const RandomMask &mask, const MaskBox &box,
                                ArrayRef<int64_t> symbolValues);

/// Dims and symbols for RandomMask::toMask: symbols are symbolic, or constants.
std::vector<AffineExpr> makeVariables(MLIRContext *context,
                                      ArrayRef<int64_t> symbolValues,
                                      bool symbolic);

/// For failure messages.
std::string describe(const MaskExpr &mask, const MaskBox &box,
                     ArrayRef<int64_t> symbolValues);

} // namespace mlir::attn::test

#endif // ATTN_TEST_UNITTESTS_ANALYSIS_RANDOMMASK_H
