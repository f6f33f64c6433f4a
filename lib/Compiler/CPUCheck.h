//===- CPUCheck.h - testing the CPU at run time ----------------*- C++ -*-===//
//
// Emits the function that tells whether the machine can run a kernel.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_CPUCHECK_H
#define ATTN_LIB_COMPILER_CPUCHECK_H

#include "attn/Target/X86Features.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::attn {

/// The name of the function that is emitted.
inline constexpr llvm::StringLiteral kCPUCheckName = "attn_cpu_is_supported";

/// Adds to `module` an internal function `() -> i1` that is true if the CPU has
/// every one of `features` and the operating system saves the registers they
/// need. It uses baseline x86-64 only.
LLVM::LLVMFuncOp emitCPUCheck(ModuleOp module, SymbolTable &symbols,
                              ArrayRef<const X86Feature *> features);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_CPUCHECK_H
