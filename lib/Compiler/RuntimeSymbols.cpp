//===- RuntimeSymbols.cpp - what an object leaves undefined ---------------===//
//
// The functions that may be left undefined. Helpers of compilers (libgcc,
// compiler-rt) and of MLIR's runner are not among them: a program that links
// the object may have been built without either.
//
// Covered by test/Tools/attn-compile/runtime-symbols.mlir.
//
//===----------------------------------------------------------------------===//

#include "RuntimeSymbols.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELFObjectFile.h"

namespace mlir::attn {

static constexpr StringLiteral kLibC[] = {
    "abort",  "aligned_alloc", "calloc",  "free",   "malloc",
    "memcmp", "memcpy",        "memmove", "memset", "posix_memalign"};

/// Functions of C99's <math.h>, each of which exists for double, and with the
/// suffix f for float.
static constexpr StringLiteral kLibM[] = {
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil",
    "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1", "floor", "fma",
    "fmax", "fmin", "fmod", "frexp", "ldexp", "log", "log10", "log1p", "log2",
    "lrint", "lround", "nearbyint", "pow", "rint", "round", "sin", "sinh",
    "sqrt", "tan", "tanh", "trunc",
    // glibc, musl and BSD have these too
    "roundeven", "sincos"};

static StringRef getLibraryOf(StringRef name) {
  if (name.starts_with("__kmpc_") || name.starts_with("omp_"))
    return "libomp.so.5";
  if (llvm::is_contained(kLibC, name))
    return "libc.so.6";
  if (llvm::is_contained(kLibM, name) ||
      (name.consume_back("f") && llvm::is_contained(kLibM, name)))
    return "libm.so.6";
  return {};
}

SmallVector<RuntimeSymbol> collectRuntimeSymbols(StringRef object) {
  std::unique_ptr<llvm::object::ObjectFile> file =
      llvm::cantFail(llvm::object::ObjectFile::createObjectFile(
          llvm::MemoryBufferRef(object, "object")));
  SmallVector<RuntimeSymbol> symbols;
  for (const llvm::object::SymbolRef &symbol : file->symbols()) {
    uint32_t flags = llvm::cantFail(symbol.getFlags());
    StringRef name = llvm::cantFail(symbol.getName());
    if ((flags & llvm::object::SymbolRef::SF_Undefined) && !name.empty())
      symbols.push_back({name.str(), getLibraryOf(name)});
  }
  return symbols;
}

static bool isOfSanitizer(StringRef name, Sanitizer sanitizer) {
  return (sanitizer == Sanitizer::address && name.starts_with("__asan_")) ||
         (sanitizer == Sanitizer::thread && name.starts_with("__tsan_"));
}

LogicalResult checkRuntimeSymbols(ArrayRef<RuntimeSymbol> symbols,
                                  Sanitizer sanitizer, Location loc) {
  for (const RuntimeSymbol &symbol : symbols)
    if (symbol.library.empty() && !isOfSanitizer(symbol.name, sanitizer))
      return emitError(loc, "the code for this target needs function '")
             << symbol.name
             << "', which neither libc nor libm has; a target with more "
                "instructions may do without it";
  return success();
}

} // namespace mlir::attn
