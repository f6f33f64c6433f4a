//===- RegionInliner.cpp - score and mask regions inside linalg -----------===//
//
//   %slope = tensor.extract %slopes[%h]    once, outside
//   %d     = arith.floordivsi %i, %c32     once per query of the tile
//   %e     = arith.floordivsi %j, %c32     once per key of the block
//   %m     = arith.cmpi eq, %d, %e         once per pair
//
// Tests: test/Dialect/Attn/Transforms/decompose-scores.mlir
//
//===----------------------------------------------------------------------===//

#include "RegionInliner.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::attn {

static ValueRange getPositions(Region &region, unsigned first) {
  return region.getArguments().slice(first, 4);
}

RegionInliner::RegionInliner(OnlineOp op, Region &region)
    : op(op), region(region), firstPosition(&region == &op.getScore() ? 1 : 0),
      ranges(region, getPositions(region, firstPosition), op.getCaptures()) {
  classify();
}

BlockArgument RegionInliner::getPosition(unsigned axis) const {
  return region.getArgument(firstPosition + axis);
}

RegionInliner::Dependence RegionInliner::getDependence(Value value) const {
  return dependences.lookup(value);
}

/// Remembers a value that is computed before its user is.
void RegionInliner::noteUse(OpOperand &use, Dependence user) {
  Value value = use.get();
  Dependence dependence = getDependence(value);
  if (user == Nothing || dependence == user || isa<TensorType>(value.getType()))
    return;
  if (dependence == Nothing)
    uniformUses.insert(value);
  else
    (dependence == Query ? queryUses : keyUses).insert(value);
}

void RegionInliner::classify() {
  if (firstPosition == 1)
    dependences[region.getArgument(0)] = Pair;
  dependences[getPosition(2)] = Query;
  dependences[getPosition(3)] = Key;
  for (Operation &inner : region.front().without_terminator()) {
    unsigned all = Nothing;
    for (Value operand : inner.getOperands())
      all |= getDependence(operand);
    for (Value result : inner.getResults())
      dependences[result] = Dependence(all);
    auto read = dyn_cast<tensor::ExtractOp>(inner);
    if (read && isTile(read))
      continue; // is an operand of the pairs' operation
    for (OpOperand &operand : inner.getOpOperands())
      noteUse(operand, Dependence(all));
  }
  noteUse(region.front().getTerminator()->getOpOperand(0), Pair);
}

LogicalResult RegionInliner::check() {
  for (Operation &inner : region.front().without_terminator()) {
    if (inner.getNumResults() == 0 ||
        getDependence(inner.getResult(0)) == Nothing)
      continue;
    if (failed(checkLaneOp(&inner, ranges)))
      return failure();
    if (auto read = dyn_cast<tensor::ExtractOp>(inner))
      if (failed(checkRead(read)))
        return failure();
  }
  return success();
}

/// Scalars in lane types for `uniformUses`, and everything they are made of.
void RegionInliner::prepareUniform(OpBuilder &b) {
  IRMapping mapping;
  auto define = [&](Value value, Value scalar) {
    mapping.map(value, scalar);
    uniform[value] = scalar;
  };
  define(getPosition(0), op.getBatchOrigin());
  define(getPosition(1), op.getHeadOrigin());
  for (auto [argument, capture] :
       llvm::zip_equal(region.getArguments().drop_front(firstPosition + 4),
                       op.getCaptures()))
    define(argument, capture);
  for (Operation &inner : region.front().without_terminator()) {
    if (inner.getNumResults() == 0 ||
        getDependence(inner.getResult(0)) != Nothing)
      continue;
    Operation *clone = b.clone(inner, mapping);
    for (auto [value, scalar] :
         llvm::zip_equal(inner.getResults(), clone->getResults()))
      define(value, scalar);
  }
  for (Value value : uniformUses) {
    if (value.getDefiningOp<arith::ConstantOp>())
      continue; // made where it is used
    Value scalar = uniform.count(value) ? uniform[value] : value;
    Type type = ranges.getLaneType(value);
    if (type.isInteger(32) && value.getType().isIndex())
      scalar = arith::IndexCastOp::create(b, value.getLoc(), type, scalar);
    else if (type != value.getType())
      scalar = arith::TruncIOp::create(b, value.getLoc(), type, scalar);
    uniformLanes[value] = scalar;
  }
  for (auto compare : region.getOps<arith::CmpIOp>())
    clampComparison(b, compare);
}

/// A wide scalar compared with narrow lanes is clamped to just beyond what they
/// can hold: every comparison stays what it was, and is one of i32.
void RegionInliner::clampComparison(OpBuilder &b, arith::CmpIOp compare) {
  if (compare.getPredicate() >= arith::CmpIPredicate::ult)
    return;
  for (auto [side, other] : {std::pair{0u, 1u}, std::pair{1u, 0u}}) {
    OpOperand &wide = compare->getOpOperand(side);
    Value narrow = compare->getOperand(other);
    if (getDependence(wide.get()) != Nothing || ranges.isNarrow(wide.get()) ||
        getDependence(narrow) == Nothing || !ranges.isNarrow(narrow))
      continue;
    IntegerRange range = ranges.get(narrow);
    if (!IntegerRange{range.lo - 1, range.hi + 1}.fits32())
      continue;
    Location loc = compare.getLoc();
    Value scalar = uniform.count(wide.get()) ? uniform[wide.get()] : wide.get();
    Type type = scalar.getType();
    auto bound = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
    };
    scalar = arith::MaxSIOp::create(b, loc, scalar, bound(range.lo - 1));
    scalar = arith::MinSIOp::create(b, loc, scalar, bound(range.hi + 1));
    clampedUses[&wide] =
        type.isIndex()
            ? arith::IndexCastOp::create(b, loc, b.getI32Type(), scalar)
                  .getResult()
            : arith::TruncIOp::create(b, loc, b.getI32Type(), scalar)
                  .getResult();
  }
}

/// Booleans are kept as i32 between operations: vectors of i1 in memory are
/// packed bits.
Type RegionInliner::getStoredType(Value value) const {
  Type type = ranges.getLaneType(value);
  return type.isInteger(1) ? IntegerType::get(type.getContext(), 32) : type;
}

void RegionInliner::mapUniform(LaneEmitter &emitter) {
  for (auto [value, scalar] : uniformLanes)
    emitter.map(value, scalar);
  for (auto [use, scalar] : clampedUses)
    emitter.mapUse(*use, scalar);
}

void RegionInliner::emitOps(LaneEmitter &emitter, OpBuilder &b,
                            Dependence dependence) {
  for (Operation &inner : region.front().without_terminator()) {
    if (inner.getNumResults() == 0 ||
        getDependence(inner.getResult(0)) != dependence)
      continue;
    if (auto read = dyn_cast<tensor::ExtractOp>(inner))
      emitRead(emitter, b, read);
    else
      emitter.emit(&inner);
  }
}

/// Adds `values`, which depend on the position of one loop.
unsigned RegionInliner::addLoop(LoopValues &loop, Dependence dependence,
                                ArrayRef<Value> values) {
  SmallVector<Value> kept(values), slices, reads;
  SmallVector<Type> types;
  for (Value value : kept)
    types.push_back(getStoredType(value));
  for (auto read : region.getOps<tensor::ExtractOp>())
    if (getDependence(read) == dependence && isKeySlice(read)) {
      slices.push_back(sources[read]);
      reads.push_back(read);
    }
  BlockArgument position = getPosition(dependence == Query ? 2 : 3);
  auto emit = [this, kept, reads, dependence,
               position](OpBuilder &b, Location loc, LoopValues::Place place,
                         ValueRange inputs) {
    LaneEmitter emitter(b, ranges);
    mapUniform(emitter);
    emitter.map(position, place.position);
    for (auto [read, input] : llvm::zip_equal(reads, inputs))
      emitter.map(read, emitter.toLane(input, read));
    emitOps(emitter, b, dependence);
    SmallVector<Value> results;
    for (Value value : kept) {
      Value lane = emitter.getLane(value);
      if (lane.getType().isInteger(1))
        lane = arith::ExtUIOp::create(b, loc, b.getI32Type(), lane);
      results.push_back(lane);
    }
    return results;
  };
  return loop.add(types, slices, emit);
}

void RegionInliner::prepare(OpBuilder &outer, OpBuilder &inner,
                            LoopValues &queries, LoopValues &keys,
                            SmallVectorImpl<Value> &tiles) {
  prepareUniform(outer);
  prepareReads(outer, inner, tiles);
  if (!queryUses.empty())
    firstQuery = addLoop(queries, Query, queryUses.getArrayRef());
  if (!keyUses.empty())
    firstKey = addLoop(keys, Key, keyUses.getArrayRef());
}

Value RegionInliner::build(OpBuilder &b, Value score, ValueRange queries,
                           ValueRange keys, ValueRange tiles) {
  LaneEmitter emitter(b, ranges);
  mapUniform(emitter);
  if (score)
    emitter.map(region.getArgument(0), score);
  auto load = [&](Value value, Value stored) {
    if (value.getType().isInteger(1)) {
      Value zero =
          arith::ConstantOp::create(b, value.getLoc(), b.getI32IntegerAttr(0));
      stored = arith::CmpIOp::create(b, value.getLoc(),
                                     arith::CmpIPredicate::ne, stored, zero);
    }
    emitter.map(value, stored);
  };
  for (auto [i, value] : llvm::enumerate(queryUses))
    load(value, queries[firstQuery + i]);
  for (auto [i, value] : llvm::enumerate(keyUses))
    load(value, keys[firstKey + i]);
  for (auto [read, number] : tileNumbers)
    emitter.map(read->getResult(0),
                emitter.toLane(tiles[number], read->getResult(0)));
  emitOps(emitter, b, Pair);
  return emitter.getWide(
      cast<YieldOp>(region.front().getTerminator()).getValue());
}

} // namespace mlir::attn
