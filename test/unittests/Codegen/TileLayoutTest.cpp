//===- TileLayoutTest.cpp - tiles, descriptors and fragments --------------===//

#include "attn/Codegen/GPU/TileLayout.h"
#include "gtest/gtest.h"
#include <set>

using namespace mlir::attn::atile;

namespace {

TEST(TileLayoutTest, EveryElementHasAPlaceOfItsOwn) {
  for (int64_t columns : {8, 64, 96, 256}) {
    TileLayout layout(16, columns);
    std::set<int64_t> places;
    for (int64_t row = 0; row < 16; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        int64_t place = layout.getByteOffset(row, column);
        EXPECT_LT(place, layout.getBytes());
        EXPECT_EQ(place % 2, 0);
        EXPECT_TRUE(places.insert(place).second);
      }
  }
}

TEST(TileLayoutTest, SwizzleExchangesAddressBits) {
  // The accelerator's own formula: bits 4 to 6 are changed by bits 7 to 9.
  TileLayout layout(128, 64);
  for (int64_t row : {0, 1, 7, 8, 100})
    for (int64_t column : {0, 8, 17, 63}) {
      int64_t linear = row * 128 + column * 2;
      EXPECT_EQ(layout.getByteOffset(row, column),
                linear ^ ((linear >> 7 & 7) << 4));
    }
}

TEST(TileLayoutTest, HalfAPanelIsStoredAsAWholeOne) {
  EXPECT_EQ(TileLayout(128, 96).getNumPanels(), 2);
  EXPECT_EQ(TileLayout(128, 96).getBytes(), 2 * 128 * 128);
}

TEST(TileLayoutTest, StepsAlongTheContractionCrossPanels) {
  TileLayout layout(128, 96);
  EXPECT_EQ(layout.getKMajorStepBytes(3), 96);
  EXPECT_EQ(layout.getKMajorStepBytes(4), 128 * 128);
  EXPECT_EQ(layout.getKMajorStepBytes(5), 128 * 128 + 32);
  EXPECT_EQ(layout.getMNMajorStepBytes(2), 2 * 16 * 128);
}

TEST(TileLayoutTest, DescriptorFields) {
  TileLayout layout(176, 128);
  uint64_t k = layout.getKMajorDescriptor();
  EXPECT_EQ(k >> 62, 1u);
  EXPECT_EQ(k >> 32 & 0x3fff, 1024u >> 4);
  EXPECT_EQ(k & 0x3fff, 0u);
  uint64_t mn = layout.getMNMajorDescriptor();
  EXPECT_EQ(mn >> 62, 1u);
  EXPECT_EQ(mn >> 32 & 0x3fff, 1024u >> 4);
  EXPECT_EQ(mn >> 16 & 0x3fff, 176u * 128 >> 4);
  EXPECT_EQ(TileLayout::encodeAddress(0x12340), 0x1234u);
}

TEST(FragmentTest, ThreadsHoldEveryElementOnce) {
  std::set<std::pair<int64_t, int64_t>> elements;
  for (int64_t thread = 0; thread < kGroupThreads; ++thread)
    for (int64_t index = 0; index < 40 / 2; ++index) {
      FragmentPosition position = getFragmentPosition(index);
      int64_t row = 16 * (thread / 32) + thread % 32 / 4 + position.row;
      int64_t column = 2 * (thread % 4) + position.column;
      EXPECT_TRUE(elements.insert({row, column}).second);
    }
  EXPECT_EQ(elements.size(), size_t(kGroupRows * 40));
  EXPECT_EQ(elements.rbegin()->first, kGroupRows - 1);
  EXPECT_EQ(elements.rbegin()->second, 39);
}

TEST(FragmentTest, RowsShareRegistersEvenly) {
  for (int64_t half : {0, 1}) {
    llvm::SmallVector<int64_t> registers = getRowRegisters(24, half);
    EXPECT_EQ(registers.size(), 6u);
    for (int64_t index : registers)
      EXPECT_EQ(getFragmentPosition(index).row, 8 * half);
  }
}

} // namespace
