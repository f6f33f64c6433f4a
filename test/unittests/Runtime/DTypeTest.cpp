//===- DTypeTest.cpp - Element conversions --------------------------------===//
//
// Compares the 16-bit conversions with llvm::APFloat, which shares no code with
// them: every bit pattern on the way up, and on the way down every value, every
// midpoint between two values and the doubles next to it.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/DType.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace mlir::attn;

namespace {

const llvm::fltSemantics &semanticsOf(DType type) {
  return type == DType::f16 ? llvm::APFloat::IEEEhalf()
                            : llvm::APFloat::BFloat();
}

double decodeByAPFloat(DType type, uint16_t bits) {
  llvm::APFloat value(semanticsOf(type), llvm::APInt(16, bits));
  bool lossy = false;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &lossy);
  return value.convertToDouble();
}

uint16_t encodeByAPFloat(DType type, double value) {
  llvm::APFloat result(value);
  bool lossy = false;
  result.convert(semanticsOf(type), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return static_cast<uint16_t>(result.bitcastToAPInt().getZExtValue());
}

uint16_t encode(DType type, double value) {
  uint16_t bits = 0;
  encodeElement(type, value, &bits);
  return bits;
}

class Float16Test : public testing::TestWithParam<DType> {};

TEST_P(Float16Test, DecodesEveryPattern) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    uint16_t pattern = static_cast<uint16_t>(bits);
    double expected = decodeByAPFloat(GetParam(), pattern);
    double found = decodeElement(GetParam(), &pattern);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(found)) << bits;
      continue;
    }
    EXPECT_EQ(expected, found) << bits;
    EXPECT_EQ(std::signbit(expected), std::signbit(found)) << bits;
    EXPECT_EQ(encode(GetParam(), found), pattern);
  }
}

TEST_P(Float16Test, RoundsMidpointsToEven) {
  for (unsigned bits = 0; bits < 0x8000; ++bits) {
    uint16_t low = static_cast<uint16_t>(bits);
    uint16_t high = static_cast<uint16_t>(bits + 1);
    double middle =
        (decodeElement(GetParam(), &low) + decodeElement(GetParam(), &high)) /
        2;
    if (!std::isfinite(middle))
      continue;
    for (double value : {middle, std::nextafter(middle, 0.0),
                         std::nextafter(middle, HUGE_VAL)}) {
      EXPECT_EQ(encode(GetParam(), value), encodeByAPFloat(GetParam(), value));
      EXPECT_EQ(encode(GetParam(), -value),
                encodeByAPFloat(GetParam(), -value));
    }
  }
}

TEST_P(Float16Test, OverflowsToInfinityAndKeepsNaN) {
  double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(roundToType(GetParam(), 1e300), infinity);
  EXPECT_EQ(roundToType(GetParam(), -1e300), -infinity);
  EXPECT_EQ(roundToType(GetParam(), infinity), infinity);
  EXPECT_TRUE(std::isnan(roundToType(GetParam(), std::nan(""))));
  EXPECT_EQ(roundToType(GetParam(), 1e-300), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Types, Float16Test,
                         testing::Values(DType::f16, DType::bf16),
                         [](const testing::TestParamInfo<DType> &info) {
                           return spelling(info.param).str();
                         });

TEST(DTypeTest, SpellingsParseBack) {
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i1,
                     DType::i8, DType::i16, DType::i32, DType::i64})
    EXPECT_EQ(parseDType(spelling(type)), type);
  EXPECT_EQ(parseDType("index"), DType::i64);
  EXPECT_EQ(parseDType("f8E4M3FN"), std::nullopt);
}

TEST(DTypeTest, UnitRoundoffIsHalfAnUlpOfOne) {
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    double u = unitRoundoff(type);
    EXPECT_EQ(roundToType(type, 1 + 2 * u), 1 + 2 * u);
    EXPECT_EQ(roundToType(type, 1 + u), 1.0);
  }
  EXPECT_EQ(unitRoundoff(DType::i32), 0.0);
}

TEST(DTypeTest, IntegersTruncateAndSaturate) {
  EXPECT_EQ(roundToType(DType::i8, -2.9), -2.0);
  EXPECT_EQ(roundToType(DType::i8, 1000.0), 127.0);
  EXPECT_EQ(roundToType(DType::i8, -1000.0), -128.0);
  EXPECT_EQ(roundToType(DType::i32, std::nan("")), 0.0);
  EXPECT_EQ(roundToType(DType::i32, 1e300), 2147483647.0);
  EXPECT_EQ(roundToType(DType::i1, -0.5), 1.0);

  int64_t bits = 0;
  encodeElement(DType::i64, 0x1p63, &bits);
  EXPECT_EQ(bits, std::numeric_limits<int64_t>::max());
  encodeElement(DType::i64, -0x1p63, &bits);
  EXPECT_EQ(bits, std::numeric_limits<int64_t>::min());
}

} // namespace
