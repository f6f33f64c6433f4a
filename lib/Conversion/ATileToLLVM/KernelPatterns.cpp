//===- KernelPatterns.cpp - kernels, roles and places in the grid ---------===//
//
// Covered by test/Conversion/ATileToLLVM/kernel.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::attn::atile {

namespace {

struct KernelPattern : DevicePattern<KernelOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(KernelOp kernel, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(kernel.getLoc(), rewriter);
    DeviceKernel made = device.createKernel(b, kernel);
    Block *entry = &made.function.getBody().front();
    rewriter.inlineBlockBefore(&kernel.getBody().front(), entry, entry->end(),
                               made.arguments);
    rewriter.eraseOp(kernel);
    return success();
  }
};

struct ReturnPattern : DevicePattern<ReturnOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(ReturnOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::ReturnOp>(op, ValueRange());
    return success();
  }
};

struct BlockIdPattern : DevicePattern<BlockIdOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(BlockIdOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, device.blockId(b, op.getDim()));
    return success();
  }
};

struct GridSizePattern : DevicePattern<GridSizeOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(GridSizeOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, device.gridSize(b, op.getDim()));
    return success();
  }
};

} // namespace

/// The number of the thread's warp. Through a broadcast, so that ptxas knows
/// that it is the same in the warp and keeps what is computed from it, such as
/// descriptors, in uniform registers.
static Value emitWarp(ImplicitLocOpBuilder &b, const Device &device) {
  return device.broadcast(b, Emit(b).shiftRight(device.threadId(b), 5),
                          /*lane=*/0);
}

namespace {

struct GroupIdPattern : DevicePattern<GroupIdOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(GroupIdOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, Emit(b).shiftRight(emitWarp(b, device), 2));
    return success();
  }
};

/// One if/else for the roles: ptxas gives each branch its registers.
struct SpecializePattern : DevicePattern<SpecializeOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(SpecializeOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    Value warp = emitWarp(b, device), group = emit.shiftRight(warp, 2);
    auto roles = scf::IfOp::create(b, emit.isEqual(group, 0),
                                   /*withElseRegion=*/true);
    b.setInsertionPointToStart(roles.thenBlock());
    device.setMaxRegisters(b, op.getProducerRegisters(), /*increase=*/false);
    auto first = scf::IfOp::create(b, emit.isEqual(warp, 0),
                                   /*withElseRegion=*/false);
    b.setInsertionPointToStart(first.thenBlock());
    auto one = scf::IfOp::create(b, device.electOne(b),
                                 /*withElseRegion=*/false);
    rewriter.inlineBlockBefore(&op.getProducer().front(),
                               one.thenBlock()->getTerminator());

    b.setInsertionPointToStart(roles.elseBlock());
    device.setMaxRegisters(b, op.getConsumerRegisters(), /*increase=*/true);
    rewriter.inlineBlockBefore(&op.getConsumer().front(),
                               roles.elseBlock()->getTerminator(),
                               emit.add(group, -1));
    rewriter.eraseOp(op);
    return success();
  }
};

/// The ends of roles; those of maps go with the maps.
struct YieldPattern : DevicePattern<YieldOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(YieldOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getValue())
      return rewriter.notifyMatchFailure(op, "ends a map");
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateKernelPatterns(const ATileTypeConverter &converter,
                            const Device &device, RewritePatternSet &patterns) {
  patterns.add<KernelPattern, ReturnPattern, BlockIdPattern, GridSizePattern,
               GroupIdPattern, SpecializePattern, YieldPattern>(
      converter, device, patterns.getContext());
}

} // namespace mlir::attn::atile
