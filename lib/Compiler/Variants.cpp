//===- Variants.cpp - one object for several CPUs -------------------------===//
//
// For the targets x86-64-v3,x86-64-v4 the object has, for an exported f,
//
//   static int32_t f.x86_64_v3(args), f.x86_64_v4(args);
//   int32_t f(args) {
//     if (attn_cpu_is_supported.x86_64_v4()) return f.x86_64_v4(args);
//     return f.x86_64_v3(args);      // or the status for a lacking CPU
//   }
//
// The answer does not change while a process runs, so all entry points of a
// function, the size of its workspace among them, belong to one variant.
//
// Covered by test/Tools/attn-compile/variants.test.
//
//===----------------------------------------------------------------------===//

#include "Variants.h"
#include "CPUCheck.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Linker/Linker.h"

namespace mlir::attn {

FailureOr<SmallVector<TargetVariant>> parseVariants(StringRef specs,
                                                    Location loc) {
  SmallVector<TargetVariant> variants;
  for (std::string &spec : splitTargets(specs)) {
    FailureOr<TargetInfo> target = TargetInfo::parse(spec, loc);
    if (failed(target))
      return failure();
    for (const TargetVariant &other : variants) {
      if (other.spec == spec)
        return emitError(loc, "expected different targets but found '")
               << spec << "' twice";
      if (other.target.getTriple() != target->getTriple())
        return emitError(loc, "expected targets of one triple but found ")
               << other.target.getTriple().str() << " and "
               << target->getTriple().str();
    }
    variants.push_back({std::move(spec), std::move(*target), nullptr});
  }
  if (variants.size() > 1 && !variants.front().target.isX86())
    return emitError(loc, "expected one target: which instructions a CPU has "
                          "can be told at run time on x86-64 only");
  return variants;
}

/// "x86-64-v4,+avx512bf16" as a part of a name: "x86_64_v4__avx512bf16".
static std::string makeSuffix(StringRef spec) {
  std::string suffix = ".";
  for (char c : spec)
    suffix += llvm::isAlnum(c) ? c : '_';
  return suffix;
}

/// Emits `name`, which hands its arguments to one of `variants`.
static void emitDispatch(llvm::Module &module, StringRef name,
                         ArrayRef<llvm::Function *> variants,
                         ArrayRef<llvm::Function *> checks) {
  llvm::LLVMContext &context = module.getContext();
  llvm::Function *first = variants.front();
  auto *dispatch =
      llvm::Function::Create(first->getFunctionType(),
                             llvm::GlobalValue::ExternalLinkage, name, module);
  dispatch->setDoesNotThrow();
  dispatch->addFnAttr("target-cpu", "x86-64");
  SmallVector<llvm::Value *> arguments;
  for (llvm::Argument &argument : dispatch->args())
    arguments.push_back(&argument);

  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", dispatch));
  auto leave = [&](llvm::Function *variant) {
    llvm::Value *result = builder.CreateCall(variant, arguments);
    if (result->getType()->isVoidTy())
      builder.CreateRetVoid();
    else
      builder.CreateRet(result);
  };
  for (size_t index = variants.size(); --index > 0;) {
    // Without a check, every CPU will do.
    if (!checks[index])
      return leave(variants[index]);
    auto *call = llvm::BasicBlock::Create(context, "", dispatch);
    auto *next = llvm::BasicBlock::Create(context, "", dispatch);
    builder.CreateCondBr(builder.CreateCall(checks[index]), call, next);
    builder.SetInsertPoint(call);
    leave(variants[index]);
    builder.SetInsertPoint(next);
  }
  leave(first);
}

std::unique_ptr<llvm::Module>
joinVariants(ArrayRef<TargetVariant> variants,
             MutableArrayRef<std::unique_ptr<llvm::Module>> modules) {
  if (modules.size() == 1)
    return std::move(modules.front());
  SmallVector<std::string> exported;
  for (llvm::Function &function : *modules.front())
    if (!function.isDeclaration() && !function.hasLocalLinkage())
      exported.push_back(function.getName().str());

  // Names that differ keep their functions apart; only declarations are shared.
  SmallVector<std::string> suffixes;
  for (auto [variant, module] : llvm::zip(variants, modules)) {
    suffixes.push_back(makeSuffix(variant.spec));
    for (llvm::GlobalValue &value : module->global_values()) {
      if (value.isDeclaration())
        continue;
      value.setName(value.getName() + suffixes.back());
      value.setLinkage(llvm::GlobalValue::ExternalLinkage);
    }
  }
  std::unique_ptr<llvm::Module> joined = std::move(modules.front());
  for (std::unique_ptr<llvm::Module> &module : modules.drop_front())
    llvm::Linker::linkModules(*joined, std::move(module));
  for (llvm::GlobalValue &value : joined->global_values())
    if (!value.isDeclaration())
      value.setLinkage(llvm::GlobalValue::InternalLinkage);

  auto find = [&](StringRef name) {
    return llvm::map_to_vector(suffixes, [&](StringRef suffix) {
      return joined->getFunction((name + suffix).str());
    });
  };
  SmallVector<llvm::Function *> checks = find(kCPUCheckName);
  for (StringRef name : exported)
    emitDispatch(*joined, name, find(name), checks);
  return joined;
}

/// `value` where both know the same.
static void keepIfEqual(std::optional<int64_t> &value,
                        std::optional<int64_t> other) {
  if (value != other)
    value = std::nullopt;
}

std::optional<PhaseInfo> joinPhases(ArrayRef<PhaseInfo> phases) {
  PhaseInfo joined = phases.front();
  for (const PhaseInfo &other : phases.drop_front()) {
    if (other.tiles.size() != joined.tiles.size())
      return std::nullopt;
    for (auto [tiles, otherTiles] : llvm::zip(joined.tiles, other.tiles))
      keepIfEqual(tiles, otherTiles);
    keepIfEqual(joined.shared, other.shared);
    keepIfEqual(joined.perWorker, other.perWorker);
  }
  return joined;
}

} // namespace mlir::attn
