//===- Barriers.h - mbarriers and named barriers ----------------*- C++ -*-===//
//
// An mbarrier's phase ends when as many threads arrived as it was made for and
// all bytes that were announced have come. Who then waits for it knows what
// those that arrived knew, and that the copies are done.
//
// Covered by test/unittests/Emulation/BarrierTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_BARRIERS_H
#define ATTN_LIB_EMULATION_BARRIERS_H

#include "Clock.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <map>
#include <vector>

namespace mlir::attn::emulation {

class Block;
struct Thread;

/// A barrier object in shared memory.
struct MBarrier {
  unsigned index = 0;
  unsigned count = 0;
  /// Arrivals and bytes that the current phase still lacks.
  int64_t pendingArrivals = 0, pendingBytes = 0;
  uint64_t phase = 0;
  /// Phases up to the last one in which copies brought bytes, and up to the last
  /// one whose end a thread has seen.
  uint64_t copiedPhases = 0, seenPhases = 0;
  /// The thread that made it must fence before copies may report to it.
  unsigned maker = 0;
  Stamp madeAt = 0;
  bool fenced = false;
  /// What those that arrived knew.
  Clock clock;
  std::vector<Thread *> waiters;
};

/// One of the sixteen barriers of bar.sync.
struct NamedBarrier {
  unsigned arrived = 0, expected = 0;
  uint64_t generation = 0;
  Clock arriving, released;
  std::vector<Thread *> waiters;
};

class Barriers {
public:
  explicit Barriers(Block &block);

  void init(Thread &thread, uint32_t address, int64_t count);
  void arrive(Thread &thread, uint32_t address, int64_t expectedBytes);
  void wait(Thread &thread, uint32_t address, uint32_t parity);
  void fenceInit(Thread &thread);
  /// The barrier that a copy issued by `thread` is to report to.
  MBarrier &getForCopy(Thread &thread, uint32_t address);
  /// A copy brought `bytes`.
  void completeBytes(MBarrier &barrier, int64_t bytes);

  void syncNamed(Thread &thread, uint32_t id, uint32_t threads);
  void arriveNamed(Thread &thread, uint32_t id, uint32_t threads);

  /// The address of a barrier whose last copies no thread waited for, or 0.
  uint32_t findUnseenCopies() const;
  /// The state of every barrier, for the report of a deadlock.
  void print(llvm::raw_ostream &os) const;

private:
  MBarrier &get(Thread &thread, uint32_t address);
  void endPhaseIfComplete(MBarrier &barrier);
  /// Counts an arrival; true if it was the last.
  bool joinNamed(Thread &thread, uint32_t id, uint32_t threads);

  Block &block;
  std::map<uint32_t, MBarrier> barriers;
  std::array<NamedBarrier, 16> named;
};

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_BARRIERS_H
