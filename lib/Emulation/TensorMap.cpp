//===- TensorMap.cpp - a tensor as the copy engine sees it ----------------===//
//
// The rules are those of cuTensorMapEncodeTiled, interleaving not supported.
//
// Covered by test/unittests/Emulation/TensorMapTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Emulation/TensorMap.h"
#include "llvm/ADT/Twine.h"

using llvm::Twine;

namespace mlir::attn {

uint32_t TensorMap::getBoxBytes() const {
  uint32_t bytes = elementBytes;
  for (unsigned d = 0; d < rank; ++d)
    bytes *= box[d];
  return bytes;
}

std::string TensorMap::verify() const {
  constexpr uint64_t kMaxSize = uint64_t(1) << 32;
  constexpr uint64_t kMaxStride = uint64_t(1) << 40;
  if (rank < 1 || rank > kMaxRank)
    return ("expected rank 1 to 5 but found " + Twine(rank)).str();
  if (reinterpret_cast<uintptr_t>(base) % 16)
    return "expected a base at a multiple of 16 bytes";
  for (unsigned d = 0; d < rank; ++d) {
    if (sizes[d] < 1 || sizes[d] > kMaxSize)
      return ("expected size " + Twine(d) + " from 1 to 2^32 but found " +
              Twine(sizes[d]))
          .str();
    if (d > 0 && (strides[d] % 16 || strides[d] >= kMaxStride))
      return ("expected stride " + Twine(d) +
              " to be a multiple of 16 bytes below 2^40 but found " +
              Twine(strides[d]))
          .str();
    if (box[d] < 1 || box[d] > 256)
      return ("expected a box of 1 to 256 elements along dimension " +
              Twine(d) + " but found " + Twine(box[d]))
          .str();
  }
  if (getRowBytes() % 16)
    return ("expected rows of a box to be a multiple of 16 bytes but found " +
            Twine(getRowBytes()))
        .str();
  if (swizzle != Swizzle::none && getRowBytes() > getSwizzleBytes(swizzle))
    return ("expected rows of a box to be at most the " +
            Twine(getSwizzleBytes(swizzle)) +
            " bytes of its swizzle but found " + Twine(getRowBytes()))
        .str();
  return "";
}

} // namespace mlir::attn
