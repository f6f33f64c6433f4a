//===- EmitEntryPoints.cpp - checked entry points for C
//---------------------===//
//
//   llvm.func @f(ptr, ptr, i64, i64, i64, ..)
//       attributes {attn.signature = [...], attn.phases = {...}}
// becomes
//   llvm.func internal @f_kernel(ptr, ptr, i64, i64, i64, ..)
//   llvm.func internal @f_check(%x: !llvm.ptr) -> i32
//   llvm.func @f(%x: !llvm.ptr, %threads: i32) -> i32 {
//     ... return a status unless %x points to a valid tensor struct ...
//     llvm.call @f_kernel(...)
//     llvm.return 0
//   }
//   llvm.func @f_in_workspace(..), @f_workspace_size(..), @f_phases(..),
//             @f_grid(..), @f_tile(..)
//
// Covered by test/Compiler/emit-entry-points.mlir, emit-entry-points-cpu.mlir,
// emit-entry-points-errors.mlir and test/Tools/attn-compile/embed.test.
//
//===----------------------------------------------------------------------===//

#include "CPUCheck.h"
#include "EntryPointEmitter.h"
#include "attn/Compiler/Header.h"
#include "attn/Compiler/Passes.h"
#include "attn/Compiler/Signature.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EMITENTRYPOINTSPASS
#include "attn/Compiler/Passes.h.inc"

/// The extensions that `func` was compiled to use and that can be tested.
static SmallVector<const X86Feature *>
getFeaturesToTest(LLVM::LLVMFuncOp func) {
  SmallVector<const X86Feature *> features;
  std::optional<LLVM::TargetFeaturesAttr> attr = func.getTargetFeatures();
  if (!attr)
    return features;
  for (StringAttr entry : attr->getFeatures()) {
    StringRef name = entry.getValue();
    if (name.consume_front("+"))
      if (const X86Feature *feature = lookupX86Feature(name))
        features.push_back(feature);
  }
  return features;
}

/// Drops attributes of other dialects from the arguments of `func`; the
/// translation to LLVM IR warns about every one of them.
static void dropForeignArgumentAttrs(FunctionOpInterface func) {
  for (unsigned index = 0; index < func.getNumArguments(); ++index)
    for (NamedAttribute attr : func.getArgAttrs(index))
      if (!attr.getName().strref().starts_with("llvm."))
        func.removeArgAttr(index, attr.getName());
}

/// Scratch belongs to one worker: nothing else points into it.
static void markScratch(LLVM::LLVMFuncOp tile, const Signature &signature) {
  Builder builder(tile.getContext());
  unsigned pointer = countKernelOperands(signature) + kWorkspaceWords + 1;
  tile.setArgAttr(pointer, LLVM::LLVMDialect::getNoAliasAttrName(),
                  builder.getUnitAttr());
  tile.setArgAttr(pointer, LLVM::LLVMDialect::getAlignAttrName(),
                  builder.getI64IntegerAttr(kWorkspaceAlignment));
}

namespace {
struct EmitEntryPointsPass
    : impl::EmitEntryPointsPassBase<EmitEntryPointsPass> {
  using EmitEntryPointsPassBase::EmitEntryPointsPassBase;

  void runOnOperation() override;

private:
  /// Makes `kernel` internal and exports entry points under its name.
  LogicalResult exportFunction(LLVM::LLVMFuncOp kernel, SymbolTable &symbols);

  /// The check of the CPU, made for the first function; all functions of a
  /// module have the same target.
  LLVM::LLVMFuncOp cpuCheck;
};
} // namespace

void EmitEntryPointsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  cpuCheck = nullptr;
  auto defined = llvm::filter_to_vector(
      module.getOps<LLVM::LLVMFuncOp>(),
      [](LLVM::LLVMFuncOp func) { return !func.isExternal(); });
  for (LLVM::LLVMFuncOp func : defined) {
    func.setLinkage(LLVM::Linkage::Internal);
    dropForeignArgumentAttrs(func);
    if (!func->hasAttr(kSignatureAttrName))
      continue;
    if (failed(exportFunction(func, symbols)))
      return signalPassFailure();
  }
}

/// The numbers of `phases`, without the functions, which may be inlined.
static DictionaryAttr dropFunctions(DictionaryAttr phases) {
  Builder builder(phases.getContext());
  SmallVector<NamedAttribute> kept;
  for (NamedAttribute entry : phases) {
    if (auto list = dyn_cast<ArrayAttr>(entry.getValue()))
      entry.setValue(builder.getArrayAttr(
          llvm::map_to_vector(list.getAsRange<DictionaryAttr>(),
                              [](DictionaryAttr phase) -> Attribute {
                                return dropFunctions(phase);
                              })));
    if (!isa<SymbolRefAttr>(entry.getValue()))
      kept.push_back(entry);
  }
  return builder.getDictionaryAttr(kept);
}

LogicalResult EmitEntryPointsPass::exportFunction(LLVM::LLVMFuncOp kernel,
                                                  SymbolTable &symbols) {
  FailureOr<Signature> signature = readSignature(kernel);
  if (failed(signature))
    return failure();
  std::string exported = symbolPrefix + signature->name;
  if (!isCIdentifier(exported))
    return kernel.emitOpError("expected the exported name to be an identifier "
                              "of C but found '")
           << exported << "'";
  FailureOr<KernelFunctions> functions =
      findKernelFunctions(kernel, *signature, symbols);
  if (failed(functions))
    return failure();
  for (const KernelFunctions::Phase &phase : functions->phases)
    markScratch(phase.tile, *signature);

  auto unused = [&](StringRef suffix) {
    std::string name = (signature->name + suffix).str();
    while (symbols.lookup(name))
      name += "_";
    return name;
  };
  if (failed(symbols.rename(kernel, unused("_kernel"))))
    return failure();
  for (StringRef suffix : kEntryPointSuffixes)
    if (Operation *other = symbols.lookup((exported + suffix).str())) {
      InFlightDiagnostic diagnostic =
          kernel.emitOpError("expected the exported name '")
          << exported << suffix << "' to be free";
      diagnostic.attachNote(other->getLoc()) << "the name is taken here";
      return diagnostic;
    }
  SmallVector<const X86Feature *> features = getFeaturesToTest(kernel);
  if (!features.empty() && !cpuCheck)
    cpuCheck = emitCPUCheck(getOperation(), symbols, features);

  OpBuilder builder(&getContext());
  EntryPointEmitter emitter(builder, *functions, *signature, exported);
  LLVM::LLVMFuncOp entry = emitter.emit(unused("_check"), cpuCheck);
  symbols = SymbolTable(getOperation());
  entry->setAttr(kSignatureAttrName, kernel->getAttr(kSignatureAttrName));
  if (Attribute requirements = kernel->removeAttr(kRequirementsAttrName))
    entry->setAttr(kRequirementsAttrName, requirements);
  kernel->removeAttr(kSignatureAttrName);
  entry->setAttr(
      kPhasesAttrName,
      dropFunctions(kernel->getAttrOfType<DictionaryAttr>(kPhasesAttrName)));
  kernel->removeAttr(kPhasesAttrName);
  return success();
}

} // namespace mlir::attn
