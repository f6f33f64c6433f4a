//===- RandomRegion.cpp - random mask regions -----------------------------===//

#include "RandomRegion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::attn::test {

template <typename ArithOp, typename IndexOp>
Value RandomRegion::makeBinary(Value lhs, Value rhs) {
  if (lhs.getType().isIndex() && pick(0, 1))
    return IndexOp::create(builder, loc, lhs, rhs);
  return ArithOp::create(builder, loc, lhs, rhs);
}

void RandomRegion::fill(Block &block) {
  builder.setInsertionPointToEnd(&block);
  for (Value argument : block.getArguments())
    pool.push_back(argument);
  int64_t count = pick(4, 14);
  for (int64_t i = 0; i < count; ++i)
    pool.push_back(makeOperation());
  Value mask = makeCompare();
  if (pick(0, 1))
    mask = makeLogic(mask, pickValue(builder.getI1Type()));
  func::ReturnOp::create(builder, loc, mask);
}

Type RandomRegion::pickIntegerType() {
  const Type types[] = {builder.getIndexType(), builder.getI32Type(),
                        builder.getI8Type(), builder.getI64Type()};
  return types[pick(0, 9) < 8 ? pick(0, 1) : pick(2, 3)];
}

Value RandomRegion::makeConstant(Type type, int64_t least, int64_t greatest) {
  return arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(type, pick(least, greatest)));
}

Value RandomRegion::pickValue(Type type) {
  SmallVector<Value> candidates;
  for (Value value : pool)
    if (value.getType() == type)
      candidates.push_back(value);
  if (type.isInteger(1) && candidates.empty())
    return makeCompare();
  if (candidates.empty() || pick(0, 5) == 0)
    return makeConstant(type, type.isInteger(1) ? 0 : -20,
                        type.isInteger(1) ? 1 : 100);
  // The latest result more often, so that operations build on each other.
  return pick(0, 1) ? candidates.back()
                    : candidates[pick(0, candidates.size() - 1)];
}

Value RandomRegion::makeCompare() {
  Type type = pickIntegerType();
  auto predicate = static_cast<arith::CmpIPredicate>(pick(0, 9));
  Value lhs = pickValue(type), rhs = pickValue(type);
  return arith::CmpIOp::create(builder, loc, predicate, lhs, rhs);
}

Value RandomRegion::makeLogic(Value lhs, Value rhs) {
  switch (pick(0, 3)) {
  case 0:
    return arith::AndIOp::create(builder, loc, lhs, rhs);
  case 1:
    return arith::OrIOp::create(builder, loc, lhs, rhs);
  case 2:
    return arith::XOrIOp::create(builder, loc, lhs, rhs);
  default:
    return arith::CmpIOp::create(
        builder, loc, static_cast<arith::CmpIPredicate>(pick(0, 9)), lhs, rhs);
  }
}

Value RandomRegion::makeCast() {
  Type from = pickIntegerType(), to = pickIntegerType();
  Value value = pickValue(pick(0, 6) ? from : builder.getI1Type());
  from = value.getType();
  if (from == to)
    return value;
  bool isUnsigned = pick(0, 1);
  if (from.isIndex() || to.isIndex()) {
    if (isUnsigned)
      return arith::IndexCastUIOp::create(builder, loc, to, value);
    return arith::IndexCastOp::create(builder, loc, to, value);
  }
  if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
    return arith::TruncIOp::create(builder, loc, to, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(builder, loc, to, value);
  return arith::ExtSIOp::create(builder, loc, to, value);
}

Value RandomRegion::makeOperation() {
  Type type = pickIntegerType();
  Value lhs = pickValue(type), rhs = pickValue(type);
  switch (pick(0, 20)) {
  case 0:
  case 1:
    return makeBinary<arith::AddIOp, index::AddOp>(lhs, rhs);
  case 2:
  case 3:
    return makeBinary<arith::SubIOp, index::SubOp>(lhs, rhs);
  case 4:
    rhs = makeConstant(type, -9, 9);
    return makeBinary<arith::MulIOp, index::MulOp>(lhs, rhs);
  case 5:
    rhs = makeConstant(type, 1, 20);
    return makeBinary<arith::DivSIOp, index::DivSOp>(lhs, rhs);
  case 6:
    rhs = makeConstant(type, 1, 20);
    return makeBinary<arith::DivUIOp, index::DivUOp>(lhs, rhs);
  case 7:
    rhs = makeConstant(type, 1, 20);
    return makeBinary<arith::RemSIOp, index::RemSOp>(lhs, rhs);
  case 8:
    rhs = makeConstant(type, 1, 20);
    return makeBinary<arith::RemUIOp, index::RemUOp>(lhs, rhs);
  case 9:
    rhs = makeConstant(type, 1, 20);
    return makeBinary<arith::FloorDivSIOp, index::FloorDivSOp>(lhs, rhs);
  case 10:
    rhs = makeConstant(type, 1, 20);
    return makeBinary<arith::CeilDivSIOp, index::CeilDivSOp>(lhs, rhs);
  case 11:
    return makeBinary<arith::MinSIOp, index::MinSOp>(lhs, rhs);
  case 12:
    return makeBinary<arith::MaxSIOp, index::MaxSOp>(lhs, rhs);
  case 13:
    return makeBinary<arith::MinUIOp, index::MinUOp>(lhs, rhs);
  case 14:
    return makeBinary<arith::MaxUIOp, index::MaxUOp>(lhs, rhs);
  case 15:
    rhs = makeConstant(type, 0, 5);
    if (pick(0, 1))
      return makeBinary<arith::ShLIOp, index::ShlOp>(lhs, rhs);
    if (pick(0, 1))
      return makeBinary<arith::ShRSIOp, index::ShrSOp>(lhs, rhs);
    return makeBinary<arith::ShRUIOp, index::ShrUOp>(lhs, rhs);
  case 16:
    rhs = makeConstant(type, 0, 1);
    rhs = pick(0, 1) ? rhs : makeConstant(type, 7, 7);
    return makeBinary<arith::AndIOp, index::AndOp>(lhs, rhs);
  case 17:
    return arith::SelectOp::create(builder, loc, pickValue(builder.getI1Type()),
                                   lhs, rhs);
  case 18:
    if (!type.isIndex())
      return math::AbsIOp::create(builder, loc, lhs);
    return makeCompare();
  default:
    return makeCast();
  }
}

} // namespace mlir::attn::test
