//===- RingPatterns.cpp - rings of tiles and their barriers ---------------===//
//
// A ring is the address of its first tile and that of its barriers; a slot the
// address of its tile and of the barrier that its holder will signal.
//
// Covered by test/Conversion/ATileToLLVM/rings.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::attn::atile {

namespace {

/// The stage of tile n of a ring, and how often the ring went round before.
struct Turn {
  Turn(Emit emit, ValueRange ring, RingType type, Value n)
      : stage(emit.remainder(n, type.getStages())),
        round(emit.divide(n, type.getStages())),
        address(emit.add(ring[0],
                         emit.mul(stage, SharedLayout::getStageBytes(type)))),
        fullBarrier(emit.add(ring[1], emit.mul(stage, 8))),
        emptyBarrier(
            emit.add(fullBarrier, SharedLayout::getEmptyOffset(type, 0))) {}

  Value stage, round, address, fullBarrier, emptyBarrier;
};

struct RingPattern : DevicePattern<RingOp> {
  RingPattern(const ATileTypeConverter &converter, const Device &device,
              const RingPlaces &places, MLIRContext *context)
      : DevicePattern(converter, device, context), places(places) {}

  LogicalResult
  matchAndRewrite(RingOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    Value base = device.sharedBase(b);
    RingPlace place = places.lookup(op);
    SmallVector<Value> values = {emit.add(base, place.tiles),
                                 emit.add(base, place.barriers)};
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }

  const RingPlaces &places;
};

struct SetupPattern : DevicePattern<SetupOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(SetupOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    int64_t consumers = op.getConsumers();
    auto first = scf::IfOp::create(b, emit.isEqual(device.threadId(b), 0),
                                   /*withElseRegion=*/false);
    b.setInsertionPointToStart(first.thenBlock());
    for (auto [ring, values] :
         llvm::zip_equal(op.getRings(), adaptor.getRings())) {
      auto type = cast<RingType>(ring.getType());
      for (int64_t stage = 0; stage < type.getStages(); ++stage) {
        device.initBarrier(
            b, emit.add(values[1], SharedLayout::getFullOffset(stage)), 1);
        device.initBarrier(
            b, emit.add(values[1], SharedLayout::getEmptyOffset(type, stage)),
            consumers);
      }
    }
    device.fenceBarrierInit(b);
    b.setInsertionPoint(op);
    // The producer and the consumers.
    device.syncBlock(b, (consumers + 1) * kGroupThreads);
    rewriter.eraseOp(op);
    return success();
  }
};

struct WaitEmptyPattern : DevicePattern<WaitEmptyOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(WaitEmptyOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    Turn turn(emit, adaptor.getRing(), op.getRing().getType(),
              adaptor.getN().front());
    // The phase before the first counts as over: parity 1 passes at once.
    Value parity =
        arith::XOrIOp::create(b, emit.mask(turn.round, 1), emit.i32(1));
    device.waitBarrier(b, turn.emptyBarrier, parity);
    SmallVector<Value> slot = {turn.address, turn.fullBarrier};
    rewriter.replaceOpWithMultiple(op, {slot});
    return success();
  }
};

struct WaitFullPattern : DevicePattern<WaitFullOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(WaitFullOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    Turn turn(emit, adaptor.getRing(), op.getRing().getType(),
              adaptor.getN().front());
    device.waitBarrier(b, turn.fullBarrier, emit.mask(turn.round, 1));
    SmallVector<Value> slot = {turn.address, turn.emptyBarrier};
    rewriter.replaceOpWithMultiple(op, {slot});
    return success();
  }
};

struct NoSlotPattern : DevicePattern<NoSlotOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(NoSlotOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> slot(2, Emit(b).i32(0));
    rewriter.replaceOpWithMultiple(op, {slot});
    return success();
  }
};

/// One thread of the group arrives. All four warps have then waited for the
/// products that read the slot: a product is over for all warps at once.
struct ReleasePattern : DevicePattern<ReleaseOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(ReleaseOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    Value barrier = SlotValues(adaptor.getSlot()).barrier;
    Value isFirst =
        emit.isEqual(emit.mask(device.threadId(b), kGroupThreads - 1), 0);
    Value isSlot = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, barrier,
                                         emit.i32(0));
    auto arrives =
        scf::IfOp::create(b, arith::AndIOp::create(b, isFirst, isSlot),
                          /*withElseRegion=*/false);
    b.setInsertionPointToStart(arrives.thenBlock());
    device.arrive(b, barrier);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateRingPatterns(const ATileTypeConverter &converter,
                          const Device &device, const RingPlaces &places,
                          RewritePatternSet &patterns) {
  patterns.add<RingPattern>(converter, device, places, patterns.getContext());
  patterns.add<SetupPattern, WaitEmptyPattern, WaitFullPattern, NoSlotPattern,
               ReleasePattern>(converter, device, patterns.getContext());
}

} // namespace mlir::attn::atile
