//===- Wgmma.h - products of a warpgroup ------------------------*- C++ -*-===//
//
// wgmma.mma_async runs beside its warpgroup. Here it is computed as late as the
// program allows: when the first thread waits for it. Until then its result is
// in flight: the accumulators hold NaNs that carry the number of the product
// and of the register, and only the wait that covers the product puts numbers
// in their place. A product may add to the accumulators that another one has in
// flight; then they are taken from there.
//
// Covered by test/unittests/Emulation/WgmmaTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_WGMMA_H
#define ATTN_LIB_EMULATION_WGMMA_H

#include "Clock.h"
#include "Numbers.h"
#include <cstdint>
#include <deque>
#include <vector>

namespace mlir::attn::emulation {

struct Thread;

/// One instruction.
struct WgmmaShape {
  HalfType type;
  unsigned n;
  bool scaleD, transposeA, transposeB;
  /// A comes from registers.
  bool registersA;
  uint64_t a = 0, b = 0; ///< descriptors

  bool operator==(const WgmmaShape &other) const;
};

struct WgmmaOp {
  uint64_t number = 0;
  WgmmaShape shape;
  /// Threads of the warpgroup that issued it.
  unsigned issued = 0;
  bool done = false;
  Stamp doneStamp = 0;
  /// What all threads knew when they issued it.
  Clock clock;
  /// Per thread: accumulators in, later out, and fragments of A.
  std::vector<float> accumulators;
  std::vector<uint32_t> fragments;
  /// The 16-byte chunks that are read.
  std::vector<uint32_t> chunks;
};

struct Warpgroup {
  std::deque<WgmmaOp> ops;
  uint64_t firstOp = 0;
  std::vector<Thread *> waiters;
};

struct WgmmaThread {
  /// Products issued so far, and how many of them each committed group and its
  /// predecessors have.
  uint64_t issued = 0;
  std::deque<uint64_t> groupEnds;
  /// Products that a wait covered.
  uint64_t awaited = 0;
  /// wgmma.fence was called and nothing that may write registers since.
  bool fenced = false;
};

void fenceWgmma(Thread &thread);
void commitWgmma(Thread &thread);
void issueWgmma(Thread &thread, const WgmmaShape &shape, float *accumulators,
                const uint32_t *fragments);
void waitWgmma(Thread &thread, unsigned groups, float *registers,
               unsigned count);

/// A NaN that stands for register `index` of product `number`.
float makeInFlight(uint64_t number, unsigned index);
/// Whether `value` is such a NaN; the number is known modulo 2^15.
bool isInFlight(float value, uint64_t &number, unsigned &index);

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_WGMMA_H
