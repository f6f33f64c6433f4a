//===- KernelFunctions.h - the functions behind entry points ---*- C++ -*-===//
//
// What attn-outline-phases made of a function, after lowering to the LLVM
// dialect.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_KERNELFUNCTIONS_H
#define ATTN_LIB_COMPILER_KERNELFUNCTIONS_H

#include "attn/Compiler/Signature.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::attn {

struct KernelFunctions {
  struct Phase {
    LLVM::LLVMFuncOp grid;
    LLVM::LLVMFuncOp prepare; ///< may be null
    LLVM::LLVMFuncOp tile;
  };

  /// Runs all phases; takes a workspace, scratches and their size, and in
  /// parallel code the number of threads.
  LLVM::LLVMFuncOp loops;
  LLVM::LLVMFuncOp workspace;
  SmallVector<Phase> phases;
  bool isParallel = false;
};

/// Words that the kernel takes for a workspace, a memref<?xi8>.
inline constexpr unsigned kWorkspaceWords = 5;

/// The number of operands by which a kernel takes the arguments of `signature`.
unsigned countKernelOperands(const Signature &signature);

/// Finds the functions that `attn.phases` of `kernel` names. Fails with an
/// error at `kernel` if one is missing or does not take the arguments of
/// `signature`.
FailureOr<KernelFunctions> findKernelFunctions(LLVM::LLVMFuncOp kernel,
                                               const Signature &signature,
                                               const SymbolTable &symbols);

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_KERNELFUNCTIONS_H
