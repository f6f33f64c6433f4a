//===- PeakKernels.cpp - The loops that show a CPU's peak -----------------===//
//
// For the mix "f32 fma 512" the loop is, 48 instructions an iteration,
//
//   %acc0 = phi <16 x float> ...            ; twelve of them
//   %a0.0 = call @llvm.fma.v16f32(%x, %y, %acc0)
//   ...
//   %a3.11 = call @llvm.fma.v16f32(%x, %y, %a2.11)
//
// Covered by test/unittests/Runtime/PeakTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "PeakKernels.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace mlir::attn {

static constexpr int64_t kAccumulators = 12;
static constexpr int64_t kUnroll = kMixInstructionsPerIteration / kAccumulators;

std::vector<InstructionMix> enumerateMixes(function_ref<bool(StringRef)> has) {
  using Kind = InstructionMix::Kind;
  std::vector<InstructionMix> mixes;
  SmallVector<int64_t> widths = {128};
  if (has("avx"))
    widths.push_back(256);
  if (has("avx512f"))
    widths.push_back(512);
  Kind product = has("fma") || has("neon") ? Kind::fma : Kind::mulAdd;
  for (DType type : {DType::f32, DType::f64})
    for (int64_t bits : widths)
      mixes.push_back({product, type, type, bits});
  for (int64_t bits : widths) {
    if (!has("avx512vl") && bits != 512)
      continue;
    if (has("avx512bf16"))
      mixes.push_back({Kind::dot, DType::bf16, DType::f32, bits});
    if (has("avx512fp16"))
      mixes.push_back({Kind::fma, DType::f16, DType::f16, bits});
  }
  return mixes;
}

/// A loop around `body`, which makes the next values of the phi nodes that
/// start with `initial`; returns the final values. The builder is left behind
/// the loop.
static SmallVector<Value *>
buildLoop(IRBuilder<> &builder, Value *iterations, ArrayRef<Value *> initial,
          function_ref<void(Value *, SmallVectorImpl<Value *> &)> body) {
  Function *function = builder.GetInsertBlock()->getParent();
  LLVMContext &context = function->getContext();
  BasicBlock *entry = builder.GetInsertBlock();
  BasicBlock *loop = BasicBlock::Create(context, "loop", function);
  BasicBlock *exit = BasicBlock::Create(context, "exit", function);
  builder.CreateBr(loop);
  builder.SetInsertPoint(loop);
  PHINode *index = builder.CreatePHI(builder.getInt64Ty(), 2, "i");
  index->addIncoming(builder.getInt64(0), entry);
  SmallVector<Value *> values;
  for (Value *value : initial) {
    PHINode *phi = builder.CreatePHI(value->getType(), 2);
    phi->addIncoming(value, entry);
    values.push_back(phi);
  }
  SmallVector<Value *> phis = values;
  body(index, values);
  Value *next = builder.CreateAdd(index, builder.getInt64(1));
  index->addIncoming(next, loop);
  for (auto [phi, value] : llvm::zip_equal(phis, values))
    cast<PHINode>(phi)->addIncoming(value, loop);
  builder.CreateCondBr(builder.CreateICmpULT(next, iterations), loop, exit);
  builder.SetInsertPoint(exit);
  return values;
}

static Type *getElementType(LLVMContext &context, DType type) {
  switch (type) {
  case DType::f64:
    return Type::getDoubleTy(context);
  case DType::f32:
    return Type::getFloatTy(context);
  case DType::f16:
    return Type::getHalfTy(context);
  case DType::bf16:
    return Type::getBFloatTy(context);
  default:
    llvm_unreachable("instruction mixes have float types");
  }
}

static VectorType *getVectorType(LLVMContext &context, DType type,
                                 int64_t bits) {
  return FixedVectorType::get(getElementType(context, type),
                              bits / (8 * sizeInBytes(type)));
}

static Function *createFunction(Module &module, StringRef name, Type *result,
                                ArrayRef<Type *> arguments) {
  Function *function =
      Function::Create(FunctionType::get(result, arguments, false),
                       Function::ExternalLinkage, name, module);
  // Some CPUs prefer narrower vectors than they have; here width is the point.
  function->addFnAttr("prefer-vector-width", "512");
  return function;
}

static Value *buildProduct(IRBuilder<> &builder, const InstructionMix &mix,
                           Value *x, Value *y, Value *accumulator) {
  switch (mix.kind) {
  case InstructionMix::Kind::fma:
    return builder.CreateIntrinsic(accumulator->getType(), Intrinsic::fma,
                                   {x, y, accumulator});
  case InstructionMix::Kind::mulAdd:
    // The product depends on the accumulator, so that it stays in the loop.
    return builder.CreateFAdd(builder.CreateFMul(x, accumulator), y);
  case InstructionMix::Kind::dot: {
    Intrinsic::ID id =
        mix.vectorBits == 512   ? Intrinsic::x86_avx512bf16_dpbf16ps_512
        : mix.vectorBits == 256 ? Intrinsic::x86_avx512bf16_dpbf16ps_256
                                : Intrinsic::x86_avx512bf16_dpbf16ps_128;
    return builder.CreateIntrinsic(accumulator->getType(), id,
                                   {accumulator, x, y});
  }
  }
  llvm_unreachable("unknown kind of mix");
}

void buildMixFunction(Module &module, StringRef name,
                      const InstructionMix &mix) {
  LLVMContext &context = module.getContext();
  Function *function = createFunction(
      module, name, Type::getVoidTy(context),
      {Type::getInt64Ty(context), PointerType::getUnqual(context)});
  IRBuilder<> builder(BasicBlock::Create(context, "entry", function));
  Value *data = function->getArg(1);
  auto address = [&](int64_t slot) {
    return builder.CreateConstGEP1_64(builder.getInt8Ty(), data, 64 * slot);
  };
  Type *inputType = getVectorType(context, mix.input, mix.vectorBits);
  Type *sumType = getVectorType(context, mix.accumulator, mix.vectorBits);
  Value *x = builder.CreateAlignedLoad(inputType, address(0), Align(64));
  Value *y = builder.CreateAlignedLoad(inputType, address(1), Align(64));
  SmallVector<Value *> initial;
  for (int64_t i = 0; i < kAccumulators; ++i)
    initial.push_back(
        builder.CreateAlignedLoad(sumType, address(2 + i), Align(64)));
  SmallVector<Value *> sums =
      buildLoop(builder, function->getArg(0), initial,
                [&](Value *, SmallVectorImpl<Value *> &values) {
                  for (int64_t i = 0; i < kUnroll; ++i)
                    for (Value *&value : values)
                      value = buildProduct(builder, mix, x, y, value);
                });
  for (auto [i, sum] : llvm::enumerate(sums))
    builder.CreateAlignedStore(sum, address(2 + i), Align(64));
  builder.CreateRetVoid();
}

void buildReadFunction(Module &module, StringRef name, int64_t vectorBits) {
  LLVMContext &context = module.getContext();
  Function *function = createFunction(
      module, name, Type::getInt64Ty(context),
      {PointerType::getUnqual(context), Type::getInt64Ty(context)});
  IRBuilder<> builder(BasicBlock::Create(context, "entry", function));
  // Integers, since adding floats might meet slow subnormals.
  Type *type = FixedVectorType::get(builder.getInt64Ty(), vectorBits / 64);
  int64_t vectors = kReadBytesPerIteration * 8 / vectorBits;
  constexpr int64_t kSums = 8;
  SmallVector<Value *> initial(kSums, Constant::getNullValue(type));
  SmallVector<Value *> sums = buildLoop(
      builder, function->getArg(1), initial,
      [&](Value *index, SmallVectorImpl<Value *> &values) {
        Value *base = builder.CreateGEP(
            builder.getInt8Ty(), function->getArg(0),
            builder.CreateMul(index, builder.getInt64(kReadBytesPerIteration)));
        for (int64_t i = 0; i < vectors; ++i) {
          Value *address = builder.CreateConstGEP1_64(builder.getInt8Ty(), base,
                                                      i * vectorBits / 8);
          Value *loaded = builder.CreateAlignedLoad(type, address, Align(16));
          Value *&sum = values[i % kSums];
          sum = builder.CreateXor(sum, loaded);
        }
      });
  Value *total = sums.front();
  for (Value *sum : ArrayRef(sums).drop_front())
    total = builder.CreateXor(total, sum);
  builder.CreateRet(builder.CreateXorReduce(total));
}

} // namespace mlir::attn
