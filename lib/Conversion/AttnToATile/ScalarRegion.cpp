//===- ScalarRegion.cpp - score and mask regions for one thread -----------===//

#include "ScalarRegion.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

static constexpr unsigned kNumPositions = 4;

ScalarRegion::ScalarRegion(Region &region, unsigned first, ValueRange captures)
    : region(region), first(first), captures(captures) {
  if (!region.empty())
    ranges.emplace(region, getPositions(), captures);
}

ValueRange ScalarRegion::getPositions() const {
  return ValueRange(region.getArguments()).slice(first, kNumPositions);
}

bool ScalarRegion::readsTensors() const {
  return !region.empty() && !region.front().getOps<tensor::ExtractOp>().empty();
}

/// Functions with an instruction, or that are made of such.
static bool isKnownMath(Operation &op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::Exp2Op, math::ExpOp, math::FloorOp, math::FmaOp,
             math::Log2Op, math::LogOp, math::RoundEvenOp, math::RsqrtOp,
             math::SqrtOp, math::TanhOp, math::TruncOp>(op);
}

LogicalResult ScalarRegion::check() const {
  if (region.empty())
    return success();
  for (Operation &op : region.front().without_terminator()) {
    if (isa<math::MathDialect>(op.getDialect()) && !isKnownMath(op))
      return op.emitOpError()
             << "expected one of absf, absi, ceil, copysign, exp, exp2, floor, "
                "fma, log, log2, roundeven, rsqrt, sqrt, tanh and trunc in a "
                "region on a GPU";
    for (Value result : op.getResults())
      if (result.getType().isF64())
        return op.emitOpError(
            "expected no f64 in a region on a GPU, where it is slow");
  }
  return success();
}

namespace {

/// Emits one region once.
class Emitter {
public:
  Emitter(OpBuilder &b, const IntegerRanges &ranges) : b(b), ranges(ranges) {}

  void map(Value original, Value value) { values[original] = value; }
  Value get(Value original);
  void emit(Operation *op);

private:
  Type getType(Value original) const;
  Value convert(Location loc, Value value, Type type);
  Value emitConstant(arith::ConstantOp op);
  Value emitCast(Operation *op);
  Value emitRead(tensor::ExtractOp op);
  Value emitMath(Operation *op);
  Value emitPlain(Operation *op);
  Value scale(Location loc, Value value, double factor);

  OpBuilder &b;
  const IntegerRanges &ranges;
  llvm::DenseMap<Value, Value> values;
};

} // namespace

/// Integers of 32 bits where the numbers fit; an index is i64 otherwise.
Type Emitter::getType(Value original) const {
  Type type = original.getType();
  if (type.isIndex() || type.isInteger(64))
    return ranges.isNarrow(original) ? b.getI32Type() : b.getI64Type();
  return type;
}

/// Keeps signed numbers that fit.
Value Emitter::convert(Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (value.getType().getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return arith::ExtSIOp::create(b, loc, type, value);
  return arith::TruncIOp::create(b, loc, type, value);
}

/// What is not in the region are constants, which it may share with others.
Value Emitter::get(Value original) {
  Value &value = values[original];
  if (!value)
    value = emitConstant(original.getDefiningOp<arith::ConstantOp>());
  return value;
}

Value Emitter::emitConstant(arith::ConstantOp op) {
  Type type = getType(op);
  if (type == op.getType())
    return b.clone(*op)->getResult(0);
  int64_t value = cast<IntegerAttr>(op.getValue()).getValue().getSExtValue();
  return arith::ConstantOp::create(b, op.getLoc(),
                                   b.getIntegerAttr(type, value));
}

/// A conversion between integers.
Value Emitter::emitCast(Operation *op) {
  Location loc = op->getLoc();
  Value source = get(op->getOperand(0));
  Type type = getType(op->getResult(0));
  if (!isa<arith::ExtUIOp, arith::IndexCastUIOp>(op) ||
      source.getType().getIntOrFloatBitWidth() >= type.getIntOrFloatBitWidth())
    return convert(loc, source, type);
  return arith::ExtUIOp::create(b, loc, type, source);
}

Value Emitter::emitRead(tensor::ExtractOp op) {
  SmallVector<Value> indices;
  for (Value index : op.getIndices())
    indices.push_back(arith::IndexCastOp::create(b, op.getLoc(),
                                                 b.getIndexType(), get(index)));
  Value read =
      tensor::ExtractOp::create(b, op.getLoc(), get(op.getTensor()), indices);
  if (read.getType() == getType(op))
    return read;
  return read.getType().isIndex()
             ? arith::IndexCastOp::create(b, op.getLoc(), getType(op), read)
                   .getResult()
             : convert(op.getLoc(), read, getType(op));
}

Value Emitter::scale(Location loc, Value value, double factor) {
  Value constant = arith::ConstantOp::create(
      b, loc, b.getFloatAttr(value.getType(), factor));
  return arith::MulFOp::create(b, loc, value, constant);
}

/// Exponentials and logarithms are those of base 2.
Value Emitter::emitMath(Operation *op) {
  Location loc = op->getLoc();
  if (isa<math::ExpOp>(op))
    return math::Exp2Op::create(
        b, loc, scale(loc, get(op->getOperand(0)), llvm::numbers::log2e));
  if (isa<math::LogOp>(op))
    return scale(loc, math::Log2Op::create(b, loc, get(op->getOperand(0))),
                 llvm::numbers::ln2);
  return emitPlain(op);
}

/// The same operation, on integers of the width that all its numbers fit.
Value Emitter::emitPlain(Operation *op) {
  Location loc = op->getLoc();
  bool wide = false;
  auto isLong = [](Type type) { return type.isIndex() || type.isInteger(64); };
  auto note = [&](Value original) {
    wide |= isLong(original.getType()) && !ranges.isNarrow(original);
  };
  llvm::for_each(op->getOperands(), note);
  llvm::for_each(op->getResults(), note);
  Type integer = wide ? b.getI64Type() : b.getI32Type();

  OperationState state(loc, op->getName());
  for (Value operand : op->getOperands()) {
    Value value = get(operand);
    if (isLong(operand.getType()))
      value = convert(loc, value, integer);
    state.addOperands(value);
  }
  Value result = op->getResult(0);
  state.addTypes(isLong(result.getType()) ? integer : result.getType());
  state.addAttributes(op->getAttrs());
  Value value = b.create(state)->getResult(0);
  return isLong(result.getType()) ? convert(loc, value, getType(result))
                                  : value;
}

void Emitter::emit(Operation *op) {
  Value value =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case([&](arith::ConstantOp constant) {
            return emitConstant(constant);
          })
          .Case<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp,
                arith::ExtUIOp, arith::TruncIOp>(
              [&](Operation *cast) { return emitCast(cast); })
          .Case([&](tensor::ExtractOp read) { return emitRead(read); })
          .Default([&](Operation *other) {
            return isa<math::MathDialect>(other->getDialect())
                       ? emitMath(other)
                       : emitPlain(other);
          });
  map(op->getResult(0), value);
}

Value ScalarRegion::emit(OpBuilder &b, Value score,
                         ValueRange positions) const {
  Emitter emitter(b, *ranges);
  if (score)
    emitter.map(region.getArgument(0), score);
  for (auto [argument, position] : llvm::zip_equal(getPositions(), positions))
    emitter.map(argument, position);
  for (auto [argument, capture] : llvm::zip_equal(
           region.getArguments().drop_front(first + kNumPositions), captures)) {
    Value value = capture;
    // Captured numbers, where they are positions, count as such.
    if (value.getType().isIndex())
      value = arith::IndexCastOp::create(
          b, value.getLoc(),
          ranges->isNarrow(argument) ? b.getI32Type() : b.getI64Type(), value);
    else if (value.getType().isInteger(64) && ranges->isNarrow(argument))
      value = arith::TruncIOp::create(b, value.getLoc(), b.getI32Type(), value);
    emitter.map(argument, value);
  }
  for (Operation &op : region.front().without_terminator())
    emitter.emit(&op);
  return emitter.get(region.front().getTerminator()->getOperand(0));
}
