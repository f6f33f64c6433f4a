//===- TargetMachine.h - LLVM's code generator for a target ----*- C++ -*-===//
//
// Makes the object through which LLVM generates code for a `TargetInfo`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TARGET_TARGETMACHINE_H
#define ATTN_TARGET_TARGETMACHINE_H

#include "attn/Target/TargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>

namespace mlir::attn {

/// LLVM's code generator for `target`: position-independent, no fast-math, and
/// products and sums fused only where the IR allows it. Never null, for a
/// `TargetInfo` exists only for architectures that LLVM was built with.
std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const TargetInfo &target);

} // namespace mlir::attn

#endif // ATTN_TARGET_TARGETMACHINE_H
