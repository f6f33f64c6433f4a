//===- LaneSupport.cpp - what has a form for vector lanes -----------------===//
//
//   %r = arith.remf %s, %c : f32
//   error: 'arith.remf' op has no vector form in a score or mask region
//
// An operation is either listed here, and then becomes vector instructions on
// every target, or it is refused at its line: LLVM would take one lane after
// the other. What depends on neither query nor key is computed once and not
// checked.
//
// Tests: test/Dialect/Attn/Transforms/decompose-lanes.mlir and
// decompose-lanes-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "LaneEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

static bool isFloatArithmetic(Operation *op) {
  return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
             arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp,
             arith::MaxNumFOp, arith::MinNumFOp, math::AbsFOp, math::CeilOp,
             math::FloorOp, math::RoundEvenOp, math::TruncOp, math::SqrtOp,
             math::FmaOp, math::CopySignOp, math::ClampFOp>(op);
}

/// Polynomials of f32, all of them in CPUExpandMathPass.
static bool isPolynomial(Operation *op) {
  return isa<math::AcosOp, math::AcoshOp, math::AsinOp, math::AsinhOp,
             math::AtanOp, math::Atan2Op, math::AtanhOp, math::CbrtOp,
             math::CosOp, math::CoshOp, math::ErfOp, math::ErfcOp, math::ExpOp,
             math::Exp2Op, math::ExpM1Op, math::LogOp, math::Log2Op,
             math::Log10Op, math::Log1pOp, math::PowFOp, math::RoundOp,
             math::RsqrtOp, math::SinOp, math::SinhOp, math::TanOp,
             math::TanhOp>(op);
}

static bool isIntegerArithmetic(Operation *op) {
  return isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::AndIOp,
             arith::OrIOp, arith::XOrIOp, arith::ShLIOp, arith::ShRSIOp,
             arith::ShRUIOp, arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp,
             arith::MinUIOp, arith::CmpIOp, arith::IndexCastOp,
             arith::IndexCastUIOp, arith::ExtSIOp, arith::ExtUIOp,
             arith::TruncIOp, math::AbsIOp, math::CtPopOp>(op);
}

static bool isDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
             arith::FloorDivSIOp, arith::CeilDivSIOp, arith::CeilDivUIOp>(op);
}

static LogicalResult refuse(Operation *op, const Twine &expected) {
  return op->emitOpError()
         << "has no vector form in a score or mask region, expected "
         << expected;
}

/// Float operations run on f32, and those that are one instruction on f64.
static LogicalResult checkFloats(Operation *op, bool doubles) {
  for (Type type : op->getOperandTypes())
    if (isa<FloatType>(type) && !type.isF32() && !(doubles && type.isF64()))
      return refuse(op, Twine("operands of f32") + (doubles ? " or f64" : ""));
  return success();
}

static LogicalResult checkDivision(Operation *op, const IntegerRanges &ranges) {
  bool isUnsigned = isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(op);
  for (Value operand : op->getOperands()) {
    if (!ranges.getLaneType(operand).isInteger(32))
      return refuse(op, "operands that are i32, or provably fit");
    if (isUnsigned && !ranges.get(operand).isNonNegative())
      return refuse(op, "operands that are provably not negative");
  }
  return success();
}

static LogicalResult checkConversion(Operation *op,
                                     const IntegerRanges &ranges) {
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
    Type type = ranges.getLaneType(op->getOperand(0));
    Type result = op->getResult(0).getType();
    if (type.isInteger(64) || type.isIndex() ||
        !(result.isF32() || result.isF64()))
      return refuse(op, "an operand that fits in i32 and a result of f32 or "
                        "f64");
    return success();
  }
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op)) {
    Type result = op->getResult(0).getType();
    if (!result.isInteger(32))
      return refuse(op, "a result of i32");
    return checkFloats(op, /*doubles=*/true);
  }
  if (isa<arith::ExtFOp>(op))
    return success();
  // TruncF
  if (!op->getResult(0).getType().isF32())
    return refuse(op, "a result of f32");
  return success();
}

static LogicalResult checkSelect(Operation *op) {
  Type type = op->getResult(0).getType();
  if (type.isIntOrIndex() || type.isF32() || type.isF64())
    return success();
  return refuse(op, "integers, f32 or f64");
}

LogicalResult checkLaneOp(Operation *op, const IntegerRanges &ranges) {
  if (isa<arith::ConstantOp>(op) || isIntegerArithmetic(op))
    return success();
  if (isFloatArithmetic(op) || isa<arith::CmpFOp>(op))
    return checkFloats(op, /*doubles=*/true);
  if (isPolynomial(op))
    return checkFloats(op, /*doubles=*/false);
  if (isDivision(op))
    return checkDivision(op, ranges);
  if (isa<arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp, arith::FPToUIOp,
          arith::ExtFOp, arith::TruncFOp>(op))
    return checkConversion(op, ranges);
  if (isa<arith::SelectOp>(op))
    return checkSelect(op);
  if (isa<arith::BitcastOp>(op)) {
    Type type = op->getResult(0).getType();
    return type.isF32() || type.isInteger(32) ? success()
                                              : refuse(op, "f32 and i32");
  }
  if (isa<tensor::ExtractOp>(op))
    return success(); // CapturedReads.cpp says which reads there are
  return refuse(op,
                "other arithmetic, or operands that depend on neither query "
                "nor key");
}

} // namespace mlir::attn
