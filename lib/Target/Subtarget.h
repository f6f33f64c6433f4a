//===- Subtarget.h - asking LLVM about a CPU -------------------*- C++ -*-===//
//
// Thin access to LLVM's own tables of CPUs and features.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_TARGET_SUBTARGET_H
#define ATTN_LIB_TARGET_SUBTARGET_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/TargetParser/Triple.h"
#include <memory>
#include <string>

namespace mlir::attn {

/// LLVM's description of `cpu` with `features` ("+avx,-fma") applied; null if
/// LLVM was built without the architecture. An unknown CPU must be excluded by
/// the caller first (`isKnownCPU`), for LLVM only warns on stderr.
std::unique_ptr<llvm::MCSubtargetInfo>
createSubtarget(const llvm::Triple &triple, llvm::StringRef cpu,
                llvm::StringRef features);

/// True if LLVM knows `cpu` and, on x86, the CPU has the 64-bit mode.
bool isKnownCPU(const llvm::Triple &triple, llvm::StringRef cpu);

/// The extensions of the table in X86Features.h that `subtarget` has, in the
/// order of the table.
llvm::SmallVector<std::string>
collectX86Features(const llvm::MCSubtargetInfo &subtarget);

} // namespace mlir::attn

#endif // ATTN_LIB_TARGET_SUBTARGET_H
