//===- Trampoline.cpp - Calls any signature from an array -----------------===//
//
// Covered by test/unittests/Runtime/KernelTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "Trampoline.h"
#include "attn/Runtime/DType.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mlir::attn {

/// The type by which C passes a scalar: 16-bit floats are uint16_t and booleans
/// uint8_t there.
static llvm::Type *getScalarType(LLVMContext &context, DType type) {
  if (type == DType::f64)
    return llvm::Type::getDoubleTy(context);
  if (type == DType::f32)
    return llvm::Type::getFloatTy(context);
  return llvm::Type::getIntNTy(context,
                               static_cast<unsigned>(8 * sizeInBytes(type)));
}

/// How C extends a scalar that is smaller than a register.
static llvm::Attribute::AttrKind getExtension(DType type) {
  switch (type) {
  case DType::f16:
  case DType::bf16:
  case DType::i1:
    return llvm::Attribute::ZExt;
  case DType::i8:
  case DType::i16:
    return llvm::Attribute::SExt;
  default:
    return llvm::Attribute::None;
  }
}

void buildTrampoline(llvm::Module &module, StringRef name,
                     const Signature &signature) {
  LLVMContext &context = module.getContext();
  llvm::Type *pointer = PointerType::getUnqual(context);
  llvm::Type *status = llvm::Type::getInt32Ty(context);
  Function *function = Function::Create(
      llvm::FunctionType::get(status, {pointer, status}, false),
      Function::ExternalLinkage, name, module);
  IRBuilder<> builder(BasicBlock::Create(context, "entry", function));
  SmallVector<llvm::Value *> operands;
  SmallVector<std::pair<unsigned, llvm::Attribute::AttrKind>> extensions;
  for (auto [number, argument] : llvm::enumerate(signature.args)) {
    llvm::Value *slot =
        builder.CreateConstGEP1_64(pointer, function->getArg(0), number);
    llvm::Value *operand = builder.CreateLoad(pointer, slot);
    if (argument.isScalar) {
      DType type = *parseDType(argument.dtype);
      operand = builder.CreateLoad(getScalarType(context, type), operand);
      if (getExtension(type) != llvm::Attribute::None)
        extensions.emplace_back(number, getExtension(type));
    }
    operands.push_back(operand);
  }
  operands.push_back(function->getArg(1));

  SmallVector<llvm::Type *> types;
  for (llvm::Value *operand : operands)
    types.push_back(operand->getType());
  FunctionCallee callee = module.getOrInsertFunction(
      signature.name, llvm::FunctionType::get(status, types, false));
  CallInst *call = builder.CreateCall(callee, operands);
  for (auto [number, extension] : extensions)
    call->addParamAttr(number, extension);
  builder.CreateRet(call);
}

} // namespace mlir::attn
