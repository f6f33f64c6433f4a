//===- ExpandInverseHyperbolic.cpp - asinh and acosh of vectors -----------===//
//
//   asinh(x) = sign(x) * log(a + sqrt(a * a + 1)),  a = |x|
//   acosh(x) = log(x + sqrt(x * x - 1))
//
// Upstream takes the logarithm of x + sqrt(..) for negative x too, where the
// two cancel: asinh(-1e6) is -inf there. From 2^12 on both are log(2 x) within
// an ulp, and no square overflows.
//
// Tests: test/Codegen/CPU/expand-trigonometry.mlir and
// test/Integration/CPU/functions.test
//
//===----------------------------------------------------------------------===//

#include "ExpandMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::attn {

namespace {
template <typename OpTy>
struct ExpandInverseHyperbolic : OpRewritePattern<OpTy> {
  /// Before upstream's pattern for the same operation.
  explicit ExpandInverseHyperbolic(MLIRContext *context)
      : OpRewritePattern<OpTy>(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "is not a vector of f32");
    constexpr bool isAsinh = std::is_same_v<OpTy, math::AsinhOp>;
    Location loc = op.getLoc();
    auto constant = [&](float value) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(type, value));
    };
    Value x = op.getOperand();
    Value a = isAsinh ? math::AbsFOp::create(rewriter, loc, x).getResult() : x;
    Value square =
        math::FmaOp::create(rewriter, loc, a, a, constant(isAsinh ? 1 : -1));
    Value root = math::SqrtOp::create(rewriter, loc, square);
    Value isLarge = arith::CmpFOp::create(
        rewriter, loc, arith::CmpFPredicate::OGT, a, constant(4096.0f));
    Value term =
        arith::SelectOp::create(rewriter, loc, isLarge, constant(0.0f), root);
    Value sum = arith::AddFOp::create(rewriter, loc, a, term);
    Value logarithm = math::LogOp::create(rewriter, loc, sum);
    Value doubled = arith::SelectOp::create(
        rewriter, loc, isLarge, constant(0.693147181f), constant(0.0f));
    Value result = arith::AddFOp::create(rewriter, loc, logarithm, doubled);
    if (isAsinh)
      result = math::CopySignOp::create(rewriter, loc, result, x);
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void populateInverseHyperbolicPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandInverseHyperbolic<math::AsinhOp>,
               ExpandInverseHyperbolic<math::AcoshOp>>(patterns.getContext());
}

} // namespace mlir::attn
