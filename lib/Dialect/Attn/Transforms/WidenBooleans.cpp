//===- WidenBooleans.cpp - one byte per element for tensors of i1 ---------===//
//
//   func.func @f(%m: tensor<?x?xi1>) {
//     %x = tensor.extract %m[%i, %j] : tensor<?x?xi1>
//   ->
//   func.func @f(%m: tensor<?x?xi8>) {
//     %b = tensor.extract %m[%i, %j] : tensor<?x?xi8>
//     %x = arith.cmpi ne, %b, %c0_i8 : i8
//
// A caller hands over one byte per element, 0 or 1, and scalar code writes one.
// LLVM's vectors of i1 in memory are packed bits, so that a vector load of a
// memref of i1 reads something else. Types change, no tensor is copied.
//
// Tests: test/Dialect/Attn/Transforms/widen-booleans.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::attn {

#define GEN_PASS_DEF_WIDENBOOLEANSPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

static Value narrow(OpBuilder &b, Location loc, Value byte) {
  Value zero = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(0));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, byte, zero);
}

static Value widen(OpBuilder &b, Location loc, Value bit) {
  return arith::ExtUIOp::create(b, loc, b.getI8Type(), bit);
}

namespace {

struct WidenExtract : OpConversionPattern<tensor::ExtractOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(tensor::ExtractOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value byte = tensor::ExtractOp::create(
        rewriter, op.getLoc(), adaptor.getTensor(), adaptor.getIndices());
    rewriter.replaceOp(op, narrow(rewriter, op.getLoc(), byte));
    return success();
  }
};

struct WidenInsert : OpConversionPattern<tensor::InsertOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(tensor::InsertOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value byte = widen(rewriter, op.getLoc(), adaptor.getScalar());
    rewriter.replaceOpWithNewOp<tensor::InsertOp>(op, byte, adaptor.getDest(),
                                                  adaptor.getIndices());
    return success();
  }
};

struct WidenConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto bits = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!bits)
      return rewriter.notifyMatchFailure(op, "is not a dense constant");
    DenseElementsAttr bytes = bits.mapValues(
        rewriter.getI8Type(), [](const APInt &bit) { return bit.zext(8); });
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, bytes);
    return success();
  }
};

/// The body goes on seeing i1.
struct WidenGeneric : OpConversionPattern<linalg::GenericOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(linalg::GenericOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "has results of other types");
    SmallVector<Value> inputs(adaptor.getInputs()),
        outputs(adaptor.getOutputs());
    auto widened = linalg::GenericOp::create(
        rewriter, op.getLoc(), types, inputs, outputs,
        op.getIndexingMapsArray(), op.getIteratorTypesArray(),
        [&](OpBuilder &b, Location loc, ValueRange args) {
          IRMapping mapping;
          for (auto [old, arg] :
               llvm::zip_equal(op.getBlock()->getArguments(), args))
            mapping.map(old, old.getType() == arg.getType()
                                 ? arg
                                 : narrow(b, loc, arg));
          for (Operation &inner : op.getBlock()->without_terminator())
            b.clone(inner, mapping);
          SmallVector<Value> yielded;
          for (auto [old, type] :
               llvm::zip_equal(op.getBlock()->getTerminator()->getOperands(),
                               ValueRange(outputs).getTypes())) {
            Value value = mapping.lookupOrDefault(old);
            yielded.push_back(value.getType() == getElementTypeOrSelf(type)
                                  ? value
                                  : widen(b, loc, value));
          }
          linalg::YieldOp::create(b, loc, yielded);
        });
    rewriter.replaceOp(op, widened.getResults());
    return success();
  }
};

struct GeneralizeNamed : OpInterfaceConversionPattern<linalg::LinalgOp> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult
  matchAndRewrite(linalg::LinalgOp op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (isa<linalg::GenericOp>(op))
      return rewriter.notifyMatchFailure(op, "is generic already");
    if (failed(linalg::generalizeNamedOp(rewriter, op)))
      return rewriter.notifyMatchFailure(op, "has no generic form");
    return success();
  }
};

/// Operations that only move elements, and attention itself.
struct RetypeOp : ConversionPattern {
  RetypeOp(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa<DenseOp, BlockSparseOp, KeyMassOp, tensor::CastOp,
             tensor::CollapseShapeOp, tensor::ConcatOp, tensor::DimOp,
             tensor::EmptyOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp,
             tensor::InsertSliceOp, tensor::ReshapeOp>(op))
      return rewriter.notifyMatchFailure(op, "computes with its elements");
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    state.propertiesAttr = op->getPropertiesAsAttribute();
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(),
                                                state.types)))
      return rewriter.notifyMatchFailure(op, "has results of other types");
    for (Region &region : op->getRegions()) {
      Region *moved = state.addRegion();
      rewriter.inlineRegionBefore(region, *moved, moved->begin());
      if (!moved->empty() &&
          failed(rewriter.convertRegionTypes(moved, *getTypeConverter())))
        return rewriter.notifyMatchFailure(op, "has arguments of other types");
    }
    rewriter.replaceOp(op, rewriter.create(state)->getResults());
    return success();
  }
};

struct WidenBooleansPass : impl::WidenBooleansPassBase<WidenBooleansPass> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion([](RankedTensorType type) {
      if (!type.getElementType().isInteger(1))
        return type;
      return type.clone(IntegerType::get(type.getContext(), 8));
    });
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      return converter.isLegal(op) &&
             llvm::all_of(op->getRegions(), [&](Region &region) {
               return converter.isLegal(&region);
             });
    });
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
      return converter.isSignatureLegal(op.getFunctionType());
    });
    RewritePatternSet patterns(context);
    patterns.add<WidenExtract, WidenInsert, WidenConstant, WidenGeneric,
                 GeneralizeNamed, RetypeOp>(converter, context);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);
    scf::populateSCFStructuralTypeConversions(converter, patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace mlir::attn
