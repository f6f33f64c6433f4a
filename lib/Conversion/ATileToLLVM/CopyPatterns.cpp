//===- CopyPatterns.cpp - tiles from global to shared memory --------------===//
//
// Covered by test/Conversion/ATileToLLVM/copies.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::attn::atile {

namespace {

struct LoadPattern : DevicePattern<LoadOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(LoadOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    SlotValues slot(adaptor.getSlot());
    TileLayout layout(op.getMap().getType());
    device.arriveExpecting(b, slot.barrier, layout.getBytes());
    for (int64_t panel = 0; panel < layout.getNumPanels(); ++panel)
      device.loadBox(b, emit.add(slot.address, panel * layout.getPanelBytes()),
                     adaptor.getMap().front(), slot.barrier,
                     {emit.i32(panel * kPanelColumns), adaptor.getRow().front(),
                      adaptor.getHead().front(), adaptor.getBatch().front()});
    rewriter.eraseOp(op);
    return success();
  }
};

/// Where the stage of tile n of a ring lies.
Value emitStageAddress(ImplicitLocOpBuilder &b, ValueRange ring, RingType type,
                       Value n) {
  Emit emit(b);
  return emit.add(ring[0], emit.mul(emit.remainder(n, type.getStages()),
                                    SharedLayout::getStageBytes(type)));
}

/// The slot at a stage that has no barriers.
template <typename SourceOp>
SmallVector<Value> emitStage(
    ImplicitLocOpBuilder &b, SourceOp op,
    typename SourceOp::template GenericAdaptor<ArrayRef<ValueRange>> adaptor) {
  return {emitStageAddress(b, adaptor.getRing(), op.getRing().getType(),
                           adaptor.getN().front()),
          Emit(b).i32(0)};
}

struct StagePattern : DevicePattern<StageOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(StageOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOpWithMultiple(op, {emitStage(b, op, adaptor)});
    return success();
  }
};

/// The chunks of a tile are dealt to the threads in order: thread t gets t,
/// t + threads, .... So consecutive threads read consecutive bytes.
struct CopyPattern : DevicePattern<CopyOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(CopyOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    auto type = cast<SlotType>(op.getSlot().getType());
    TileLayout layout(type);
    int64_t threads = getBlockThreads(op);
    int64_t chunks = llvm::divideCeil(type.getColumns(), kChunkElements);
    int64_t total = type.getRows() * chunks;
    Value thread = device.threadId(b);
    Value base = SlotValues(adaptor.getSlot()).address;
    for (int64_t first = 0; first < total; first += threads) {
      OpBuilder::InsertionGuard guard(b);
      Value index = emit.add(thread, first);
      if (total - first < threads) {
        Value isChunk = arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                              index, emit.i32(total));
        auto some = scf::IfOp::create(b, isChunk, /*withElseRegion=*/false);
        b.setInsertionPointToStart(some.thenBlock());
      }
      Value row, chunk;
      if (threads % chunks == 0) {
        // The same column in every round.
        row = emit.add(emit.divide(thread, chunks), first / chunks);
        chunk = emit.remainder(thread, chunks);
      } else {
        row = emit.divide(index, chunks);
        chunk = emit.remainder(index, chunks);
      }
      Value isValid = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, row,
                                            adaptor.getValid().front());
      Value bytes = arith::SelectOp::create(
          b, isValid, emit.i32(TileLayout::kChunkBytes), emit.i32(0));
      Value offset = emit.add(
          adaptor.getOffset().front(),
          emit.add(emit.mul(emit.extend(row), adaptor.getStride().front()),
                   emit.extend(emit.mul(chunk, kChunkElements))));
      Value source = LLVM::GEPOp::create(
          b, adaptor.getSource().front().getType(), type.getElement(),
          adaptor.getSource().front(), ValueRange{offset});
      device.copyAsync(b,
                       layout.emitChunkAddress(b, b.getLoc(), base, row, chunk),
                       source, bytes);
    }
    device.commitCopies(b);
    rewriter.eraseOp(op);
    return success();
  }

  static constexpr int64_t kChunkElements = TileLayout::kChunkBytes / 2;
};

struct WaitCopiesPattern : DevicePattern<WaitCopiesOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(WaitCopiesOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    device.waitCopies(b, op.getPending());
    device.syncBlock(b, getBlockThreads(op));
    rewriter.replaceOpWithMultiple(op, {emitStage(b, op, adaptor)});
    return success();
  }
};

struct RetirePattern : DevicePattern<RetireOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(RetireOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateCopyPatterns(const ATileTypeConverter &converter,
                          const Device &device, RewritePatternSet &patterns) {
  patterns.add<LoadPattern, StagePattern, CopyPattern, WaitCopiesPattern,
               RetirePattern>(converter, device, patterns.getContext());
}

} // namespace mlir::attn::atile
