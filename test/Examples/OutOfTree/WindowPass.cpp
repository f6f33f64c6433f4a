//===- WindowPass.cpp - bounded memory for causal attention ---------------===//
//
//   attn.dense causal align(bottom_right) ..
//   ->
//   attn.dense causal align(bottom_right) window [127, 0] ..
//
// Test: test/window-limit.mlir
//
//===----------------------------------------------------------------------===//

#include "WindowPass.h"
#include "attn/Dialect/Attn/IR/Attn.h"

using namespace mlir;

namespace {
struct WindowPass : PassWrapper<WindowPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WindowPass)

  WindowPass() = default;
  WindowPass(const WindowPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "window-limit"; }
  StringRef getDescription() const override {
    return "let causal attention see the last keys only";
  }

  void runOnOperation() override {
    getOperation()->walk([&](attn::DenseOp op) {
      if (op.getCausal() && !op.getWindow())
        op.setWindow(ArrayRef<int64_t>{keys - 1, 0});
    });
  }

  Option<int64_t> keys{*this, "keys",
                       llvm::cl::desc("keys of a window (default: 128)"),
                       llvm::cl::init(128)};
};
} // namespace

void windows::registerWindowPass() { PassRegistration<WindowPass>(); }
