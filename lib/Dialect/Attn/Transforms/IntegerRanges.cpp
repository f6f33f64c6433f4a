//===- IntegerRanges.cpp - bounds of integers in a region -----------------===//
//
//   %d = arith.subi %i, %j : index      i, j in [0, 2^30) -> (-2^30, 2^30)
//   %m = arith.remsi %d, %c8 : index    -> [-7, 7]
//
// Arithmetic that may leave its type's range wraps and so gives the full range.
//
// Tests: test/Dialect/Attn/Transforms/decompose-narrow.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/Transforms/IntegerRanges.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

using Wide = __int128;

static constexpr int64_t kMaxPosition = (int64_t(1) << 30) - 1;
/// Operations followed from a captured value towards sizes.
static constexpr unsigned kMaxDepth = 6;

static unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

IntegerRange IntegerRange::getFull(Type type) {
  unsigned width = std::min(getWidth(type), 64u);
  return {llvm::minIntN(width), llvm::maxIntN(width)};
}

/// The range of given ends if the type holds it, else what wrapping may give.
static IntegerRange wrap(Type type, Wide lo, Wide hi) {
  IntegerRange full = IntegerRange::getFull(type);
  if (lo < full.lo || hi > full.hi)
    return full;
  return {int64_t(lo), int64_t(hi)};
}

static IntegerRange wrap(Type type, std::initializer_list<Wide> corners) {
  return wrap(type, std::min(corners), std::max(corners));
}

static Wide magnitude(IntegerRange x) {
  return std::max(x.lo < 0 ? -Wide(x.lo) : Wide(x.lo),
                  x.hi < 0 ? -Wide(x.hi) : Wide(x.hi));
}

static IntegerRange inferQuotient(Type type, IntegerRange a, IntegerRange b) {
  if (a.isNonNegative() && b.lo > 0)
    return {a.lo / b.hi, a.hi / b.lo + (a.hi % b.lo != 0)};
  Wide most = magnitude(a);
  return wrap(type, -most, most);
}

static IntegerRange inferRemainder(IntegerRange a, IntegerRange b) {
  int64_t most = int64_t(
      std::max<Wide>(0, std::min<Wide>(magnitude(b) - 1,
                                       std::numeric_limits<int64_t>::max())));
  return {std::max(std::min<int64_t>(a.lo, 0), -most),
          std::min(std::max<int64_t>(a.hi, 0), most)};
}

static IntegerRange inferShift(IntegerRange a, IntegerRange by) {
  if (by.lo < 0 || by.hi > 63)
    return {std::min<int64_t>(a.lo, 0), std::max<int64_t>(a.hi, 0)};
  return {std::min(a.lo >> by.lo, a.lo >> by.hi),
          std::max(a.hi >> by.lo, a.hi >> by.hi)};
}

/// A conversion that keeps numbers which fit and otherwise wraps.
static IntegerRange inferCast(Type to, IntegerRange a) {
  return wrap(to, a.lo, a.hi);
}

/// An extension that reads its operand as unsigned.
static IntegerRange inferUnsignedCast(Type from, Type to, IntegerRange a) {
  if (a.isNonNegative())
    return inferCast(to, a);
  unsigned width = getWidth(from);
  return wrap(to, 0, (Wide(1) << width) - 1);
}

IntegerRanges::IntegerRanges(Region &region, ValueRange positions,
                             ValueRange captures) {
  for (Value position : positions)
    ranges[position] = {0, kMaxPosition};
  for (auto [argument, captured] : llvm::zip_equal(
           region.getArguments().take_back(captures.size()), captures))
    if (captured.getType().isIntOrIndex())
      ranges[argument] = get(captured);
  for (Operation &op : region.front().without_terminator())
    if (op.getNumResults() == 1 && op.getResult(0).getType().isIntOrIndex())
      ranges[op.getResult(0)] = infer(&op);
}

IntegerRange IntegerRanges::get(Value value) const {
  auto known = ranges.find(value);
  if (known != ranges.end())
    return known->second;
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)) &&
      constant.getBitWidth() <= 64)
    return {constant.getSExtValue(), constant.getSExtValue()};
  // A captured value: sizes are bounded like positions, and so is what simple
  // arithmetic makes of them, e.g. the diagonal S - T.
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<tensor::DimOp>(op))
    return {0, kMaxPosition + 1};
  if (op && isa<arith::ArithDialect>(op->getDialect()) &&
      op->getNumResults() == 1 && depth < kMaxDepth) {
    ++depth;
    IntegerRange range = infer(op);
    --depth;
    return range;
  }
  return IntegerRange::getFull(value.getType());
}

bool IntegerRanges::isNarrow(Value value) const {
  Type type = value.getType();
  return (type.isIndex() || type.isInteger(64)) && get(value).fits32();
}

Type IntegerRanges::getLaneType(Value value) const {
  if (isNarrow(value))
    return IntegerType::get(value.getContext(), 32);
  if (isa<Float16Type, BFloat16Type>(value.getType()))
    return Float32Type::get(value.getContext());
  return value.getType();
}

IntegerRange IntegerRanges::infer(Operation *op) const {
  Type type = op->getResult(0).getType();
  IntegerRange full = IntegerRange::getFull(type);
  auto range = [&](unsigned operand) -> IntegerRange {
    Value value = op->getOperand(operand);
    return value.getType().isIntOrIndex() ? get(value) : IntegerRange{0, 0};
  };
  IntegerRange a = op->getNumOperands() > 0 ? range(0) : IntegerRange{0, 0};
  IntegerRange b = op->getNumOperands() > 1 ? range(1) : IntegerRange{0, 0};
  bool nonNegative = a.isNonNegative() && b.isNonNegative();
  return llvm::TypeSwitch<Operation *, IntegerRange>(op)
      .Case<arith::ConstantOp>([&](auto) {
        APInt constant;
        if (!matchPattern(op, m_ConstantInt(&constant)))
          return full;
        return IntegerRange{constant.getSExtValue(), constant.getSExtValue()};
      })
      .Case<arith::AddIOp>([&](auto) {
        return wrap(type, Wide(a.lo) + b.lo, Wide(a.hi) + b.hi);
      })
      .Case<arith::SubIOp>([&](auto) {
        return wrap(type, Wide(a.lo) - b.hi, Wide(a.hi) - b.lo);
      })
      .Case<arith::MulIOp>([&](auto) {
        return wrap(type, {Wide(a.lo) * b.lo, Wide(a.lo) * b.hi,
                           Wide(a.hi) * b.lo, Wide(a.hi) * b.hi});
      })
      .Case<arith::ShLIOp>([&](auto) {
        if (b.lo != b.hi || b.lo < 0 || b.lo > 62)
          return full;
        Wide factor = Wide(1) << b.lo;
        return wrap(type, a.lo * factor, a.hi * factor);
      })
      .Case<arith::MaxSIOp>([&](auto) {
        return IntegerRange{std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
      })
      .Case<arith::MinSIOp>([&](auto) {
        return IntegerRange{std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
      })
      .Case<arith::MaxUIOp>([&](auto) {
        if (!nonNegative)
          return full;
        return IntegerRange{std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
      })
      .Case<arith::MinUIOp>([&](auto) {
        if (!nonNegative)
          return full;
        return IntegerRange{std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
      })
      .Case<arith::DivSIOp, arith::FloorDivSIOp, arith::CeilDivSIOp>(
          [&](auto) { return inferQuotient(type, a, b); })
      .Case<arith::DivUIOp, arith::CeilDivUIOp>(
          [&](auto) { return nonNegative ? inferQuotient(type, a, b) : full; })
      .Case<arith::RemSIOp>([&](auto) { return inferRemainder(a, b); })
      .Case<arith::RemUIOp>(
          [&](auto) { return nonNegative ? inferRemainder(a, b) : full; })
      .Case<arith::AndIOp>([&](auto) {
        if (nonNegative)
          return IntegerRange{0, std::min(a.hi, b.hi)};
        if (a.isNonNegative() || b.isNonNegative())
          return IntegerRange{0, a.isNonNegative() ? a.hi : b.hi};
        return full;
      })
      .Case<arith::OrIOp, arith::XOrIOp>([&](auto) {
        if (!nonNegative)
          return full;
        uint64_t bits = llvm::NextPowerOf2(std::max(a.hi, b.hi)) - 1;
        return IntegerRange{0, int64_t(bits)};
      })
      .Case<arith::ShRSIOp>([&](auto) { return inferShift(a, b); })
      .Case<arith::ShRUIOp>(
          [&](auto) { return a.isNonNegative() ? inferShift(a, b) : full; })
      .Case<arith::SelectOp>([&](auto) {
        IntegerRange c = range(2);
        return IntegerRange{std::min(b.lo, c.lo), std::max(b.hi, c.hi)};
      })
      .Case<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(
          [&](auto) { return inferCast(type, a); })
      .Case<arith::IndexCastUIOp, arith::ExtUIOp>([&](auto) {
        return inferUnsignedCast(op->getOperand(0).getType(), type, a);
      })
      .Default([&](Operation *) { return full; });
}

} // namespace mlir::attn
