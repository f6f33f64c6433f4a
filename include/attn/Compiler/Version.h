//===- Version.h - version of the compiler ---------------------*- C++ -*-===//
//
// The version that tools print and that generated files carry.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_VERSION_H
#define ATTN_COMPILER_VERSION_H

#include "llvm/ADT/StringRef.h"

namespace mlir::attn {

/// For example "0.1.0"; the version of the CMake project.
llvm::StringRef getVersion();

} // namespace mlir::attn

#endif // ATTN_COMPILER_VERSION_H
