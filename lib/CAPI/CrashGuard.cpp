//===- CrashGuard.cpp - a crash is an error of one call -------------------===//
//
// Covered by test/CAPI/crash.test.
//
//===----------------------------------------------------------------------===//

#include "CrashGuard.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include <mutex>

using llvm::CrashRecoveryContext;

namespace mlir::attn {

/// Deeply nested text is parsed by recursion.
static constexpr unsigned kStackBytes = 64 << 20;

/// Of the code that this thread runs: why LLVM gave up.
static thread_local std::string *fatalReason = nullptr;

static void handleFatalError(void *, const char *reason, bool) {
  if (fatalReason)
    *fatalReason = reason;
  if (CrashRecoveryContext *context = CrashRecoveryContext::GetCurrent())
    context->HandleExit(1);
}

namespace {
/// The handlers are the process's: installed while any thread is guarded.
class Handlers {
public:
  Handlers() {
    std::lock_guard<std::mutex> guard(mutex);
    if (users++ > 0)
      return;
    CrashRecoveryContext::Enable();
    llvm::install_fatal_error_handler(handleFatalError);
  }
  ~Handlers() {
    std::lock_guard<std::mutex> guard(mutex);
    if (--users > 0)
      return;
    llvm::remove_fatal_error_handler();
    CrashRecoveryContext::Disable();
  }

private:
  static std::mutex mutex;
  static unsigned users;
};
} // namespace

std::mutex Handlers::mutex;
unsigned Handlers::users = 0;

std::optional<std::string> runGuarded(llvm::function_ref<void()> body) {
  Handlers handlers;
  std::string reason;
  CrashRecoveryContext context;
  bool finished = context.RunSafelyOnThread(
      [&] {
        fatalReason = &reason;
        body();
        fatalReason = nullptr;
      },
      kStackBytes);
  if (finished)
    return std::nullopt;
  if (!reason.empty())
    return reason;
  // As a shell reports it: 128 and the number of the signal.
  return "signal " + std::to_string(context.RetCode - 128);
}

} // namespace mlir::attn
