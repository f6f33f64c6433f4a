//===- Reference.cpp - the stages that make plain loops -------------------===//
//
// Pinned by test/Pipelines/reference.mlir.
//
//===----------------------------------------------------------------------===//

#include "Common.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::attn {

/// loops: every attn op as scalar loops over its definition.
static void buildLoopsStage(OpPassManager &pm, const PipelineOptions &options) {
  pm.addNestedPass<func::FuncOp>(createAttnToLoopsPass());
  pm.addPass(createCanonicalizerPass());
}

SmallVector<Stage> getReferenceStages(const PipelineOptions &options) {
  auto stage = [&](llvm::StringLiteral name,
                   void (*build)(OpPassManager &, const PipelineOptions &)) {
    return Stage{name, [=](OpPassManager &pm) { build(pm, options); }};
  };
  return {stage("graph", buildGraphStage), stage("loops", buildLoopsStage),
          stage("bufferize", buildBufferizeStage),
          stage("phases", buildPhasesStage), stage("target", buildTargetStage)};
}

} // namespace mlir::attn
