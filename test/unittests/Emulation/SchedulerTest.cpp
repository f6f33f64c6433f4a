//===- SchedulerTest.cpp - threads, blocks, orders and deadlocks ----------===//

#include "Harness.h"
#include <set>

using namespace mlir::attn;
using namespace mlir::attn::emulation::test;

static std::vector<int> getOrder(uint64_t seed) {
  std::vector<int> order;
  EmulationOptions options;
  options.seed = seed;
  expectClean(run(
      {/*threads=*/64},
      [&](void *thread) { order.push_back(attn_emu_thread_id(thread)); },
      options));
  return order;
}

TEST(Scheduler, RunsEveryThreadOfEveryBlock) {
  std::set<std::array<int, 4>> seen;
  Shape shape;
  shape.threads = 64;
  shape.grid = {3, 2, 2};
  expectClean(run(shape, [&](void *thread) {
    EXPECT_EQ(attn_emu_grid_size(thread, 0), 3);
    seen.insert({attn_emu_block_id(thread, 0), attn_emu_block_id(thread, 1),
                 attn_emu_block_id(thread, 2), attn_emu_thread_id(thread)});
  }));
  EXPECT_EQ(seen.size(), 3u * 2 * 2 * 64);
}

TEST(Scheduler, SeedsDrawOrders) {
  EXPECT_EQ(getOrder(1), getOrder(1));
  EXPECT_NE(getOrder(1), getOrder(2));
}

TEST(Scheduler, ReportsDeadlockWithEveryBarrier) {
  EmulationReport report = run({/*threads=*/64}, [](void *thread) {
    int32_t base = attn_emu_shared_base(thread);
    if (attn_emu_thread_id(thread) == 0) {
      attn_emu_mbarrier_init(thread, base + 64, 2);
      attn_emu_fence_mbarrier_init(thread);
    }
    attn_emu_barrier_sync(thread, 0, 64);
    if (attn_emu_thread_id(thread) == 5)
      attn_emu_mbarrier_arrive_expect_tx(thread, base + 64, 100);
    if (attn_emu_thread_id(thread) < 32)
      attn_emu_mbarrier_wait(thread, base + 64, 0);
    else
      attn_emu_barrier_sync(thread, 3, 64);
  });
  expectFault(report, FaultKind::deadlock,
              "threads 0-31 wait for mbarrier +0x40; threads 32-63 wait for "
              "named barrier 3; barriers: [mbarrier +0x40 phase 0, lacks 1 of "
              "2 arrivals and 100 bytes][named barrier 3, 32 of 64 threads]");
}

TEST(Scheduler, RefusesLaunchesThatTheDriverRefuses) {
  auto nothing = [](void *) {};
  expectFault(run({/*threads=*/33}, nothing), FaultKind::bounds,
              "expected a multiple of 32 threads up to 1024 but found 33");
  expectFault(run({/*threads=*/32, /*sharedBytes=*/300000}, nothing),
              FaultKind::bounds, "bytes of shared memory but found 300000");
  expectFault(run({/*threads=*/512, 1024, /*registers=*/255}, nothing),
              FaultKind::bounds, "65536 registers in a block");
}

TEST(Scheduler, GivesRegistersToThoseThatAskForThem) {
  auto kernel = [](int consumer) {
    return [consumer](void *thread) {
      bool isProducer = attn_emu_thread_id(thread) < 128;
      attn_emu_setmaxnreg(thread, isProducer ? 24 : consumer, !isProducer);
    };
  };
  Shape shape = {/*threads=*/384, 1024, /*registers=*/168};
  expectClean(run(shape, kernel(240)));
  expectFault(run(shape, kernel(248)), FaultKind::deadlock,
              "wait for 248 registers");
  expectFault(run(shape, kernel(241)), FaultKind::registers,
              "expected a multiple of 8 registers from 24 to 256");
  expectFault(run(shape, kernel(160)), FaultKind::registers,
              "increases 168 registers to 160");
  shape.registers = 0;
  expectFault(run(shape, kernel(240)), FaultKind::registers,
              "a launch without a number of registers");
}
