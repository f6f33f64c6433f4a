//===- EmitPlainCall.cpp - checked entry points for C ---------------------===//
//
//   llvm.func @f(ptr, ptr, i64, i64, i64) attributes {attn.signature = [...]}
// becomes
//   llvm.func internal @f_kernel(ptr, ptr, i64, i64, i64)
//   llvm.func @f(%x: !llvm.ptr, %threads: i32) -> i32 {
//     ... return a status unless %x points to a valid tensor struct ...
//     llvm.call @f_kernel(...)
//     llvm.return 0
//   }
//
// Covered by test/Compiler/emit-plain-call.mlir, emit-plain-call-cpu.mlir,
// emit-plain-call-errors.mlir and test/Tools/attn-compile/plain-call.test.
//
//===----------------------------------------------------------------------===//

#include "CPUCheck.h"
#include "PlainCallEmitter.h"
#include "attn/Compiler/Passes.h"
#include "attn/Compiler/Signature.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EMITPLAINCALLPASS
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

namespace {
struct EmitPlainCallPass : impl::EmitPlainCallPassBase<EmitPlainCallPass> {
  using EmitPlainCallPassBase::EmitPlainCallPassBase;

  void runOnOperation() override;

private:
  /// Makes `kernel` internal and exports an entry point under its name.
  LogicalResult exportFunction(LLVM::LLVMFuncOp kernel, SymbolTable &symbols);

  /// The check of the CPU, made for the first function; all functions of a
  /// module have the same target.
  LLVM::LLVMFuncOp cpuCheck;
};
} // namespace

void EmitPlainCallPass::runOnOperation() {
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

LogicalResult EmitPlainCallPass::exportFunction(LLVM::LLVMFuncOp kernel,
                                                SymbolTable &symbols) {
  FailureOr<Signature> signature = readSignature(kernel);
  if (failed(signature))
    return failure();
  std::string exported = symbolPrefix + signature->name;
  if (!isCIdentifier(exported))
    return kernel.emitOpError("expected the exported name to be an identifier "
                              "of C but found '")
           << exported << "'";
  if (failed(PlainCallEmitter::verifyKernel(kernel, *signature)))
    return failure();

  std::string internal = signature->name + "_kernel";
  while (symbols.lookup(internal))
    internal += "_";
  if (failed(symbols.rename(kernel, internal)))
    return failure();
  if (Operation *other = symbols.lookup(exported)) {
    InFlightDiagnostic diagnostic =
        kernel.emitOpError("expected the exported name '")
        << exported << "' to be free";
    diagnostic.attachNote(other->getLoc()) << "the name is taken here";
    return diagnostic;
  }
  SmallVector<const X86Feature *> features = getFeaturesToTest(kernel);
  if (!features.empty() && !cpuCheck)
    cpuCheck = emitCPUCheck(getOperation(), symbols, features);

  OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
  PlainCallEmitter emitter(builder, kernel, *signature);
  LLVM::LLVMFuncOp entry = emitter.emit(exported, cpuCheck);
  symbols.insert(entry);
  entry->setAttr(kSignatureAttrName, kernel->getAttr(kSignatureAttrName));
  kernel->removeAttr(kSignatureAttrName);
  return success();
}

} // namespace mlir::attn
