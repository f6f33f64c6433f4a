//===- CopyTest.cpp - asynchronous copies ---------------------------------===//

#include "Harness.h"
#include <numeric>

using namespace mlir::attn;
using namespace mlir::attn::emulation::test;

namespace {
/// 3 matrices of 10 rows of 72 16-bit numbers; rows are 80 numbers apart.
struct Tensor {
  static constexpr int kColumns = 72, kRows = 10, kMatrices = 3, kPitch = 80;

  Tensor() : data(kPitch * kRows * kMatrices) {
    std::iota(data.begin(), data.end(), uint16_t(1));
  }
  TensorMap getMap(Swizzle swizzle, uint32_t columns, uint32_t rows) {
    TensorMap map;
    map.base = reinterpret_cast<char *>(data.data());
    map.rank = 3;
    map.elementBytes = 2;
    map.swizzle = swizzle;
    map.sizes = {kColumns, kRows, kMatrices};
    map.strides = {2, kPitch * 2, kPitch * 2 * kRows};
    map.box = {columns, rows, 1};
    return map;
  }
  uint16_t get(int column, int row, int matrix) const {
    bool inside = column >= 0 && column < kColumns && row >= 0 && row < kRows;
    return inside ? data[(matrix * kRows + row) * kPitch + column] : 0;
  }
  std::vector<uint16_t> data;
};

constexpr int32_t kBarrier = 32 * 1024;
} // namespace

/// What goes wrong, or nothing, in a load of one box.
struct Steps {
  bool fenceBarrier = true, wait = true;
  int expectedBytes = 0; ///< added to what is right
};

/// One warp; thread 0 loads a box at `origin`, thread 1 reads it back.
static EmulationReport load(Tensor &tensor, TensorMap map,
                            std::array<int32_t, 3> origin, Steps steps = {},
                            int32_t address = 1024) {
  return run({/*threads=*/32}, [&, steps](void *thread) {
    int32_t base = attn_emu_shared_base(thread);
    int32_t barrier = base + kBarrier, id = attn_emu_thread_id(thread);
    if (id == 0) {
      attn_emu_mbarrier_init(thread, barrier, 1);
      if (steps.fenceBarrier)
        attn_emu_fence_mbarrier_init(thread);
    }
    attn_emu_barrier_sync(thread, 0, 32);
    if (id == 0) {
      attn_emu_mbarrier_arrive_expect_tx(
          thread, barrier,
          static_cast<int32_t>(map.getBoxBytes()) + steps.expectedBytes);
      attn_emu_tma_load(thread, base + address, &map, barrier, 3,
                        origin.data());
    }
    if (id != 1)
      return;
    if (steps.wait)
      attn_emu_mbarrier_wait(thread, barrier, 0);
    for (unsigned row = 0; row < map.box[1]; ++row)
      for (unsigned column = 0; column < map.box[0]; ++column) {
        int32_t place =
            base + address +
            static_cast<int32_t>(row * map.getRowBytes() + column * 2);
        place = static_cast<int32_t>(
            swizzleAddress(static_cast<uint32_t>(place), map.swizzle));
        uint16_t value;
        attn_emu_load_shared(thread, place, &value, 2);
        EXPECT_EQ(value,
                  tensor.get(origin[0] + static_cast<int>(column),
                             origin[1] + static_cast<int>(row), origin[2]));
      }
  });
}

TEST(Copy, LoadsBoxesWithEverySwizzle) {
  Tensor tensor;
  for (Swizzle swizzle :
       {Swizzle::none, Swizzle::b32, Swizzle::b64, Swizzle::b128}) {
    uint32_t columns =
        swizzle == Swizzle::none ? 72 : getSwizzleBytes(swizzle) / 2;
    expectClean(load(tensor, tensor.getMap(swizzle, columns, 8), {0, 1, 2}));
  }
}

TEST(Copy, LoadsZerosOutsideOfTheTensor) {
  Tensor tensor;
  TensorMap map = tensor.getMap(Swizzle::b128, 64, 16);
  expectClean(load(tensor, map, {64, -3, 1}));
  expectClean(load(tensor, map, {-5, 100, 0}));
}

TEST(Copy, LoadsAgainstTheRulesAreFound) {
  Tensor tensor;
  TensorMap map = tensor.getMap(Swizzle::b128, 64, 8);
  Steps steps;
  steps.wait = false;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(load(tensor, map, {0, 0, 0}, steps).faults.size(), 1u);
  steps = {};
  steps.fenceBarrier = false;
  expectFault(load(tensor, map, {0, 0, 0}, steps), FaultKind::proxyFence,
              "made without fence.mbarrier_init");
  steps = {};
  steps.expectedBytes = 16;
  expectFault(load(tensor, map, {0, 0, 0}, steps), FaultKind::deadlock,
              "16 bytes]");
  steps.expectedBytes = -16;
  expectFault(load(tensor, map, {0, 0, 0}, steps), FaultKind::deadlock,
              "-16 bytes]");
  expectFault(load(tensor, map, {0, 0, 0}, {}, 512), FaultKind::alignment,
              "expected a box at a multiple of 1024 but found +0x200");
  expectFault(load(tensor, map, {0, 0, 0}, {}, 63 * 1024 + 1024),
              FaultKind::bounds, "copies a box of 1024 bytes at +0x10000");
  map.box[0] = 128;
  expectFault(load(tensor, map, {0, 0, 0}), FaultKind::descriptor,
              "a tensor map that the driver refuses");
  map.rank = 2;
  expectFault(load(tensor, map, {0, 0, 0}), FaultKind::descriptor,
              "expected a tensor map of rank 3 but found 2");
}

TEST(Copy, LoadsMustBeWaitedFor) {
  // Thread 1 leaves at once; also where the box comes before the others leave.
  Tensor tensor;
  TensorMap map = tensor.getMap(Swizzle::b128, 64, 8);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    EmulationOptions options;
    options.seed = seed;
    options.copyDelay = seed % 2 ? 0 : 400;
    expectFault(
        run(
            {/*threads=*/32},
            [&](void *thread) {
              int32_t base = attn_emu_shared_base(thread);
              int32_t barrier = base + kBarrier, origin[3] = {};
              if (attn_emu_thread_id(thread) == 0) {
                attn_emu_mbarrier_init(thread, barrier, 1);
                attn_emu_fence_mbarrier_init(thread);
                attn_emu_mbarrier_arrive_expect_tx(thread, barrier, 1024);
                attn_emu_tma_load(thread, base, &map, barrier, 3, origin);
              }
              attn_emu_barrier_sync(thread, 0, 32);
            },
            options),
        FaultKind::inFlight, "the block ended");
  }
}

TEST(Copy, SecondLoadNeedsOrderAfterReads) {
  // Thread 1 reads the first box; thread 0 loads again without knowing.
  Tensor tensor;
  TensorMap map = tensor.getMap(Swizzle::b128, 64, 8);
  for (bool told : {true, false}) {
    EmulationReport report = run({/*threads=*/64}, [&](void *thread) {
      int32_t base = attn_emu_shared_base(thread);
      int32_t barrier = base + kBarrier, id = attn_emu_thread_id(thread);
      int32_t origin[3] = {0, 0, 0};
      auto issue = [&] {
        attn_emu_mbarrier_arrive_expect_tx(thread, barrier, 1024);
        attn_emu_tma_load(thread, base, &map, barrier, 3, origin);
      };
      if (id == 0) {
        attn_emu_mbarrier_init(thread, barrier, 1);
        attn_emu_fence_mbarrier_init(thread);
      }
      attn_emu_barrier_sync(thread, 0, 64);
      if (id == 0)
        issue();
      attn_emu_mbarrier_wait(thread, barrier, 0);
      uint32_t value;
      if (id == 40)
        attn_emu_load_shared(thread, base, &value, 4);
      if (told)
        attn_emu_barrier_sync(thread, 0, 64);
      if (id == 0) {
        issue();
        attn_emu_mbarrier_wait(thread, barrier, 1);
      }
    });
    EXPECT_EQ(report.faults.empty(), told) << getFault(report);
  }
}

/// A warp writes a box and stores it.
struct StoreSteps {
  bool fence = true, sync = true, wait = true, keep = true;
};

static EmulationReport store(TensorMap map, StoreSteps steps) {
  return run({/*threads=*/32}, [&, steps](void *thread) {
    int32_t base = attn_emu_shared_base(thread),
            id = attn_emu_thread_id(thread);
    for (int32_t offset = 4 * id; offset < 1024; offset += 128) {
      uint32_t pair = 0x10001u * static_cast<uint32_t>(offset / 128);
      int32_t place = static_cast<int32_t>(
          swizzleAddress(static_cast<uint32_t>(base + offset), map.swizzle));
      attn_emu_store_shared(thread, place, &pair, 4);
    }
    if (steps.fence)
      attn_emu_fence_proxy_async(thread);
    if (steps.sync)
      attn_emu_warp_sync(thread);
    int32_t origin[3] = {16, 4, 1};
    if (id == 0) {
      attn_emu_tma_store(thread, &map, base, 3, origin);
      attn_emu_bulk_commit(thread);
      if (!steps.keep)
        attn_emu_store_shared(thread, base, &id, 4);
      if (steps.wait)
        attn_emu_bulk_wait(thread, 0, 1);
    }
  });
}

TEST(Copy, StoresBoxesInsideOfTheTensor) {
  Tensor tensor, before;
  expectClean(store(tensor.getMap(Swizzle::b128, 64, 8), {}));
  for (int matrix = 0; matrix < 3; ++matrix)
    for (int row = 0; row < Tensor::kRows; ++row)
      for (int column = 0; column < Tensor::kPitch; ++column) {
        size_t place = (matrix * Tensor::kRows + row) * Tensor::kPitch + column;
        bool isWritten = matrix == 1 && row >= 4 && column >= 16 &&
                         column < Tensor::kColumns;
        EXPECT_EQ(tensor.data[place], isWritten ? row - 4 : before.data[place]);
      }
}

TEST(Copy, StoresAgainstTheRulesAreFound) {
  Tensor tensor;
  TensorMap map = tensor.getMap(Swizzle::b128, 64, 8);
  expectFault(store(map, {/*fence=*/false}), FaultKind::proxyFence,
              "without fence.proxy.async");
  EXPECT_EQ(store(map, {true, /*sync=*/false}).faults.size(), 1u);
  expectFault(store(map, {true, true, /*wait=*/false}), FaultKind::inFlight,
              "before 1 asynchronous copies were waited for");
  expectFault(store(map, {true, true, true, /*keep=*/false}), FaultKind::race);
}

/// Each thread copies 16 bytes and reads those of its neighbour.
static EmulationReport copyChunks(const std::vector<uint32_t> &source,
                                  bool wait, bool sync, int32_t bytes = 16,
                                  int32_t sourceBytes = 16) {
  return run({/*threads=*/32}, [&, wait, sync](void *thread) {
    int32_t base = attn_emu_shared_base(thread),
            id = attn_emu_thread_id(thread);
    attn_emu_cp_async(thread, base + 16 * id, &source[4 * id], bytes,
                      sourceBytes);
    attn_emu_cp_async_commit(thread);
    attn_emu_cp_async_commit(thread);
    attn_emu_cp_async_wait(thread, wait ? 1 : 2);
    if (sync)
      attn_emu_warp_sync(thread);
    int32_t other = (id + 1) % 32;
    uint32_t values[4];
    attn_emu_load_shared(thread, base + 16 * other, values, 16);
    for (int32_t i = 0; i < 4; ++i)
      EXPECT_EQ(values[i], 4 * i < sourceBytes ? source[4 * other + i] : 0);
  });
}

TEST(Copy, CpAsyncArrivesAtItsWait) {
  alignas(16) static uint32_t numbers[128];
  std::iota(std::begin(numbers), std::end(numbers), 7u);
  std::vector<uint32_t> source(std::begin(numbers), std::end(numbers));
  expectClean(copyChunks(source, true, true));
  expectClean(copyChunks(source, true, true, 16, /*sourceBytes=*/8));
  expectClean(copyChunks(source, true, true, 16, /*sourceBytes=*/0));
  expectFault(copyChunks(source, /*wait=*/false, true), FaultKind::inFlight,
              "which an asynchronous copy is still writing");
  EXPECT_EQ(copyChunks(source, true, /*sync=*/false).faults.size(), 1u);
  expectFault(copyChunks(source, true, true, /*bytes=*/12),
              FaultKind::alignment, "cp.async of 4, 8 or 16 bytes");
  expectFault(copyChunks(source, true, true, 8, 16), FaultKind::bounds,
              "cp.async reads more bytes than it writes");
}

TEST(Copy, CpAsyncMustBeWaitedFor) {
  alignas(16) uint32_t source[4] = {};
  expectFault(run({/*threads=*/32},
                  [&](void *thread) {
                    int32_t base = attn_emu_shared_base(thread);
                    int32_t id = attn_emu_thread_id(thread);
                    attn_emu_cp_async(thread, base + 16 * id, source, 16, 16);
                  }),
              FaultKind::inFlight, "ended before its cp.async");
  expectFault(run({/*threads=*/32},
                  [&](void *thread) {
                    int32_t base = attn_emu_shared_base(thread);
                    attn_emu_cp_async(thread, base + 8, source, 16, 16);
                  }),
              FaultKind::alignment, "cp.async between multiples of 16");
}
