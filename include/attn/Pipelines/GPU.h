//===- GPU.h - from attn to structured GPU kernels --------------*- C++ -*-===//
//
// The part of the way to a GPU that the machine and the emulator share: what
// comes out is a module of `atile`, byte by byte the same for both.
//
// Pinned by test/Pipelines/gpu.mlir.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PIPELINES_GPU_H
#define ATTN_PIPELINES_GPU_H

#include "mlir/Pass/PassManager.h"

namespace mlir::attn {

/// The graph stage of all pipelines, then `attn-dense-to-atile`. Registered as
/// `attn-gpu-pipeline{target=sm_90a}`.
void buildGPUPipeline(OpPassManager &pm, StringRef target);

} // namespace mlir::attn

#endif // ATTN_PIPELINES_GPU_H
