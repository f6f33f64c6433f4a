//===- ReportWideAccesses.cpp - vectors for the thread sanitizer ----------===//
//
//   store <16 x float> %v, ptr %p
// becomes
//   call void @__tsan_write_range(ptr %p, i64 64)
//   store <16 x float> %v, ptr %p
//
// A mask is that of a ragged end: as many lanes as it admits are accessed, from
// the first one on.
//
// Covered by test/Tools/attn-compile/sanitize.test.
//
//===----------------------------------------------------------------------===//

#include "ReportWideAccesses.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mlir::attn {

/// The largest access that the sanitizer's own pass reports.
static constexpr uint64_t kLargestKnown = 16;

namespace {
struct Access {
  Instruction *before;
  Value *pointer;
  Type *type;
  Value *mask; // null if all lanes are accessed
  bool isWrite;
};
} // namespace

static std::optional<Access> getAccess(Instruction &instruction) {
  if (auto *load = dyn_cast<LoadInst>(&instruction))
    return Access{load, load->getPointerOperand(), load->getType(), nullptr,
                  /*isWrite=*/false};
  if (auto *store = dyn_cast<StoreInst>(&instruction))
    return Access{store, store->getPointerOperand(),
                  store->getValueOperand()->getType(), nullptr,
                  /*isWrite=*/true};
  auto *call = dyn_cast<IntrinsicInst>(&instruction);
  if (call && call->getIntrinsicID() == Intrinsic::masked_load)
    return Access{call, call->getArgOperand(0), call->getType(),
                  call->getArgOperand(1), /*isWrite=*/false};
  if (call && call->getIntrinsicID() == Intrinsic::masked_store)
    return Access{call, call->getArgOperand(1),
                  call->getArgOperand(0)->getType(), call->getArgOperand(2),
                  /*isWrite=*/true};
  return std::nullopt;
}

static void report(const Access &access, const DataLayout &layout) {
  IRBuilder<> builder(access.before);
  uint64_t size = layout.getTypeStoreSize(access.type);
  Value *bytes = builder.getInt64(size);
  if (access.mask) {
    auto *type = cast<FixedVectorType>(access.type);
    Type *bits = builder.getIntNTy(type->getNumElements());
    Value *lanes = builder.CreateUnaryIntrinsic(
        Intrinsic::ctpop, builder.CreateBitCast(access.mask, bits));
    bytes = builder.CreateMul(
        builder.CreateZExtOrTrunc(lanes, builder.getInt64Ty()),
        builder.getInt64(size / type->getNumElements()));
  }
  FunctionCallee callee = access.before->getModule()->getOrInsertFunction(
      access.isWrite ? "__tsan_write_range" : "__tsan_read_range",
      builder.getVoidTy(), builder.getPtrTy(), builder.getInt64Ty());
  builder.CreateCall(callee, {access.pointer, bytes});
}

PreservedAnalyses ReportWideAccessesPass::run(Function &function,
                                              FunctionAnalysisManager &) {
  const DataLayout &layout = function.getParent()->getDataLayout();
  SmallVector<Access> accesses;
  for (Instruction &instruction : instructions(function)) {
    std::optional<Access> access = getAccess(instruction);
    if (!access || !isa<FixedVectorType>(access->type))
      continue;
    bool isKnown =
        !access->mask && layout.getTypeStoreSize(access->type) <= kLargestKnown;
    if (!isKnown)
      accesses.push_back(*access);
  }
  for (const Access &access : accesses)
    report(access, layout);
  return accesses.empty() ? PreservedAnalyses::all()
                          : PreservedAnalyses::none();
}

} // namespace mlir::attn
