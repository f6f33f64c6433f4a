//===- RegionInliner.h - score and mask regions inside linalg ---*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_REGIONINLINER_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_REGIONINLINER_H

#include "LaneEmitter.h"
#include "LoopValues.h"
#include "attn/Dialect/Attn/Transforms/IntegerRanges.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::attn {

/// Inlines one region of an attn.online into an operation on pairs of keys and
/// queries, after taking out of it what depends on neither, on the query alone
/// or on the key alone.
class RegionInliner {
public:
  /// What a value depends on: a union of these.
  enum Dependence : unsigned { Nothing = 0, Query = 1, Key = 2, Pair = 3 };

  RegionInliner(OnlineOp op, Region &region);

  /// Refuses what has no vector form.
  LogicalResult check();

  /// Computes at `outer` what depends on neither position, and adds the rest to
  /// `queries`, `keys` and to `tiles`, tensors [keys, rows] built at `inner`.
  void prepare(OpBuilder &outer, OpBuilder &inner, LoopValues &queries,
               LoopValues &keys, SmallVectorImpl<Value> &tiles);

  /// Emits what depends on both and returns what the region yields. The score
  /// is null for a mask; the lists are scalars for what prepare() added.
  Value build(OpBuilder &b, Value score, ValueRange queries, ValueRange keys,
              ValueRange tiles);

private:
  Dependence getDependence(Value value) const;
  void classify();
  void noteUse(OpOperand &use, Dependence user);
  bool isKeySlice(tensor::ExtractOp read) const;
  bool isTile(tensor::ExtractOp read) const;
  LogicalResult checkRead(tensor::ExtractOp read);
  Value slicePrefix(OpBuilder &b, tensor::ExtractOp read, unsigned count);
  void prepareUniform(OpBuilder &b);
  void clampComparison(OpBuilder &b, arith::CmpIOp compare);
  void prepareReads(OpBuilder &outer, OpBuilder &inner,
                    SmallVectorImpl<Value> &tiles);
  unsigned addLoop(LoopValues &loop, Dependence dependence,
                   ArrayRef<Value> values);
  void emitOps(LaneEmitter &emitter, OpBuilder &b, Dependence dependence);
  void emitRead(LaneEmitter &emitter, OpBuilder &b, tensor::ExtractOp read);
  void mapUniform(LaneEmitter &emitter);
  BlockArgument getPosition(unsigned axis) const;
  Type getStoredType(Value value) const;

  OnlineOp op;
  Region &region;
  unsigned firstPosition;
  IntegerRanges ranges;
  llvm::DenseMap<Value, Dependence> dependences;
  /// Values that operations of another dependence use.
  llvm::SetVector<Value> uniformUses, queryUses, keyUses;
  unsigned firstQuery = 0, firstKey = 0;
  /// What stands for values that depend on nothing: in their own types, and in
  /// lane types.
  llvm::DenseMap<Value, Value> uniform, uniformLanes;
  llvm::DenseMap<OpOperand *, Value> clampedUses;
  /// Per read: the tensor without leading dimensions of uniform index, or the
  /// slice of one element per key.
  llvm::DenseMap<Operation *, Value> sources;
  /// Per read of tensor[.., i, j]: its number among the tiles.
  llvm::DenseMap<Operation *, unsigned> tileNumbers;
};

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_REGIONINLINER_H
