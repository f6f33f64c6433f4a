//===- ExpandMath.cpp - exp2, row maxima and polynomials of vectors -------===//
//
//   %y = math.exp2 %x : vector<4x64xf32>
//   ->
//   n = round(max(x, -126)), r = x - n in [-1/2, 1/2]
//   y = 2 p(r) * 2^(n - 1), p of degree 5
//
// n comes from adding 1.5 * 2^23 + 126, which leaves n + 126 in the low bits of
// the sum; shifted by 23 they are the bits of 2^(n - 1). For n = -126 these are
// zero: x < -125.5, and so -inf, gives exactly +0. A result is never subnormal:
// some processors need over a hundred cycles for an FMA that reads one, and
// weights of far keys fall through that range. 2^(n - 1) is an f32 for every n
// of a finite result, and infinite for n = 129. A NaN goes through p.
//
// Tests: test/Codegen/CPU/expand-math.mlir
//
//===----------------------------------------------------------------------===//

#include "ExpandMath.h"
#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUEXPANDMATHPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {

struct ExpandExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "is not a vector of f32");
    Location loc = op.getLoc();
    Type integers = type.clone(rewriter.getI32Type());
    auto constant = [&](float value) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(type, value));
    };
    Value x = op.getOperand();
    // Written as selects, which keep NaN and are one instruction where value
    // and bound are the same.
    auto clamp = [&](arith::CmpFPredicate beyond, float bound) {
      Value isBeyond =
          arith::CmpFOp::create(rewriter, loc, beyond, x, constant(bound));
      x = arith::SelectOp::create(rewriter, loc, isBeyond, constant(bound), x);
    };
    clamp(arith::CmpFPredicate::OLT, -126.0f);
    if (!op->hasAttr("attn.nonpositive"))
      clamp(arith::CmpFPredicate::OGT, 129.0f);
    constexpr float magic = 12582912.0f + 126.0f;
    Value shifted = arith::AddFOp::create(rewriter, loc, x, constant(magic));
    Value n = arith::SubFOp::create(rewriter, loc, shifted, constant(magic));
    Value r = arith::SubFOp::create(rewriter, loc, x, n);
    // Twice the minimax for the relative error, with constant 1.
    Value p = constant(2 * 1.32647271e-3f);
    for (float c :
         {9.67151265e-3f, 5.55073374e-2f, 2.40222421e-1f, 6.93146978e-1f, 1.0f})
      p = math::FmaOp::create(rewriter, loc, p, r, constant(2 * c));
    Value bits = arith::BitcastOp::create(rewriter, loc, integers, shifted);
    Value power = arith::ShLIOp::create(
        rewriter, loc, bits,
        arith::ConstantOp::create(
            rewriter, loc,
            DenseElementsAttr::get(cast<ShapedType>(integers),
                                   rewriter.getI32IntegerAttr(23))));
    power = arith::BitcastOp::create(rewriter, loc, type, power);
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, p, power);
    return success();
  }
};

/// A maximum over the leading rows as one compare and select per row.
struct ReduceMaxRows : OpRewritePattern<vector::MultiDimReductionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::MultiDimReductionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getKind() != vector::CombiningKind::MAXNUMF)
      return rewriter.notifyMatchFailure(op, "is not a maximum");
    auto type = op.getSourceVectorType();
    if (op.getReductionDims() != ArrayRef<int64_t>{0} || type.getRank() < 2)
      return rewriter.notifyMatchFailure(op, "does not reduce leading rows");
    Location loc = op.getLoc();
    Value max = op.getAcc();
    for (int64_t row = 0; row < type.getDimSize(0); ++row) {
      Value x = vector::ExtractOp::create(rewriter, loc, op.getSource(), row);
      Value larger = arith::CmpFOp::create(rewriter, loc,
                                           arith::CmpFPredicate::OGT, x, max);
      max = arith::SelectOp::create(rewriter, loc, larger, x, max);
    }
    rewriter.replaceOp(op, max);
    return success();
  }
};

/// log10(x) = log2(x) / log2(10), NaN and zero included.
struct ExpandLog10 : OpRewritePattern<math::Log10Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Log10Op op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || !type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "is not a vector of f32");
    Value factor = arith::ConstantOp::create(
        rewriter, op.getLoc(), DenseElementsAttr::get(type, 0.301029996f));
    Value logarithm =
        math::Log2Op::create(rewriter, op.getLoc(), op.getOperand());
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, logarithm, factor);
    return success();
  }
};

/// |x| as the larger of x and -x: vectors of rank 2 have no other lowering.
struct ExpandAbsI : OpRewritePattern<math::AbsIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::AbsIOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = op.getOperand();
    Value zero = arith::ConstantOp::create(rewriter, loc,
                                           rewriter.getZeroAttr(x.getType()));
    Value negative = arith::SubIOp::create(rewriter, loc, zero, x);
    rewriter.replaceOpWithNewOp<arith::MaxSIOp>(op, x, negative);
    return success();
  }
};

bool isVectorMath(Operation *op) {
  return isa_and_nonnull<math::MathDialect>(op->getDialect()) &&
         op->getNumResults() != 0 && isa<VectorType>(op->getResultTypes()[0]);
}

struct CPUExpandMathPass : impl::CPUExpandMathPassBase<CPUExpandMathPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandAbsI, ExpandExp2, ExpandLog10, ReduceMaxRows>(
        &getContext());
    populateTrigonometryPatterns(patterns);
    populateInverseHyperbolicPatterns(patterns);
    populatePowerPatterns(patterns);
    math::populateExpansionPatterns(patterns,
                                    {"atanh", "clampf", "cosh", "sinh"});
    populateMathPolynomialApproximationPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    // Scalars are left to libm.
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isVectorMath(op) || isa<vector::MultiDimReductionOp>(op))
        ops.push_back(op);
    });
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    if (failed(applyOpPatternsGreedily(ops, frozen, config)))
      return signalPassFailure();
    // Scalars of these have no other lowering.
    RewritePatternSet scalars(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(scalars);
    math::populateExpansionPatterns(scalars, {"clampf"});
    if (failed(applyPatternsGreedily(getOperation(), std::move(scalars))))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([](Operation *op) {
      // FMA, rounding and the count of bits are few instructions.
      if (!isVectorMath(op))
        return WalkResult::advance();
      if (isa<math::FmaOp, math::AbsFOp, math::CeilOp, math::FloorOp,
              math::RoundEvenOp, math::RoundOp, math::TruncOp, math::SqrtOp,
              math::CopySignOp, math::CtPopOp>(op))
        return WalkResult::advance();
      op->emitOpError() << "has no vector form on this target";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace

} // namespace mlir::attn
