//===- Numbers.h - 16-bit floats as the GPU converts them -------*- C++ -*-===//
//
// Covered by test/unittests/Emulation/NumbersTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_EMULATION_NUMBERS_H
#define ATTN_LIB_EMULATION_NUMBERS_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace mlir::attn::emulation {

/// Element type of the factors of a product; the numbers of Calls.h.
enum class HalfType : int32_t { f16 = 0, bf16 = 1 };

inline uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline float decodeHalf(uint16_t bits, HalfType type) {
  if (type == HalfType::bf16)
    return fromBits(static_cast<uint32_t>(bits) << 16);
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 31, mantissa = bits & 0x3ff;
  if (exponent == 31)
    return fromBits(sign | 0x7f800000 | (mantissa << 13));
  if (exponent == 0) {
    float value = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -value : value;
  }
  return fromBits(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

/// Rounds to nearest, ties to even; NaN becomes the GPU's canonical 0x7fff.
inline uint16_t encodeHalf(float value, HalfType type) {
  uint32_t bits = toBits(value);
  if (std::isnan(value))
    return 0x7fff;
  if (type == HalfType::bf16)
    return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  float magnitude = std::fabs(value);
  if (magnitude >= 65520.0f)
    return sign | 0x7c00;
  if (magnitude < 0x1p-14f) // subnormal or rounding up to the least normal
    return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f));
  bits &= 0x7fffffff;
  bits += 0xfff + ((bits >> 13) & 1);
  return sign | static_cast<uint16_t>((bits >> 13) - (112u << 10));
}

} // namespace mlir::attn::emulation

#endif // ATTN_LIB_EMULATION_NUMBERS_H
