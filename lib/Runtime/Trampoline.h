//===- Trampoline.h - Calls any signature from an array ---------*- C++ -*-===//
//
// Private to lib/Runtime; see Kernel.h.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_RUNTIME_TRAMPOLINE_H
#define ATTN_LIB_RUNTIME_TRAMPOLINE_H

#include "attn/Compiler/Signature.h"

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::attn {

/// Adds `i32 name(ptr arguments, i32 threads)`, which calls the function of
/// `signature` with the elements of the array `arguments`: the address of a
/// tensor's struct, or the address of a scalar's value. For a tensor q and an
/// f32 slope it is
///
///   define i32 @name(ptr %arguments, i32 %threads) {
///     %q = load ptr, ptr %arguments
///     %1 = load ptr, ptr (%arguments + 8)
///     %slope = load float, ptr %1
///     %status = call i32 @f(ptr %q, float %slope, i32 %threads)
///     ret i32 %status
///   }
void buildTrampoline(llvm::Module &module, llvm::StringRef name,
                     const Signature &signature);

} // namespace mlir::attn

#endif // ATTN_LIB_RUNTIME_TRAMPOLINE_H
