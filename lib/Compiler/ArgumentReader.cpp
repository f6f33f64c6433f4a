//===- ArgumentReader.cpp - what a C caller passes ------------------------===//
//
//   struct { float *data; int64_t sizes[2], strides[2]; } *x
// is read as the operands that a kernel takes for memref<?x8xf32, strided<..>>:
//   data, data, 0, sizes[0], sizes[1], strides[0], 1
//
// Covered by test/Compiler/emit-entry-points.mlir.
//
//===----------------------------------------------------------------------===//

#include "ArgumentReader.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::attn {

Value ArgumentReader::convertScalar(const ArgumentInfo &info, Value value) {
  if (info.dtype == "f16")
    return LLVM::BitcastOp::create(code.builder, code.loc,
                                   code.builder.getF16Type(), value);
  if (info.dtype == "bf16")
    return LLVM::BitcastOp::create(code.builder, code.loc,
                                   code.builder.getBF16Type(), value);
  if (info.dtype == "i1") {
    Value zero = LLVM::ConstantOp::create(code.builder, code.loc,
                                          code.builder.getI8IntegerAttr(0));
    return code.compare(LLVM::ICmpPredicate::ne, value, zero);
  }
  return value;
}

void ArgumentReader::loadFields(Argument &arg) {
  Type pointer = arg.value.getType(), i64 = code.builder.getI64Type();
  int64_t rank = arg.info->shape.size();
  auto sizesType = LLVM::LLVMArrayType::get(i64, rank);
  auto structType = LLVM::LLVMStructType::getLiteral(
      code.builder.getContext(), {pointer, sizesType, sizesType});
  auto loadField = [&](int32_t field, int32_t index) -> Value {
    Value address =
        LLVM::GEPOp::create(code.builder, code.loc, pointer, structType,
                            arg.value, ArrayRef<LLVM::GEPArg>{0, field, index});
    return LLVM::LoadOp::create(code.builder, code.loc, i64, address,
                                /*alignment=*/8);
  };
  arg.data = LLVM::LoadOp::create(code.builder, code.loc, pointer, arg.value,
                                  /*alignment=*/8);
  for (int64_t dim = 0; dim < rank; ++dim) {
    arg.sizes.push_back(loadField(1, dim));
    arg.strides.push_back(loadField(2, dim));
  }
}

Value ArgumentReader::hasWrongSize() {
  // What the members of a class must equal: a constant, else the first one.
  llvm::DenseMap<int64_t, Value> expected;
  for (const Argument &arg : args)
    for (auto [size, dimClass] : llvm::zip(arg.info->shape, arg.info->dimClass))
      if (!ShapedType::isDynamic(size))
        expected.try_emplace(dimClass, code.constant(size));

  Value wrong;
  auto differs = [&](Value value, Value other) {
    wrong =
        code.either(wrong, code.compare(LLVM::ICmpPredicate::ne, value, other));
  };
  for (const Argument &arg : args)
    for (auto [value, size, dimClass] :
         llvm::zip(arg.sizes, arg.info->shape, arg.info->dimClass)) {
      if (!ShapedType::isDynamic(size)) {
        differs(value, code.constant(size));
        continue;
      }
      auto [it, isFirst] = expected.try_emplace(dimClass, value);
      if (!isFirst)
        differs(value, it->second);
      else
        wrong = code.either(wrong, code.compare(LLVM::ICmpPredicate::slt, value,
                                                code.constant(0)));
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
      value = LLVM::SExtOp::create(code.builder, code.loc,
                                   code.builder.getI64Type(), value);
    differs(value, other);
  }
  return wrong;
}

Value ArgumentReader::getSizeOfClass(int64_t dimClass) {
  Value known;
  for (const Argument &arg : args)
    for (auto [value, size, number] :
         llvm::zip(arg.sizes, arg.info->shape, arg.info->dimClass)) {
      if (number != dimClass)
        continue;
      if (!ShapedType::isDynamic(size))
        return code.constant(size);
      known = known ? known : value;
    }
  return known;
}

Value ArgumentReader::hasWrongStride(const Argument &arg) {
  if (arg.info->shape.empty())
    return nullptr;
  Value isLong = code.compare(LLVM::ICmpPredicate::sgt, arg.sizes.back(),
                              code.constant(1));
  Value isStrided = code.compare(LLVM::ICmpPredicate::ne, arg.strides.back(),
                                 code.constant(1));
  return LLVM::AndOp::create(code.builder, code.loc, isLong, isStrided);
}

Value ArgumentReader::lacksData(const Argument &arg) {
  Value lacks = code.isNull(arg.data);
  for (Value size : arg.sizes) {
    Value isNonZero =
        code.compare(LLVM::ICmpPredicate::ne, size, code.constant(0));
    lacks = LLVM::AndOp::create(code.builder, code.loc, lacks, isNonZero);
  }
  return lacks;
}

SmallVector<Value> ArgumentReader::getKernelOperands() {
  SmallVector<Value> operands;
  for (const Argument &arg : args) {
    if (arg.info->isScalar) {
      operands.push_back(arg.value);
      continue;
    }
    operands.append({arg.data, arg.data, code.constant(0)});
    llvm::append_range(operands, arg.sizes);
    llvm::append_range(
        operands, ArrayRef(arg.strides).drop_back(arg.strides.empty() ? 0 : 1));
    if (!arg.strides.empty())
      operands.push_back(code.constant(1));
  }
  return operands;
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

SmallVector<Type> ArgumentReader::getTypes(Builder &builder,
                                           const Signature &signature) {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  SmallVector<Type> types;
  for (const ArgumentInfo &info : signature.args)
    types.push_back(info.isScalar ? getPassedType(builder, info.dtype)
                                  : pointer);
  return types;
}

Value ArgumentReader::isMissing() {
  Value missing;
  for (const Argument &arg : args)
    if (!arg.info->isScalar)
      missing = code.either(missing, code.isNull(arg.value));
  return missing;
}

void ArgumentReader::read() {
  for (Argument &arg : args)
    if (arg.info->isScalar)
      arg.value = convertScalar(*arg.info, arg.value);
    else
      loadFields(arg);
}

Value ArgumentReader::hasWrongStride() {
  Value wrong;
  for (const Argument &arg : args)
    if (!arg.info->isScalar)
      wrong = code.either(wrong, hasWrongStride(arg));
  return wrong;
}

Value ArgumentReader::lacksData() {
  Value lacks;
  for (const Argument &arg : args)
    if (!arg.info->isScalar)
      lacks = code.either(lacks, lacksData(arg));
  return lacks;
}

} // namespace mlir::attn
