//===- CrashGuard.h - a crash is an error of one call ----------*- C++ -*-===//
//
// Runs code so that a crash, a failed assertion or a fatal error of LLVM in it
// ends that code and not the process, as libclang does:
//
//   if (std::optional<std::string> why = runGuarded([&] { ... }))
//     report("internal error: " + *why);
//
// The code runs on a thread with a stack of its own, whatever is left of the
// caller's. Handlers of signals are the library's only while such code runs;
// a signal that another thread of the process gets then goes where it would
// have gone.
//
// Covered by test/CAPI/crash.test.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CAPI_CRASHGUARD_H
#define ATTN_LIB_CAPI_CRASHGUARD_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <optional>
#include <string>

namespace mlir::attn {

/// Runs `body` to its end. After a crash, what it was: "signal 11".
std::optional<std::string> runGuarded(llvm::function_ref<void()> body);

} // namespace mlir::attn

#endif // ATTN_LIB_CAPI_CRASHGUARD_H
