//===- CPU.cpp - the stages that make a fast CPU kernel -------------------===//
//
// Pinned by test/Pipelines/cpu.mlir.
//
//===----------------------------------------------------------------------===//

#include "Common.h"
#include "attn/Codegen/CPU/Passes.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::attn {

/// schedule: tile sizes as an attribute of every attention op.
static void buildScheduleStage(OpPassManager &pm,
                               const PipelineOptions &options) {
  pm.addNestedPass<func::FuncOp>(createExpandMassPass());
  pm.addNestedPass<func::FuncOp>(createExpandGroupsPass());
  PackQueriesPassOptions pack;
  pack.target = options.target;
  pm.addNestedPass<func::FuncOp>(createPackQueriesPass(pack));
  pm.addNestedPass<func::FuncOp>(createExplicitCapturesPass());
  SchedulePassOptions schedule;
  schedule.target = options.target;
  pm.addNestedPass<func::FuncOp>(createSchedulePass(schedule));
  ScheduleConvPassOptions conv;
  conv.target = options.target;
  pm.addNestedPass<func::FuncOp>(createScheduleConvPass(conv));
}

/// Folds sizes and bounds, so that tiles become static where they can be.
static void addBoundsCleanup(OpPassManager &pm) {
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  pm.addPass(createCanonicalizerPass());
  OpPassManager &funcs = pm.nest<func::FuncOp>();
  funcs.addPass(createSCFForLoopCanonicalizationPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// tile: independent work, key ranges by mask, key blocks.
static void buildTileStage(OpPassManager &pm, const PipelineOptions &options) {
  OpPassManager &funcs = pm.nest<func::FuncOp>();
  funcs.addPass(createDecomposeComposePass());
  CPUTileNeighboursPassOptions neighbours;
  neighbours.target = options.target;
  funcs.addPass(createCPUTileNeighboursPass(neighbours));
  funcs.addPass(createSplitKeysPass());
  funcs.addPass(createTilePass());
  funcs.addPass(createSplitSequencesPass());
  funcs.addPass(createTileStatePass());
  funcs.addPass(createCanonicalizerPass());
  funcs.addPass(createConvertToOnlinePass());
  funcs.addPass(createTileKeysPass());
  addBoundsCleanup(pm);
}

/// decompose: linalg on tensors, tiled for registers.
static void buildDecomposeStage(OpPassManager &pm,
                                const PipelineOptions &options) {
  OpPassManager &funcs = pm.nest<func::FuncOp>();
  funcs.addPass(createDecomposePass());
  funcs.addPass(createSCFForLoopCanonicalizationPass());
  funcs.addPass(createCanonicalizerPass());
  funcs.addPass(createCPURegisterTilePass());
  addBoundsCleanup(pm);
  CPURegisterTilePassOptions inner;
  inner.inner = true;
  pm.addNestedPass<func::FuncOp>(createCPURegisterTilePass(inner));
  pm.addNestedPass<func::FuncOp>(createCPUPrefetchPass());
  pm.addPass(createCanonicalizerPass());
}

/// vectorize: register tiles as vectors.
static void buildVectorizeStage(OpPassManager &pm,
                                const PipelineOptions &options) {
  OpPassManager &funcs = pm.nest<func::FuncOp>();
  funcs.addPass(createCPUVectorizePass());
  funcs.addPass(createCanonicalizerPass());
  funcs.addPass(createCSEPass());
}

SmallVector<Stage> getCPUStages(const PipelineOptions &options) {
  auto stage = [&](llvm::StringLiteral name,
                   void (*build)(OpPassManager &, const PipelineOptions &)) {
    return Stage{name, [=](OpPassManager &pm) { build(pm, options); }};
  };
  return {stage("graph", buildGraphStage),
          stage("schedule", buildScheduleStage),
          stage("tile", buildTileStage),
          stage("decompose", buildDecomposeStage),
          stage("vectorize", buildVectorizeStage),
          stage("bufferize", buildBufferizeStage),
          stage("phases", buildPhasesStage),
          stage("target", buildTargetStage)};
}

} // namespace mlir::attn
