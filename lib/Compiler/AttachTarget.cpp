//===- AttachTarget.cpp - say which CPU the functions are for -------------===//
//
//   llvm.func @f() { ... }
// becomes, for target x86-64-v4,
//   llvm.func @f() attributes {no_unwind, prefer_vector_width = "512",
//     target_cpu = "x86-64", tune_cpu = "x86-64-v4",
//     target_features = #llvm.target_features<["+sse3", ..., "+avx512f"]>}
//
// Covered by test/Compiler/attach-target.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Passes.h"
#include "attn/Target/TargetMachine.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

#define GEN_PASS_DEF_ATTACHTARGETPASS
#include "attn/Compiler/Passes.h.inc"

static void attachTarget(ModuleOp module, const TargetInfo &target) {
  Builder builder(module);
  module->setAttr(LLVM::LLVMDialect::getTargetTripleAttrName(),
                  builder.getStringAttr(target.getTriple().str()));
  module->setAttr(LLVM::LLVMDialect::getDataLayoutAttrName(),
                  builder.getStringAttr(createTargetMachine(target)
                                            ->createDataLayout()
                                            .getStringRepresentation()));
  for (auto func : module.getOps<LLVM::LLVMFuncOp>()) {
    func.setNoUnwind(true);
    if (func.isExternal())
      continue;
    func.setTargetCpu(target.getBaseCPU());
    func.setTuneCpu(target.getTuneCPU());
    func.setPreferVectorWidth(std::to_string(target.getVectorBits()));
    if (!target.getFeatures().empty())
      func.setTargetFeaturesAttr(LLVM::TargetFeaturesAttr::get(
          module.getContext(), target.getFeatureString()));
  }
}

namespace {
struct AttachTargetPass : impl::AttachTargetPassBase<AttachTargetPass> {
  using AttachTargetPassBase::AttachTargetPassBase;

  void runOnOperation() override {
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    attachTarget(getOperation(), *info);
  }
};
} // namespace

} // namespace mlir::attn
