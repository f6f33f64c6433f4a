//===- Passes.h - passes that make CPU code ---------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_PASSES_H
#define ATTN_CODEGEN_CPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::attn {

#define GEN_PASS_DECL
#include "attn/Codegen/CPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/Codegen/CPU/Passes.h.inc"

} // namespace mlir::attn

#endif // ATTN_CODEGEN_CPU_PASSES_H
