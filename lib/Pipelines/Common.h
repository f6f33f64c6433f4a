//===- Common.h - stages that pipelines share -------------------*- C++ -*-===//

#ifndef ATTN_LIB_PIPELINES_COMMON_H
#define ATTN_LIB_PIPELINES_COMMON_H

#include "attn/Pipelines/Pipelines.h"

namespace mlir::attn {

/// graph: signatures are recorded, masks and captures brought to normal form.
void buildGraphStage(OpPassManager &pm, const PipelineOptions &options);
/// bufferize: tensors become memrefs, public functions take strided ones.
void buildBufferizeStage(OpPassManager &pm, const PipelineOptions &options);
/// phases: a function per phase, on the workspace of the caller.
void buildPhasesStage(OpPassManager &pm, const PipelineOptions &options);
/// target: memref, vector and control flow become LLVM for one CPU.
void buildTargetStage(OpPassManager &pm, const PipelineOptions &options);

SmallVector<Stage> getCPUStages(const PipelineOptions &options);
SmallVector<Stage> getReferenceStages(const PipelineOptions &options);

} // namespace mlir::attn

#endif // ATTN_LIB_PIPELINES_COMMON_H
