//===- EmitInput.cpp - cloning what a mask region computes ----------------===//
//
// See EmitInput.h. Covered by test/unittests/Analysis/MaskDataTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "EmitInput.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"
#include <limits>

namespace mlir::attn {

/// Clones the operations of `body` that `value` needs, in their order.
static Value cloneComputation(OpBuilder &builder, Value value, Block *body,
                              IRMapping &mapping) {
  DenseSet<Operation *> needed;
  SmallVector<Value> worklist = {value};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (op && op->getBlock() == body && needed.insert(op).second)
      llvm::append_range(worklist, op->getOperands());
  }
  for (Operation &op : *body)
    if (needed.contains(&op))
      builder.clone(op, mapping);
  return mapping.lookupOrDefault(value);
}

Value emitInput(OpBuilder &builder, Location loc, const MaskInput &input,
                const MaskSymbols &symbols, ArrayRef<Value> position) {
  Value value = input.value;
  assert(value && "an anonymous symbol has no value to emit");
  if (input.body) {
    IRMapping mapping = symbols.getCaptures();
    for (auto [argument, at] : llvm::zip(input.body->getArguments(), position))
      if (at)
        mapping.map(argument, at);
    value = cloneComputation(builder, value, input.body, mapping);
  }
  Type indexType = builder.getIndexType();
  if (value.getType().isInteger(1))
    return builder.createOrFold<arith::IndexCastUIOp>(loc, indexType, value);
  return builder.createOrFold<arith::IndexCastOp>(loc, indexType, value);
}

std::pair<Value, Value> emitInputRange(OpBuilder &builder, Location loc,
                                       const MaskInput &input,
                                       const MaskSymbols &symbols,
                                       ArrayRef<Value> position, MaskDim dim,
                                       Value begin, Value end) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  SmallVector<Value> init = {constant(std::numeric_limits<int64_t>::max()),
                             constant(std::numeric_limits<int64_t>::min())};
  auto loop = scf::ForOp::create(
      builder, loc, begin, end, constant(1), init,
      [&](OpBuilder &nested, Location loc, Value at, mlir::ValueRange carried) {
        SmallVector<Value> inner(position);
        inner[static_cast<unsigned>(dim)] = at;
        Value value = emitInput(nested, loc, input, symbols, inner);
        Value least = arith::MinSIOp::create(nested, loc, carried[0], value);
        Value greatest = arith::MaxSIOp::create(nested, loc, carried[1], value);
        scf::YieldOp::create(nested, loc, mlir::ValueRange{least, greatest});
      });
  return {loop.getResult(0), loop.getResult(1)};
}

} // namespace mlir::attn
