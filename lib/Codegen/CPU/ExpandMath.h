//===- ExpandMath.h - own expansions of functions on vectors ---*- C++ -*-===//
//
// Private to lib/Codegen/CPU: the families that attn-cpu-expand-math puts in
// front of upstream's, which are too far off.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_EXPANDMATH_H
#define ATTN_LIB_CODEGEN_CPU_EXPANDMATH_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::attn {

/// sin, cos and tan of vectors of f32.
void populateTrigonometryPatterns(RewritePatternSet &patterns);

/// asinh and acosh of vectors of f32.
void populateInverseHyperbolicPatterns(RewritePatternSet &patterns);

/// powf of vectors of f32.
void populatePowerPatterns(RewritePatternSet &patterns);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_EXPANDMATH_H
