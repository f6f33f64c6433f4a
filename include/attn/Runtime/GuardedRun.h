//===- GuardedRun.h - a second run beside other guards ---------*- C++ -*-===//
//
// A kernel that touches what lies outside of its tensors faults when they are
// flush against pages that may not be touched, but each run shows one side:
//
//   tensors = ... allocate(type, sizes, layout, Guard::end) ...
//   kernel.run(tensors)
//   rerunGuarded(signature, tensors, layout, [&](auto t) {
//     return kernel.run(t, threads);
//   })
//
// Covered by test/unittests/Runtime/GuardedRunTest.cpp and
// test/Tools/attn-run/guard.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_GUARDEDRUN_H
#define ATTN_RUNTIME_GUARDEDRUN_H

#include "attn/Compiler/Signature.h"
#include "attn/Runtime/HostTensor.h"

namespace mlir::attn {

/// Calls `run` with copies of `tensors`, the arguments of a run that is over,
/// in `layout` and with guards at their start; scalars are passed by value and
/// have none. Fails if `run` fails, or if an argument has other bits behind it
/// than in `tensors`.
llvm::Error
rerunGuarded(const Signature &signature, llvm::ArrayRef<HostTensor> tensors,
             Layout layout,
             llvm::function_ref<llvm::Error(llvm::ArrayRef<HostTensor *>)> run);

} // namespace mlir::attn

#endif // ATTN_RUNTIME_GUARDEDRUN_H
