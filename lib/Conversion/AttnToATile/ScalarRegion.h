//===- ScalarRegion.h - score and mask regions for one thread ---*- C++ -*-===//
//
// Part of attn-dense-to-atile: a region of attn.dense as operations on scalars
// of a thread. Positions and what is computed of them are i32 where their
// ranges fit, which `IntegerRanges` shows; reads keep tensors, which
// KernelFrame lowers.
//
//   %d = arith.subi %j, %i : index                %d = arith.subi %j, %i : i32
//   %f = arith.sitofp .. %di : i32 to f32    ->   %f = arith.sitofp %d : i32 to
//   f32 %e = math.exp %f : f32                        %t = arith.mulf %f,
//   %log2e : f32
//                                                 %e = math.exp2 %t : f32
//
// Tests: test/Conversion/AttnToATile/regions.mlir, regions-invalid.mlir
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOATILE_SCALARREGION_H
#define ATTN_LIB_CONVERSION_ATTNTOATILE_SCALARREGION_H

#include "attn/Dialect/Attn/Transforms/IntegerRanges.h"
#include "mlir/IR/Builders.h"
#include <optional>

namespace mlir::attn {

/// One region (b, h, i, j, captures), with the score before it or not.
class ScalarRegion {
public:
  /// `first` is the number of the argument that is the batch.
  ScalarRegion(Region &region, unsigned first, ValueRange captures);

  bool isEmpty() const { return region.empty(); }
  /// Whether captured tensors are read.
  bool readsTensors() const;
  /// An error at an operation that has no form on a GPU.
  LogicalResult check() const;
  /// Emits the region at positions of i32 and returns what it yields. `score`
  /// is null for a mask.
  Value emit(OpBuilder &b, Value score, ValueRange positions) const;

private:
  ValueRange getPositions() const;

  Region &region;
  unsigned first;
  ValueRange captures;
  /// None where the region is empty.
  std::optional<IntegerRanges> ranges;
};

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOATILE_SCALARREGION_H
