//===- RuntimeSymbols.h - what an object leaves undefined ------*- C++ -*-===//
//
// Generated objects promise to need nothing at run time but libc and libm, and
// OpenMP's runtime where that was asked for. This is where the promise is kept.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_RUNTIMESYMBOLS_H
#define ATTN_LIB_COMPILER_RUNTIMESYMBOLS_H

#include "attn/Compiler/Compiler.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace mlir::attn {

/// A function that an object needs and the library that has it.
struct RuntimeSymbol {
  std::string name;
  StringRef library; ///< e.g. "libm.so.6"; empty if no permitted library
};

/// What `object`, a valid relocatable ELF file, uses and does not define.
SmallVector<RuntimeSymbol> collectRuntimeSymbols(StringRef object);

/// Fails with an error at `loc` if one of `symbols` is neither in a permitted
/// library nor in the runtime of `sanitizer`.
LogicalResult checkRuntimeSymbols(ArrayRef<RuntimeSymbol> symbols,
                                  Sanitizer sanitizer, Location loc);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_RUNTIMESYMBOLS_H
