//===- NVPTXCodegen.cpp - from the LLVM dialect to PTX --------------------===//
//
// LLVM's own optimiser and NVPTX, in this process; no part of a CUDA toolkit.
//
// Covered by test/Tools/attn-compile/gpu-ptx.mlir.
//
//===----------------------------------------------------------------------===//

#include "NVPTXCodegen.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <mutex>

namespace mlir::attn {

static void initializeNVPTX() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
}

static std::unique_ptr<llvm::TargetMachine>
createMachine(const GPUTarget &gpu) {
  initializeNVPTX();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, gpu.getChip(), gpu.getFeatures(), llvm::TargetOptions(),
      std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     CompileObserver &observer) {
  llvm::PassInstrumentationCallbacks callbacks;
  callbacks.registerBeforeNonSkippedPassCallback(
      [&](StringRef pass, llvm::Any) { observer.onStep(pass); });
  llvm::PassBuilder builder(&machine, llvm::PipelineTuningOptions(),
                            std::nullopt, &callbacks);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

FailureOr<std::string> generatePTX(ModuleOp module, const GPUTarget &target,
                                   CompileObserver &observer) {
  llvm::LLVMContext context;
  observer.onStep("translation to LLVM IR");
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(
      module, context, "attn", /*disableVerification=*/true);
  if (!llvmModule) {
    observer.onInternalError("translation to LLVM IR failed");
    return failure();
  }
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(target);
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  std::string invalid;
  llvm::raw_string_ostream invalidStream(invalid);
  if (llvm::verifyModule(*llvmModule, &invalidStream)) {
    observer.onInternalError("translation to LLVM IR gave invalid IR: " +
                             invalid);
    return failure();
  }
  optimize(*llvmModule, *machine, observer);

  observer.onStep("LLVM code generation");
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, /*DwoOut=*/nullptr,
                                   llvm::CodeGenFileType::AssemblyFile)) {
    observer.onInternalError("LLVM cannot write this kind of file");
    return failure();
  }
  passes.run(*llvmModule);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace mlir::attn
