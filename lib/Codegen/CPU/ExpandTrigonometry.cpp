//===- ExpandTrigonometry.cpp - sin, cos and tan of vectors ---------------===//
//
//   %y = math.sin %x : vector<4x64xf32>
//   ->
//   n = round(x * 2 / pi), r = x - n * pi / 2, about in [-pi/4, pi/4]
//   y = n even ? sin(r) : cos(r), negated for n = 2, 3 modulo 4
//
// Upstream reduces with pi / 2 in one f32, so that the error grows with x: 6e-6
// at 100, and tan near a pole is a percent off. Here pi / 2 has three parts and
// each product is fused (Cody and Waite, "Software Manual for the Elementary
// Functions", 1980), which is good to 2e-7 while n is exact, up to |x| = 2^22.
// Beyond that an f32 hardly says which quadrant it is in; the result then is
// some number in the function's range. A NaN or an infinity gives NaN.
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
/// sin(x) and cos(x), up to the quadrant.
class Reduction {
public:
  Reduction(PatternRewriter &rewriter, Location loc, Value x)
      : rewriter(rewriter), loc(loc), type(cast<VectorType>(x.getType())) {
    // 1.5 * 2^23 leaves n in the low bits of the sum.
    Value magic = constant(12582912.0f);
    Value shifted = fma(x, constant(0.636619772f), magic);
    Value n = arith::SubFOp::create(rewriter, loc, shifted, magic);
    quadrant = arith::BitcastOp::create(
        rewriter, loc, type.clone(rewriter.getI32Type()), shifted);
    Value r = x;
    for (float part : {1.57079637f, -4.37113883e-8f, -1.71512451e-15f})
      r = fma(n, constant(-part), r);
    // n may be one off where 2 / pi is not exact enough, so r up to 1 is real;
    // beyond it is not. Written as selects, which keep NaN.
    Value bound = constant(1.0f), lower = constant(-1.0f);
    r = select(arith::CmpFPredicate::OGT, r, bound, bound);
    r = select(arith::CmpFPredicate::OLT, r, lower, lower);
    Value square = arith::MulFOp::create(rewriter, loc, r, r);
    Value cube = arith::MulFOp::create(rewriter, loc, r, square);
    Value fourth = arith::MulFOp::create(rewriter, loc, square, square);
    // Coefficients of Cephes' sinf and cosf.
    sine = fma(cube,
               polynomial(square, {-1.9515295891e-4f, 8.3321608736e-3f,
                                   -1.6666654611e-1f}),
               r);
    cosine = fma(square, constant(-0.5f), constant(1.0f));
    cosine =
        fma(fourth,
            polynomial(square, {2.443315711809948e-5f, -1.388731625493765e-3f,
                                4.166664568298827e-2f}),
            cosine);
  }

  /// sin(x + quarters * pi / 2).
  Value getSine(int32_t quarters) {
    Value n = quadrant;
    if (quarters != 0)
      n = arith::AddIOp::create(rewriter, loc, n, integer(quarters));
    Value value =
        arith::SelectOp::create(rewriter, loc, hasBit(n, 1), cosine, sine);
    Value negated = arith::NegFOp::create(rewriter, loc, value);
    return arith::SelectOp::create(rewriter, loc, hasBit(n, 2), negated, value);
  }

private:
  Value constant(float value) {
    return arith::ConstantOp::create(rewriter, loc,
                                     DenseElementsAttr::get(type, value));
  }

  Value integer(int32_t value) {
    auto integers = type.clone(rewriter.getI32Type());
    return arith::ConstantOp::create(
        rewriter, loc,
        DenseElementsAttr::get(cast<ShapedType>(integers),
                               rewriter.getI32IntegerAttr(value)));
  }

  Value fma(Value a, Value b, Value c) {
    return math::FmaOp::create(rewriter, loc, a, b, c);
  }

  /// The polynomial with these coefficients, of the highest power first.
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value value = constant(coefficients.front());
    for (float coefficient : coefficients.drop_front())
      value = fma(value, x, constant(coefficient));
    return value;
  }

  Value select(arith::CmpFPredicate predicate, Value x, Value bound,
               Value other) {
    Value isBeyond = arith::CmpFOp::create(rewriter, loc, predicate, x, bound);
    return arith::SelectOp::create(rewriter, loc, isBeyond, other, x);
  }

  Value hasBit(Value n, int32_t bit) {
    Value masked = arith::AndIOp::create(rewriter, loc, n, integer(bit));
    return arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne,
                                 masked, integer(0));
  }

  PatternRewriter &rewriter;
  Location loc;
  VectorType type;
  Value quadrant, sine, cosine;
};

/// Replaces `OpTy` by what `emit` makes of the reduced operand.
template <typename OpTy> struct ExpandTrigonometric : OpRewritePattern<OpTy> {
  /// Before upstream's pattern for the same operation.
  explicit ExpandTrigonometric(MLIRContext *context)
      : OpRewritePattern<OpTy>(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "is not a vector of f32");
    Reduction reduction(rewriter, op.getLoc(), op.getOperand());
    if constexpr (std::is_same_v<OpTy, math::TanOp>)
      rewriter.replaceOpWithNewOp<arith::DivFOp>(op, reduction.getSine(0),
                                                 reduction.getSine(1));
    else
      rewriter.replaceOp(
          op, reduction.getSine(std::is_same_v<OpTy, math::CosOp> ? 1 : 0));
    return success();
  }
};
} // namespace

void populateTrigonometryPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ExpandTrigonometric<math::SinOp>, ExpandTrigonometric<math::CosOp>,
           ExpandTrigonometric<math::TanOp>>(patterns.getContext());
}

} // namespace mlir::attn
