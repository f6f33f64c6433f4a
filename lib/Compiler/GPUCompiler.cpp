//===- GPUCompiler.cpp - from a module to a GPU kernel --------------------===//
//
// Covered by test/Tools/attn-compile/gpu-*.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/GPUCompiler.h"
#include "GPUManifest.h"
#include "LLVMCodegen.h"
#include "NVPTXCodegen.h"
#include "attn/Conversion/ATileToLLVM/ATileToLLVM.h"
#include "attn/Conversion/Passes.h"
#include "attn/Dialect/ATile/IR/ATile.h"
#include "attn/Pipelines/GPU.h"
#include "attn/Target/GPUTarget.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::attn {

/// The only kernel of `module`.
static FailureOr<atile::KernelOp> findKernel(ModuleOp module) {
  auto kernels = llvm::to_vector(module.getOps<atile::KernelOp>());
  if (kernels.size() == 1)
    return kernels.front();
  return emitError(module.getLoc(), "expected one kernel but found ")
         << kernels.size();
}

/// Describes the kernel; its public function is the one whose signature it has.
static FailureOr<GPUArtifact> describe(ModuleOp kernels) {
  FailureOr<atile::KernelOp> kernel = findKernel(kernels);
  if (failed(kernel))
    return failure();
  GPUArtifact artifact;
  artifact.kernel = describeKernel(*kernel);
  if ((*kernel)->hasAttr(kSignatureAttrName)) {
    FailureOr<Signature> signature = readSignature(*kernel);
    if (failed(signature))
      return failure();
    artifact.signature = std::move(*signature);
    return artifact;
  }
  std::optional<Signature> signature = describeSignature(*kernel);
  if (!signature)
    return kernel->emitOpError("expected the type of the function that it "
                               "implements, as 'signature'");
  artifact.signature = std::move(*signature);
  return artifact;
}

/// The stages to which passes can be added: the module of atile, and that of
/// single instructions.
static constexpr StringLiteral kKernelsStage = "kernels";
static constexpr StringLiteral kInstructionsStage = "instructions";

static LogicalResult checkAddedPasses(const CompileOptions &options,
                                      Location loc) {
  for (const AddedPasses &added : options.addedPasses)
    if (added.stage != kKernelsStage && added.stage != kInstructionsStage)
      return emitError(loc, "unknown stage '")
             << added.stage << "'; expected one of " << kKernelsStage << ", "
             << kInstructionsStage;
  return success();
}

/// Adds what `options` want at the end of `stage`.
static LogicalResult appendAddedPasses(OpPassManager &passes, StringRef stage,
                                       const CompileOptions &options,
                                       Location loc) {
  for (const AddedPasses &added : options.addedPasses) {
    std::string message;
    llvm::raw_string_ostream os(message);
    if (added.stage == stage &&
        failed(parsePassPipeline(added.pipeline, passes, os)))
      return emitError(loc, "cannot add passes to stage '")
             << stage << "': " << StringRef(message).trim();
  }
  return success();
}

/// Runs `convert` and what follows it on a copy of `kernels`.
static FailureOr<OwningOpRef<ModuleOp>> lower(ModuleOp kernels,
                                              std::unique_ptr<Pass> convert,
                                              const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = kernels.clone();
  PassManager passes(copy->getContext(), ModuleOp::getOperationName());
  passes.addPass(std::move(convert));
  if (failed(appendAddedPasses(passes, kInstructionsStage, options,
                               UnknownLoc::get(kernels.getContext()))))
    return failure();
  atile::buildLLVMFinalization(passes);
  if (options.configurePasses && failed(options.configurePasses(passes)))
    return failure();
  if (failed(passes.run(*copy)))
    return failure();
  return copy;
}

/// Gives each kernel the signature of the function that it was made of.
static void passOnSignatures(ModuleOp kernels,
                             const llvm::StringMap<Attribute> &signatures) {
  for (auto kernel : kernels.getOps<atile::KernelOp>())
    if (Attribute signature = signatures.lookup(kernel.getName()))
      kernel->setAttr(kSignatureAttrName, signature);
}

FailureOr<OwningOpRef<ModuleOp>> buildKernels(ModuleOp module,
                                              const CompileOptions &options) {
  MLIRContext *context = module.getContext();
  Location nowhere = UnknownLoc::get(context);
  if (failed(GPUTarget::parse(options.target, nowhere)) ||
      failed(checkAddedPasses(options, nowhere)) || failed(verify(module)))
    return failure();
  OwningOpRef<ModuleOp> copy = module.clone();
  llvm::StringMap<Attribute> signatures;
  for (auto func : copy->getOps<func::FuncOp>()) {
    if (!func.isPublic() || func.isExternal())
      continue;
    if (failed(recordSignature(func)))
      return failure();
    signatures[func.getName()] = func->getAttr(kSignatureAttrName);
  }
  PassManager passes(context, ModuleOp::getOperationName());
  if (module.getOps<atile::KernelOp>().empty())
    buildGPUPipeline(passes, options.target);
  if (failed(appendAddedPasses(passes, kKernelsStage, options, nowhere)) ||
      (options.configurePasses && failed(options.configurePasses(passes))) ||
      failed(passes.run(*copy)))
    return failure();
  passOnSignatures(*copy, signatures);
  return copy;
}

FailureOr<GPUArtifact> compileForGPU(ModuleOp kernels, EmitKind emit,
                                     const CompileOptions &options) {
  bool isForGPU =
      llvm::is_contained({EmitKind::mlir, EmitKind::ptx, EmitKind::cubin,
                          EmitKind::header, EmitKind::manifest},
                         emit);
  if (!isForGPU)
    return emitError(UnknownLoc::get(kernels.getContext()),
                     "expected PTX, a cubin, a header, JSON or the module to "
                     "be asked for with a GPU");
  FailureOr<GPUArtifact> artifact = describe(kernels);
  if (failed(artifact))
    return failure();
  if (emit == EmitKind::mlir) {
    llvm::raw_string_ostream os(artifact->bytes);
    kernels.print(os);
    os << "\n";
    return artifact;
  }
  if (emit == EmitKind::header || emit == EmitKind::manifest) {
    artifact->bytes =
        emit == EmitKind::header
            ? emitGPUHeader(artifact->kernel, artifact->signature,
                            options.target)
            : emitGPUManifest(artifact->kernel, artifact->signature,
                              options.target);
    return artifact;
  }
  CompileObserver silent;
  CompileObserver &observer = options.observer ? *options.observer : silent;
  FailureOr<OwningOpRef<ModuleOp>> lowered =
      lower(kernels, createATileToNVVMPass(), options);
  if (failed(lowered))
    return failure();
  FailureOr<GPUTarget> target =
      GPUTarget::parse(options.target, UnknownLoc::get(kernels.getContext()));
  if (failed(target))
    return failure();
  FailureOr<std::string> ptx = generatePTX(**lowered, *target, observer);
  if (failed(ptx))
    return failure();
  artifact->bytes = std::move(*ptx);
  if (emit == EmitKind::ptx)
    return artifact;
  observer.onStep("ptxas");
  FailureOr<Assembled> assembled =
      assemblePTX(artifact->bytes, options.target, kernels.getLoc());
  if (failed(assembled))
    return failure();
  artifact->bytes = std::move(assembled->cubin);
  artifact->report = std::move(assembled->report);
  return artifact;
}

FailureOr<GPUArtifact> compileForEmulation(ModuleOp kernels,
                                           const CompileOptions &options) {
  FailureOr<GPUArtifact> artifact = describe(kernels);
  FailureOr<TargetInfo> host =
      TargetInfo::parse("native", UnknownLoc::get(kernels.getContext()));
  if (failed(artifact) || failed(host))
    return failure();
  FailureOr<OwningOpRef<ModuleOp>> lowered =
      lower(kernels, createATileToEmulationPass(), options);
  if (failed(lowered))
    return failure();
  CompileObserver silent;
  FailureOr<std::string> code =
      generateCode(**lowered, *host, EmitKind::obj, Sanitizer::none,
                   options.observer ? *options.observer : silent);
  if (failed(code))
    return failure();
  artifact->bytes = std::move(*code);
  return artifact;
}

} // namespace mlir::attn
