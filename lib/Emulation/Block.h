//===- Block.h - the threads of one block and what they share ---*- C++ -*-===//
//
// A block is a scheduler of fibers and the state of the machine around them:
// shared memory, barriers, copies on their way, products in flight. A thread
// runs until it waits; then the next one is drawn from the threads that are
// ready. Time is counted in such steps. When no thread is ready, time jumps to
// the next event (an arriving copy, the end of a pause); when there is none,
// the block is in a deadlock, which is reported with the state of every
// barrier.
//
// The state is split by idea: barriers in Barriers.h, copies in Copies.h,
// products of warpgroups in Wgmma.h, collectives of a warp in Warp.h.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_BLOCK_H
#define ATTN_LIB_EMULATION_BLOCK_H

#include "Barriers.h"
#include "Copies.h"
#include "Fiber.h"
#include "SharedMemory.h"
#include "Warp.h"
#include "Wgmma.h"
#include "llvm/ADT/Twine.h"
#include <functional>
#include <queue>
#include <random>
#include <tuple>

namespace mlir::attn::emulation {

class Block;

/// One GPU thread.
struct Thread {
  Block *block = nullptr;
  unsigned id = 0;
  Fiber fiber;
  bool finished = false;
  /// What it waits for, "mbarrier +0x%x", and the address or number that goes
  /// there; null if nothing.
  const char *waitsFor = nullptr;
  uint32_t waitsNumber = 0;

  /// What is ordered before its next action.
  Clock clock;
  /// Generic writes of shared memory since the last fence.proxy.async.
  std::vector<SharedRange> unfencedWrites;

  WarpThread warp;
  WgmmaThread wgmma;
  CopyThread copies;

  /// Registers it has, as setmaxnreg counts.
  unsigned registers = 0;

  AgentId getAgent() const { return static_cast<AgentId>(id); }
  unsigned getWarp() const { return id / 32; }
  unsigned getLane() const { return id % 32; }
  unsigned getWarpgroup() const { return id / 128; }
};

/// Threads that wait for the same thing.
using WaitList = std::vector<Thread *>;

class Block {
public:
  static constexpr unsigned kMaxBarriers = 64;

  Block(const Emulator::Launch &launch, const EmulationOptions &options,
        std::array<unsigned, 3> coordinates, const FiberStacks &stacks,
        SharedMemory &memory, std::mt19937_64 &random, EmulationReport &report);

  /// Runs all threads to their ends, or to the first fault.
  void run();

  //===--------------------------------------------------------------------===//
  // For what a thread does
  //===--------------------------------------------------------------------===//

  /// Reports that `thread`, which runs, broke a rule, and ends the block. The
  /// frames on the thread's stack are given up as they are.
  [[noreturn]] void fail(Thread &thread, FaultKind kind,
                         const llvm::Twine &message);
  /// The same from an event, which has no thread; the block ends after it.
  void fail(FaultKind kind, const llvm::Twine &message);

  /// Returns once `isDone()`. `list` is notified when that may have changed.
  void wait(Thread &thread, WaitList &list, const char *what, uint32_t number,
            llvm::function_ref<bool()> isDone);
  void notify(WaitList &list);
  /// Fails with `kind` unless `holds`.
  void require(bool holds, Thread &thread, FaultKind kind,
               const llvm::Twine &message) {
    if (!holds)
      fail(thread, kind, message);
  }
  /// Lets others run first, now and then and for a random time.
  void mayPause(Thread &thread);
  /// Calls `event` at a random time within the next `steps`.
  void schedule(unsigned steps, std::function<void()> event);

  /// The stamp of an action that happens now.
  Stamp nextStamp() { return ++stamp; }
  /// Stamps what `thread` did until now as known to whoever gets its clock.
  void release(Thread &thread) {
    thread.clock.raise(thread.getAgent(), nextStamp());
  }

  size_t getNumAgents() const;
  AgentId getBarrierAgent(unsigned index) const;
  AgentId getWarpgroupAgent(unsigned warpgroup) const;

  /// Fails unless `thread` may read, or write, `range` now.
  void requireRead(Thread &thread, SharedRange range, Proxy proxy);
  void requireWrite(Thread &thread, SharedRange range);
  /// Fails with the rule that an access, "wgmma reads", breaks.
  [[noreturn]] void failAccess(Thread &thread, FaultKind kind,
                               SharedRange range, const char *access);
  /// "+0x400", as addresses are printed.
  std::string describe(uint32_t address) const;

  const Emulator::Launch &launch;
  const EmulationOptions &options;
  const std::array<unsigned, 3> coordinates;
  SharedMemory &memory;
  std::mt19937_64 &random;
  EmulationReport &report;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<Warpgroup> warpgroups;
  Barriers barriers;
  /// Registers that no thread has; setmaxnreg takes from and gives to them.
  int64_t freeRegisters = 0;
  WaitList registerWaiters;

private:
  struct Event {
    uint64_t time;
    uint64_t number;
    std::function<void()> action;
    bool operator<(const Event &other) const {
      return std::tie(other.time, other.number) < std::tie(time, number);
    }
  };

  static void runThread(void *thread);
  void runEvents();
  void reportDeadlock();
  void checkEnd();
  std::string describeThread(const Thread &thread) const;
  std::string describeWaiting() const;

  std::vector<Thread *> ready;
  std::priority_queue<Event> events;
  uint64_t time = 0, numEvents = 0;
  Stamp stamp = 0;
  bool failed = false;
};

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_BLOCK_H
