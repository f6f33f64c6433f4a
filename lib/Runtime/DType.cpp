//===- DType.cpp - Element types of host tensors --------------------------===//
//
// See DType.h. 16-bit floats are made from double in one rounding: going by way
// of float would round twice and miss ties.
//
// Covered by test/unittests/Runtime/DTypeTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Runtime/DType.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;

namespace mlir::attn {

StringRef spelling(DType type) {
  switch (type) {
  case DType::f64:
    return "f64";
  case DType::f32:
    return "f32";
  case DType::f16:
    return "f16";
  case DType::bf16:
    return "bf16";
  case DType::i1:
    return "i1";
  case DType::i8:
    return "i8";
  case DType::i16:
    return "i16";
  case DType::i32:
    return "i32";
  case DType::i64:
    return "i64";
  }
  llvm_unreachable("unknown element type");
}

std::optional<DType> parseDType(StringRef text) {
  return StringSwitch<std::optional<DType>>(text)
      .Case("f64", DType::f64)
      .Case("f32", DType::f32)
      .Case("f16", DType::f16)
      .Case("bf16", DType::bf16)
      .Case("i1", DType::i1)
      .Case("i8", DType::i8)
      .Case("i16", DType::i16)
      .Case("i32", DType::i32)
      .Cases({"i64", "index"}, DType::i64)
      .Default(std::nullopt);
}

int64_t sizeInBytes(DType type) {
  switch (type) {
  case DType::f64:
  case DType::i64:
    return 8;
  case DType::f32:
  case DType::i32:
    return 4;
  case DType::f16:
  case DType::bf16:
  case DType::i16:
    return 2;
  case DType::i1:
  case DType::i8:
    return 1;
  }
  llvm_unreachable("unknown element type");
}

bool isFloat(DType type) {
  return type == DType::f64 || type == DType::f32 || type == DType::f16 ||
         type == DType::bf16;
}

double unitRoundoff(DType type) {
  switch (type) {
  case DType::f64:
    return 0x1p-53;
  case DType::f32:
    return 0x1p-24;
  case DType::f16:
    return 0x1p-11;
  case DType::bf16:
    return 0x1p-8;
  default:
    return 0.0;
  }
}

/// The bits of a 16-bit float with `mantissaBits` explicit mantissa bits and
/// the remaining bits but one as exponent.
static uint16_t encode16(double value, int mantissaBits) {
  int exponentBits = 15 - mantissaBits;
  int bias = (1 << (exponentBits - 1)) - 1;
  uint16_t infinity = ((1 << exponentBits) - 1) << mantissaBits;
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return sign | infinity | (1 << (mantissaBits - 1));
  double magnitude = std::fabs(value);
  if (magnitude == 0.0)
    return sign;
  if (std::isinf(magnitude))
    return sign | infinity;

  // The spacing of the values around `magnitude`; scaling by it leaves the
  // integer mantissa, which nearbyint rounds to nearest even. A carry out of
  // the mantissa moves on into the exponent by itself.
  int exponent = std::max(std::ilogb(magnitude), 1 - bias);
  double scaled = std::ldexp(magnitude, mantissaBits - exponent);
  int64_t mantissa = static_cast<int64_t>(std::nearbyint(scaled));
  int64_t bits =
      (static_cast<int64_t>(exponent + bias - 1) << mantissaBits) + mantissa;
  return sign | static_cast<uint16_t>(std::min<int64_t>(bits, infinity));
}

static double decode16(uint16_t bits, int mantissaBits) {
  int exponentBits = 15 - mantissaBits;
  int bias = (1 << (exponentBits - 1)) - 1;
  int exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  int mantissa = bits & ((1 << mantissaBits) - 1);
  double magnitude;
  if (exponent == (1 << exponentBits) - 1)
    magnitude = mantissa ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    magnitude = std::ldexp(mantissa, 1 - bias - mantissaBits);
  else
    magnitude = std::ldexp(mantissa + (1 << mantissaBits),
                           exponent - bias - mantissaBits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

template <typename T> static T load(const void *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <typename T> static void store(T value, void *bytes) {
  std::memcpy(bytes, &value, sizeof(T));
}

template <typename T> static T saturate(double value) {
  if (std::isnan(value))
    return 0;
  // The largest integer may not be a double; its neighbour above always is.
  if (value >= std::ldexp(1.0, std::numeric_limits<T>::digits))
    return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

double decodeElement(DType type, const void *bytes) {
  switch (type) {
  case DType::f64:
    return load<double>(bytes);
  case DType::f32:
    return load<float>(bytes);
  case DType::f16:
    return decode16(load<uint16_t>(bytes), 10);
  case DType::bf16:
    return decode16(load<uint16_t>(bytes), 7);
  case DType::i1:
    return load<uint8_t>(bytes) != 0;
  case DType::i8:
    return load<int8_t>(bytes);
  case DType::i16:
    return load<int16_t>(bytes);
  case DType::i32:
    return load<int32_t>(bytes);
  case DType::i64:
    return static_cast<double>(load<int64_t>(bytes));
  }
  llvm_unreachable("unknown element type");
}

void encodeElement(DType type, double value, void *bytes) {
  switch (type) {
  case DType::f64:
    return store(value, bytes);
  case DType::f32:
    return store(static_cast<float>(value), bytes);
  case DType::f16:
    return store(encode16(value, 10), bytes);
  case DType::bf16:
    return store(encode16(value, 7), bytes);
  case DType::i1:
    return store<uint8_t>(value != 0.0, bytes);
  case DType::i8:
    return store(saturate<int8_t>(value), bytes);
  case DType::i16:
    return store(saturate<int16_t>(value), bytes);
  case DType::i32:
    return store(saturate<int32_t>(value), bytes);
  case DType::i64:
    return store(saturate<int64_t>(value), bytes);
  }
  llvm_unreachable("unknown element type");
}

double roundToType(DType type, double value) {
  char bytes[8];
  encodeElement(type, value, bytes);
  return decodeElement(type, bytes);
}

} // namespace mlir::attn
