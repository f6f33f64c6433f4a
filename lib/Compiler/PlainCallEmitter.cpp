//===- PlainCallEmitter.cpp - body of a checked entry point ---------------===//
//
// The checks, in order: every struct is there; sizes are the compiled ones, not
// negative, and equal where they must be; innermost strides are 1; a tensor
// with elements has data; the CPU has the instruction set. Each is one branch
// to the exit block, which returns the status.
//
// Covered by test/Compiler/emit-plain-call.mlir.
//
//===----------------------------------------------------------------------===//

#include "PlainCallEmitter.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::attn {

LogicalResult PlainCallEmitter::verifyKernel(LLVM::LLVMFuncOp kernel,
                                             const Signature &signature) {
  unsigned expected = 0;
  for (const ArgumentInfo &info : signature.args)
    expected += info.isScalar ? 1 : 3 + 2 * info.shape.size();
  unsigned found = kernel.getNumArguments();
  bool takesThreads =
      found == expected + 1 && kernel.getArgumentTypes().back().isInteger(32);
  if (found != expected && !takesThreads)
    return kernel.emitOpError("expected ")
           << expected << " arguments by its signature but found " << found;
  if (!isa<LLVM::LLVMVoidType>(kernel.getFunctionType().getReturnType()))
    return kernel.emitOpError("expected no result but found ")
           << kernel.getFunctionType().getReturnType();
  return success();
}

Value PlainCallEmitter::constant(int64_t value) {
  return LLVM::ConstantOp::create(builder, loc,
                                  builder.getI64IntegerAttr(value));
}

Value PlainCallEmitter::compare(LLVM::ICmpPredicate predicate, Value lhs,
                                Value rhs) {
  return LLVM::ICmpOp::create(builder, loc, predicate, lhs, rhs);
}

Value PlainCallEmitter::isNull(Value pointer) {
  Value null = LLVM::ZeroOp::create(builder, loc, pointer.getType());
  return compare(LLVM::ICmpPredicate::eq, pointer, null);
}

Value PlainCallEmitter::either(Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return LLVM::OrOp::create(builder, loc, lhs, rhs);
}

void PlainCallEmitter::failIf(Value condition, Status status) {
  if (!condition)
    return;
  Block *next = builder.createBlock(exit);
  builder.setInsertionPointToEnd(next->getPrevNode());
  Value code = LLVM::ConstantOp::create(
      builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(status)));
  LLVM::CondBrOp::create(builder, loc, condition, exit, code, next,
                         ValueRange());
  builder.setInsertionPointToEnd(next);
}

Value PlainCallEmitter::convertScalar(const ArgumentInfo &info, Value value) {
  if (info.dtype == "f16")
    return LLVM::BitcastOp::create(builder, loc, builder.getF16Type(), value);
  if (info.dtype == "bf16")
    return LLVM::BitcastOp::create(builder, loc, builder.getBF16Type(), value);
  if (info.dtype == "i1") {
    Value zero =
        LLVM::ConstantOp::create(builder, loc, builder.getI8IntegerAttr(0));
    return compare(LLVM::ICmpPredicate::ne, value, zero);
  }
  return value;
}

void PlainCallEmitter::loadFields(Argument &arg) {
  Type pointer = arg.value.getType(), i64 = builder.getI64Type();
  int64_t rank = arg.info->shape.size();
  auto sizesType = LLVM::LLVMArrayType::get(i64, rank);
  auto structType = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {pointer, sizesType, sizesType});
  auto loadField = [&](int32_t field, int32_t index) -> Value {
    Value address =
        LLVM::GEPOp::create(builder, loc, pointer, structType, arg.value,
                            ArrayRef<LLVM::GEPArg>{0, field, index});
    return LLVM::LoadOp::create(builder, loc, i64, address, /*alignment=*/8);
  };
  arg.data =
      LLVM::LoadOp::create(builder, loc, pointer, arg.value, /*alignment=*/8);
  for (int64_t dim = 0; dim < rank; ++dim) {
    arg.sizes.push_back(loadField(1, dim));
    arg.strides.push_back(loadField(2, dim));
  }
}

Value PlainCallEmitter::hasWrongSize(ArrayRef<Argument> args) {
  // What the members of a class must equal: a constant, else the first one.
  llvm::DenseMap<int64_t, Value> expected;
  for (const Argument &arg : args)
    for (auto [size, dimClass] : llvm::zip(arg.info->shape, arg.info->dimClass))
      if (!ShapedType::isDynamic(size))
        expected.try_emplace(dimClass, constant(size));

  Value wrong;
  auto differs = [&](Value value, Value other) {
    wrong = either(wrong, compare(LLVM::ICmpPredicate::ne, value, other));
  };
  for (const Argument &arg : args)
    for (auto [value, size, dimClass] :
         llvm::zip(arg.sizes, arg.info->shape, arg.info->dimClass)) {
      if (!ShapedType::isDynamic(size)) {
        differs(value, constant(size));
        continue;
      }
      auto [it, isFirst] = expected.try_emplace(dimClass, value);
      if (!isFirst)
        differs(value, it->second);
      else
        wrong = either(wrong,
                       compare(LLVM::ICmpPredicate::slt, value, constant(0)));
    }

  // Integers that the function uses as sizes.
  for (const Argument &arg : args) {
    if (!arg.info->isScalar || arg.info->dimClass.empty())
      continue;
    Value other = expected.lookup(arg.info->dimClass.front());
    unsigned width = arg.value.getType().getIntOrFloatBitWidth();
    if (!other || width < 32)
      continue;
    Value value = arg.value;
    if (width == 32)
      value = LLVM::SExtOp::create(builder, loc, builder.getI64Type(), value);
    differs(value, other);
  }
  return wrong;
}

Value PlainCallEmitter::hasWrongStride(const Argument &arg) {
  if (arg.info->shape.empty())
    return nullptr;
  Value isLong =
      compare(LLVM::ICmpPredicate::sgt, arg.sizes.back(), constant(1));
  Value isStrided =
      compare(LLVM::ICmpPredicate::ne, arg.strides.back(), constant(1));
  return LLVM::AndOp::create(builder, loc, isLong, isStrided);
}

Value PlainCallEmitter::lacksData(const Argument &arg) {
  Value lacks = isNull(arg.data);
  for (Value size : arg.sizes) {
    Value isNonZero = compare(LLVM::ICmpPredicate::ne, size, constant(0));
    lacks = LLVM::AndOp::create(builder, loc, lacks, isNonZero);
  }
  return lacks;
}

void PlainCallEmitter::callKernel(ArrayRef<Argument> args, Value threads) {
  SmallVector<Value> operands;
  for (const Argument &arg : args) {
    if (arg.info->isScalar) {
      operands.push_back(arg.value);
      continue;
    }
    operands.append({arg.data, arg.data, constant(0)});
    llvm::append_range(operands, arg.sizes);
    llvm::append_range(
        operands, ArrayRef(arg.strides).drop_back(arg.strides.empty() ? 0 : 1));
    if (!arg.strides.empty())
      operands.push_back(constant(1));
  }
  if (operands.size() < kernel.getNumArguments())
    operands.push_back(threads);
  LLVM::CallOp::create(builder, loc, kernel, operands);
}

/// The type in which C passes a scalar of type `dtype`.
static Type getPassedType(Builder &builder, StringRef dtype) {
  if (dtype == "f64")
    return builder.getF64Type();
  if (dtype == "f32")
    return builder.getF32Type();
  if (dtype == "f16" || dtype == "bf16" || dtype == "i16")
    return builder.getIntegerType(16);
  if (dtype == "i1" || dtype == "i8")
    return builder.getIntegerType(8);
  if (dtype == "i32")
    return builder.getI32Type();
  return builder.getI64Type(); // i64, index
}

LLVM::LLVMFuncOp PlainCallEmitter::emit(StringRef name,
                                        LLVM::LLVMFuncOp cpuCheck) {
  Type i32 = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  SmallVector<Type> types;
  for (const ArgumentInfo &info : signature.args)
    types.push_back(info.isScalar ? getPassedType(builder, info.dtype)
                                  : pointer);
  types.push_back(i32);
  auto entry = LLVM::LLVMFuncOp::create(
      builder, loc, name, LLVM::LLVMFunctionType::get(i32, types));
  OpBuilder::InsertionGuard guard(builder);
  entry.setNoUnwind(true);
  if (std::optional<StringRef> cpu = kernel.getTargetCpu())
    entry.setTargetCpu(*cpu);

  Block *start = entry.addEntryBlock(builder);
  exit = builder.createBlock(&entry.getBody(), entry.getBody().end(), {i32},
                             {loc});
  LLVM::ReturnOp::create(builder, loc, exit->getArgument(0));
  builder.setInsertionPointToEnd(start);

  SmallVector<Argument> args;
  Value isMissing;
  for (auto [info, value] : llvm::zip(signature.args, start->getArguments())) {
    args.push_back({&info, value, {}, {}, {}});
    if (!info.isScalar)
      isMissing = either(isMissing, isNull(value));
  }
  failIf(isMissing, Status::nullPointer);
  Value isStrided, lacksElements;
  for (Argument &arg : args) {
    if (arg.info->isScalar)
      arg.value = convertScalar(*arg.info, arg.value);
    else
      loadFields(arg);
  }
  failIf(hasWrongSize(args), Status::size);
  for (Argument &arg : args)
    if (!arg.info->isScalar) {
      isStrided = either(isStrided, hasWrongStride(arg));
      lacksElements = either(lacksElements, lacksData(arg));
    }
  failIf(isStrided, Status::stride);
  failIf(lacksElements, Status::nullPointer);
  if (cpuCheck) {
    Value isSupported =
        LLVM::CallOp::create(builder, loc, cpuCheck, ValueRange()).getResult();
    Value one =
        LLVM::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
    failIf(LLVM::XOrOp::create(builder, loc, isSupported, one), Status::cpu);
  }
  callKernel(args, start->getArguments().back());
  Value ok =
      LLVM::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  LLVM::BrOp::create(builder, loc, ok, exit);
  return entry;
}

} // namespace mlir::attn
