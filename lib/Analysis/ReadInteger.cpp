//===- ReadInteger.cpp - the integers of a mask region --------------------===//
//
// Integers are read in their signed meaning. Where arithmetic narrower than 64
// bits can wrap around, the wrapped value is written out:
//
//   addi %i, %n : i32   ->   select(i + n >= 2^31, i + n - 2^32,
//                                   select(i + n < -2^31, i + n + 2^32, i + n))
//
// See MaskReader.h. Covered by test/unittests/Analysis/MaskReaderTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "MaskReader.h"
#include "SaturatingMath.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

namespace mlir::attn {

using Integer = std::optional<PiecewiseInteger>;

/// Integers with more affine branches than this are not followed further.
static constexpr unsigned kMaxBranches = 16;
/// Constants beyond are not followed: sums over them could overflow.
static constexpr int64_t kMaxConstant = int64_t(1) << 60;

static unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

bool isReadableInteger(Type type) {
  return type.isIndex() ||
         (type.isSignlessInteger() && type.getIntOrFloatBitWidth() <= 64);
}

Integer MaskReader::readInteger(Value value) {
  if (!isReadableInteger(value.getType()))
    return std::nullopt;
  if (auto known = integers.find(value); known != integers.end())
    return known->second;
  Integer integer = computeInteger(value);
  integers.insert({value, integer});
  return integer;
}

Integer MaskReader::computeInteger(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant))) {
    if (std::abs(constant.getSExtValue()) > kMaxConstant)
      return std::nullopt;
    return PiecewiseInteger(symbols.getConstant(constant.getSExtValue()));
  }
  if (value.getType().isInteger(1))
    return PiecewiseInteger::select(readBoolean(value), symbols.getConstant(-1),
                                    symbols.getConstant(0));
  if (auto argument = dyn_cast<BlockArgument>(value);
      argument && argument.getOwner() == block &&
      argument.getArgNumber() < kNumMaskDims)
    return PiecewiseInteger(
        getAffineDimExpr(argument.getArgNumber(), symbols.getContext()));
  if (!getOutside(value)) {
    Integer integer = readOperation(value.getDefiningOp());
    if (integer && integer->size() <= kMaxBranches)
      return integer;
  }
  if (std::optional<AffineExpr> input = readInput(value))
    return PiecewiseInteger(*input);
  return std::nullopt;
}

Integer MaskReader::wrap(const Integer &integer, Type type) {
  unsigned width = getWidth(type);
  if (!integer || width >= 64)
    return integer;
  IntegerRange range = integer->range(symbols);
  int64_t period = int64_t(1) << width, half = period / 2;
  if (range.lower >= -half && range.upper < half)
    return integer;
  if (range.lower < -half - period || range.upper >= half + period)
    return std::nullopt;
  auto shifted = [&](int64_t by) {
    return integer->add(symbols.getConstant(by));
  };
  // Conditions that the range decides fold only here, where bounds of inputs
  // are known.
  MaskExpr tooLarge =
      range.upper < half ? MaskExpr::getFalse() : shifted(-half).nonNegative();
  MaskExpr tooSmall = range.lower >= -half ? MaskExpr::getFalse()
                                           : !shifted(half).nonNegative();
  return PiecewiseInteger::select(
      tooLarge, shifted(-period),
      PiecewiseInteger::select(tooSmall, shifted(period), *integer));
}

Integer MaskReader::readUnsigned(Value value) {
  Integer integer = readInteger(value);
  if (!integer || integer->range(symbols).lower >= 0)
    return integer;
  unsigned width = getWidth(value.getType());
  if (width >= 64)
    return std::nullopt;
  return PiecewiseInteger::select(
      integer->nonNegative(), *integer,
      integer->add(symbols.getConstant(int64_t(1) << width)));
}

Integer MaskReader::readOperation(Operation *op) {
  Type type = op->getResult(0).getType();
  // Every operation that is read has integer operands.
  if (!llvm::all_of(op->getOperandTypes(), isReadableInteger))
    return std::nullopt;
  auto operand = [&](unsigned i) { return readInteger(op->getOperand(i)); };
  // Overflow of an nsw operation is poison: it need not be followed.
  auto wrapUnlessNsw = [&](const Integer &integer) {
    auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
    bool nsw = flags && flags.hasNoSignedWrap();
    return nsw ? integer : wrap(integer, type);
  };

  if (isa<arith::AddIOp, index::AddOp, arith::SubIOp, index::SubOp>(op)) {
    Integer lhs = operand(0), rhs = operand(1);
    if (!lhs || !rhs)
      return std::nullopt;
    bool isAdd = isa<arith::AddIOp, index::AddOp>(op);
    return wrapUnlessNsw(isAdd ? lhs->add(*rhs) : lhs->subtract(*rhs));
  }
  if (isa<arith::MulIOp, index::MulOp>(op)) {
    Integer lhs = operand(0), rhs = operand(1);
    if (lhs && lhs->getConstant())
      std::swap(lhs, rhs);
    if (!lhs || !rhs || !rhs->getConstant())
      return std::nullopt;
    return wrapUnlessNsw(lhs->scale(*rhs->getConstant()));
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    Integer ifTrue = operand(1), ifFalse = operand(2);
    if (!ifTrue || !ifFalse)
      return std::nullopt;
    return PiecewiseInteger::select(readBoolean(select.getCondition()), *ifTrue,
                                    *ifFalse);
  }
  if (isa<math::AbsIOp>(op)) {
    Integer x = operand(0);
    if (!x)
      return std::nullopt;
    return wrap(PiecewiseInteger::max(*x, x->negate()), type);
  }
  if (isa<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp, index::CastSOp>(
          op))
    return wrap(operand(0), type);
  if (isa<arith::ExtUIOp, arith::IndexCastUIOp, index::CastUOp>(op))
    return wrap(readUnsigned(op->getOperand(0)), type);
  if (Integer integer = readDivision(op))
    return integer;
  if (Integer integer = readMinMax(op))
    return integer;
  return wrapUnlessNsw(readShiftOrMask(op));
}

Integer MaskReader::readDivision(Operation *op) {
  bool isUnsigned = isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp,
                        index::DivUOp, index::RemUOp, index::CeilDivUOp>(op);
  bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp,
                      arith::FloorDivSIOp, index::DivSOp, index::RemSOp,
                      index::CeilDivSOp, index::FloorDivSOp>(op);
  if (!isUnsigned && !isSigned)
    return std::nullopt;
  Integer numerator = isUnsigned ? readUnsigned(op->getOperand(0))
                                 : readInteger(op->getOperand(0));
  Integer divisor = readInteger(op->getOperand(1));
  if (!numerator || !divisor || divisor->getConstant().value_or(0) <= 0)
    return std::nullopt;
  int64_t by = *divisor->getConstant();
  Integer result;
  if (isa<arith::CeilDivUIOp, arith::CeilDivSIOp, index::CeilDivUOp,
          index::CeilDivSOp>(op))
    result = numerator->negate().floorDivide(by).negate();
  else if (isa<arith::FloorDivSIOp, index::FloorDivSOp>(op))
    result = numerator->floorDivide(by);
  else {
    bool isRemainder =
        isa<arith::RemUIOp, arith::RemSIOp, index::RemUOp, index::RemSOp>(op);
    bool roundsDown = numerator->range(symbols).lower >= 0;
    if (isRemainder)
      result = roundsDown ? numerator->modulo(by)
                          : numerator->truncatingRemainder(by);
    else
      result = roundsDown ? numerator->floorDivide(by)
                          : numerator->truncatingDivide(by);
  }
  // x / 1 without sign can exceed the signed range.
  return wrap(result, op->getResult(0).getType());
}

Integer MaskReader::readMinMax(Operation *op) {
  bool isMin =
      isa<arith::MinSIOp, arith::MinUIOp, index::MinSOp, index::MinUOp>(op);
  bool isMax =
      isa<arith::MaxSIOp, arith::MaxUIOp, index::MaxSOp, index::MaxUOp>(op);
  if (!isMin && !isMax)
    return std::nullopt;
  bool isUnsigned =
      isa<arith::MinUIOp, index::MinUOp, arith::MaxUIOp, index::MaxUOp>(op);
  auto read = [&](unsigned i) {
    return isUnsigned ? readUnsigned(op->getOperand(i))
                      : readInteger(op->getOperand(i));
  };
  Integer lhs = read(0), rhs = read(1);
  if (!lhs || !rhs)
    return std::nullopt;
  return wrap(isMin ? PiecewiseInteger::min(*lhs, *rhs)
                    : PiecewiseInteger::max(*lhs, *rhs),
              op->getResult(0).getType());
}

Integer MaskReader::readShiftOrMask(Operation *op) {
  if (!isa<arith::ShLIOp, index::ShlOp, arith::ShRSIOp, index::ShrSOp,
           arith::ShRUIOp, index::ShrUOp, arith::AndIOp, index::AndOp>(op))
    return std::nullopt;
  Integer constant = readInteger(op->getOperand(1));
  if (!constant || !constant->getConstant())
    return std::nullopt;
  int64_t by = *constant->getConstant();
  if (isa<arith::AndIOp, index::AndOp>(op)) {
    // x & (2^n - 1) is x mod 2^n, also for negative x.
    Integer x = readInteger(op->getOperand(0));
    if (!x || by < 0 || !llvm::isPowerOf2_64(by + 1) || by >= kMaxPosition)
      return std::nullopt;
    return x->modulo(by + 1);
  }
  if (by < 0 || by >= std::min(31u, getWidth(op->getResult(0).getType())))
    return std::nullopt;
  int64_t factor = int64_t(1) << by;
  bool isUnsigned = isa<arith::ShRUIOp, index::ShrUOp>(op);
  Integer x = isUnsigned ? readUnsigned(op->getOperand(0))
                         : readInteger(op->getOperand(0));
  if (!x)
    return std::nullopt;
  bool isLeft = isa<arith::ShLIOp, index::ShlOp>(op);
  return isLeft ? x->scale(factor) : x->floorDivide(factor);
}

} // namespace mlir::attn
