//===- Fiber.cpp - stacks that a scheduler switches between ---------------===//
//
// Covered by test/unittests/Emulation/SchedulerTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Fiber.h"
#include <cerrno>
#include <cstdint>
#include <sys/mman.h>
#include <utility>

namespace mlir::attn::emulation {

static constexpr size_t kGuardBytes = 4096;
static constexpr size_t kSlotBytes = FiberStacks::kStackBytes + kGuardBytes;

llvm::Expected<FiberStacks> FiberStacks::create(unsigned count) {
  size_t bytes = count * kSlotBytes;
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return llvm::createStringError(
        std::error_code(errno, std::system_category()),
        "no memory for the stacks of GPU threads");
  FiberStacks stacks(static_cast<char *>(memory), bytes);
  for (unsigned number = 0; number < count; ++number)
    mprotect(stacks.memory + number * kSlotBytes, kGuardBytes, PROT_NONE);
  return stacks;
}

FiberStacks::FiberStacks(FiberStacks &&other)
    : memory(std::exchange(other.memory, nullptr)), bytes(other.bytes) {}

FiberStacks &FiberStacks::operator=(FiberStacks &&other) {
  std::swap(memory, other.memory);
  std::swap(bytes, other.bytes);
  return *this;
}

FiberStacks::~FiberStacks() {
  if (memory)
    munmap(memory, bytes);
}

char *FiberStacks::get(unsigned number) const {
  return memory + number * kSlotBytes + kGuardBytes;
}

/// makecontext passes ints only, so pointers come in halves.
static void enter(unsigned entryHigh, unsigned entryLow, unsigned argumentHigh,
                  unsigned argumentLow) {
  auto join = [](unsigned high, unsigned low) {
    return (static_cast<uintptr_t>(high) << 32) | low;
  };
  auto entry = reinterpret_cast<Fiber::Entry *>(join(entryHigh, entryLow));
  entry(reinterpret_cast<void *>(join(argumentHigh, argumentLow)));
}

void Fiber::prepare(char *stack, Entry *entry, void *argument) {
  getcontext(&context);
  context.uc_stack.ss_sp = stack;
  context.uc_stack.ss_size = FiberStacks::kStackBytes;
  context.uc_link = nullptr;
  auto high = [](uintptr_t word) { return static_cast<unsigned>(word >> 32); };
  auto low = [](uintptr_t word) { return static_cast<unsigned>(word); };
  auto entryWord = reinterpret_cast<uintptr_t>(entry);
  auto argumentWord = reinterpret_cast<uintptr_t>(argument);
  makecontext(&context, reinterpret_cast<void (*)()>(&enter), 4,
              high(entryWord), low(entryWord), high(argumentWord),
              low(argumentWord));
}

} // namespace mlir::attn::emulation
