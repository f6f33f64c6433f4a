//===- Common.cpp - stages that pipelines share ---------------------------===//

#include "Common.h"
#include "attn/Codegen/CPU/Passes.h"
#include "attn/Compiler/Passes.h"
#include "attn/Conversion/Passes.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::attn {

/// The plain pipeline has no pass that is not needed for a result.
static bool isPlain(const PipelineOptions &options) {
  return options.kind == PipelineKind::plain;
}

void buildGraphStage(OpPassManager &pm, const PipelineOptions &options) {
  // Folding asks for bounds of sizes already.
  pm.addPass(createCheckSizesPass());
  pm.addPass(createInlinerPass());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createRecordSignaturePass());
  pm.addPass(createKeepInputsPass());
  OpPassManager &funcs = pm.nest<func::FuncOp>();
  funcs.addPass(createExpandNeighboursPass());
  if (!isPlain(options)) {
    funcs.addPass(createCanonicalizerPass());
    funcs.addPass(createCSEPass());
  }
  funcs.addPass(createExplicitCapturesPass());
  funcs.addPass(createExpandLengthsPass());
  pm.addPass(createWidenBooleansPass());
  pm.addPass(createCheckSizesPass());
  if (isPlain(options))
    return;
  OpPassManager &masks = pm.nest<func::FuncOp>();
  masks.addPass(createSpecializeMaskPass());
  masks.addPass(createCanonicalizerPass());
}

void buildBufferizeStage(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createCPUBoundaryPass());
  if (!isPlain(options)) {
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
    pm.addPass(bufferization::createEmptyTensorEliminationPass());
  }
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  bufferize.allowReturnAllocsFromLoops = isPlain(options);
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  if (isPlain(options)) {
    // Loops may return buffers, which have no place in a workspace.
    bufferization::BufferDeallocationPipelineOptions deallocation;
    bufferization::buildBufferDeallocationPipeline(pm, deallocation);
    return;
  }
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Once more: CSE makes self-copies visible, which fold here.
  pm.addPass(createCanonicalizerPass());
  if (options.kind == PipelineKind::cpu) {
    pm.addNestedPass<func::FuncOp>(createCPULowerRecurrencePass());
    CPULowerListsPassOptions lists;
    lists.target = options.target;
    pm.addNestedPass<func::FuncOp>(createCPULowerListsPass(lists));
    CPULowerLongConvPassOptions conv;
    conv.target = options.target;
    pm.addNestedPass<func::FuncOp>(createCPULowerLongConvPass(conv));
    pm.addNestedPass<func::FuncOp>(createCPULowerCachePass());
  }
  CPULowerCopiesPassOptions copies;
  copies.target = options.target;
  pm.addNestedPass<func::FuncOp>(createCPULowerCopiesPass(copies));
  // The size of a workspace follows from arguments, not from buffers in it.
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  pm.addPass(createCanonicalizerPass());
}

void buildPhasesStage(OpPassManager &pm, const PipelineOptions &options) {
  OutlinePhasesPassOptions outline;
  outline.openmp = options.threading == Threading::openmp;
  outline.allocate = isPlain(options);
  pm.addPass(createOutlinePhasesPass(outline));
  if (isPlain(options))
    return;
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// Whether the target rounds f32 to bf16. A target that does not parse is
/// reported by attn-attach-target.
static bool hasBF16Conversion(const PipelineOptions &options) {
  FailureOr<TargetInfo> target =
      TargetInfo::parse(options.target, [](const Twine &) {});
  return succeeded(target) && target->hasBF16Dot();
}

void buildTargetStage(OpPassManager &pm, const PipelineOptions &options) {
  OpPassManager &funcs = pm.nest<func::FuncOp>();
  if (options.threading == Threading::openmp) {
    funcs.addPass(createForallToParallelLoopPass());
    pm.addPass(createConvertSCFToOpenMPPass());
    pm.addPass(createPassThreadsPass());
  } else {
    funcs.addPass(createForallToForLoopPass());
  }
  OpPassManager &late = pm.nest<func::FuncOp>();
  if (isPlain(options))
    late.addPass(createCopyToLinalgPass());
  if (!hasBF16Conversion(options)) {
    arith::ArithEmulateUnsupportedFloatsOptions emulate;
    emulate.sourceTypeStrs = {"bf16"};
    emulate.targetTypeStr = "f32";
    late.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  }
  if (!isPlain(options))
    late.addPass(createCPUExpandMathPass());
  late.addPass(vector::createLowerVectorMultiReductionPass());
  if (!isPlain(options)) {
    late.addPass(createCanonicalizerPass());
    late.addPass(createCSEPass());
  }
  late.addPass(createConvertVectorToSCFPass(
      VectorTransferToSCFOptions().enableFullUnroll()));
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  ConvertVectorToLLVMPassOptions toLLVM;
  if (!isPlain(options)) {
    toLLVM.vectorContractLowering =
        vector::VectorContractLowering::OuterProduct;
    toLLVM.vectorTransposeLowering =
        vector::VectorTransposeLowering::Shuffle16x16;
  }
  pm.addPass(createConvertVectorToLLVMPass(toLLVM));
  // Without the instructions LLVM would call a function that libgcc may lack.
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = !hasBF16Conversion(options);
  pm.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  if (options.threading == Threading::openmp)
    pm.addPass(createConvertOpenMPToLLVMPass());
  FinalizeMemRefToLLVMConversionPassOptions memory;
  memory.useAlignedAlloc = true;
  pm.addPass(createFinalizeMemRefToLLVMConversionPass(memory));
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  if (!hasBF16Conversion(options))
    pm.addPass(createCPUBF16BitsPass());
  if (!isPlain(options)) {
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }
  AttachTargetPassOptions attach;
  attach.target = options.target;
  pm.addPass(createAttachTargetPass(attach));
  EmitEntryPointsPassOptions entryPoints;
  entryPoints.symbolPrefix = options.symbolPrefix;
  pm.addPass(createEmitEntryPointsPass(entryPoints));
}

SmallVector<Stage> getStages(const PipelineOptions &options) {
  return options.kind == PipelineKind::cpu ? getCPUStages(options)
                                           : getReferenceStages(options);
}

} // namespace mlir::attn
