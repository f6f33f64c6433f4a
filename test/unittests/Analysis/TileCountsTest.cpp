//===- TileCountsTest.cpp - counts of tiles and pairs ---------------------===//

#include "RandomMask.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <chrono>

using namespace mlir;
using namespace mlir::attn;
using namespace mlir::attn::test;

namespace {

TEST(TileCounts, sumUpTheClassesOfTheTiles) {
  MLIRContext context;
  RandomMaskGenerator random(40);
  TileCounts total;
  for (int round = 0; round < 400; ++round) {
    std::array<int64_t, 2> symbols = random.makeSymbolValues();
    RandomMask mask = round % 2 ? random.makeConjunction() : random.makeMask(2);
    MaskExpr expr = mask.toMask(makeVariables(&context, symbols, true));
    TileGrid grid{2, 3, random.pick(0, 48), random.pick(0, 48), 5, 7};
    TileCounts counts = *countTiles(expr, grid, symbols), expected;
    int64_t pairs = 0;
    for (int64_t b = 0; b < grid.batch; ++b)
      for (int64_t h = 0; h < grid.heads; ++h) {
        for (int64_t i = 0; i < grid.queries; i += grid.queryTile)
          for (int64_t j = 0; j < grid.keys; j += grid.keyTile) {
            MaskBox box{{b, b + 1},
                        {h, h + 1},
                        {i, std::min(i + grid.queryTile, grid.queries)},
                        {j, std::min(j + grid.keyTile, grid.keys)}};
            TileClass tile = classifyByEnumeration(mask, box, symbols);
            ++(tile == TileClass::Empty  ? expected.empty
               : tile == TileClass::Full ? expected.full
                                         : expected.partial);
          }
        for (int64_t i = 0; i < grid.queries; ++i)
          for (int64_t j = 0; j < grid.keys; ++j)
            pairs += mask.evaluate({b, h, i, j, symbols[0], symbols[1]});
      }
    // Conjunctions are exact; of other masks some tiles are only called
    // partial.
    ASSERT_LE(counts.empty, expected.empty);
    ASSERT_LE(counts.full, expected.full);
    ASSERT_EQ(counts.empty + counts.full + counts.partial,
              expected.empty + expected.full + expected.partial);
    if (round % 2) {
      ASSERT_EQ(counts.partial, expected.partial);
    }
    ASSERT_EQ(countAdmittedPairs(expr, grid, symbols), pairs);
    total.empty += counts.empty;
    total.full += counts.full;
    total.partial += counts.partial;
  }
  EXPECT_GT(total.empty, 5000);
  EXPECT_GT(total.full, 5000);
  EXPECT_GT(total.partial, 2000);
}

TEST(TileCounts, causalInClosedForm) {
  MLIRContext context;
  MaskExpr mask = MaskExpr::causal(getAffineConstantExpr(0, &context));
  TileCounts counts = *countTiles(mask, {2, 4, 1024, 1024, 64, 64});
  EXPECT_EQ(counts.partial, 8 * 16);
  EXPECT_EQ(counts.full, 8 * 16 * 15 / 2);
  EXPECT_EQ(counts.empty, 8 * 16 * 15 / 2);
  EXPECT_EQ(countAdmittedPairs(mask, {2, 4, 1024, 1024}), 8 * 1024 * 1025 / 2);
}

TEST(TileCounts, longSequencesAreFast) {
  MLIRContext context;
  AffineExpr zero = getAffineConstantExpr(0, &context);
  MaskExpr mask = MaskExpr::window(4095, 0, zero) ||
                  MaskExpr::keyLength(getAffineConstantExpr(64, &context));
  auto start = std::chrono::steady_clock::now();
  TileCounts counts = *countTiles(mask, {1, 8, 65536, 65536, 64, 96});
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  EXPECT_EQ(counts.empty + counts.full + counts.partial, 8 * 1024 * 683);
  EXPECT_GT(counts.full, 8 * 1024 * 38);
  // About 10 ms in practice; the limit only catches a change of the order.
  EXPECT_LT(elapsed.count(), 2.0);
}

TEST(TileCounts, hugeGridsAreNotCounted) {
  MLIRContext context;
  MaskExpr causal = MaskExpr::causal(getAffineConstantExpr(0, &context));
  int64_t huge = int64_t(1) << 62;
  // Too many rows, too many tiles, numbers that do not fit.
  EXPECT_FALSE(countTiles(causal, {1, 1, int64_t(1) << 31, 64}));
  EXPECT_FALSE(countTiles(MaskExpr::getTrue(), {1, 1, 1 << 20, 1 << 20}));
  EXPECT_FALSE(countTiles(MaskExpr::getTrue(), {huge, huge, 64, 64}));
  EXPECT_FALSE(countTiles(MaskExpr::getTrue(), {1, 1, huge, huge}));
  // Planes that are alike are counted once.
  EXPECT_EQ(countTiles(causal, {1 << 20, 1 << 20, 64, 96})->partial, int64_t(1)
                                                                         << 40);
}

TEST(TileCounts, nothingToCount) {
  EXPECT_EQ(countTiles(MaskExpr::getTrue(), {1, 0, 64, 64})->full, 0);
  EXPECT_EQ(countTiles(MaskExpr::getTrue(), {1, 1, 0, 64})->full, 0);
  EXPECT_EQ(countAdmittedPairs(MaskExpr::getTrue(), {1, 1, 64, 0}), 0);
  EXPECT_EQ(countAdmittedPairs(MaskExpr::getOpaque(), {1, 1, 64, 64}),
            std::nullopt);
}

} // namespace
