//===- WarpTest.cpp - collectives of a warp -------------------------------===//

#include "Warp.h"
#include "Harness.h"
#include "Numbers.h"

using namespace mlir::attn;
using namespace mlir::attn::emulation;
using namespace mlir::attn::emulation::test;

TEST(Warp, ShufflesInEveryMode) {
  expectClean(run({/*threads=*/64}, [](void *thread) {
    int32_t lane = attn_emu_thread_id(thread) % 32;
    int32_t warp = attn_emu_thread_id(thread) / 32;
    int32_t value = 100 * warp + lane;
    EXPECT_EQ(attn_emu_shfl(thread, 0, value, 5), 100 * warp + 5);
    EXPECT_EQ(attn_emu_shfl(thread, 1, value, 3), lane < 3 ? value : value - 3);
    EXPECT_EQ(attn_emu_shfl(thread, 2, value, 4),
              lane > 27 ? value : value + 4);
    EXPECT_EQ(attn_emu_shfl(thread, 3, value, 2), 100 * warp + (lane ^ 2));
  }));
}

TEST(Warp, ElectsOneThread) {
  int elected = 0;
  expectClean(run({/*threads=*/96},
                  [&](void *thread) { elected += attn_emu_elect(thread); }));
  EXPECT_EQ(elected, 3);
}

TEST(Warp, DivergentCollectivesAreFound) {
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    if (attn_emu_thread_id(thread) == 3)
                      attn_emu_warp_sync(thread);
                    else
                      attn_emu_shfl(thread, 3, 0, 1);
                  }),
              FaultKind::divergence, "where another thread of its warp calls");
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    attn_emu_shfl(thread, attn_emu_thread_id(thread) == 3, 0,
                                  1);
                  }),
              FaultKind::divergence, "with other parameters");
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    if (attn_emu_thread_id(thread) != 3)
                      attn_emu_shfl(thread, 3, 0, 1);
                  }),
              FaultKind::deadlock, "threads 0-2, 4-31 wait for shfl.sync");
}

/// Numbers 0 to 8 * 8 * 4 in rows of `pitch` bytes, written by the warp.
static void writeMatrices(void *thread, int32_t pitch) {
  int32_t base = attn_emu_shared_base(thread);
  int32_t row = attn_emu_thread_id(thread) % 32;
  uint16_t values[8];
  for (int i = 0; i < 8; ++i)
    values[i] = static_cast<uint16_t>(8 * row + i);
  attn_emu_store_shared(thread, base + row * pitch, values, 16);
  attn_emu_warp_sync(thread);
}

TEST(Warp, LdmatrixGivesPairsOfRowsOrColumns) {
  for (bool transpose : {false, true})
    expectClean(run({/*threads=*/32}, [&](void *thread) {
      int32_t lane = attn_emu_thread_id(thread);
      writeMatrices(thread, 16);
      int32_t registers[4];
      attn_emu_ldmatrix(thread, attn_emu_shared_base(thread) + 16 * lane, 4,
                        transpose, registers);
      for (int matrix = 0; matrix < 4; ++matrix) {
        int32_t row = lane / 4, column = 2 * (lane % 4);
        int32_t low =
            64 * matrix + (transpose ? 8 * column + row : 8 * row + column);
        int32_t high = low + (transpose ? 8 : 1);
        EXPECT_EQ(registers[matrix], high << 16 | low);
      }
    }));
}

TEST(Warp, StmatrixUndoesLdmatrix) {
  for (bool transpose : {false, true})
    expectClean(run({/*threads=*/32}, [&](void *thread) {
      int32_t lane = attn_emu_thread_id(thread);
      int32_t base = attn_emu_shared_base(thread);
      writeMatrices(thread, 16);
      int32_t registers[2];
      attn_emu_ldmatrix(thread, base + 16 * (lane % 16), 2, transpose,
                        registers);
      attn_emu_stmatrix(thread, base + 4096 + 16 * (lane % 16), 2, transpose,
                        registers);
      attn_emu_warp_sync(thread);
      for (int32_t i = lane; i < 128; i += 32) {
        uint16_t value;
        attn_emu_load_shared(thread, base + 4096 + 2 * i, &value, 2);
        EXPECT_EQ(value, i);
      }
    }));
}

TEST(Warp, MatrixRowsMustBeDefined) {
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    int32_t registers[4];
                    attn_emu_ldmatrix(thread, attn_emu_shared_base(thread), 4,
                                      0, registers);
                  }),
              FaultKind::uninitialized);
  expectFault(run({/*threads=*/32},
                  [](void *thread) {
                    int32_t registers[4];
                    attn_emu_ldmatrix(thread, attn_emu_shared_base(thread) + 8,
                                      4, 0, registers);
                  }),
              FaultKind::alignment);
}

TEST(Warp, CountsBankConflicts) {
  auto addresses = [](uint32_t lanes, uint32_t stride) {
    std::vector<uint32_t> result;
    for (uint32_t lane = 0; lane < lanes; ++lane)
      result.push_back(lane * stride);
    return result;
  };
  EXPECT_EQ(countBankConflicts(addresses(32, 4), 4), 0u);
  EXPECT_EQ(countBankConflicts(addresses(32, 0), 4), 0u); // broadcast
  EXPECT_EQ(countBankConflicts(addresses(32, 8), 4), 1u);
  EXPECT_EQ(countBankConflicts(addresses(32, 128), 4), 31u);
  EXPECT_EQ(countBankConflicts(addresses(32, 16), 16), 0u);
  EXPECT_EQ(countBankConflicts(addresses(8, 128), 16), 7u);

  // ldmatrix of rows 128 bytes apart without a swizzle: 7 passes more each.
  EmulationReport report = run({/*threads=*/32}, [](void *thread) {
    writeMatrices(thread, 128);
    int32_t registers[4];
    attn_emu_ldmatrix(
        thread, attn_emu_shared_base(thread) + 128 * attn_emu_thread_id(thread),
        4, 0, registers);
  });
  expectClean(report);
  EXPECT_EQ(report.sharedAccesses, 5u);
  EXPECT_EQ(report.bankConflicts, 4u * 7 + 4 * 7);
}

class WarpProduct : public testing::TestWithParam<HalfType> {};

TEST_P(WarpProduct, MmaAddsAProduct) {
  HalfType type = GetParam();
  float a[16][16], b[16][8], c[16][8], d[16][8];
  auto fill = [](auto &matrix, int factor) {
    int i = 0;
    for (auto &row : matrix)
      for (float &element : row)
        element = static_cast<float>((i++ * factor) % 17 - 8);
  };
  fill(a, 3);
  fill(b, 5);
  fill(c, 7);
  EmulationReport report = run({/*threads=*/32}, [&](void *thread) {
    int lane = attn_emu_thread_id(thread), g = lane / 4, q = 2 * (lane % 4);
    auto pack = [&](float low, float high) {
      return attn_emu_pack(thread, static_cast<int32_t>(type), high, low);
    };
    int32_t left[4] = {
        pack(a[g][q], a[g][q + 1]), pack(a[g + 8][q], a[g + 8][q + 1]),
        pack(a[g][q + 8], a[g][q + 9]), pack(a[g + 8][q + 8], a[g + 8][q + 9])};
    int32_t right[2] = {pack(b[q][g], b[q + 1][g]),
                        pack(b[q + 8][g], b[q + 9][g])};
    float sum[4] = {c[g][q], c[g][q + 1], c[g + 8][q], c[g + 8][q + 1]};
    attn_emu_mma_m16n8k16(thread, static_cast<int32_t>(type), sum, left, right);
    for (int i = 0; i < 4; ++i)
      d[g + 8 * (i / 2)][q + i % 2] = sum[i];
  });
  expectClean(report);
  EXPECT_EQ(report.tensorMultiplyAdds, 16u * 8 * 16);
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 8; ++column) {
      float expected = c[row][column];
      for (int k = 0; k < 16; ++k)
        expected += a[row][k] * b[k][column];
      EXPECT_EQ(d[row][column], expected);
    }
}

INSTANTIATE_TEST_SUITE_P(Types, WarpProduct,
                         testing::Values(HalfType::f16, HalfType::bf16));

TEST(Warp, ArithmeticIsThatOfTheGpu) {
  expectClean(run({/*threads=*/32}, [](void *thread) {
    EXPECT_EQ(attn_emu_ex2(thread, 3.0f), 8.0f);
    EXPECT_EQ(attn_emu_ex2(thread, -INFINITY), 0.0f);
    EXPECT_EQ(attn_emu_ex2(thread, -127.0f), 0.0f); // flushed
    EXPECT_EQ(attn_emu_rcp(thread, 4.0f), 0.25f);
    EXPECT_EQ(attn_emu_rcp(thread, 1e-40f), INFINITY);
    EXPECT_EQ(attn_emu_lg2(thread, 8.0f), 3.0f);
    EXPECT_EQ(attn_emu_tanh(thread, 0.5f), std::tanh(0.5f));
    EXPECT_EQ(attn_emu_unpack(thread, 1, 0x3fc0), 1.5f);
    EXPECT_EQ(attn_emu_pack(thread, 0, 2.0f, 1.0f), 0x40003c00);
  }));
}
