//===- Passes.h - passes on structured GPU kernels --------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_GPU_PASSES_H
#define ATTN_CODEGEN_GPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::attn {

#define GEN_PASS_DECL
#include "attn/Codegen/GPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/Codegen/GPU/Passes.h.inc"

} // namespace mlir::attn

#endif // ATTN_CODEGEN_GPU_PASSES_H
