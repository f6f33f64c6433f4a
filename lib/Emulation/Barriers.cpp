//===- Barriers.cpp - mbarriers and named barriers ------------------------===//
//
// Covered by test/unittests/Emulation/BarrierTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::attn::emulation {

Barriers::Barriers(Block &block) : block(block) {
  for (NamedBarrier &barrier : named) {
    barrier.arriving = Clock(block.getNumAgents());
    barrier.released = Clock(block.getNumAgents());
  }
}

//===----------------------------------------------------------------------===//
// mbarriers
//===----------------------------------------------------------------------===//

void Barriers::init(Thread &thread, uint32_t address, int64_t count) {
  block.require(address % 8 == 0, thread, FaultKind::alignment,
                "expected an mbarrier at a multiple of 8 but found " +
                    block.describe(address));
  block.require(block.memory.contains({address, 8}), thread, FaultKind::bounds,
                "makes an mbarrier at " + block.describe(address) +
                    ", outside of the shared memory of the block");
  block.require(count > 0 && count < (1 << 20), thread, FaultKind::barrier,
                "expected an mbarrier for 1 to 2^20 - 1 arrivals but found " +
                    llvm::Twine(count));
  block.require(barriers.size() < Block::kMaxBarriers, thread,
                FaultKind::barrier, "has more than 64 mbarriers");
  block.require(!barriers.count(address), thread, FaultKind::barrier,
                "makes the mbarrier at " + block.describe(address) +
                    " a second time");
  MBarrier &barrier = barriers[address];
  barrier.index = static_cast<unsigned>(barriers.size()) - 1;
  barrier.count = static_cast<unsigned>(count);
  barrier.pendingArrivals = count;
  barrier.maker = thread.id;
  barrier.clock = Clock(block.getNumAgents());
  barrier.madeAt = block.nextStamp();
  block.memory.noteBarrier(address);
}

MBarrier &Barriers::get(Thread &thread, uint32_t address) {
  auto found = barriers.find(address);
  block.require(found != barriers.end(), thread, FaultKind::barrier,
                "uses an mbarrier at " + block.describe(address) +
                    " that was not made");
  MBarrier &barrier = found->second;
  block.require(barrier.maker == thread.id ||
                    thread.clock[static_cast<AgentId>(barrier.maker)] >=
                        barrier.madeAt,
                thread, FaultKind::race,
                "uses the mbarrier at " + block.describe(address) +
                    " before its making is known");
  return barrier;
}

MBarrier &Barriers::getForCopy(Thread &thread, uint32_t address) {
  MBarrier &barrier = get(thread, address);
  block.require(barrier.fenced, thread, FaultKind::proxyFence,
                "gives a copy the mbarrier at " + block.describe(address) +
                    " that was made without fence.mbarrier_init or "
                    "fence.proxy.async after it");
  return barrier;
}

void Barriers::fenceInit(Thread &thread) {
  for (auto &[address, barrier] : barriers)
    if (barrier.maker == thread.id)
      barrier.fenced = true;
}

void Barriers::arrive(Thread &thread, uint32_t address, int64_t expectedBytes) {
  block.mayPause(thread);
  MBarrier &barrier = get(thread, address);
  block.require(barrier.pendingArrivals > 0, thread, FaultKind::barrier,
                "arrives at the mbarrier at " + block.describe(address) +
                    ", at which all " + llvm::Twine(barrier.count) +
                    " of this phase arrived already");
  block.release(thread);
  barrier.clock.join(thread.clock);
  barrier.pendingBytes += expectedBytes;
  --barrier.pendingArrivals;
  endPhaseIfComplete(barrier);
}

void Barriers::completeBytes(MBarrier &barrier, int64_t bytes) {
  barrier.copiedPhases = barrier.phase + 1;
  barrier.pendingBytes -= bytes;
  endPhaseIfComplete(barrier);
}

void Barriers::endPhaseIfComplete(MBarrier &barrier) {
  if (barrier.pendingArrivals != 0 || barrier.pendingBytes != 0)
    return;
  ++barrier.phase;
  barrier.pendingArrivals = barrier.count;
  block.notify(barrier.waiters);
}

void Barriers::wait(Thread &thread, uint32_t address, uint32_t parity) {
  block.mayPause(thread);
  thread.wgmma.fenced = false;
  MBarrier &barrier = get(thread, address);
  block.wait(thread, barrier.waiters, "mbarrier @", address,
             [&] { return (barrier.phase & 1) != (parity & 1); });
  barrier.seenPhases = barrier.phase;
  thread.clock.join(barrier.clock);
}

uint32_t Barriers::findUnseenCopies() const {
  for (const auto &[address, barrier] : barriers)
    if (barrier.copiedPhases > barrier.seenPhases)
      return address;
  return 0;
}

//===----------------------------------------------------------------------===//
// Named barriers
//===----------------------------------------------------------------------===//

bool Barriers::joinNamed(Thread &thread, uint32_t id, uint32_t threads) {
  block.require(id < named.size(), thread, FaultKind::barrier,
                "expected a named barrier from 0 to 15 but found " +
                    llvm::Twine(id));
  block.require(threads > 0 && threads % 32 == 0 &&
                    threads <= block.threads.size(),
                thread, FaultKind::barrier,
                "expected a multiple of 32 threads of the block at named "
                "barrier " +
                    llvm::Twine(id) + " but found " + llvm::Twine(threads));
  NamedBarrier &barrier = named[id];
  block.require(barrier.arrived == 0 || barrier.expected == threads, thread,
                FaultKind::barrier,
                "expects " + llvm::Twine(threads) +
                    " threads at named barrier " + llvm::Twine(id) +
                    ", where others expect " + llvm::Twine(barrier.expected));
  barrier.expected = threads;
  block.release(thread);
  barrier.arriving.join(thread.clock);
  if (++barrier.arrived < threads)
    return false;
  barrier.arrived = 0;
  ++barrier.generation;
  barrier.released = barrier.arriving;
  block.notify(barrier.waiters);
  return true;
}

void Barriers::syncNamed(Thread &thread, uint32_t id, uint32_t threads) {
  block.mayPause(thread);
  if (!joinNamed(thread, id, threads)) {
    uint64_t generation = named[id].generation;
    block.wait(thread, named[id].waiters, "named barrier #", id,
               [&] { return named[id].generation != generation; });
  }
  thread.clock.join(named[id].released);
}

void Barriers::arriveNamed(Thread &thread, uint32_t id, uint32_t threads) {
  block.mayPause(thread);
  joinNamed(thread, id, threads);
}

void Barriers::print(llvm::raw_ostream &os) const {
  for (const auto &[address, barrier] : barriers)
    os << llvm::formatv("[mbarrier {0} phase {1}, lacks {2} of {3} arrivals "
                        "and {4} bytes]",
                        block.describe(address), barrier.phase,
                        barrier.pendingArrivals, barrier.count,
                        barrier.pendingBytes);
  for (auto [id, barrier] : llvm::enumerate(named))
    if (barrier.arrived)
      os << llvm::formatv("[named barrier {0}, {1} of {2} threads]", id,
                          barrier.arrived, barrier.expected);
}

} // namespace mlir::attn::emulation
