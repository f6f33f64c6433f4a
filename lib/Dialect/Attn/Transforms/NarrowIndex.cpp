//===- NarrowIndex.cpp - index arithmetic of regions in i32 lanes ---------===//
//
//   %d = arith.subi %i, %j : index
//   %x = arith.index_cast %d : index to i32
//   %f = arith.sitofp %x : i32 to f32
//   ->
//   %d = arith.subi %i32, %j32 : i32
//   %f = arith.sitofp %d : i32 to f32
//
// Half of the registers, and conversions that every target has for vectors.
// Division by what is no constant goes through f64, whose 53 bits make the
// truncated quotient of two i32 exact; integer division has no vector form.
//
// Tests: test/Dialect/Attn/Transforms/decompose-narrow.mlir
//
//===----------------------------------------------------------------------===//

#include "LaneEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::attn {

static unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// `value` as `type`, both integers or indices; numbers that fit are kept.
Value LaneEmitter::convert(Location loc, Value value, Type type) {
  Type from = value.getType();
  if (from == type)
    return value;
  if (from.isIndex() || type.isIndex())
    return arith::IndexCastOp::create(b, loc, type, value);
  if (getWidth(from) < getWidth(type))
    return arith::ExtSIOp::create(b, loc, type, value);
  return arith::TruncIOp::create(b, loc, type, value);
}

Value LaneEmitter::getLane(Value original) {
  Value &lane = lanes[original];
  if (lane)
    return lane;
  // What is left over are constants, which every body makes for itself.
  Location loc = original.getLoc();
  Type type = ranges.getLaneType(original);
  if (type == original.getType())
    lane = b.clone(*original.getDefiningOp())->getResult(0);
  else
    lane = arith::ConstantOp::create(
        b, loc, b.getIntegerAttr(type, ranges.get(original).lo));
  return lane;
}

Value LaneEmitter::getWide(Value original) {
  Value lane = getLane(original);
  if (lane.getType() == original.getType())
    return lane;
  return convert(original.getLoc(), lane, original.getType());
}

Value LaneEmitter::toLane(Value value, Value original) {
  Location loc = original.getLoc();
  Type type = ranges.getLaneType(original);
  if (isa<FloatType>(type) && value.getType() != type)
    return arith::ExtFOp::create(b, loc, type, value);
  return convert(loc, value, type);
}

static bool isDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
             arith::FloorDivSIOp, arith::CeilDivSIOp, arith::CeilDivUIOp>(op);
}

static bool isCast(Operation *op) {
  return isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp,
             arith::ExtUIOp, arith::TruncIOp>(op);
}

/// Operations that give the same number in i32 when all their numbers fit.
static bool keepsNumbers(Operation *op, bool nonNegative) {
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::MaxSIOp,
          arith::MinSIOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp,
          arith::ShLIOp, arith::ShRSIOp, arith::SelectOp, arith::SIToFPOp>(op))
    return true;
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return nonNegative || compare.getPredicate() < arith::CmpIPredicate::ult;
  return nonNegative &&
         isa<arith::MaxUIOp, arith::MinUIOp, arith::ShRUIOp, arith::UIToFPOp>(
             op);
}

bool LaneEmitter::emitNarrow(Operation *op) {
  bool nonNegative = true, narrowed = false;
  auto fits = [&](Value value) {
    Type type = value.getType();
    if (!type.isIntOrIndex() || type.isInteger(1))
      return true;
    nonNegative &= ranges.get(value).isNonNegative();
    narrowed |= ranges.isNarrow(value);
    return ranges.getLaneType(value).isInteger(32);
  };
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    bool replaced = uses.count(&operand);
    narrowed |= replaced;
    if (!replaced && !fits(operand.get()))
      return false;
  }
  if (isa<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(op)) {
    IntegerRange by = ranges.get(op->getOperand(1));
    if (by.lo < 0 || by.hi > 31)
      return false;
  }
  // The result's sign says nothing about how operands are read.
  bool readNonNegative = nonNegative;
  if (!fits(op->getResult(0)))
    return false;
  if (!isDivision(op) && (!narrowed || !keepsNumbers(op, readNonNegative)))
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    auto use = uses.find(&operand);
    operands.push_back(use != uses.end() ? use->second
                                         : getLane(operand.get()));
  }
  Value original = op->getResult(0), lane;
  Location loc = op->getLoc();
  if (isDivision(op)) {
    lane = emitDivision(op, operands[0], operands[1]);
  } else if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    lane = arith::CmpIOp::create(b, loc, compare.getPredicate(), operands[0],
                                 operands[1]);
  } else if (isa<arith::UIToFPOp>(op)) {
    lane = arith::SIToFPOp::create(b, loc, original.getType(), operands[0]);
  } else {
    // Made anew: flags speak of the wide form.
    OperationState state(loc, op->getName());
    state.addOperands(operands);
    state.addTypes(ranges.getLaneType(original));
    lane = b.create(state)->getResult(0);
  }
  map(original, lane);
  return true;
}

/// Division of two i32.
Value LaneEmitter::emitDivision(Operation *op, Value x, Value y) {
  Location loc = op->getLoc();
  Value divisor = op->getOperand(1);
  bool nonNegative = ranges.get(op->getOperand(0)).isNonNegative() &&
                     ranges.get(divisor).isNonNegative();
  bool remainder = isa<arith::RemSIOp, arith::RemUIOp>(op);
  bool floor = isa<arith::FloorDivSIOp>(op);
  bool ceil = isa<arith::CeilDivSIOp, arith::CeilDivUIOp>(op);
  APInt constant;
  if (!matchPattern(divisor, m_ConstantInt(&constant))) {
    Type f64 = b.getF64Type();
    Value quotient =
        arith::DivFOp::create(b, loc, arith::SIToFPOp::create(b, loc, f64, x),
                              arith::SIToFPOp::create(b, loc, f64, y));
    if (floor)
      quotient = math::FloorOp::create(b, loc, quotient);
    if (ceil)
      quotient = math::CeilOp::create(b, loc, quotient);
    quotient = arith::FPToSIOp::create(b, loc, b.getI32Type(), quotient);
    if (!remainder)
      return quotient;
    return arith::SubIOp::create(b, loc, x,
                                 arith::MulIOp::create(b, loc, quotient, y));
  }
  if (remainder && nonNegative)
    return arith::RemUIOp::create(b, loc, x, y);
  if (remainder)
    return arith::RemSIOp::create(b, loc, x, y);
  Value quotient = nonNegative
                       ? arith::DivUIOp::create(b, loc, x, y).getResult()
                       : arith::DivSIOp::create(b, loc, x, y).getResult();
  if (ceil || (floor && !nonNegative)) {
    // One step away from zero's side where a remainder says so.
    Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    Value rest = arith::SubIOp::create(
        b, loc, x, arith::MulIOp::create(b, loc, quotient, y));
    bool sign = constant.isNegative() != floor;
    Value off = arith::CmpIOp::create(
        b, loc, sign ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sgt,
        rest, zero);
    Value step =
        arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(floor ? -1 : 1));
    quotient = arith::SelectOp::create(
        b, loc, off, arith::AddIOp::create(b, loc, quotient, step), quotient);
  }
  return quotient;
}

/// A change of width, which disappears between values that are both narrow.
void LaneEmitter::emitCast(Operation *op) {
  Value source = op->getOperand(0), result = op->getResult(0);
  Type type = ranges.getLaneType(result);
  Value lane = getLane(source);
  bool isUnsigned = isa<arith::IndexCastUIOp, arith::ExtUIOp>(op);
  if (isUnsigned && !ranges.get(source).isNonNegative()) {
    // Sign bits of the source are part of the number.
    if (getWidth(lane.getType()) != getWidth(source.getType()))
      lane = convert(op->getLoc(), lane, source.getType());
    if (lane.getType().isIndex() || type.isIndex())
      lane = arith::IndexCastUIOp::create(b, op->getLoc(), type, lane);
    else
      lane = arith::ExtUIOp::create(b, op->getLoc(), type, lane);
  } else {
    lane = convert(op->getLoc(), lane, type);
  }
  map(result, lane);
}

/// `op` in its own types.
void LaneEmitter::emitWide(Operation *op) {
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, isa<FloatType>(operand.getType()) ? getLane(operand)
                                                           : getWide(operand));
  Operation *clone = b.clone(*op, mapping);
  for (auto [original, result] :
       llvm::zip_equal(op->getResults(), clone->getResults())) {
    Type type = ranges.getLaneType(original);
    map(original, type == original.getType()
                      ? Value(result)
                      : convert(op->getLoc(), result, type));
  }
}

void LaneEmitter::emit(Operation *op) {
  if (isa<arith::ConstantOp>(op))
    return; // made where they are used
  if (isCast(op))
    return emitCast(op);
  if (isa<arith::ExtFOp>(op) &&
      getLane(op->getOperand(0)).getType() == op->getResult(0).getType())
    return map(op->getResult(0), getLane(op->getOperand(0)));
  if (!emitNarrow(op))
    emitWide(op);
}

} // namespace mlir::attn
