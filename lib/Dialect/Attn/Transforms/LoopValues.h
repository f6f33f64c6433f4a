//===- LoopValues.h - values per query and per key --------------*- C++ -*-===//

#ifndef ATTN_LIB_DIALECT_ATTN_TRANSFORMS_LOOPVALUES_H
#define ATTN_LIB_DIALECT_ATTN_TRANSFORMS_LOOPVALUES_H

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

/// Values that depend on one position only and so are computed once per query
/// of a tile or once per key of a block, by one linalg.generic, instead of once
/// per pair.
class LoopValues {
public:
  /// Where values are computed: the offset in the tile, of index type, and the
  /// position in the undivided op, an i32.
  struct Place {
    Value offset, position;
  };
  using Emit = std::function<SmallVector<Value>(OpBuilder &, Location, Place,
                                                ValueRange inputs)>;

  /// Adds one value per type in `types`; `inputs` are tensors with one element
  /// per position. Returns the number of the first value.
  unsigned add(TypeRange types, ValueRange inputs, Emit emit);
  /// The position itself, an i32.
  unsigned addPosition();

  /// Builds the queries' values, tensors [rows]. Padding rows repeat the last
  /// real one.
  SmallVector<Value> buildForQueries(OpBuilder &b, OnlineOp op);
  /// Builds the keys' values, tensors [keys].
  SmallVector<Value> buildForKeys(OpBuilder &b, OnlineOp op);

private:
  struct Group {
    SmallVector<Type> types;
    SmallVector<Value> inputs;
    Emit emit;
  };
  SmallVector<Value> emitAll(OpBuilder &b, Location loc, Place place,
                             ValueRange inputs);
  SmallVector<Value> getInputs();

  SmallVector<Group> groups;
  unsigned numValues = 0;
  std::optional<unsigned> position;
};

/// The outermost operation around `op`, below its scf.forall, before which all
/// of `values` are known: what depends on them alone is computed there once.
Operation *getHoistPoint(Operation *op, ValueRange values);

} // namespace mlir::attn

#endif // ATTN_LIB_DIALECT_ATTN_TRANSFORMS_LOOPVALUES_H
