//===- ReductionPatterns.h - simpler forms of attn operations --*- C++ -*-===//

#ifndef ATTN_REDUCE_REDUCTIONPATTERNS_H
#define ATTN_REDUCE_REDUCTIONPATTERNS_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::attn {

/// Lets the attn dialect offer its operations in simpler forms to the reducer.
void registerReductionPatterns(DialectRegistry &registry);

} // namespace mlir::attn

#endif // ATTN_REDUCE_REDUCTIONPATTERNS_H
