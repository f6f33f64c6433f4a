//===- Random.cpp - Seeded contents for tensors ---------------------------===//
//
// See Random.h for the formula. Covered by
// test/unittests/Runtime/RandomTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Random.h"

namespace mlir::attn {

/// One output of the generator of Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators" (2014), as a function of its state.
static uint64_t splitmix64(uint64_t state) {
  state += 0x9e3779b97f4a7c15;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return state ^ (state >> 31);
}

static double normal(uint64_t bits) {
  int64_t sum = 0;
  for (int shift = 0; shift < 64; shift += 16)
    sum += (bits >> shift) & 0xffff;
  constexpr double kSqrt3 = 1.7320508075688772;
  return static_cast<double>(sum - 131070) * (kSqrt3 / 65536);
}

void fillRandom(HostTensor &tensor, uint64_t seed, unsigned argument) {
  constexpr int64_t kIds = 4;
  uint64_t stream = splitmix64(seed + argument);
  DType type = tensor.getType();
  int64_t width = sizeInBytes(type);
  bool scalar = tensor.getRank() == 0;
  tensor.forEachRow([&](int64_t linear, char *row, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      uint64_t bits = splitmix64(stream + static_cast<uint64_t>(linear + i));
      double value;
      if (isFloat(type))
        value = normal(bits);
      else if (type == DType::i1)
        value = (bits & 3) != 0;
      else if (scalar)
        value = static_cast<double>(bits & 63);
      else
        value = static_cast<double>(i * kIds / count);
      encodeElement(type, value, row + i * width);
    }
  });
}

} // namespace mlir::attn
