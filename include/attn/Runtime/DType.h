//===- DType.h - Element types of host tensors ------------------*- C++ -*-===//
//
// The element types that cross the boundary of a compiled kernel, and their
// conversion to and from double. Everything that reads, writes, generates or
// compares tensors goes through these few functions, so that 16-bit floats are
// rounded in one way only (to nearest, ties to even, straight from double).
//
//   decodeElement(DType::bf16, bytes)   // bytes 0x80 0x3f -> 1.0
//
// Covered by test/unittests/Runtime/DTypeTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_DTYPE_H
#define ATTN_RUNTIME_DTYPE_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace mlir::attn {

/// An element type of the plain-call ABI. `i1` occupies one byte that is 0 or
/// 1; `index` values are `i64`.
enum class DType : uint8_t { f64, f32, f16, bf16, i1, i8, i16, i32, i64 };

/// The MLIR spelling of a type, e.g. "bf16".
llvm::StringRef spelling(DType type);

/// The type that MLIR spells this way (`index` gives `i64`), if the ABI has it.
std::optional<DType> parseDType(llvm::StringRef text);

/// Bytes of one element.
int64_t sizeInBytes(DType type);

bool isFloat(DType type);

/// Unit roundoff of a float type: half the distance from 1 to the next value.
double unitRoundoff(DType type);

/// The value of the element at `bytes`. Integers beyond 2^53 are rounded.
double decodeElement(DType type, const void *bytes);

/// Stores `value` at `bytes`: floats are rounded to nearest even, overflow to
/// infinity and keep NaN; integers are truncated towards zero and saturate
/// (NaN becomes 0); `i1` becomes 1 for any value other than 0.
void encodeElement(DType type, double value, void *bytes);

/// `value` after one trip through `type`.
double roundToType(DType type, double value);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_DTYPE_H
