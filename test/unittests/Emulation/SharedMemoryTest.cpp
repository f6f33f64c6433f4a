//===- SharedMemoryTest.cpp - accesses against the rules ------------------===//

#include "Harness.h"

using namespace mlir::attn;
using namespace mlir::attn::emulation::test;

/// Two warps; the first writes, then the second reads, with `between` called
/// by all threads.
static EmulationReport
exchange(const std::function<void(void *thread, int32_t base)> &between) {
  return run({/*threads=*/64}, [&](void *thread) {
    int32_t base = attn_emu_shared_base(thread);
    int32_t id = attn_emu_thread_id(thread);
    if (id < 32)
      attn_emu_store_shared(thread, base + 4 * id, &id, 4);
    between(thread, base);
    int32_t value = id - 32;
    if (id >= 32)
      attn_emu_load_shared(thread, base + 4 * (id - 32), &value, 4);
    if (id >= 32)
      EXPECT_EQ(value, id - 32);
  });
}

TEST(SharedMemory, BarrierOrdersAccesses) {
  expectClean(exchange(
      [](void *thread, int32_t) { attn_emu_barrier_sync(thread, 1, 64); }));
}

TEST(SharedMemory, MissingBarrierIsFound) {
  // Which fault it is depends on who came first, that there is one does not.
  for (uint64_t seed = 1; seed < 9; ++seed)
    EXPECT_NE(getFault(exchange([](void *, int32_t) {})), "");
}

TEST(SharedMemory, BarrierOfTheWrongThreadsDoesNotOrder) {
  EmulationReport report = exchange([](void *thread, int32_t) {
    attn_emu_barrier_sync(thread, attn_emu_thread_id(thread) / 32, 32);
  });
  EXPECT_EQ(report.faults.size(), 1u);
}

TEST(SharedMemory, OverwritingWhatIsReadIsFound) {
  expectFault(run({/*threads=*/64},
                  [](void *thread) {
                    int32_t base = attn_emu_shared_base(thread);
                    int32_t id = attn_emu_thread_id(thread);
                    if (id == 0)
                      attn_emu_store_shared(thread, base, &id, 4);
                    attn_emu_barrier_sync(thread, 0, 64);
                    if (id == 0)
                      attn_emu_store_shared(thread, base, &id, 4);
                    if (id == 63)
                      attn_emu_load_shared(thread, base, &id, 4);
                  }),
              FaultKind::race, "4 bytes at +0x0");
}

TEST(SharedMemory, ReadsOfNothingAreFound) {
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    int32_t value;
                    attn_emu_load_shared(
                        thread, attn_emu_shared_base(thread) + 32, &value, 4);
                  }),
              FaultKind::uninitialized,
              "reads 4 bytes at +0x20, which nothing has written");
}

TEST(SharedMemory, AccessesStayInside) {
  auto storeAt = [](int32_t offset) {
    return run({/*threads=*/32, /*sharedBytes=*/1024}, [=](void *thread) {
      int64_t value = 0;
      if (attn_emu_thread_id(thread) == 0)
        attn_emu_store_shared(thread, attn_emu_shared_base(thread) + offset,
                              &value, 8);
    });
  };
  expectClean(storeAt(1016));
  expectFault(storeAt(1024), FaultKind::bounds,
              "outside of the shared memory of the block");
  expectFault(storeAt(-8), FaultKind::bounds, "-0x8");
  expectFault(storeAt(4), FaultKind::alignment,
              "an access of 8 bytes at a multiple of that but found +0x4");
}

TEST(SharedMemory, BarriersAreNotData) {
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    int32_t base = attn_emu_shared_base(thread);
                    int32_t zero = 0;
                    if (attn_emu_thread_id(thread) != 0)
                      return;
                    attn_emu_mbarrier_init(thread, base + 8, 1);
                    attn_emu_store_shared(thread, base + 12, &zero, 4);
                  }),
              FaultKind::barrier, "which hold a barrier");
}
