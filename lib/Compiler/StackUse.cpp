//===- StackUse.cpp - how much stack compiled functions take --------------===//
//
// LLVM tells the size of a frame when it exceeds a bound that an attribute of
// the function gives; with the bound 0 it tells all of them. Which function
// calls which is read from the module: a function whose address is taken counts
// as called there, since a runtime (OpenMP's) may call it from that place.
//
// Example: with frames f = 200, g = 40 bytes and a call of g in f, f takes
// 200 + 40 and two return addresses, 256 bytes.
//
// Covered by test/Tools/attn-compile/stack.mlir.
//
//===----------------------------------------------------------------------===//

#include "StackUse.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace mlir::attn {

void StackUse::requestReports(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      function.addFnAttr("warn-stack-size", "0");
}

void StackUse::add(const llvm::DiagnosticInfoStackSize &report) {
  frames[report.getFunction().getName()] = report.getStackSize();
}

/// The defined functions that `function` calls or hands on.
static llvm::SetVector<const llvm::Function *>
findCallees(const llvm::Function &function) {
  llvm::SetVector<const llvm::Function *> callees;
  for (const llvm::Instruction &instruction : llvm::instructions(function))
    for (const llvm::Value *operand : instruction.operand_values())
      if (auto *callee = dyn_cast<llvm::Function>(operand->stripPointerCasts());
          callee && !callee->isDeclaration())
        callees.insert(callee);
  return callees;
}

namespace {
/// The deepest chain of calls below each function; there is no recursion.
class DeepestChain {
public:
  explicit DeepestChain(const llvm::StringMap<uint64_t> &frames)
      : frames(frames) {}

  uint64_t measure(const llvm::Function &function) {
    auto [known, isNew] = depths.try_emplace(&function, 0);
    if (!isNew)
      return known->second;
    uint64_t deepest = 0;
    for (const llvm::Function *callee : findCallees(function))
      deepest = std::max(deepest, measure(*callee));
    constexpr uint64_t returnAddress = sizeof(uint64_t);
    return depths[&function] =
               deepest + frames.lookup(function.getName()) + returnAddress;
  }

private:
  const llvm::StringMap<uint64_t> &frames;
  llvm::DenseMap<const llvm::Function *, uint64_t> depths;
};
} // namespace

LogicalResult StackUse::verify(const llvm::Module &module,
                               ModuleOp source) const {
  auto report = [&](const llvm::Function &function) {
    Operation *op = SymbolTable::lookupSymbolIn(source, function.getName());
    return emitError(op ? op->getLoc() : source.getLoc())
           << "expected '" << function.getName() << "' to take at most "
           << kMaxStackBytes << " bytes of stack but found ";
  };
  DeepestChain chain(frames);
  for (const llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    for (const llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *alloca = dyn_cast<llvm::AllocaInst>(&instruction);
          alloca && !alloca->isStaticAlloca())
        return report(function) << "an amount that depends on the run";
    if (function.hasLocalLinkage())
      continue;
    if (uint64_t bytes = chain.measure(function); bytes > kMaxStackBytes)
      return report(function) << bytes;
  }
  return success();
}

} // namespace mlir::attn
