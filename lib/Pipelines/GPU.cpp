//===- GPU.cpp - from attn to structured GPU kernels ----------------------===//
//
// Pinned by test/Pipelines/gpu.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Pipelines/GPU.h"
#include "Common.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::attn {

void buildGPUPipeline(OpPassManager &pm, StringRef target) {
  buildGraphStage(pm, PipelineOptions());
  DenseToATilePassOptions options;
  options.target = target.str();
  pm.addPass(createDenseToATilePass(options));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

} // namespace mlir::attn
