//===- Warp.h - what the 32 threads of a warp do together -------*- C++ -*-===//
//
// A collective of a warp takes place when the last of its 32 threads calls it;
// the others wait. All must call the same one. Plain accesses of shared memory
// take no rendezvous: the n-th of each lane are put together only to count the
// passes that banks need for them.
//
// Covered by test/unittests/Emulation/WarpTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_WARP_H
#define ATTN_LIB_EMULATION_WARP_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace mlir::attn::emulation {

class Block;
struct Thread;

/// What one lane hands to and takes from a collective, as 32-bit words.
using LaneWords = std::array<uint32_t, 12>;

struct Warp {
  static constexpr unsigned kLanes = 32;

  std::array<LaneWords, kLanes> words;
  /// The collective under way; null if none.
  const char *name = nullptr;
  /// Its parameters, which must be the same in all lanes.
  uint64_t parameters = 0;
  unsigned arrived = 0, left = 0;
  uint64_t generation = 0;
  std::vector<Thread *> waiters;

  /// Accesses by their number in each lane: addresses of those seen so far.
  struct Access {
    std::vector<uint32_t> addresses;
    uint32_t bytes = 0;
  };
  std::map<uint64_t, Access> accesses;
};

struct WarpThread {
  uint64_t numAccesses = 0;
};

/// Calls `compute` on the words of all lanes when the last lane calls this with
/// its `words`, and returns in each lane with what `compute` left there.
void runCollective(Thread &thread, const char *name, uint64_t parameters,
                   LaneWords &words,
                   llvm::function_ref<void(Warp &warp)> compute);

void loadShared(Thread &thread, uint32_t address, void *data, uint32_t bytes);
void storeShared(Thread &thread, uint32_t address, const void *data,
                 uint32_t bytes);
void loadMatrices(Thread &thread, uint32_t address, unsigned count,
                  bool transpose, uint32_t *registers);
void storeMatrices(Thread &thread, uint32_t address, unsigned count,
                   bool transpose, const uint32_t *registers);
void multiplyM16N8K16(Thread &thread, int32_t type, float *c, const uint32_t *a,
                      const uint32_t *b);

/// Passes beyond the first that the 32 banks of 4 bytes need for accesses of
/// `bytes` at `addresses`, which the hardware serves 128 bytes at a time.
unsigned countBankConflicts(const std::vector<uint32_t> &addresses,
                            uint32_t bytes);

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_WARP_H
