//===- ThreadTeam.h - Threads that start together ---------------*- C++ -*-===//
//
// Private to lib/Runtime: times work that several threads begin at one moment.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_RUNTIME_THREADTEAM_H
#define ATTN_LIB_RUNTIME_THREADTEAM_H

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::attn {

/// Calls `work(0)` to `work(threads - 1)`, each on its own thread (the first on
/// the caller's), and returns the seconds from the common start, when all
/// threads exist, to the end of the last.
double runTeam(unsigned threads, llvm::function_ref<void(unsigned)> work);

} // namespace mlir::attn

#endif // ATTN_LIB_RUNTIME_THREADTEAM_H
