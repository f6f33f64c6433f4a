//===- TensorMap.h - a tensor as copy engines see it ------------*- C++ -*-===//
//
// What a kernel's tensor-map parameter holds when it is emulated: the arguments
// of the driver's cuTensorMapEncodeTiled, in its order of dimensions (the
// contiguous one first). Boxes of the tensor are copied between global memory
// and shared memory, rows of a box one behind the other; 16-byte chunks of
// shared memory are exchanged as the swizzle says. Elements of a box outside of
// the tensor are read as zero and not written.
//
// Covered by test/unittests/Emulation/TensorMapTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_EMULATION_TENSORMAP_H
#define ATTN_EMULATION_TENSORMAP_H

#include <array>
#include <cstdint>
#include <string>

namespace mlir::attn {

/// How 16-byte chunks of shared memory are exchanged; the numbers are those of
/// the driver's CUtensorMapSwizzle. The width in bytes is the longest row of a
/// box.
enum class Swizzle : uint32_t { none = 0, b32 = 1, b64 = 2, b128 = 3 };

/// Bytes of a row within which a swizzle exchanges chunks; 0 for none.
inline uint32_t getSwizzleBytes(Swizzle swizzle) {
  return swizzle == Swizzle::none ? 0 : 16u << static_cast<uint32_t>(swizzle);
}

/// Where the byte that would lie at `address` lies: bits 4.. of the address are
/// combined with bits 7..; with b128 that is chunk ^= row % 8.
inline uint32_t swizzleAddress(uint32_t address, Swizzle swizzle) {
  uint32_t mask = (1u << static_cast<uint32_t>(swizzle)) - 1;
  return address ^ (((address >> 7) & mask) << 4);
}

/// A tensor of rank 1 to 5. Dimension 0 is contiguous.
struct TensorMap {
  static constexpr unsigned kMaxRank = 5;

  char *base = nullptr;
  uint32_t rank = 0;
  uint32_t elementBytes = 0;
  Swizzle swizzle = Swizzle::none;
  std::array<uint64_t, kMaxRank> sizes = {};
  /// In bytes; that of dimension 0 is `elementBytes`.
  std::array<uint64_t, kMaxRank> strides = {};
  std::array<uint32_t, kMaxRank> box = {};

  uint32_t getRowBytes() const { return box[0] * elementBytes; }
  /// Bytes that one copy moves, which is what a barrier must expect.
  uint32_t getBoxBytes() const;
  bool hasFault() const { return !verify().empty(); }
  /// What the driver would refuse about this map; empty if nothing.
  std::string verify() const;
};

} // namespace mlir::attn

#endif // ATTN_EMULATION_TENSORMAP_H
