//===- CrashPass.cpp - a crash on purpose ---------------------------------===//
//
//   attn-compile layer.mlir --load-pass-plugin=libAttnTestPasses.so
//                --add-passes="tile:attn-test-crash{by=abort}"
//
// Ends as faults of LLVM and MLIR do: by a bad access, by an abort as of a
// failed assertion, or by a fatal error.
//
// Tests: test/Tools/attn-compile/crash.test
//
//===----------------------------------------------------------------------===//

#include "CrashPass.h"
#include "llvm/Support/ErrorHandling.h"
#include <csignal>
#include <cstdlib>

using namespace mlir;

namespace {
enum class Fault { access, abort, fatalError };

struct CrashPass : PassWrapper<CrashPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CrashPass)

  CrashPass() = default;
  CrashPass(const CrashPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "attn-test-crash"; }
  StringRef getDescription() const override { return "crash"; }

  void runOnOperation() override {
    switch (by) {
    case Fault::access:
      std::raise(SIGSEGV);
      return;
    case Fault::abort:
      std::abort();
    case Fault::fatalError:
      llvm::report_fatal_error("planted");
    }
  }

  Option<Fault> by{
      *this, "by", llvm::cl::desc("how it crashes (default: access)"),
      llvm::cl::init(Fault::access),
      llvm::cl::values(
          clEnumValN(Fault::access, "access", "by a bad access"),
          clEnumValN(Fault::abort, "abort", "as a failed assertion does"),
          clEnumValN(Fault::fatalError, "fatal-error",
                     "by LLVM's report_fatal_error"))};
};
} // namespace

void mlir::attn::registerCrashPass() { PassRegistration<CrashPass>(); }
