//===- SharedLibrary.h - linking a shared library --------------*- C++ -*-===//
//
// Links one object into an ELF shared library with the linker that is part of
// LLVM, so that no tool of the system is needed.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_SHAREDLIBRARY_H
#define ATTN_LIB_COMPILER_SHAREDLIBRARY_H

#include "mlir/IR/Location.h"
#include "llvm/TargetParser/Triple.h"
#include <string>

namespace mlir::attn {

/// The shared library made of the relocatable ELF file `object`, which needs
/// permitted libraries only (`checkRuntimeSymbols`); it names those. Errors are
/// reported at `loc`.
FailureOr<std::string>
linkSharedLibrary(StringRef object, const llvm::Triple &triple, Location loc);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_SHAREDLIBRARY_H
