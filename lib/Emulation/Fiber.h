//===- Fiber.h - stacks that a scheduler switches between -------*- C++ -*-===//
//
// A GPU thread is a function on a stack of its own. `FiberStacks` are made once
// and used for one block after the other; a fiber that is not resumed any more
// is just forgotten, so frames on such stacks must not own anything when they
// switch away for good.
//
// Covered by test/unittests/Emulation/SchedulerTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_FIBER_H
#define ATTN_LIB_EMULATION_FIBER_H

#include "llvm/Support/Error.h"
#include <cstddef>
#include <ucontext.h>

namespace mlir::attn::emulation {

/// Memory for the stacks of many fibers, each below an inaccessible page.
class FiberStacks {
public:
  static constexpr size_t kStackBytes = 192 * 1024;

  static llvm::Expected<FiberStacks> create(unsigned count);
  FiberStacks(FiberStacks &&other);
  FiberStacks &operator=(FiberStacks &&other);
  ~FiberStacks();

  /// The lowest usable byte of stack `number`.
  char *get(unsigned number) const;

private:
  FiberStacks(char *memory, size_t bytes) : memory(memory), bytes(bytes) {}

  char *memory;
  size_t bytes;
};

/// A function that can be left and resumed.
class Fiber {
public:
  using Entry = void(void *argument);

  /// Prepares `entry(argument)` to run on `stack`. `entry` must not return.
  void prepare(char *stack, Entry *entry, void *argument);
  /// From the scheduler: runs until the fiber suspends itself.
  void resume() { swapcontext(&scheduler, &context); }
  /// From the fiber: goes back to whoever resumed it.
  void suspend() { swapcontext(&context, &scheduler); }

private:
  ucontext_t context, scheduler;
};

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_FIBER_H
