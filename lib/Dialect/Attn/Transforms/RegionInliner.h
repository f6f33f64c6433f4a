//===- RegionInliner.h - score and mask regions inside linalg ---*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_REGIONINLINER_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_REGIONINLINER_H

#include "attn/Dialect/Attn/IR/Attn.h"

namespace mlir::attn {

/// Clones the body of `region` at the builder's place with its arguments mapped
/// to `arguments`, and returns what it yields.
Value inlineRegion(OpBuilder &b, Region &region, ValueRange arguments);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_REGIONINLINER_H
