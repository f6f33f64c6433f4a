//===- NVVMProducts.cpp - tensor cores and arithmetic ---------------------===//
//
// How a product of a group must be written so that neither LLVM nor ptxas
// breaks its asynchrony:
// - One block of assembly per product, from wgmma.fence to commit_group, whose
//   outputs are the accumulators. Accumulators that are added to are tied to
//   them; without any, the first step has scale-d 0, and no zeros are moved.
// - A wait is assembly through which the registers pass that it is for: no use
//   of them can be moved above it.
// What ptxas says where this is not kept (C7510 to C7519) is looked for by
// test/Conversion/ATileToLLVM/ptxas.test.
//
// Covered by test/Conversion/ATileToLLVM/products.mlir.
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "InlinePTX.h"
#include "NVVMDevice.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::attn::atile {

static StringRef getTypeName(Type element) {
  return element.isBF16() ? "bf16" : "f16";
}

SmallVector<Value> NVVMDevice::startProduct(Builder &b,
                                            const GroupProduct &product) const {
  // $0...: accumulators; then fragments of A; then descriptors; then the
  // accumulators again, tied.
  size_t registers = product.columns / 2, steps = product.getNumSteps();
  SmallVector<Value> inputs = product.fragments;
  size_t next = registers + inputs.size();
  std::string text = "wgmma.fence.sync.aligned;\n";
  for (size_t step = 0; step < steps; ++step) {
    std::string a;
    if (product.descriptorsA.empty()) {
      a = getRegisterList(registers + 4 * step, 4);
    } else {
      a = llvm::formatv("${0}", next++);
      inputs.push_back(product.descriptorsA[step]);
    }
    inputs.push_back(product.descriptorsB[step]);
    bool adds = step > 0 || !product.accumulators.empty();
    // scale-d, scale-a, scale-b, and which factors are transposed; one in
    // registers cannot be.
    text += llvm::formatv(
        "wgmma.mma_async.sync.aligned.m64n{0}k16.f32.{1}.{1} {2}, {3}, ${4}, "
        "{5}, 1, 1{6}, {7};\n",
        product.columns, getTypeName(product.element),
        getRegisterList(0, registers), a, next++, int(adds),
        product.descriptorsA.empty() ? "" : ", 0", int(product.transposeB));
  }
  text += "wgmma.commit_group.sync.aligned;";
  return emitInlinePTX(b, text, SmallVector<Type>(registers, b.getF32Type()),
                       inputs, product.accumulators);
}

SmallVector<Value> NVVMDevice::awaitProducts(Builder &b, int64_t pending,
                                             ValueRange registers) const {
  return emitInlinePTX(
      b, llvm::formatv("wgmma.wait_group.sync.aligned {0};", pending).str(),
      llvm::to_vector(registers.getTypes()), {}, registers);
}

SmallVector<Value> NVVMDevice::loadMatrices(Builder &b, Value address,
                                            bool transpose) const {
  MLIRContext *context = b.getContext();
  Type i32 = b.getI32Type();
  Type four = LLVM::LLVMStructType::getLiteral(context, {i32, i32, i32, i32});
  Value pointer = LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(context, /*addressSpace=*/3), address);
  Value loaded = NVVM::LdMatrixOp::create(
      b, four, pointer, /*num=*/4,
      transpose ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i)
    registers.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
  return registers;
}

SmallVector<Value> NVVMDevice::multiply(Builder &b, Type element, ValueRange a,
                                        ValueRange bRegisters,
                                        ValueRange c) const {
  Type f32 = b.getF32Type();
  SmallVector<Value> left = llvm::to_vector(a);
  SmallVector<Value> right = llvm::to_vector(bRegisters);
  NVVM::MMATypes type = NVVM::MMATypes::bf16;
  if (element.isF16()) {
    // nvvm takes pairs of f16 as vectors, those of bf16 as i32.
    type = NVVM::MMATypes::f16;
    Type pair = VectorType::get(2, element);
    for (SmallVector<Value> *values : {&left, &right})
      for (Value &value : *values)
        value = LLVM::BitcastOp::create(b, pair, value);
  }
  Type four =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
  Value sum = NVVM::MmaOp::create(
      b, four, left, right, c, /*shape=*/{16, 8, 16}, /*b1Op=*/std::nullopt,
      /*intOverflow=*/std::nullopt, std::array<NVVM::MMATypes, 2>{type, type},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                     NVVM::MMALayout::col});
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i)
    registers.push_back(LLVM::ExtractValueOp::create(b, sum, i));
  return registers;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static Value emitIntrinsic(ImplicitLocOpBuilder &b, StringRef name, Value x) {
  return LLVM::CallIntrinsicOp::create(b, x.getType(), b.getStringAttr(name), x)
      .getResult(0);
}

Value NVVMDevice::exp2(Builder &b, Value x) const {
  return emitIntrinsic(b, "llvm.nvvm.ex2.approx.ftz.f32", x);
}

Value NVVMDevice::log2(Builder &b, Value x) const {
  return emitIntrinsic(b, "llvm.nvvm.lg2.approx.ftz.f", x);
}

Value NVVMDevice::tanh(Builder &b, Value x) const {
  return emitInlinePTX(b, "tanh.approx.f32 $0, $1;", {b.getF32Type()}, x)
      .front();
}

Value NVVMDevice::pack(Builder &b, Type element, Value low, Value high) const {
  Type pair = VectorType::get(2, element);
  Value packed;
  if (element.isBF16())
    packed = NVVM::ConvertF32x2ToBF16x2Op::create(
        b, pair, high, low, /*random_bits=*/Value(), NVVM::FPRoundingMode::RN);
  else
    packed = NVVM::ConvertF32x2ToF16x2Op::create(
        b, pair, high, low, /*random_bits=*/Value(), NVVM::FPRoundingMode::RN);
  return LLVM::BitcastOp::create(b, b.getI32Type(), packed);
}

SmallVector<Value> NVVMDevice::pin(Builder &b, ValueRange values) const {
  return emitInlinePTX(b, "// packed", llvm::to_vector(values.getTypes()), {},
                       values);
}

} // namespace mlir::attn::atile
