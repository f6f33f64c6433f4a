//===- LLVMCodegen.h - from the LLVM dialect to machine code ---*- C++ -*-===//
//
// Translation, LLVM's optimiser and its code generator, in memory.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_LLVMCODEGEN_H
#define ATTN_LIB_COMPILER_LLVMCODEGEN_H

#include "attn/Compiler/Compiler.h"
#include "attn/Target/TargetInfo.h"

namespace mlir::attn {

/// Makes `EmitKind::llvm`, `asm_` or `obj` of `module`, which is in the LLVM
/// dialect with target attributes attached. Errors are reported at the module.
FailureOr<std::string> generateCode(ModuleOp module, const TargetInfo &target,
                                    EmitKind emit, Sanitizer sanitizer,
                                    CompileObserver &observer);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_LLVMCODEGEN_H
