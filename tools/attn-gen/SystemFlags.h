//===- SystemFlags.h - flags that some systems take ------------*- C++ -*-===//
//
// Arguments of a system by name, and the flags that only systems of attention
// take (SystemFamily).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTN_GEN_SYSTEMFLAGS_H
#define ATTN_TOOLS_ATTN_GEN_SYSTEMFLAGS_H

#include "StateFlags.h"

namespace mlir::attn {

/// Fails if one of the flags is given, which `what` does not take.
llvm::Error refuse(llvm::ArrayRef<const llvm::cl::Option *> given,
                   llvm::StringRef what);

/// `layers=2,mask=0`: integers by name, the others by default.
llvm::Error parseNamed(const System &system, llvm::StringRef text,
                       std::vector<int64_t> &arguments);

/// Fails if a flag is given that the family does not take.
llvm::Error refuseOfFamily(const Flags &flags, const StateFlags &state,
                           SystemFamily family);

/// What attention does beside scores and softmax.
llvm::Error parseFeatures(const Flags &flags, AttentionFeatures &features);

} // namespace mlir::attn

#endif // ATTN_TOOLS_ATTN_GEN_SYSTEMFLAGS_H
