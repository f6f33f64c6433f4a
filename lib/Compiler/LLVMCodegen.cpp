//===- LLVMCodegen.cpp - from the LLVM dialect to machine code ------------===//
//
// Nothing of the environment enters the output: the module has a fixed name and
// no debug information, so equal input gives equal bytes.
//
// Covered by test/Tools/attn-compile/emit.mlir, deterministic.test,
// sanitize.test and stack.mlir.
//
//===----------------------------------------------------------------------===//

#include "LLVMCodegen.h"
#include "ReportWideAccesses.h"
#include "StackUse.h"
#include "attn/Compiler/Version.h"
#include "attn/Target/TargetMachine.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"

namespace mlir::attn {

namespace {
/// Turns errors of LLVM (e.g. in inline assembly) into ours; without a handler
/// LLVM ends the process. Keeps what LLVM reports of frames.
struct DiagnosticForwarder : llvm::DiagnosticHandler {
  explicit DiagnosticForwarder(Location loc) : loc(loc) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (auto *frame = dyn_cast<llvm::DiagnosticInfoStackSize>(&info))
      stackUse.add(*frame);
    if (info.getSeverity() != llvm::DS_Error)
      return true;
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::DiagnosticPrinterRawOStream printer(os);
    info.print(printer);
    emitError(loc, text);
    hasError = true;
    return true;
  }

  Location loc;
  bool hasError = false;
  StackUse stackUse;
};
} // namespace

/// Adds checks of every access, at the end of `builder`'s pipelines. Runtimes
/// are started by the program, so no constructor is made.
static void addSanitizer(llvm::PassBuilder &builder, Sanitizer sanitizer) {
  builder.registerOptimizerLastEPCallback([=](llvm::ModulePassManager &passes,
                                              llvm::OptimizationLevel,
                                              llvm::ThinOrFullLTOPhase) {
    if (sanitizer == Sanitizer::address)
      passes.addPass(llvm::AddressSanitizerPass(
          llvm::AddressSanitizerOptions(), /*UseGlobalGC=*/false,
          /*UseOdrIndicator=*/false, llvm::AsanDtorKind::None,
          llvm::AsanCtorKind::None));
    if (sanitizer == Sanitizer::thread) {
      passes.addPass(
          llvm::createModuleToFunctionPassAdaptor(ReportWideAccessesPass()));
      passes.addPass(
          llvm::createModuleToFunctionPassAdaptor(llvm::ThreadSanitizerPass()));
    }
  });
}

static void markForSanitizer(llvm::Module &module, Sanitizer sanitizer) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && sanitizer != Sanitizer::none)
      function.addFnAttr(sanitizer == Sanitizer::address
                             ? llvm::Attribute::SanitizeAddress
                             : llvm::Attribute::SanitizeThread);
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     Sanitizer sanitizer, CompileObserver &observer) {
  llvm::PassInstrumentationCallbacks callbacks;
  callbacks.registerBeforeNonSkippedPassCallback(
      [&](StringRef pass, llvm::Any) { observer.onStep(pass); });
  llvm::PassBuilder builder(&machine, llvm::PipelineTuningOptions(),
                            std::nullopt, &callbacks);
  addSanitizer(builder, sanitizer);
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

/// Marks `module` as position-independent and as made by us.
static void setModuleFlags(llvm::Module &module) {
  module.setSourceFileName("attn");
  module.setPICLevel(llvm::PICLevel::BigPIC);
  llvm::LLVMContext &context = module.getContext();
  module.getOrInsertNamedMetadata("llvm.ident")
      ->addOperand(llvm::MDNode::get(
          context,
          llvm::MDString::get(context, ("attn " + getVersion()).str())));
}

/// `module` as LLVM has it, or null if that is not valid.
static std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                               llvm::LLVMContext &context,
                                               CompileObserver &observer) {
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, "attn",
                              /*disableVerification=*/true);
  if (!llvmModule) {
    observer.onInternalError("translation to LLVM IR failed");
    return nullptr;
  }
  std::string invalid;
  llvm::raw_string_ostream invalidStream(invalid);
  if (llvm::verifyModule(*llvmModule, &invalidStream)) {
    observer.onInternalError("translation to LLVM IR gave invalid IR: " +
                             invalid);
    return nullptr;
  }
  return llvmModule;
}

FailureOr<std::string> generateCode(ArrayRef<TargetVariant> variants,
                                    EmitKind emit, Sanitizer sanitizer,
                                    CompileObserver &observer) {
  ModuleOp module = variants.front().module.get();
  llvm::LLVMContext context;
  auto handler = std::make_unique<DiagnosticForwarder>(module.getLoc());
  DiagnosticForwarder &forwarder = *handler;
  context.setDiagnosticHandler(std::move(handler));

  observer.onStep("translation to LLVM IR");
  SmallVector<std::unique_ptr<llvm::Module>> translated;
  for (const TargetVariant &variant : variants) {
    translated.push_back(translate(*variant.module, context, observer));
    if (!translated.back())
      return failure();
  }
  std::unique_ptr<llvm::Module> llvmModule = joinVariants(variants, translated);
  setModuleFlags(*llvmModule);

  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(variants.front().target);
  markForSanitizer(*llvmModule, sanitizer);
  optimize(*llvmModule, *machine, sanitizer, observer);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (emit == EmitKind::llvm) {
    llvmModule->print(stream, /*AAW=*/nullptr);
  } else {
    observer.onStep("LLVM code generation");
    llvm::legacy::PassManager passes;
    auto fileType = emit == EmitKind::asm_ ? llvm::CodeGenFileType::AssemblyFile
                                           : llvm::CodeGenFileType::ObjectFile;
    if (machine->addPassesToEmitFile(passes, stream, /*DwoOut=*/nullptr,
                                     fileType)) {
      observer.onInternalError("LLVM cannot write this kind of file");
      return failure();
    }
    // Sanitizers put red zones around what is on the stack.
    if (sanitizer == Sanitizer::none)
      StackUse::requestReports(*llvmModule);
    passes.run(*llvmModule);
    if (sanitizer == Sanitizer::none &&
        failed(forwarder.stackUse.verify(*llvmModule, module)))
      return failure();
  }
  if (forwarder.hasError)
    return failure();
  return std::string(bytes.begin(), bytes.end());
}

} // namespace mlir::attn
