//===- Passes.h - passes that know attention but no chip --------*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_TRANSFORMS_PASSES_H
#define ATTN_DIALECT_ATTN_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::attn {

/// Name of the unit attribute on a loop that is too little work for a phase of
/// its own: the last tile of the phase before it runs it. Set by attn-tile,
/// read by attn-outline-phases.
inline constexpr StringLiteral kEpilogueAttrName = "attn.epilogue";

#define GEN_PASS_DECL
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_TRANSFORMS_PASSES_H
