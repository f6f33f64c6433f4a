//===- KernelFunctions.cpp - the functions behind entry points ------------===//
//
//   attn.phases = {workspace = @f_workspace,
//                  phases = [{grid = @f_grid0, tile = @f_tile0}, ..]}
//
// Covered by test/Compiler/emit-entry-points-errors.mlir.
//
//===----------------------------------------------------------------------===//

#include "KernelFunctions.h"

namespace mlir::attn {

unsigned countKernelOperands(const Signature &signature) {
  unsigned count = 0;
  for (const ArgumentInfo &info : signature.args)
    count += info.isScalar ? 1 : 3 + 2 * info.shape.size();
  return count;
}

namespace {
class Finder {
public:
  Finder(LLVM::LLVMFuncOp kernel, const Signature &signature,
         const SymbolTable &symbols)
      : kernel(kernel), symbols(symbols),
        numOperands(countKernelOperands(signature)) {}

  FailureOr<KernelFunctions> find();

private:
  LogicalResult checkCount(LLVM::LLVMFuncOp func, unsigned extra);
  /// The function that `names` has under `key`, which takes `extra` operands
  /// more than the signature.
  FailureOr<LLVM::LLVMFuncOp> lookup(DictionaryAttr names, StringRef key,
                                     unsigned extra);

  LLVM::LLVMFuncOp kernel;
  const SymbolTable &symbols;
  unsigned numOperands;
};
} // namespace

LogicalResult Finder::checkCount(LLVM::LLVMFuncOp func, unsigned extra) {
  unsigned found = func.getNumArguments();
  if (found == numOperands + extra)
    return success();
  return func.emitOpError("expected ")
         << numOperands + extra << " arguments by the signature of '"
         << kernel.getSymName() << "' but found " << found;
}

FailureOr<LLVM::LLVMFuncOp> Finder::lookup(DictionaryAttr names, StringRef key,
                                           unsigned extra) {
  auto name = names ? names.getAs<FlatSymbolRefAttr>(key) : nullptr;
  auto func = name ? symbols.lookup<LLVM::LLVMFuncOp>(name.getAttr()) : nullptr;
  if (!func)
    return kernel.emitOpError("expected '")
           << kPhasesAttrName << "' to name a function as '" << key << "'";
  if (failed(checkCount(func, extra)))
    return failure();
  return func;
}

FailureOr<KernelFunctions> Finder::find() {
  KernelFunctions functions;
  functions.loops = kernel;
  unsigned extra = 2 * kWorkspaceWords + 1;
  functions.isParallel = kernel.getNumArguments() == numOperands + extra + 1;
  if (failed(checkCount(kernel, extra + functions.isParallel)))
    return failure();
  if (!isa<LLVM::LLVMVoidType>(kernel.getFunctionType().getReturnType()))
    return kernel.emitOpError("expected no result but found ")
           << kernel.getFunctionType().getReturnType();

  auto names = kernel->getAttrOfType<DictionaryAttr>(kPhasesAttrName);
  FailureOr<LLVM::LLVMFuncOp> workspace = lookup(names, "workspace", 0);
  if (failed(workspace))
    return failure();
  functions.workspace = *workspace;
  auto phases = names.getAs<ArrayAttr>("phases");
  if (!phases)
    return kernel.emitOpError("expected '")
           << kPhasesAttrName << "' to have a list of 'phases'";
  for (Attribute entry : phases) {
    auto phase = dyn_cast<DictionaryAttr>(entry);
    FailureOr<LLVM::LLVMFuncOp> grid = lookup(phase, "grid", kWorkspaceWords);
    if (failed(grid))
      return failure();
    FailureOr<LLVM::LLVMFuncOp> prepare(LLVM::LLVMFuncOp{});
    if (phase.contains("prepare"))
      prepare = lookup(phase, "prepare", kWorkspaceWords);
    if (failed(prepare))
      return failure();
    FailureOr<LLVM::LLVMFuncOp> tile =
        lookup(phase, "tile", 2 * kWorkspaceWords + 1);
    if (failed(tile))
      return failure();
    functions.phases.push_back({*grid, *prepare, *tile});
  }
  return functions;
}

FailureOr<KernelFunctions> findKernelFunctions(LLVM::LLVMFuncOp kernel,
                                               const Signature &signature,
                                               const SymbolTable &symbols) {
  return Finder(kernel, signature, symbols).find();
}

} // namespace mlir::attn
