//===- StateTiling.h - one packed sequence of a state op --------*- C++ -*-===//
//
// Tests: test/Dialect/Attn/Transforms/split-sequences.mlir
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_IR_STATETILING_H
#define ATTN_DIALECT_ATTN_IR_STATETILING_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::attn {

/// An op without `cu_seqlens`, and where its results belong.
struct SequenceTile {
  struct Place {
    SmallVector<OpFoldResult> offsets, sizes;
  };
  Operation *op;
  /// Of each result, in its destination.
  SmallVector<Place> places;
};

/// Builds `op`, which has `cu_seqlens`, for one state head of one sequence, on
/// slices of its inputs and of `inits`: tokens `[begin, begin + count)`, the
/// states of `sequence`. Does not fail; bounds are taken as they are.
SequenceTile buildSequenceTile(OpBuilder &b, AffineMonoidOpInterface op,
                               Value sequence, Value head, OpFoldResult begin,
                               OpFoldResult count, ValueRange inits);

} // namespace mlir::attn

#endif // ATTN_DIALECT_ATTN_IR_STATETILING_H
