//===- SelectRegion.cpp - the score region of attn.select in lanes --------===//
//
//   %w = memref.load %weights[%b, %h, %i]    once for the queries of a tile
//   %r = arith.maximumf %s, %zero            a vector of queries, key by key
//
// Tests: test/Codegen/CPU/lower-lists.mlir, test/Integration/Select
//
//===----------------------------------------------------------------------===//

#include "ListEmitters.h"

using namespace mlir;
using namespace mlir::attn;

ScoreLanes::ScoreLanes(StateBuilder &b, SelectOp op, int64_t lanes)
    : b(b), region(op.getScore()), lanes(lanes) {
  late.insert(region.getArgument(0));
  late.insert(region.getArgument(4));
  for (Operation &inner : region.front().without_terminator())
    if (llvm::any_of(inner.getOperands(),
                     [&](Value operand) { return late.contains(operand); }))
      for (Value result : inner.getResults())
        late.insert(result);
}

Value ScoreLanes::broadcast(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  return b.broadcast(VectorType::get(lanes, value.getType()), value);
}

/// An element for each query.
Value ScoreLanes::load(memref::LoadOp read, IRMapping &mapping) {
  auto type = VectorType::get(lanes, read.getType());
  Value all = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t lane = 0; lane < lanes; ++lane) {
    SmallVector<Value> at;
    for (Value index : read.getIndices()) {
      Value place = mapping.lookupOrDefault(index);
      if (isa<VectorType>(place.getType()))
        place = vector::ExtractOp::create(b, place, lane);
      at.push_back(place);
    }
    Value element = memref::LoadOp::create(
        b, mapping.lookupOrDefault(read.getMemRef()), at);
    all = vector::InsertOp::create(b, element, all, lane);
  }
  return all;
}

void ScoreLanes::emit(Operation &inner, IRMapping &mapping) {
  SmallVector<Value> operands;
  for (Value operand : inner.getOperands())
    operands.push_back(mapping.lookupOrDefault(operand));
  bool isUniform = llvm::none_of(operands, [](Value operand) {
    return isa<VectorType>(operand.getType());
  });
  if (isUniform) {
    b.clone(inner, mapping);
    return;
  }
  if (auto read = dyn_cast<memref::LoadOp>(inner)) {
    mapping.map(read.getResult(), load(read, mapping));
    return;
  }
  OperationState state(inner.getLoc(), inner.getName());
  for (Value operand : operands)
    state.operands.push_back(broadcast(operand));
  for (Type type : inner.getResultTypes())
    state.types.push_back(VectorType::get(lanes, type));
  state.attributes = inner.getAttrs();
  state.propertiesAttr = inner.getPropertiesAsAttribute();
  Operation *vectors = b.create(state);
  mapping.map(inner.getResults(), vectors->getResults());
}

void ScoreLanes::prepare(Value batch, Value head, const Lanes &queries) {
  mappings.assign(queries.size(), IRMapping());
  auto indices = VectorType::get(lanes, b.getIndexType());
  for (auto [mapping, numbers] : llvm::zip_equal(mappings, queries)) {
    mapping.map(region.getArgument(1), batch);
    mapping.map(region.getArgument(2), head);
    mapping.map(region.getArgument(3),
                arith::IndexCastOp::create(b, indices, numbers).getResult());
    for (Operation &inner : region.front().without_terminator())
      if (llvm::none_of(inner.getOperands(),
                        [&](Value operand) { return late.contains(operand); }))
        emit(inner, mapping);
  }
}

Value ScoreLanes::build(unsigned number, Value score, Value key) {
  IRMapping mapping = mappings[number];
  mapping.map(region.getArgument(0), score);
  mapping.map(region.getArgument(4), key);
  for (Operation &inner : region.front().without_terminator())
    if (llvm::any_of(inner.getOperands(),
                     [&](Value operand) { return late.contains(operand); }))
      emit(inner, mapping);
  auto yield = cast<YieldOp>(region.front().getTerminator());
  return broadcast(mapping.lookupOrDefault(yield.getValue()));
}
