//===- ExpandNeighbours.cpp - what stands around attention, as linalg -----===//
//
//   %y = arith.mulf %x, %g : tensor<4x64xf32>
//   %z = tensor.concat dim(1) %y, %w
//   ->
//   %y = linalg.generic { arith.mulf }
//   %z = tensor.insert_slice %w into (tensor.insert_slice %y into %empty)
//
// Afterwards only linalg operations compute, and slices move data, which is all
// that later stages have to know.
//
// Tests: test/Codegen/CPU/expand-neighbours.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EXPANDNEIGHBOURSPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {

/// linalg.softmax as a maximum, exponentials, a sum and a division.
struct DecomposeSoftmax : OpRewritePattern<linalg::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::SoftmaxOp op,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
    if (failed(results))
      return rewriter.notifyMatchFailure(op, "cannot be decomposed");
    rewriter.replaceOp(op, *results);
    return success();
  }
};

struct FillFromSplat : OpRewritePattern<tensor::SplatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::SplatOp op,
                                PatternRewriter &rewriter) const override {
    auto empty = tensor::EmptyOp::create(rewriter, op.getLoc(), op.getType(),
                                         op.getDynamicSizes());
    rewriter.replaceOpWithNewOp<linalg::FillOp>(op, op.getInput(),
                                                empty.getResult());
    return success();
  }
};

struct GenericFromGenerate : OpRewritePattern<tensor::GenerateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::GenerateOp op,
                                PatternRewriter &rewriter) const override {
    // Control flow in the body has no place in a linalg operation.
    if (!op.getBody().hasOneBlock() ||
        llvm::any_of(op.getBody().front(),
                     [](Operation &inner) { return inner.getNumRegions(); }))
      return rewriter.notifyMatchFailure(op, "has control flow");
    return linalg::rewriteInDestinationPassingStyle(rewriter, op);
  }
};

struct ExpandNeighboursPass
    : impl::ExpandNeighboursPassBase<ExpandNeighboursPass> {
  /// arith and math on tensors.
  LogicalResult convertElementwise() {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseToLinalgConversionPatterns(patterns);
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      return !OpTrait::hasElementwiseMappableTraits(op) ||
             !llvm::any_of(op->getOperandTypes(), llvm::IsaPred<TensorType>);
    });
    return applyPartialConversion(getOperation(), target, std::move(patterns));
  }

  void runOnOperation() override {
    if (failed(convertElementwise()))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeSoftmax, FillFromSplat, GenericFromGenerate>(
        &getContext());
    linalg::populateDecomposePackUnpackPatterns(patterns);
    linalg::populateDecomposePadPatterns(patterns);
    tensor::populateDecomposeTensorConcatPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace mlir::attn
