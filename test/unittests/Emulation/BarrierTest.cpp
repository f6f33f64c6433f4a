//===- BarrierTest.cpp - mbarriers and named barriers ---------------------===//

#include "Harness.h"

using namespace mlir::attn;
using namespace mlir::attn::emulation::test;

/// A ring of one slot: the first warp writes numbers, the second reads them.
/// `emptyParity` and `fullCount` are right as 1 and 32.
static EmulationReport runRing(unsigned emptyParity, unsigned fullCount,
                               uint64_t seed) {
  EmulationOptions options;
  options.seed = seed;
  return run(
      {/*threads=*/64},
      [=](void *thread) {
        int32_t base = attn_emu_shared_base(thread);
        int32_t full = base + 1024, empty = base + 1032;
        int32_t id = attn_emu_thread_id(thread);
        if (id == 0) {
          attn_emu_mbarrier_init(thread, full, static_cast<int32_t>(fullCount));
          attn_emu_mbarrier_init(thread, empty, 32);
          attn_emu_fence_mbarrier_init(thread);
        }
        attn_emu_barrier_sync(thread, 0, 64);
        for (int32_t step = 0; step < 6; ++step)
          if (id < 32) {
            attn_emu_mbarrier_wait(
                thread, empty, static_cast<int32_t>((step & 1) ^ emptyParity));
            int32_t value = 100 * step + id;
            attn_emu_store_shared(thread, base + 4 * id, &value, 4);
            attn_emu_mbarrier_arrive(thread, full);
          } else {
            attn_emu_mbarrier_wait(thread, full, step & 1);
            int32_t value;
            attn_emu_load_shared(thread, base + 4 * (63 - id), &value, 4);
            if (fullCount == 32)
              EXPECT_EQ(value, 100 * step + 63 - id);
            attn_emu_mbarrier_arrive(thread, empty);
          }
      },
      options);
}

TEST(Barrier, RingPassesNumbersInEveryOrder) {
  for (uint64_t seed = 1; seed <= 20; ++seed)
    expectClean(runRing(/*emptyParity=*/1, /*fullCount=*/32, seed));
}

TEST(Barrier, WrongParityAndCountsAreFound) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    expectFault(runRing(/*emptyParity=*/0, 32, seed), FaultKind::deadlock);
    expectFault(runRing(1, /*fullCount=*/33, seed), FaultKind::deadlock,
                "lacks 1 of 33 arrivals");
    EXPECT_EQ(runRing(1, /*fullCount=*/31, seed).faults.size(), 1u);
  }
}

static EmulationReport runSingle(const ThreadFunction &function) {
  return run({/*threads=*/32}, [&](void *thread) {
    if (attn_emu_thread_id(thread) == 0)
      function(thread);
  });
}

TEST(Barrier, UseAgainstTheRulesIsFound) {
  expectFault(runSingle([](void *thread) {
                attn_emu_mbarrier_arrive(thread, attn_emu_shared_base(thread));
              }),
              FaultKind::barrier, "an mbarrier at +0x0 that was not made");
  expectFault(runSingle([](void *thread) {
                attn_emu_mbarrier_init(thread, attn_emu_shared_base(thread) + 4,
                                       1);
              }),
              FaultKind::alignment, "an mbarrier at a multiple of 8");
  expectFault(runSingle([](void *thread) {
                int32_t base = attn_emu_shared_base(thread);
                attn_emu_mbarrier_init(thread, base, 1);
                attn_emu_mbarrier_init(thread, base, 1);
              }),
              FaultKind::barrier, "makes the mbarrier at +0x0 a second time");
  expectFault(runSingle([](void *thread) {
                attn_emu_mbarrier_init(thread, attn_emu_shared_base(thread), 0);
              }),
              FaultKind::barrier, "but found 0");
  expectFault(runSingle([](void *thread) {
                attn_emu_mbarrier_init(
                    thread, attn_emu_shared_base(thread) + 64 * 1024, 1);
              }),
              FaultKind::bounds, "outside of the shared memory");
  expectFault(runSingle([](void *thread) {
                int32_t base = attn_emu_shared_base(thread);
                attn_emu_mbarrier_init(thread, base, 1);
                attn_emu_mbarrier_arrive_expect_tx(thread, base, 16);
                attn_emu_mbarrier_arrive(thread, base);
              }),
              FaultKind::barrier, "at which all 1 of this phase arrived");
}

TEST(Barrier, MakingMustBeKnown) {
  // Thread 40 may come late, but nothing tells it that thread 0 made the
  // barrier.
  unsigned found = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    EmulationOptions options;
    options.seed = seed;
    bool isMade = false;
    EmulationReport report = run(
        {/*threads=*/64},
        [&](void *thread) {
          int32_t base = attn_emu_shared_base(thread);
          if (attn_emu_thread_id(thread) == 0) {
            attn_emu_mbarrier_init(thread, base, 1);
            isMade = true;
          }
          if (attn_emu_thread_id(thread) == 40 && isMade)
            attn_emu_mbarrier_arrive(thread, base);
        },
        options);
    if (report.faults.empty())
      continue;
    expectFault(report, FaultKind::race, "before its making is known");
    ++found;
  }
  EXPECT_GT(found, 0u);
}

TEST(Barrier, NamedBarrierLetsProducersGoOn) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    EmulationOptions options;
    options.seed = seed;
    expectClean(run(
        {/*threads=*/64},
        [](void *thread) {
          int32_t base = attn_emu_shared_base(thread);
          int32_t id = attn_emu_thread_id(thread);
          if (id < 32) {
            attn_emu_store_shared(thread, base + 4 * id, &id, 4);
            attn_emu_barrier_arrive(thread, 4, 64);
            return;
          }
          attn_emu_barrier_sync(thread, 4, 64);
          int32_t value;
          attn_emu_load_shared(thread, base + 4 * (id - 32), &value, 4);
          EXPECT_EQ(value, id - 32);
        },
        options));
  }
}

TEST(Barrier, NamedBarriersAgainstTheRulesAreFound) {
  auto sync = [](int32_t id, int32_t first, int32_t second) {
    return run({/*threads=*/64}, [=](void *thread) {
      attn_emu_barrier_sync(thread, id,
                            attn_emu_thread_id(thread) < 32 ? first : second);
    });
  };
  expectFault(sync(16, 64, 64), FaultKind::barrier,
              "from 0 to 15 but found 16");
  expectFault(sync(0, 48, 48), FaultKind::barrier, "a multiple of 32 threads");
  expectFault(sync(0, 64, 96), FaultKind::barrier, "");
  expectFault(sync(1, 64, 32), FaultKind::barrier,
              "threads at named barrier 1");
}
