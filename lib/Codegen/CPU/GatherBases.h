//===- GatherBases.h - tensors whose elements are gathered -----*- C++ -*-===//
//
// Part of attn-cpu-vectorize.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_GATHERBASES_H
#define ATTN_LIB_CODEGEN_CPU_GATHERBASES_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::attn {

/// Gathers below `root` number the elements of a tensor of several dimensions
/// as if its rows followed each other. Rows of an argument need not: such a
/// tensor is copied once, where it is defined, and read from the copy.
void copyGatherBases(RewriterBase &rewriter, Operation *root);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_GATHERBASES_H
