//===- Block.cpp - the scheduler of a block -------------------------------===//
//
// Covered by test/unittests/Emulation/SchedulerTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <map>

namespace mlir::attn::emulation {

/// The register file of a multiprocessor.
static constexpr int64_t kRegistersPerBlock = 65536;

Block::Block(const Emulator::Launch &launch, const EmulationOptions &options,
             std::array<unsigned, 3> coordinates, const FiberStacks &stacks,
             SharedMemory &memory, std::mt19937_64 &random,
             EmulationReport &report)
    : launch(launch), options(options), coordinates(coordinates),
      memory(memory), random(random), report(report), threads(launch.threads),
      warps((launch.threads + 31) / 32),
      warpgroups((launch.threads + 127) / 128), barriers(*this) {
  memory.reset(launch.sharedBytes);
  freeRegisters = kRegistersPerBlock -
                  static_cast<int64_t>(launch.registers) * launch.threads;
  for (auto [id, thread] : llvm::enumerate(threads)) {
    thread.block = this;
    thread.id = static_cast<unsigned>(id);
    thread.registers = launch.registers;
    thread.clock = Clock(getNumAgents());
    thread.fiber.prepare(stacks.get(thread.id), &Block::runThread, &thread);
    ready.push_back(&thread);
  }
}

size_t Block::getNumAgents() const {
  return threads.size() + kMaxBarriers + warpgroups.size();
}

AgentId Block::getBarrierAgent(unsigned index) const {
  return static_cast<AgentId>(threads.size() + index);
}

AgentId Block::getWarpgroupAgent(unsigned warpgroup) const {
  return static_cast<AgentId>(threads.size() + kMaxBarriers + warpgroup);
}

void Block::runThread(void *argument) {
  auto *thread = static_cast<Thread *>(argument);
  Block &block = *thread->block;
  block.launch.kernel(thread, block.launch.parameters);
  thread->finished = true;
  thread->fiber.suspend();
  llvm_unreachable("a finished thread was resumed");
}

void Block::run() {
  while (!failed) {
    runEvents();
    if (failed)
      return;
    if (ready.empty()) {
      if (llvm::all_of(threads, [](Thread &t) { return t.finished; }))
        return checkEnd();
      if (events.empty())
        return reportDeadlock();
      time = events.top().time;
      continue;
    }
    ++time;
    std::swap(ready[random() % ready.size()], ready.back());
    Thread *next = ready.back();
    ready.pop_back();
    next->fiber.resume();
  }
}

void Block::runEvents() {
  while (!failed && !events.empty() && events.top().time <= time) {
    std::function<void()> action = events.top().action;
    events.pop();
    action();
  }
}

void Block::schedule(unsigned steps, std::function<void()> action) {
  uint64_t delay = steps ? random() % steps : 0;
  events.push({time + delay, numEvents++, std::move(action)});
}

void Block::wait(Thread &thread, WaitList &list, const char *what,
                 uint32_t number, llvm::function_ref<bool()> isDone) {
  while (!isDone()) {
    thread.waitsFor = what;
    thread.waitsNumber = number;
    list.push_back(&thread);
    thread.fiber.suspend();
  }
  thread.waitsFor = nullptr;
}

void Block::notify(WaitList &list) {
  ready.insert(ready.end(), list.begin(), list.end());
  list.clear();
}

void Block::mayPause(Thread &thread) {
  if (options.jitter == 0 || random() % 8 != 0)
    return;
  Thread *paused = &thread;
  schedule(options.jitter, [this, paused] { ready.push_back(paused); });
  thread.fiber.suspend();
}

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

std::string Block::describe(uint32_t address) const {
  int64_t offset = static_cast<int64_t>(address) - memory.getBase();
  return llvm::formatv("{0}{1:x}", offset < 0 ? "-" : "+",
                       offset < 0 ? -offset : offset);
}

std::string Block::describeThread(const Thread &thread) const {
  return llvm::formatv("thread {0} of block ({1}, {2}, {3})", thread.id,
                       coordinates[0], coordinates[1], coordinates[2]);
}

void Block::fail(FaultKind kind, const llvm::Twine &message) {
  failed = true;
  report.faults.push_back({kind, message.str()});
}

void Block::fail(Thread &thread, FaultKind kind, const llvm::Twine &message) {
  fail(kind, describeThread(thread) + ": " + message);
  thread.fiber.suspend();
  llvm_unreachable("a thread was resumed after a fault");
}

/// What is wrong with an access, to follow its address.
static const char *explain(FaultKind kind) {
  switch (kind) {
  case FaultKind::bounds:
    return "outside of the shared memory of the block";
  case FaultKind::barrier:
    return "which hold a barrier";
  case FaultKind::inFlight:
    return "which an asynchronous copy is still writing";
  case FaultKind::uninitialized:
    return "which nothing has written";
  case FaultKind::race:
    return "which another access that is not ordered before concerns too";
  case FaultKind::proxyFence:
    return "written through the generic proxy without fence.proxy.async";
  default:
    llvm_unreachable("not a fault of an access");
  }
}

void Block::failAccess(Thread &thread, FaultKind kind, SharedRange range,
                       const char *access) {
  fail(thread, kind,
       llvm::Twine(access) + " " + llvm::Twine(range.bytes) + " bytes at " +
           describe(range.address) + ", " + explain(kind));
}

void Block::requireRead(Thread &thread, SharedRange range, Proxy proxy) {
  if (std::optional<FaultKind> kind =
          memory.checkRead(thread.clock, thread.getAgent(), range, proxy))
    failAccess(thread, *kind, range,
               proxy == Proxy::async ? "a store of a box reads" : "reads");
}

void Block::requireWrite(Thread &thread, SharedRange range) {
  if (std::optional<FaultKind> kind =
          memory.checkWrite(thread.clock, thread.getAgent(), range))
    failAccess(thread, *kind, range, "writes");
}

/// "threads 0-127 wait for mbarrier +0x400; threads ...".
std::string Block::describeWaiting() const {
  std::map<std::string, llvm::SmallVector<std::pair<unsigned, unsigned>>>
      byReason;
  for (const Thread &thread : threads) {
    if (thread.finished)
      continue;
    std::string reason = thread.waitsFor ? thread.waitsFor : "nothing";
    size_t place = reason.find('#');
    if (place != std::string::npos)
      reason.replace(place, 1, llvm::utostr(thread.waitsNumber));
    place = reason.find('@');
    if (place != std::string::npos)
      reason.replace(place, 1, describe(thread.waitsNumber));
    auto &ranges = byReason[reason];
    if (!ranges.empty() && ranges.back().second + 1 == thread.id)
      ranges.back().second = thread.id;
    else
      ranges.emplace_back(thread.id, thread.id);
  }
  std::string text;
  for (auto &[reason, ranges] : byReason) {
    text += text.empty() ? "threads " : "; threads ";
    text += llvm::join(
        llvm::map_range(ranges,
                        [](std::pair<unsigned, unsigned> range) {
                          return range.first == range.second
                                     ? llvm::utostr(range.first)
                                     : llvm::utostr(range.first) + "-" +
                                           llvm::utostr(range.second);
                        }),
        ", ");
    text += " wait for " + reason;
  }
  return text;
}

void Block::reportDeadlock() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv("block ({0}, {1}, {2}): no thread can go on: ",
                      coordinates[0], coordinates[1], coordinates[2])
     << describeWaiting() << "; barriers: ";
  barriers.print(os);
  fail(FaultKind::deadlock, text);
}

/// What a block must not leave undone.
void Block::checkEnd() {
  if (!events.empty())
    return fail(FaultKind::inFlight,
                "the block ended before " + llvm::Twine(events.size()) +
                    " asynchronous copies were waited for");
  if (uint32_t address = barriers.findUnseenCopies())
    return fail(FaultKind::inFlight,
                "the block ended and no thread had waited for the last copies "
                "of the mbarrier at " +
                    describe(address));
  for (auto [number, warpgroup] : llvm::enumerate(warpgroups))
    for (const WgmmaOp &op : warpgroup.ops)
      if (!op.done)
        return fail(FaultKind::notAwaited,
                    "the block ended before a product of warpgroup " +
                        llvm::Twine(number) + " was waited for");
  for (const Thread &thread : threads)
    if (!thread.copies.open.empty() ||
        llvm::any_of(thread.copies.groups,
                     [](auto &group) { return !group.empty(); }))
      return fail(FaultKind::inFlight,
                  describeThread(thread) +
                      " ended before its cp.async were waited for");
}

} // namespace mlir::attn::emulation
