//===- Random.h - Seeded contents for tensors -------------------*- C++ -*-===//
//
// Fills tensors with values that depend on nothing but a seed, the argument's
// number and the element's row-major number: the same on every machine, with
// every layout and in every order of evaluation. For a float element
//
//   bits  = splitmix64(splitmix64(seed + argument) + element)
//   sum   = the four 16-bit fields of bits, added up
//   value = (sum - 131070) * (sqrt(3) / 65536)
//
// which is close to a standard normal distribution (mean 0, standard deviation
// 1, at most 3.47 in magnitude) and needs no library function, so that it can
// be repeated bit for bit elsewhere.
//
// Covered by test/unittests/Runtime/RandomTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_RANDOM_H
#define ATTN_RUNTIME_RANDOM_H

#include "attn/Runtime/HostTensor.h"
#include <optional>

namespace mlir::attn {

/// What the elements of a tensor mean. With x of the distribution above and u
/// uniform in (0, 1):
enum class Meaning {
  /// What suits the element type:
  ///   floats            x
  ///   i1                true with probability 3/4: a mask with few empty rows
  ///   integer tensors   0 to 3, ascending in equal runs along the innermost
  ///                     dimension, as document ids are
  ///   integer scalars   0 to 63
  any,
  positive, ///< |x| / 2: slopes, factors, keys that are summed up
  decay,    ///< -0.3 |x|: the logarithm of a decay
  fraction, ///< u: a rate of writing
  unit,     ///< rows along the innermost dimension, of length `scale`
  counts,   ///< integers from 0 to `limit`: lengths, places of keys
  bounds,   ///< ascending integers from 0 to `limit`: where sequences begin
};

/// A meaning, and the numbers that it takes.
struct Contents {
  Meaning meaning = Meaning::any;
  int64_t limit = 0;
  /// Negative rows point the other way.
  double scale = 1.0;
};

/// The meaning called `name` ("decay"), if there is one.
std::optional<Meaning> parseMeaning(llvm::StringRef name);

void fillRandom(HostTensor &tensor, uint64_t seed, unsigned argument,
                Contents contents = {});

} // namespace mlir::attn

#endif // ATTN_RUNTIME_RANDOM_H
