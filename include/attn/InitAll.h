//===- InitAll.h - everything of attn, by name ------------------*- C++ -*-===//

#ifndef ATTN_INITALL_H
#define ATTN_INITALL_H

#include "attn/Codegen/CPU/Passes.h"
#include "attn/Codegen/GPU/Passes.h"
#include "attn/Compiler/Passes.h"
#include "attn/Conversion/Passes.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "attn/Pipelines/Pipelines.h"

namespace mlir::attn {

/// Registers every pass and pipeline of attn with the global registry.
inline void registerAllPassesAndPipelines() {
  registerAttnTransformsPasses();
  registerAttnCodegenCPUPasses();
  registerAttnCodegenGPUPasses();
  registerAttnCompilerPasses();
  registerAttnConversionPasses();
  registerPipelines();
}

} // namespace mlir::attn

#endif // ATTN_INITALL_H
