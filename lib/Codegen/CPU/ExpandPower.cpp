//===- ExpandPower.cpp - powf of vectors ----------------------------------===//
//
//   powf(x, y) = exp(y * log(|x|)), negated for x < 0 and odd y
//
// Upstream takes the logarithm of x itself, so that every negative x gives NaN,
// and 0 * inf where C says 1. Here x < 0 gives NaN for y that is no integer
// alone, y = 0 and x = 1 give 1 whatever the other is, and so does x = -1 for
// infinite y, as C has it.
//
// Tests: test/Codegen/CPU/expand-power.mlir and
// test/Integration/Neighbours/powers.mlir
//
//===----------------------------------------------------------------------===//

#include "ExpandMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::attn {

namespace {
struct ExpandPower : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::PowFOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "is not a vector of f32");
    Location loc = op.getLoc();
    using Predicate = arith::CmpFPredicate;
    auto constant = [&](float value) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(type, value));
    };
    auto compare = [&](Predicate predicate, Value a, Value b) -> Value {
      return arith::CmpFOp::create(rewriter, loc, predicate, a, b);
    };
    auto select = [&](Value condition, Value yes, Value no) -> Value {
      return arith::SelectOp::create(rewriter, loc, condition, yes, no);
    };
    auto both = [&](Value a, Value b) -> Value {
      return arith::AndIOp::create(rewriter, loc, a, b);
    };
    auto isWhole = [&](Value value, Predicate predicate) -> Value {
      return compare(predicate, math::FloorOp::create(rewriter, loc, value),
                     value);
    };
    Value x = op.getLhs(), y = op.getRhs(), one = constant(1);
    Value magnitude = math::AbsFOp::create(rewriter, loc, x);
    Value logarithm = math::LogOp::create(rewriter, loc, magnitude);
    Value product = arith::MulFOp::create(rewriter, loc, y, logarithm);
    Value power = math::ExpOp::create(rewriter, loc, product);
    power = select(compare(Predicate::OEQ, magnitude, one), one, power);
    // From 2^24 on all numbers are even, infinity too.
    Value half = arith::MulFOp::create(rewriter, loc, y, constant(0.5f));
    Value isOdd =
        both(isWhole(y, Predicate::OEQ), isWhole(half, Predicate::ONE));
    power =
        select(isOdd, math::CopySignOp::create(rewriter, loc, power, x), power);
    // -inf has powers of every exponent.
    float infinity = std::numeric_limits<float>::infinity();
    Value isNegative = both(compare(Predicate::OLT, x, constant(0)),
                            compare(Predicate::OGT, x, constant(-infinity)));
    Value hasNone = both(isNegative, isWhole(y, Predicate::UNE));
    power = select(hasNone, constant(std::numeric_limits<float>::quiet_NaN()),
                   power);
    Value isOne =
        arith::OrIOp::create(rewriter, loc, compare(Predicate::OEQ, x, one),
                             compare(Predicate::OEQ, y, constant(0)));
    rewriter.replaceOp(op, select(isOne, one, power));
    return success();
  }
};
} // namespace

void populatePowerPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandPower>(patterns.getContext());
}

} // namespace mlir::attn
