//===- TensorMapTest.cpp - swizzles, and what the driver refuses ----------===//

#include "attn/Emulation/TensorMap.h"
#include "gtest/gtest.h"

using namespace mlir::attn;

static TensorMap makeMap() {
  TensorMap map;
  map.rank = 2;
  map.elementBytes = 2;
  map.swizzle = Swizzle::b128;
  map.sizes = {128, 1000};
  map.strides = {2, 256};
  map.box = {64, 32};
  return map;
}

TEST(TensorMap, SwizzleExchangesChunksByRow) {
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned chunk = 0; chunk < 8; ++chunk)
      EXPECT_EQ(swizzleAddress(row * 128 + chunk * 16, Swizzle::b128),
                row * 128 + (chunk ^ row % 8) * 16);
  // Rows of 64 bytes: two in 128 bytes, so every other row changes it.
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned chunk = 0; chunk < 4; ++chunk)
      EXPECT_EQ(swizzleAddress(row * 64 + chunk * 16, Swizzle::b64),
                row * 64 + (chunk ^ row / 2 % 4) * 16);
  EXPECT_EQ(swizzleAddress(0x1f0, Swizzle::none), 0x1f0u);
  EXPECT_EQ(getSwizzleBytes(Swizzle::b32), 32u);
  EXPECT_EQ(getSwizzleBytes(Swizzle::b128), 128u);
}

TEST(TensorMap, KnowsWhatTheDriverRefuses) {
  EXPECT_EQ(makeMap().verify(), "");
  EXPECT_EQ(makeMap().getBoxBytes(), 64u * 32 * 2);
  auto broken = [](auto change) {
    TensorMap map = makeMap();
    change(map);
    return map.verify();
  };
  EXPECT_EQ(broken([](TensorMap &m) { m.rank = 6; }),
            "expected rank 1 to 5 but found 6");
  EXPECT_EQ(broken([](TensorMap &m) { m.base += 8; }),
            "expected a base at a multiple of 16 bytes");
  EXPECT_EQ(broken([](TensorMap &m) { m.sizes[1] = 0; }),
            "expected size 1 from 1 to 2^32 but found 0");
  EXPECT_EQ(broken([](TensorMap &m) { m.strides[1] = 40; }),
            "expected stride 1 to be a multiple of 16 bytes below 2^40 but "
            "found 40");
  EXPECT_EQ(broken([](TensorMap &m) { m.box[1] = 257; }),
            "expected a box of 1 to 256 elements along dimension 1 but found "
            "257");
  EXPECT_EQ(broken([](TensorMap &m) { m.box[0] = 4; }),
            "expected rows of a box to be a multiple of 16 bytes but found 8");
  EXPECT_EQ(broken([](TensorMap &m) { m.box[0] = 128; }),
            "expected rows of a box to be at most the 128 bytes of its "
            "swizzle but found 256");
}
