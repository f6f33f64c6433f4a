//===- ATileToLLVM.cpp - from tiles to registers of one thread ------------===//
//
//   %o = atile.fill %zero : !atile.frag<64x64xf32>
//   scf.for ... iter_args(%acc = %o) -> (!atile.frag<64x64xf32>)
//
// becomes a loop that carries 32 values of f32.
//
// Covered by test/Conversion/ATileToLLVM.
//
//===----------------------------------------------------------------------===//

#include "attn/Conversion/ATileToLLVM/ATileToLLVM.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::attn::atile {

Device::~Device() = default;

ATileTypeConverter::ATileTypeConverter(const Device &device,
                                       MLIRContext *context) {
  addConversion([](Type type) { return type; });
  Type i32 = IntegerType::get(context, 32), f32 = Float32Type::get(context);
  Type pointer = device.getGlobalPointerType(context);
  addConversion([=](GlobalType) { return pointer; });
  addConversion([](MapType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext());
  });
  auto repeat = [](SmallVectorImpl<Type> &types, int64_t count, Type type) {
    types.append(count, type);
    return success();
  };
  addConversion([=](RingType, SmallVectorImpl<Type> &types) {
    return repeat(types, 2, i32);
  });
  addConversion([=](SlotType, SmallVectorImpl<Type> &types) {
    return repeat(types, 2, i32);
  });
  addConversion([=](FragType type, SmallVectorImpl<Type> &types) {
    return repeat(types, type.getNumRegisters(), f32);
  });
  addConversion([=](OperandType type, SmallVectorImpl<Type> &types) {
    return repeat(types, type.getNumRegisters(), i32);
  });
  addConversion([=](RowsType, SmallVectorImpl<Type> &types) {
    return repeat(types, 2, f32);
  });
}

/// Functions of math that both devices have. Others would become calls of a
/// library that neither kernels nor the emulator have.
static bool isMathOfBoth(Operation *op) {
  return isa<math::FmaOp, math::AbsFOp, math::AbsIOp, math::SqrtOp,
             math::FloorOp, math::CeilOp, math::CopySignOp>(op);
}

/// Refuses functions of math that neither the hardware nor a pattern has.
static LogicalResult checkMath(ModuleOp module) {
  WalkResult result = module.walk([](Operation *op) {
    bool isApproximated =
        isa<math::Exp2Op, math::ExpOp, math::Log2Op, math::LogOp, math::TanhOp>(
            op) &&
        op->getResult(0).getType().isF32();
    if (!isa<math::MathDialect>(op->getDialect()) || isMathOfBoth(op) ||
        isApproximated)
      return WalkResult::advance();
    op->emitOpError("expected a function that the GPU has an instruction for "
                    "(exp2, exp, log2, log, tanh of f32, fma, sqrt, absf, "
                    "absi, floor, ceil, copysign)");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Finds the places of all rings while their kernels still stand around them.
/// Without roles there are no barriers to set up.
static RingPlaces findRings(ModuleOp module) {
  RingPlaces places;
  module.walk([&](KernelOp kernel) {
    SharedLayout layout(kernel);
    for (RingOp ring : kernel.getBody().front().getOps<RingOp>())
      places[ring] = {layout.getTileOffset(ring),
                      layout.getBarrierOffset(ring)};
    if (!kernel.getSpecialize())
      for (SetupOp setup : llvm::make_early_inc_range(
               kernel.getBody().front().getOps<SetupOp>()))
        setup.erase();
  });
  return places;
}

LogicalResult convertATile(ModuleOp module, const Device &device) {
  if (failed(checkMath(module)))
    return failure();
  MLIRContext *context = module.getContext();
  ATileTypeConverter converter(device, context);
  RingPlaces places = findRings(module);
  RewritePatternSet patterns(context);
  populateKernelPatterns(converter, device, patterns);
  populateRingPatterns(converter, device, places, patterns);
  populateCopyPatterns(converter, device, patterns);
  populateGlobalPatterns(converter, device, patterns);
  populateProductPatterns(converter, device, patterns);
  populateFragmentPatterns(converter, device, patterns);
  populateMapPatterns(converter, device, patterns);

  ConversionTarget target(*context);
  target.addLegalDialect<arith::ArithDialect, LLVM::LLVMDialect,
                         NVVM::NVVMDialect>();
  target.addLegalOp<ModuleOp>();
  target.addIllegalDialect<ATileDialect>();
  target.addDynamicallyLegalDialect<math::MathDialect>(isMathOfBoth);
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
  return applyFullConversion(module, target, std::move(patterns));
}

void buildLLVMFinalization(OpPassManager &passes) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertNVVMToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

} // namespace mlir::attn::atile
