//===- ReportWideAccesses.h - vectors for the thread sanitizer -*- C++ -*-===//
//
// LLVM's thread sanitizer passes over accesses of more than 16 bytes and masked
// ones, which is nearly all that a kernel does.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_REPORTWIDEACCESSES_H
#define ATTN_LIB_COMPILER_REPORTWIDEACCESSES_H

#include "llvm/IR/PassManager.h"

namespace mlir::attn {

/// Calls `__tsan_read_range` or `__tsan_write_range` before each access of a
/// vector that the sanitizer's own pass leaves out.
struct ReportWideAccessesPass : llvm::PassInfoMixin<ReportWideAccessesPass> {
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
  static bool isRequired() { return true; }
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_REPORTWIDEACCESSES_H
