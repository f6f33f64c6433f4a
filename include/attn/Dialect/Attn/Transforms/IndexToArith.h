//===- IndexToArith.h - the index dialect in regions as arith ---*- C++ -*-===//

#ifndef ATTN_DIALECT_ATTN_TRANSFORMS_INDEXTOARITH_H
#define ATTN_DIALECT_ATTN_TRANSFORMS_INDEXTOARITH_H

#include "mlir/IR/Region.h"

namespace mlir::attn {

/// Rewrites the `index` dialect's operations in `region` to `arith`.
void convertIndexOps(Region &region);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_TRANSFORMS_INDEXTOARITH_H
