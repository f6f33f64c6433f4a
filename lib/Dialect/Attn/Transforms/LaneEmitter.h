//===- LaneEmitter.h - operations of a region for vector lanes --*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_LANEEMITTER_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_LANEEMITTER_H

#include "attn/Dialect/Attn/Transforms/IntegerRanges.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

/// Emits operations of a score or mask region into the body of a linalg
/// operation whose iterations become vector lanes. Indices that provably fit
/// are computed in i32.
class LaneEmitter {
public:
  LaneEmitter(OpBuilder &b, const IntegerRanges &ranges)
      : b(b), ranges(ranges) {}

  /// `lane` stands for `original`; an index may come as i32.
  void map(Value original, Value lane) { lanes[original] = lane; }
  /// `lane`, an i32, stands for one use of a value.
  void mapUse(OpOperand &use, Value lane) { uses[&use] = lane; }

  /// Emits `op`, whose operands are known.
  void emit(Operation *op);

  /// The lane value for `original`, in its lane type or in its own type.
  Value getLane(Value original);
  Value getWide(Value original);

  /// `value`, an element that was read for `original`, in the lane type of
  /// `original`; numbers may come wider than they are declared.
  Value toLane(Value value, Value original);

private:
  bool emitNarrow(Operation *op);
  void emitCast(Operation *op);
  Value emitDivision(Operation *op, Value a, Value b);
  void emitWide(Operation *op);
  Value convert(Location loc, Value value, Type type);

  OpBuilder &b;
  const IntegerRanges &ranges;
  llvm::DenseMap<Value, Value> lanes;
  llvm::DenseMap<OpOperand *, Value> uses;
};

/// An error at `op` if it has no form for vector lanes.
LogicalResult checkLaneOp(Operation *op, const IntegerRanges &ranges);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_LANEEMITTER_H
