//===- TargetMachine.cpp - LLVM's code generator for a target -------------===//
//
// Covered by test/Tools/attn-compile/targets.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Target/TargetMachine.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Target/TargetOptions.h"

namespace mlir::attn {

std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const TargetInfo &target) {
  initializeTargets();
  std::string message;
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(target.getTriple(), message);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // Features are attached to each function, since the entry points must run on
  // the baseline CPU.
  return std::unique_ptr<llvm::TargetMachine>(llvmTarget->createTargetMachine(
      target.getTriple(), target.getBaseCPU(), /*Features=*/"", options,
      llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Aggressive));
}

} // namespace mlir::attn
