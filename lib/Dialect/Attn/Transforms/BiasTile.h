//===- BiasTile.h - a block of a [query, key] tensor ------------*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_BIASTILE_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_BIASTILE_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

/// The element type in vector lanes of a tensor of `element`: f32 for 16-bit
/// floats, i32 for i8, which has no shuffles of its own.
Type getLaneElement(Type element);

/// Converts a scalar to its lane element.
Value convertToLaneElement(OpBuilder &b, Location loc, Value value);

/// Copy [keys, rows] in lane elements of `source` [n, keys]; lanes past n are
/// 0.
Value buildBiasTile(OpBuilder &b, OnlineOp op, Value source);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_BIASTILE_H
