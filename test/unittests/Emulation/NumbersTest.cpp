//===- NumbersTest.cpp - 16-bit floats against APFloat --------------------===//

#include "Numbers.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"

using namespace mlir::attn::emulation;

static const llvm::fltSemantics &getSemantics(HalfType type) {
  return type == HalfType::bf16 ? llvm::APFloat::BFloat()
                                : llvm::APFloat::IEEEhalf();
}

class Numbers : public testing::TestWithParam<HalfType> {};

TEST_P(Numbers, DecodesEveryPattern) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    llvm::APFloat exact(getSemantics(GetParam()), llvm::APInt(16, bits));
    float value = decodeHalf(static_cast<uint16_t>(bits), GetParam());
    if (exact.isNaN())
      EXPECT_TRUE(std::isnan(value)) << bits;
    else
      EXPECT_EQ(toBits(value), toBits(exact.convertToFloat())) << bits;
  }
}

TEST_P(Numbers, RoundsToNearestEven) {
  // Between every two neighbours: below, at and above the middle.
  for (unsigned bits = 0; bits < 0x10000; bits += 7)
    for (uint32_t low : {0u, 1u, 0xfffu, 0x1000u, 0x1001u, 0x7fffu, 0x8000u,
                         0x8001u, 0xffffu}) {
      float value = fromBits(bits << 16 | low);
      if (std::isnan(value)) {
        EXPECT_EQ(encodeHalf(value, GetParam()), 0x7fff);
        continue;
      }
      llvm::APFloat exact(value);
      bool lossy;
      exact.convert(getSemantics(GetParam()),
                    llvm::APFloat::rmNearestTiesToEven, &lossy);
      EXPECT_EQ(encodeHalf(value, GetParam()),
                exact.bitcastToAPInt().getZExtValue())
          << value;
    }
}

INSTANTIATE_TEST_SUITE_P(Types, Numbers,
                         testing::Values(HalfType::f16, HalfType::bf16));
