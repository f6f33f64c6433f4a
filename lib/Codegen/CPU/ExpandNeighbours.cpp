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
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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

/// linalg.pack as a pad, a reshape and a transpose.
struct LowerPack : OpRewritePattern<linalg::PackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::PackOp op,
                                PatternRewriter &rewriter) const override {
    return linalg::lowerPack(rewriter, op);
  }
};

struct LowerUnPack : OpRewritePattern<linalg::UnPackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::UnPackOp op,
                                PatternRewriter &rewriter) const override {
    return linalg::lowerUnPack(rewriter, op);
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

/// Math functions of 16-bit floats in f32, which has polynomials.
struct WidenMath : RewritePattern {
  explicit WidenMath(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto isNarrow = [](Type type) { return type.isF16() || type.isBF16(); };
    if (!isa<math::MathDialect>(op->getDialect()) || op->getNumResults() != 1 ||
        !isNarrow(op->getResult(0).getType()))
      return rewriter.notifyMatchFailure(op, "is not of 16-bit floats");
    Location loc = op->getLoc();
    Type f32 = rewriter.getF32Type();
    SmallVector<Value> operands(op->getOperands());
    for (Value &operand : operands)
      if (isNarrow(operand.getType()))
        operand = arith::ExtFOp::create(rewriter, loc, f32, operand);
    Operation *wide = rewriter.create(loc, op->getName().getIdentifier(),
                                      operands, f32, op->getAttrs());
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op->getResult(0).getType(),
                                                 wide->getResult(0));
    return success();
  }
};

} // namespace

/// Whether `op` sums products or elements of 16-bit floats in 16 bits.
static bool isNarrowSum(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() == 0 ||
      op.getNumDpsInits() != 1 || op->getNumRegions() != 1)
    return false;
  Type element = getElementTypeOrSelf(op.getDpsInits().front());
  SmallVector<Operation *> combiners;
  return (element.isF16() || element.isBF16()) &&
         llvm::all_of(op.getBlock()->without_terminator(),
                      llvm::IsaPred<arith::AddFOp, arith::SubFOp, arith::MulFOp,
                                    arith::NegFOp, arith::ExtFOp>) &&
         matchReduction(op.getRegionOutputArgs(), 0, combiners) &&
         combiners.size() == 1 && isa<arith::AddFOp>(combiners.front());
}

static Value convertTensor(OpBuilder &b, Location loc, Value source,
                           Type element) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  Value empty = tensor::EmptyOp::create(b, loc, sizes, element);
  AffineMap identity = b.getMultiDimIdentityMap(sizes.size());
  SmallVector<utils::IteratorType> loops(sizes.size(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), source, empty,
             ArrayRef<AffineMap>{identity, identity}, loops,
             [&](OpBuilder &nested, Location l, ValueRange args) {
               Value x = convertScalarToDtype(nested, l, args[0], element,
                                              /*isUnsignedCast=*/false);
               linalg::YieldOp::create(nested, l, x);
             })
      .getResult(0);
}

namespace {
/// Sums of 16-bit floats in f32, rounded once.
struct WidenSum : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (!isNarrowSum(op))
      return rewriter.notifyMatchFailure(op, "is no sum in 16-bit floats");
    Location loc = op.getLoc();
    Value init = op.getDpsInits().front();
    Type narrow = getElementTypeOrSelf(init), f32 = rewriter.getF32Type();
    Value wide = convertTensor(rewriter, loc, init, f32);
    Block *body = op.getBlock();
    auto sum = linalg::GenericOp::create(
        rewriter, loc, wide.getType(), op.getDpsInputs(), wide,
        op.getIndexingMapsArray(), op.getIteratorTypesArray(),
        [&](OpBuilder &nested, Location l, ValueRange args) {
          IRMapping mapping;
          for (auto [old, value] : llvm::zip_equal(body->getArguments(), args))
            mapping.map(old,
                        isa<FloatType>(value.getType())
                            ? convertScalarToDtype(nested, l, value, f32,
                                                   /*isUnsignedCast=*/false)
                            : value);
          for (Operation &inner : body->without_terminator()) {
            if (isa<arith::ExtFOp>(inner)) {
              mapping.map(inner.getResult(0),
                          mapping.lookup(inner.getOperand(0)));
              continue;
            }
            Operation *clone = nested.clone(inner, mapping);
            clone->getResult(0).setType(f32);
          }
          linalg::YieldOp::create(
              nested, l, mapping.lookup(body->getTerminator()->getOperand(0)));
        });
    rewriter.replaceOp(op,
                       convertTensor(rewriter, loc, sum.getResult(0), narrow));
    return success();
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
    patterns.add<DecomposeSoftmax, FillFromSplat, GenericFromGenerate,
                 LowerPack, LowerUnPack, WidenMath, WidenSum>(&getContext());
    linalg::populateDecomposePadPatterns(patterns);
    tensor::populateDecomposeTensorConcatPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace mlir::attn
