//===- Random.cpp - Seeded contents for tensors ---------------------------===//
//
// See Random.h for the formula. Covered by
// test/unittests/Runtime/RandomTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/Random.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>

using llvm::MutableArrayRef;
using llvm::StringRef;
using llvm::StringSwitch;

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

/// Uniform in (0, 1).
static double uniform(uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

std::optional<Meaning> parseMeaning(StringRef name) {
  return StringSwitch<std::optional<Meaning>>(name)
      .Case("any", Meaning::any)
      .Case("positive", Meaning::positive)
      .Case("decay", Meaning::decay)
      .Case("fraction", Meaning::fraction)
      .Case("unit", Meaning::unit)
      .Case("counts", Meaning::counts)
      .Case("bounds", Meaning::bounds)
      .Default(std::nullopt);
}

/// An element of no meaning but its type; `place` is its share of the row.
static double typical(DType type, uint64_t bits, bool isScalar, double place) {
  constexpr int64_t kIds = 4;
  if (isFloat(type))
    return normal(bits);
  if (type == DType::i1)
    return (bits & 3) != 0;
  if (isScalar)
    return static_cast<double>(bits & 63);
  return std::floor(place * kIds);
}

/// Turns a row of drawn values into one that means something.
static void giveMeaning(MutableArrayRef<double> row, Contents contents) {
  switch (contents.meaning) {
  case Meaning::unit: {
    double squares = 0.0;
    for (double value : row)
      squares += value * value;
    double factor = squares > 0 ? contents.scale / std::sqrt(squares) : 0.0;
    for (double &value : row)
      value *= factor;
    return;
  }
  case Meaning::bounds:
    llvm::sort(row);
    if (!row.empty())
      row.front() = 0.0;
    if (row.size() > 1)
      row.back() = static_cast<double>(contents.limit);
    return;
  default:
    return;
  }
}

void fillRandom(HostTensor &tensor, uint64_t seed, unsigned argument,
                Contents contents) {
  uint64_t stream = splitmix64(seed + argument);
  DType type = tensor.getType();
  int64_t width = sizeInBytes(type);
  bool isScalar = tensor.getRank() == 0;
  auto draw = [&](uint64_t bits, double place) {
    switch (contents.meaning) {
    case Meaning::any:
      return typical(type, bits, isScalar, place);
    case Meaning::unit:
      return normal(bits);
    case Meaning::positive:
      return 0.5 * std::fabs(normal(bits));
    case Meaning::decay:
      return -0.3 * std::fabs(normal(bits));
    case Meaning::fraction:
      return uniform(bits);
    case Meaning::counts:
    case Meaning::bounds:
      return std::floor(uniform(bits) *
                        static_cast<double>(contents.limit + 1));
    }
    llvm_unreachable("a meaning of another kind");
  };
  std::vector<double> values;
  tensor.forEachRow([&](int64_t linear, char *row, int64_t count) {
    values.resize(count);
    for (int64_t i = 0; i < count; ++i)
      values[i] = draw(splitmix64(stream + static_cast<uint64_t>(linear + i)),
                       static_cast<double>(i) / static_cast<double>(count));
    giveMeaning(values, contents);
    for (int64_t i = 0; i < count; ++i)
      encodeElement(type, values[i], row + i * width);
  });
}

} // namespace mlir::attn
