//===- Status.h - what a plain call may return -----------------*- C++ -*-===//
//
// The status codes of generated entry points and the number of their ABI. The
// generated C header repeats both, so a change here is a change of the ABI.
//
// Covered by test/Tools/attn-compile/header.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_STATUS_H
#define ATTN_COMPILER_STATUS_H

#include <cstdint>

namespace mlir::attn {

/// Raised whenever code compiled against an older header would break.
inline constexpr int32_t kABIVersion = 1;

/// Result of a generated entry point.
enum class Status : int32_t {
  ok = 0,
  nullPointer = 1, ///< a tensor is missing, or has elements but no data
  rank = 2,        ///< a tensor has the wrong number of sizes
  size = 3,        ///< a size is not the expected one
  stride = 4,      ///< the innermost stride is not 1
  workspace = 5,   ///< a workspace is missing or too small, or memory ran out
  indexData = 6,   ///< lengths or offsets are inconsistent
  cpu = 7,         ///< the CPU lacks the instruction set
  tile = 8,        ///< there is no such phase or tile
};

} // namespace mlir::attn

#endif // ATTN_COMPILER_STATUS_H
