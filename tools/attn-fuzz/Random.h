//===- Random.h - reproducible choices -------------------------*- C++ -*-===//
//
// What input number `i` of seed `s` is depends on these two numbers and on the
// seeds alone, never on what ran before it, so any input can be made again.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_FUZZ_RANDOM_H
#define ATTN_FUZZ_RANDOM_H

#include "llvm/ADT/ArrayRef.h"
#include <random>

namespace mlir::attn {

class RandomSource {
public:
  RandomSource(uint64_t seed, uint64_t input)
      : engine(seed * 0x9e3779b97f4a7c15 + input) {}

  /// A number in [0, bound); 0 for a bound of 0.
  size_t below(size_t bound) { return bound ? engine() % bound : 0; }

  /// True in `percent` of a hundred cases.
  bool chance(unsigned percent) { return below(100) < percent; }

  /// One of `values`, which is not empty.
  template <typename Range> decltype(auto) pick(Range &&values) {
    return values[below(std::size(values))];
  }

private:
  std::mt19937_64 engine;
};

/// Sizes and other integers at which code tends to go wrong.
inline constexpr int64_t kNotableIntegers[] = {
    0,
    1,
    -1,
    2,
    3,
    7,
    16,
    64,
    (int64_t(1) << 31) - 1,
    int64_t(1) << 31,
    int64_t(1) << 62,
    std::numeric_limits<int64_t>::max(),
    std::numeric_limits<int64_t>::min()};

} // namespace mlir::attn

#endif // ATTN_FUZZ_RANDOM_H
