//===- CorruptPass.cpp - a fault on purpose -------------------------------===//
//
//   attn-run layer.mlir --load-pass-plugin=libAttnTestPasses.so
//            --add-passes="tile:func.func(attn-test-corrupt)" --bisect-stages
//
// Makes a function compute something else, whatever its stage: scores are
// scaled by another factor, or a product becomes a sum. The IR stays valid.
//
// Tests: test/Tools/attn-run/bisect.test
//
//===----------------------------------------------------------------------===//

#include "CrashPass.h"
#include "CutTimePass.h"
#include "PlantBugPass.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;

namespace {
struct CorruptPass : PassWrapper<CorruptPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CorruptPass)

  StringRef getArgument() const override { return "attn-test-corrupt"; }
  StringRef getDescription() const override {
    return "make a function compute something else";
  }

  template <typename OpTy>
  static void replaceOperands(Operation *op, RewriterBase &rewriter) {
    rewriter.setInsertionPoint(op);
    rewriter.replaceOpWithNewOp<OpTy>(op, op->getResultTypes(),
                                      op->getOperands());
  }

  /// The body of linalg.matmul and the like is fixed by its name.
  static bool isBodyOfName(Operation *op) {
    return isa<linalg::LinalgOp>(op) && !isa<linalg::GenericOp>(op);
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](Operation *op) {
      if (auto dense = dyn_cast<attn::DenseOp>(op))
        dense.setScale(APFloat(3 * dense.getScaleOrDefault()));
      else if (auto online = dyn_cast<attn::OnlineOp>(op))
        online.setScale(APFloat(3 * online.getScale().convertToDouble()));
      else if (isa<arith::MulFOp>(op) && !isBodyOfName(op->getParentOp()))
        replaceOperands<arith::AddFOp>(op, rewriter);
      else if (isa<LLVM::FMulOp>(op))
        replaceOperands<LLVM::FAddOp>(op, rewriter);
    });
  }
};
} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "AttnTestPasses", "1", [] {
            PassRegistration<CorruptPass>();
            attn::registerCrashPass();
            attn::registerCutTimePass();
            attn::registerPlantBugPass();
          }};
}
