//===- LLVMCodegen.h - from the LLVM dialect to machine code ---*- C++ -*-===//
//
// Translation, LLVM's optimiser and its code generator, in memory.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_LLVMCODEGEN_H
#define ATTN_LIB_COMPILER_LLVMCODEGEN_H

#include "Variants.h"
#include "attn/Compiler/Compiler.h"

namespace mlir::attn {

/// Makes `EmitKind::llvm`, `asm_` or `obj` of modules that were lowered to the
/// LLVM dialect with target attributes attached: one, or one for each of
/// several targets (see Variants.h). Errors are reported at the modules.
FailureOr<std::string> generateCode(ArrayRef<TargetVariant> variants,
                                    EmitKind emit, Sanitizer sanitizer,
                                    CompileObserver &observer);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_LLVMCODEGEN_H
