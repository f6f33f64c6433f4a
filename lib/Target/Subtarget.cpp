//===- Subtarget.cpp - asking LLVM about a CPU ----------------------------===//
//
// Covered by test/Tools/attn-compile/targets.mlir.
//
//===----------------------------------------------------------------------===//

#include "Subtarget.h"
#include "attn/Target/TargetInfo.h"
#include "attn/Target/X86Features.h"
#include "llvm/ADT/Twine.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include <mutex>

namespace mlir::attn {

void initializeTargets() {
  // LLVM's registry is not safe to fill from two threads.
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
  });
}

std::unique_ptr<llvm::MCSubtargetInfo>
createSubtarget(const llvm::Triple &triple, llvm::StringRef cpu,
                llvm::StringRef features) {
  initializeTargets();
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target->createMCSubtargetInfo(triple, cpu, features));
}

bool isKnownCPU(const llvm::Triple &triple, llvm::StringRef cpu) {
  std::unique_ptr<llvm::MCSubtargetInfo> any = createSubtarget(triple, "", "");
  if (!any || cpu.empty() || !any->isCPUStringValid(cpu))
    return false;
  if (triple.getArch() != llvm::Triple::x86_64)
    return true;
  // Created without a triple of its own, a 32-bit CPU lacks "64bit-mode".
  return createSubtarget(triple, cpu, "")->checkFeatures("+64bit");
}

llvm::SmallVector<std::string>
collectX86Features(const llvm::MCSubtargetInfo &subtarget) {
  llvm::SmallVector<std::string> features;
  for (const X86Feature &feature : getX86Features())
    if (subtarget.checkFeatures((llvm::Twine("+") + feature.name).str()))
      features.push_back(feature.name.str());
  return features;
}

} // namespace mlir::attn
