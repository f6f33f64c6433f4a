//===- FoldCasts.h - operands that are casts -------------------*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_IR_FOLDCASTS_H
#define ATTN_LIB_DIALECT_ATTN_IR_FOLDCASTS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::attn {

/// Adds the pattern by which attn.select takes the sources of operands that are
/// casts, see AttnFolds.cpp.
void addFoldCastsOfSelect(RewritePatternSet &patterns, MLIRContext *context);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_IR_FOLDCASTS_H
