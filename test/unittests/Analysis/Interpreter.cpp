//===- Interpreter.cpp - runs emitted index arithmetic --------------------===//

#include "Interpreter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace mlir::attn::test {

void Interpreter::set(Value value, int64_t integer) {
  unsigned width =
      value.getType().isIndex() ? 64 : value.getType().getIntOrFloatBitWidth();
  values[value] = IntegerAttr::get(
      value.getType(), APInt(64, integer, /*isSigned=*/true).trunc(width));
}

int64_t Interpreter::get(Value value) const {
  auto attribute = cast<IntegerAttr>(values.lookup(value));
  return attribute.getType().isInteger(1) ? attribute.getValue().getZExtValue()
                                          : attribute.getValue().getSExtValue();
}

int64_t Interpreter::get(OpFoldResult value) const {
  if (auto attribute = dyn_cast<Attribute>(value))
    return cast<IntegerAttr>(attribute).getInt();
  return get(cast<Value>(value));
}

bool Interpreter::run(Block &block) {
  for (Operation &op : block)
    if (!op.hasTrait<OpTrait::IsTerminator>() && !runOperation(op))
      return false;
  return true;
}

bool Interpreter::runOperation(Operation &op) {
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    SmallVector<Attribute> carried;
    for (Value init : loop.getInits())
      carried.push_back(values.lookup(init));
    for (int64_t at = get(loop.getLowerBound()); at < get(loop.getUpperBound());
         at += get(loop.getStep())) {
      set(loop.getInductionVar(), at);
      for (auto [argument, value] :
           llvm::zip(loop.getRegionIterArgs(), carried))
        set(argument, value);
      if (!run(*loop.getBody()))
        return false;
      for (auto [value, yielded] :
           llvm::zip(carried, loop.getBody()->getTerminator()->getOperands()))
        value = values.lookup(yielded);
    }
    for (auto [result, value] : llvm::zip(loop.getResults(), carried))
      set(result, value);
    return true;
  }
  // A fold may first move constants to the right, in place.
  for (int attempt = 0; attempt < 4; ++attempt) {
    SmallVector<Attribute> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    SmallVector<OpFoldResult> results;
    if (failed(op.fold(operands, results)))
      return false;
    if (results.empty())
      continue;
    for (auto [result, folded] : llvm::zip(op.getResults(), results)) {
      Attribute value = isa<Attribute>(folded)
                            ? cast<Attribute>(folded)
                            : values.lookup(cast<Value>(folded));
      if (!isa_and_present<IntegerAttr, FloatAttr>(value))
        return false;
      values[result] = value;
    }
    return true;
  }
  return false;
}

} // namespace mlir::attn::test
