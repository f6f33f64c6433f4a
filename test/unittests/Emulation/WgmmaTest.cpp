//===- WgmmaTest.cpp - products of a warpgroup against plain loops --------===//

#include "Harness.h"
#include "Numbers.h"
#include <random>

using namespace mlir::attn;
using namespace mlir::attn::emulation;
using namespace mlir::attn::emulation::test;

namespace {
/// A row-major matrix of small integers, exact in every type.
struct Matrix {
  Matrix(unsigned rows, unsigned columns, unsigned seed)
      : rows(rows), columns(columns), data(rows * columns) {
    std::mt19937 random(seed);
    for (float &element : data)
      element = static_cast<float>(random() % 9) - 4.0f;
  }
  float get(unsigned row, unsigned column) const {
    return data[row * columns + column];
  }
  unsigned rows, columns;
  std::vector<float> data;
};

/// What a wrong program leaves out or does too early.
struct Wrong {
  bool noFence = false, noWait = false, noProxyFence = false;
  bool overwriteEarly = false, useEarly = false, oneWarpLess = false;
};

constexpr unsigned kK = 64;
constexpr int32_t kAddressA = 0, kAddressB = 16 * 1024;
} // namespace

/// Puts `matrix` into shared memory in panels of a swizzle's width, one behind
/// the other, cooperatively.
static void put(void *thread, int32_t address, const Matrix &matrix,
                Swizzle swizzle, HalfType type) {
  unsigned width = getSwizzleBytes(swizzle) / 2;
  for (unsigned i = attn_emu_thread_id(thread); i < matrix.data.size() / 2;
       i += 128) {
    unsigned row = 2 * i / matrix.columns, column = 2 * i % matrix.columns;
    uint32_t offset = column / width * matrix.rows * width * 2 +
                      row * width * 2 + column % width * 2;
    int32_t pair =
        attn_emu_pack(thread, static_cast<int32_t>(type),
                      matrix.get(row, column + 1), matrix.get(row, column));
    attn_emu_store_shared(
        thread,
        static_cast<int32_t>(swizzleAddress(
            static_cast<uint32_t>(attn_emu_shared_base(thread) + address) +
                offset,
            swizzle)),
        &pair, 4);
  }
}

static int64_t makeDescriptor(int32_t address, uint32_t leading,
                              uint32_t stride, Swizzle swizzle) {
  uint64_t mode =
      swizzle == Swizzle::none ? 0 : 4 - static_cast<uint64_t>(swizzle);
  return static_cast<int64_t>(
      (address & 0x3ffff) >> 4 | static_cast<uint64_t>(leading >> 4) << 16 |
      static_cast<uint64_t>(stride >> 4) << 32 | mode << 62);
}

namespace {
struct Case {
  unsigned n;
  Swizzle swizzle;
  HalfType type;
  bool registersA, transposeB;
};
} // namespace

/// D = A B of 64 x n x 64 in four steps, A from shared memory or registers and
/// B as [n][k] or, transposed, [k][n].
static EmulationReport multiply(const Case &c, Wrong wrong = {},
                                EmulationOptions options = {},
                                std::vector<float> *result = nullptr) {
  Matrix a(64, kK, 1);
  Matrix b(c.transposeB ? kK : c.n, c.transposeB ? c.n : kK, 2);
  auto type = static_cast<int32_t>(c.type);
  uint32_t rowBytes = getSwizzleBytes(c.swizzle), panel = rowBytes / 2;
  return run(
      {/*threads=*/128},
      [&](void *thread) {
        int32_t base = attn_emu_shared_base(thread);
        unsigned id = attn_emu_thread_id(thread);
        put(thread, kAddressA, a, c.swizzle, c.type);
        put(thread, kAddressB, b, c.swizzle, c.type);
        if (!wrong.noProxyFence)
          attn_emu_fence_proxy_async(thread);
        attn_emu_barrier_sync(thread, 0, 128);
        std::array<float, 128> sum;
        if (wrong.oneWarpLess && id >= 96)
          return;
        if (!wrong.noFence)
          attn_emu_wgmma_fence(thread);
        for (unsigned step = 0; step < kK / 16; ++step) {
          unsigned k = 16 * step;
          uint32_t inPanel = k % panel * 2;
          int64_t descriptorA = makeDescriptor(
              base + kAddressA +
                  static_cast<int32_t>(k / panel * 64 * rowBytes + inPanel),
              16, 8 * rowBytes, c.swizzle);
          int64_t descriptorB =
              c.transposeB
                  ? makeDescriptor(base + kAddressB +
                                       static_cast<int32_t>(k * rowBytes),
                                   kK * rowBytes, 8 * rowBytes, c.swizzle)
                  : makeDescriptor(
                        base + kAddressB +
                            static_cast<int32_t>(k / panel * c.n * rowBytes +
                                                 inPanel),
                        16, 8 * rowBytes, c.swizzle);
          if (!c.registersA) {
            attn_emu_wgmma_ss(thread, type, static_cast<int32_t>(c.n),
                              sum.data(), descriptorA, descriptorB, step != 0,
                              0, c.transposeB);
            continue;
          }
          int32_t fragments[4];
          for (unsigned i = 0; i < 4; ++i) {
            unsigned row = 16 * (id / 32) + id % 32 / 4 + 8 * (i % 2);
            unsigned column = k + 2 * (id % 4) + 8 * (i / 2);
            fragments[i] = attn_emu_pack(thread, type, a.get(row, column + 1),
                                         a.get(row, column));
          }
          attn_emu_wgmma_rs(thread, type, static_cast<int32_t>(c.n), sum.data(),
                            fragments, descriptorB, step != 0, c.transposeB);
        }
        attn_emu_wgmma_commit(thread);
        if (wrong.overwriteEarly && id == 127) {
          int32_t zero = 0;
          attn_emu_store_shared(thread, base + kAddressB, &zero, 4);
        }
        if (wrong.useEarly)
          attn_emu_ex2(thread, sum[3] + 1.0f);
        if (wrong.noWait)
          return;
        attn_emu_wgmma_wait(thread, 0, sum.data(),
                            static_cast<int32_t>(c.n / 2));
        for (unsigned i = 0; result && i < c.n / 2; ++i)
          (*result)[(16 * (id / 32) + id % 32 / 4 + 8 * (i / 2 % 2)) * c.n +
                    i / 4 * 8 + 2 * (id % 4) + i % 2] = sum[i];
      },
      options);
}

class WgmmaProduct : public testing::TestWithParam<Case> {};

TEST_P(WgmmaProduct, AgreesWithLoops) {
  const Case &c = GetParam();
  std::vector<float> result(64 * c.n);
  EmulationReport report = multiply(c, {}, {}, &result);
  expectClean(report);
  EXPECT_EQ(report.tensorMultiplyAdds, 64u * c.n * kK);
  Matrix a(64, kK, 1);
  Matrix b(c.transposeB ? kK : c.n, c.transposeB ? c.n : kK, 2);
  for (unsigned row = 0; row < 64; ++row)
    for (unsigned column = 0; column < c.n; ++column) {
      float expected = 0.0f;
      for (unsigned k = 0; k < kK; ++k)
        expected += a.get(row, k) *
                    (c.transposeB ? b.get(k, column) : b.get(column, k));
      ASSERT_EQ(result[row * c.n + column], expected)
          << "row " << row << " column " << column;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, WgmmaProduct,
    testing::Values(Case{64, Swizzle::b128, HalfType::bf16, false, false},
                    Case{176, Swizzle::b128, HalfType::bf16, false, false},
                    Case{64, Swizzle::b128, HalfType::f16, true, false},
                    Case{128, Swizzle::b128, HalfType::bf16, true, true},
                    Case{192, Swizzle::b128, HalfType::f16, false, true},
                    Case{96, Swizzle::b64, HalfType::bf16, true, true},
                    Case{80, Swizzle::b64, HalfType::f16, false, false},
                    Case{48, Swizzle::b32, HalfType::bf16, false, true},
                    Case{8, Swizzle::b32, HalfType::f16, true, false}));

static constexpr Case kCase = {64, Swizzle::b128, HalfType::bf16, false, false};

TEST(Wgmma, AgreesInEveryOrder) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    EmulationOptions options;
    options.seed = seed;
    options.jitter = 1000;
    expectClean(multiply(kCase, {}, options));
  }
}

TEST(Wgmma, UseAgainstTheRulesIsFound) {
  Wrong wrong;
  wrong.noFence = true;
  expectFault(multiply(kCase, wrong), FaultKind::wgmmaFence,
              "without wgmma.fence after its registers");
  wrong = {};
  wrong.noWait = true;
  expectFault(multiply(kCase, wrong), FaultKind::notAwaited,
              "before a product of warpgroup 0 was waited for");
  wrong = {};
  wrong.noProxyFence = true;
  expectFault(multiply(kCase, wrong), FaultKind::proxyFence, "wgmma reads");
  wrong = {};
  wrong.overwriteEarly = true;
  expectFault(multiply(kCase, wrong), FaultKind::race);
  wrong = {};
  wrong.useEarly = true;
  expectFault(multiply(kCase, wrong), FaultKind::notAwaited,
              "uses register 3 of product 4");
  wrong = {};
  wrong.oneWarpLess = true;
  expectFault(multiply(kCase, wrong), FaultKind::deadlock,
              "the rest of its warpgroup at wgmma");
}

/// Two groups of one product each; `groups` may stay in flight.
static EmulationReport waitForOne(int32_t groups, bool mixAccumulators,
                                  bool fenceAgain) {
  return run({/*threads=*/128}, [=](void *thread) {
    Matrix b(64, 64, 3);
    put(thread, kAddressB, b, Swizzle::b128, HalfType::bf16);
    attn_emu_fence_proxy_async(thread);
    attn_emu_barrier_sync(thread, 0, 128);
    int64_t descriptor = makeDescriptor(
        attn_emu_shared_base(thread) + kAddressB, 16, 1024, Swizzle::b128);
    float first[32], second[32];
    auto issue = [&](float *sum, bool add) {
      attn_emu_wgmma_ss(thread, 1, 64, sum, descriptor, descriptor, add, 0, 0);
      attn_emu_wgmma_commit(thread);
    };
    attn_emu_wgmma_fence(thread);
    issue(first, false);
    issue(second, false);
    if (mixAccumulators)
      std::swap(second[0], second[1]);
    attn_emu_wgmma_wait(thread, groups, first, 32);
    float x = attn_emu_ex2(thread, first[0]);
    second[5] += fenceAgain ? 0.0f : x * 0.0f;
    if (fenceAgain)
      attn_emu_wgmma_fence(thread);
    issue(second, true);
    attn_emu_wgmma_wait(thread, 0, second, 32);
    attn_emu_ex2(thread, second[0]);
  });
}

TEST(Wgmma, GroupsAreAwaitedInOrder) {
  expectClean(waitForOne(1, false, true));
  expectFault(waitForOne(2, false, true), FaultKind::notAwaited,
              "uses register 0 of product 1");
  expectFault(waitForOne(1, true, true), FaultKind::notAwaited,
              "accumulator 0 of wgmma is register 1 of another product");
}

TEST(Wgmma, DescriptorsAreChecked) {
  auto issue = [](int64_t descriptor, bool transpose, int32_t n) {
    return run({/*threads=*/128}, [=](void *thread) {
      float sum[128];
      attn_emu_wgmma_fence(thread);
      attn_emu_wgmma_ss(thread, 1, n, sum, descriptor, descriptor, 0, 0,
                        transpose);
    });
  };
  int64_t good = makeDescriptor(0, 16, 1024, Swizzle::b128);
  expectFault(issue(good, false, 64), FaultKind::uninitialized, "wgmma reads");
  expectFault(issue(good, false, 60), FaultKind::descriptor,
              "n a multiple of 8 up to 256 but found 60");
  expectFault(issue(good | int64_t(3) << 49, false, 64), FaultKind::descriptor,
              "base offset 0 but found 3");
  expectFault(issue(makeDescriptor(0, 16, 1024, Swizzle::none), true, 64),
              FaultKind::descriptor, "");
  expectFault(issue(makeDescriptor(0, 16, 0x3000, Swizzle::b128), false, 256),
              FaultKind::uninitialized);
  expectFault(
      issue(makeDescriptor(0x3f000, 16, 1024, Swizzle::b128), false, 64),
      FaultKind::bounds, "outside of the shared memory");
}

TEST(Wgmma, ProductsOfAWarpgroupAreTheSame) {
  expectFault(run({/*threads=*/128},
                  [](void *thread) {
                    float sum[32];
                    attn_emu_wgmma_fence(thread);
                    attn_emu_wgmma_ss(
                        thread, attn_emu_thread_id(thread) < 64, 64, sum,
                        makeDescriptor(0, 16, 1024, Swizzle::b128),
                        makeDescriptor(0, 16, 1024, Swizzle::b128), 0, 0, 0);
                  }),
              FaultKind::divergence,
              "another wgmma than a thread of its warpgroup");
}
