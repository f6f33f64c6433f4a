//===- Passes.h - passes at both ends of compilation -----------*- C++ -*-===//
//
// Declarations generated from Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_COMPILER_PASSES_H
#define ATTN_COMPILER_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::attn {

#define GEN_PASS_DECL
#include "attn/Compiler/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/Compiler/Passes.h.inc"

} // namespace mlir::attn

#endif // ATTN_COMPILER_PASSES_H
