//===- Version.cpp - version of the compiler ------------------------------===//
//
// Covered by test/Tools/attn-compile/option-errors.test.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Version.h"

namespace mlir::attn {

llvm::StringRef getVersion() { return ATTN_VERSION; }

} // namespace mlir::attn
