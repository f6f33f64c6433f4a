//===- LoopValues.cpp - values per query and per key ----------------------===//
//
//   %limit = linalg.generic outs(%e : tensor<64xi32>)     once per query tile
//       { i + diagonal }
//   scf.for .. {
//     %j = linalg.generic outs(%f : tensor<?xi32>) { j }  once per key block
//     linalg.generic ins(%limit, %j) outs(%scores : tensor<?x64xf32>)
//         { j <= limit ? s : -inf }
//   }
//
// Tests: test/Dialect/Attn/Transforms/decompose-scores.mlir
//
//===----------------------------------------------------------------------===//

#include "LoopValues.h"
#include "Decompose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

unsigned LoopValues::add(TypeRange types, ValueRange inputs, Emit emit) {
  groups.push_back(
      {SmallVector<Type>(types), SmallVector<Value>(inputs), std::move(emit)});
  unsigned first = numValues;
  numValues += types.size();
  return first;
}

unsigned LoopValues::addPosition() {
  if (!position)
    position =
        add(Type(), {}, [](OpBuilder &, Location, Place place, ValueRange) {
          return SmallVector<Value>{place.position};
        });
  return *position;
}

SmallVector<Value> LoopValues::getInputs() {
  SmallVector<Value> inputs;
  for (Group &group : groups)
    llvm::append_range(inputs, group.inputs);
  return inputs;
}

SmallVector<Value> LoopValues::emitAll(OpBuilder &b, Location loc, Place place,
                                       ValueRange inputs) {
  SmallVector<Value> values;
  for (Group &group : groups) {
    unsigned count = group.inputs.size();
    llvm::append_range(values,
                       group.emit(b, loc, place, inputs.take_front(count)));
    inputs = inputs.drop_front(count);
  }
  return values;
}

SmallVector<Value> LoopValues::buildForQueries(OpBuilder &b, OnlineOp op) {
  if (numValues == 0)
    return {};
  Location loc = op.getLoc();
  int64_t rows = op.getQuery().getType().getDimSize(op.getRowAxis());
  Value last;
  if (op.getRows())
    last = arith::SubIOp::create(b, loc, op.getRows(),
                                 arith::ConstantIndexOp::create(b, loc, 1));
  LinalgBuilder linalg(b, loc);
  SmallVector<Value> inputs = getInputs(), outputs;
  for (Group &group : groups)
    for (Type type : group.types)
      outputs.push_back(linalg.empty({rows}, type ? type : b.getI32Type()));
  SmallVector<SmallVector<unsigned>> maps(inputs.size() + outputs.size(), {0});
  auto generic = linalg.generic(
      "p", inputs, outputs, maps, {},
      [&](OpBuilder &nested, Location l, ValueRange args) {
        Value row = linalg::IndexOp::create(nested, l, 0);
        if (last)
          row = arith::MinSIOp::create(nested, l, row, last);
        Value i = arith::AddIOp::create(nested, l, row, op.getQueryOrigin());
        i = arith::IndexCastOp::create(nested, l, nested.getI32Type(), i);
        return emitAll(nested, l, {row, i}, args);
      });
  return SmallVector<Value>(generic.getResults());
}

SmallVector<Value> LoopValues::buildForKeys(OpBuilder &b, OnlineOp op) {
  if (numValues == 0)
    return {};
  Location loc = op.getLoc();
  ScheduleAttr schedule = op.getScheduleAttr();
  OpFoldResult keys = tensor::getMixedSize(b, loc, op.getKey(), 0);
  LinalgBuilder linalg(b, loc);
  SmallVector<Value> inputs = getInputs(), outputs;
  for (Group &group : groups)
    for (Type type : group.types) {
      Value whole =
          linalg.empty({schedule.getKeyBlock()}, type ? type : b.getI32Type());
      outputs.push_back(linalg.takeRows(whole, keys));
    }
  SmallVector<SmallVector<unsigned>> maps(inputs.size() + outputs.size(), {0});
  TileHint hint;
  hint.sizes = hint.lanes = {schedule.getLanes()};
  auto generic = linalg.generic(
      "p", inputs, outputs, maps, hint,
      [&](OpBuilder &nested, Location l, ValueRange args) {
        Value offset = linalg::IndexOp::create(nested, l, 0);
        Value j = arith::AddIOp::create(nested, l, offset, op.getKeyOrigin());
        j = arith::IndexCastOp::create(nested, l, nested.getI32Type(), j);
        return emitAll(nested, l, {offset, j}, args);
      });
  return SmallVector<Value>(generic.getResults());
}

Operation *getHoistPoint(Operation *op, ValueRange values) {
  Operation *place = op;
  while (Operation *parent = place->getParentOp()) {
    bool known = llvm::none_of(values, [&](Value value) {
      return parent->isAncestor(value.getParentBlock()->getParentOp());
    });
    if (!isa<scf::ForOp, scf::IfOp>(parent) || !known)
      break;
    place = parent;
  }
  return place;
}

} // namespace mlir::attn
