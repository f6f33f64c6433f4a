//===- MaskReader.cpp - a mask region as a mask expression ----------------===//
//
//   mask { ^bb0(%b: index, %h: index, %i: index, %j: index):
//     %near = arith.subi %i, %j : index
//     %m = arith.cmpi ult, %near, %c256 : index
//     attn.yield %m : i1 }
//   ->  (i - j >= 0 and j - i + 255 >= 0)
//
// Integers are read in their signed meaning; where arithmetic narrower than 64
// bits can wrap around, the wrapped value is written out as a select. What is
// not understood becomes an input (a symbol or data dim) if it depends on at
// most one of i and j, and else makes the condition that needs it Opaque.
//
// Covered by test/unittests/Analysis/MaskReaderTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "MaskReader.h"

#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/IR/Matchers.h"

namespace mlir::attn {

Value MaskReader::getOutside(Value value) const {
  if (auto argument = dyn_cast<BlockArgument>(value);
      argument && argument.getOwner() == block)
    return argument.getArgNumber() < kNumMaskDims
               ? Value()
               : captures[argument.getArgNumber() - kNumMaskDims];
  return value.getParentBlock() == block ? Value() : value;
}

const Dependence &MaskReader::getDependence(Value value) {
  if (auto known = dependences.find(value); known != dependences.end())
    return known->second;
  Dependence dependence;
  if (!getOutside(value)) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      dependence.uses[argument.getArgNumber()] = true;
    } else {
      Operation *op = value.getDefiningOp();
      for (Value operand : op->getOperands()) {
        const Dependence &other = getDependence(operand);
        for (auto [uses, otherUses] : llvm::zip(dependence.uses, other.uses))
          uses |= otherUses;
      }
    }
  }
  return dependences[value] = dependence;
}

std::optional<AffineExpr> MaskReader::readInput(Value value) {
  if (Value outside = getOutside(value))
    return symbols.getSymbol(outside);
  const Dependence &dependence = getDependence(value);
  if (dependence.uses[unsigned(MaskDim::Query)] &&
      dependence.uses[unsigned(MaskDim::Key)])
    return std::nullopt;
  MaskInput input;
  input.value = value;
  input.body = block;
  input.usesBatch = dependence.uses[unsigned(MaskDim::Batch)];
  input.usesHead = dependence.uses[unsigned(MaskDim::Head)];
  input.usesQuery = dependence.uses[unsigned(MaskDim::Query)];
  input.usesKey = dependence.uses[unsigned(MaskDim::Key)];
  return symbols.getInput(input);
}

MaskExpr MaskReader::readBoolean(Value value) {
  if (auto known = booleans.find(value); known != booleans.end())
    return known->second;
  MaskExpr mask = computeBoolean(value);
  booleans.insert({value, mask});
  return mask;
}

MaskExpr MaskReader::computeBoolean(Value value) {
  if (matchPattern(value, m_One()))
    return MaskExpr::getTrue();
  if (matchPattern(value, m_Zero()))
    return MaskExpr::getFalse();
  if (Value outside = getOutside(value))
    return isTrueInput(symbols.getSymbol(outside));

  Operation *op = value.getDefiningOp();
  if (isa<arith::AndIOp, arith::MulIOp>(op))
    return readBoolean(op->getOperand(0)) && readBoolean(op->getOperand(1));
  if (isa<arith::OrIOp>(op))
    return readBoolean(op->getOperand(0)) || readBoolean(op->getOperand(1));
  if (isa<arith::XOrIOp, arith::AddIOp, arith::SubIOp>(op))
    return readBoolean(op->getOperand(0)) ^ readBoolean(op->getOperand(1));
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return MaskExpr::select(readBoolean(select.getCondition()),
                            readBoolean(select.getTrueValue()),
                            readBoolean(select.getFalseValue()));
  if (auto compare = dyn_cast<arith::CmpIOp>(op);
      compare && isReadableInteger(compare.getLhs().getType()))
    return readComparison(compare.getPredicate(), compare.getLhs(),
                          compare.getRhs());
  if (auto compare = dyn_cast<index::CmpOp>(op)) {
    // The two dialects spell the predicates alike.
    auto predicate = arith::symbolizeCmpIPredicate(
        index::stringifyIndexCmpPredicate(compare.getPred()));
    return readComparison(*predicate, compare.getLhs(), compare.getRhs());
  }
  if (isa<arith::TruncIOp>(op))
    if (Integer integer = readInteger(op->getOperand(0)))
      return integer->modulo(2).subtract(symbols.getConstant(1)).nonNegative();
  if (std::optional<AffineExpr> input = readInput(value))
    return isTrueInput(*input);
  return MaskExpr::getOpaque();
}

MaskExpr MaskReader::isNonNegative(const PiecewiseInteger &integer) {
  if (integer.range(symbols).lower >= 0)
    return MaskExpr::getTrue();
  return integer.nonNegative();
}

MaskExpr MaskReader::readComparison(arith::CmpIPredicate predicate, Value lhs,
                                    Value rhs) {
  Integer left = readInteger(lhs), right = readInteger(rhs);
  if (!left || !right)
    return MaskExpr::getOpaque();
  auto lessEqual = [](const PiecewiseInteger &x, const PiecewiseInteger &y) {
    return y.subtract(x).nonNegative();
  };
  // Among negative numbers the two orders agree; every negative number is, read
  // without sign, above every other.
  auto unsignedLess = [&](const PiecewiseInteger &x,
                          const PiecewiseInteger &y) {
    MaskExpr less = !lessEqual(y, x), xNonNegative = isNonNegative(x);
    return MaskExpr::select(isNonNegative(y), xNonNegative && less,
                            xNonNegative || less);
  };
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return lessEqual(*left, *right) && lessEqual(*right, *left);
  case arith::CmpIPredicate::ne:
    return !(lessEqual(*left, *right) && lessEqual(*right, *left));
  case arith::CmpIPredicate::slt:
    return !lessEqual(*right, *left);
  case arith::CmpIPredicate::sle:
    return lessEqual(*left, *right);
  case arith::CmpIPredicate::sgt:
    return !lessEqual(*left, *right);
  case arith::CmpIPredicate::sge:
    return lessEqual(*right, *left);
  case arith::CmpIPredicate::ult:
    return unsignedLess(*left, *right);
  case arith::CmpIPredicate::ule:
    return !unsignedLess(*right, *left);
  case arith::CmpIPredicate::ugt:
    return unsignedLess(*right, *left);
  case arith::CmpIPredicate::uge:
    return !unsignedLess(*left, *right);
  }
  llvm_unreachable("unknown predicate");
}

MaskExpr readMask(Region &body, ArrayRef<Value> captures,
                  MaskSymbols &symbols) {
  Block &block = body.front();
  for (auto [argument, captured] :
       llvm::zip(block.getArguments().drop_front(kNumMaskDims), captures))
    symbols.mapCapture(argument, captured);
  MaskReader reader(body, captures, symbols);
  return reader.readBoolean(block.getTerminator()->getOperand(0));
}

} // namespace mlir::attn
