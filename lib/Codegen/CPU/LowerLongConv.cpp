//===- LowerLongConv.cpp - attn.long_conv on vectors ----------------------===//
//
//   sizes and tables of the transforms                    one tile
//   scf.forall (%head, %block) in (H, ceil(D / lanes))
//     transform of the filter
//     for each batch entry
//       by transforms, or where a number is not finite as written
//
// Tests: test/Codegen/CPU/lower-long-conv.mlir, test/Integration/LongConv
//
//===----------------------------------------------------------------------===//

#include "LongConvFFT.h"
#include "attn/Codegen/CPU/Passes.h"
#include "attn/Dialect/Attn/Transforms/ConvForm.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPULOWERLONGCONVPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {

/// Registers and lanes of the target.
struct ConvShape {
  int64_t lanes, radixLog, tile;
};

class ConvLowering {
public:
  ConvLowering(OpBuilder &builder, LongConvOp op, const ConvShape &shape)
      : b(op.getLoc(), builder), op(op), shape(shape),
        fourier(b, shape.lanes, shape.radixLog), sizes(b, op) {}

  void emit();

private:
  /// The exponent of the smallest power of two that holds all tokens.
  Value sizeLog();
  /// Whether the transforms pay, from sizes that are known now.
  Value choosesFFT(Value log);
  void emitBlock(Value head, Value number);
  void emitDirect(ConvBlock &block);
  void emitTransforms(ConvBlock &block);
  void forEachBatch(function_ref<void(Value)> body) {
    fourier.forEach(b.index(0), sizes.batches, b.index(1), body);
  }
  /// `then` or `otherwise`, by a condition that may be known.
  void choose(Value condition, function_ref<void()> then,
              function_ref<void()> otherwise);

  StateBuilder b;
  LongConvOp op;
  ConvShape shape;
  FourierEmitter fourier;
  ConvSizes sizes;
  /// Null where all is computed as written.
  Value usesFFT;
  std::optional<ConvTransform> transform;
};

} // namespace

Value ConvLowering::sizeLog() {
  Value one = b.index(1);
  Value last = arith::SubIOp::create(
      b, arith::MaxSIOp::create(b, sizes.length, one), one);
  Value bits = arith::IndexCastOp::create(b, b.getI64Type(), last);
  Value zeros = math::CountLeadingZerosOp::create(b, bits);
  zeros = arith::IndexCastOp::create(b, b.getIndexType(), zeros);
  return arith::SubIOp::create(b, b.index(64), zeros);
}

Value ConvLowering::choosesFFT(Value log) {
  // The rule of ConvForm.h in code.
  Value taps = arith::MinSIOp::create(b, sizes.taps, sizes.length);
  Value direct = arith::MulIOp::create(b, sizes.tokens, taps);
  Value size = arith::ShLIOp::create(b, b.index(1), log);
  Value perLevel = arith::MulIOp::create(b, size, b.index(kConvLevelCost));
  Value fft = arith::MulIOp::create(b, perLevel, log);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, direct, fft);
}

void ConvLowering::choose(Value condition, function_ref<void()> then,
                          function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
  b.setInsertionPointToStart(branch.elseBlock());
  otherwise();
}

void ConvLowering::emitDirect(ConvBlock &block) {
  DirectScratch direct(b, shape.lanes);
  forEachBatch(
      [&](Value batch) { emitDirectConv(block, direct, batch, shape.tile); });
}

void ConvLowering::emitTransforms(ConvBlock &block) {
  DirectScratch direct(b, shape.lanes);
  ConvScratch scratch(b, *transform);
  ConvFFT fft(block, fourier, *transform, scratch);
  Value filter = fft.transformFilter();
  forEachBatch([&](Value batch) {
    Value sum = arith::AddFOp::create(b, filter, fft.transformInput(batch));
    Value unordered =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, sum, sum);
    Value any =
        vector::ReductionOp::create(b, vector::CombiningKind::OR, unordered);
    choose(
        any, [&] { emitDirectConv(block, direct, batch, shape.tile); },
        [&] { fft.emitOutputs(batch); });
  });
}

void ConvLowering::emitBlock(Value head, Value number) {
  Value channel = arith::MulIOp::create(b, number, b.index(shape.lanes));
  ConvBlock block(b, op, sizes, head, channel, shape.lanes);
  if (!transform)
    return emitDirect(block);
  if (!usesFFT)
    return emitTransforms(block);
  choose(usesFFT, [&] { emitTransforms(block); }, [&] { emitDirect(block); });
}

void ConvLowering::emit() {
  if (op.getForm() != ConvForm::Direct) {
    Value log = sizeLog();
    if (!op.getForm()) {
      usesFFT = choosesFFT(log);
      log = arith::SelectOp::create(b, usesFFT, log, b.index(0));
    }
    transform.emplace(b, fourier, log);
  }
  int64_t blocks = llvm::divideCeil(op.getChannels(), shape.lanes);
  SmallVector<OpFoldResult> bounds{sizes.heads, b.getIndexAttr(blocks)};
  auto loop = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  emitBlock(loop.getInductionVars()[0], loop.getInductionVars()[1]);
}

namespace {
struct CPULowerLongConvPass
    : impl::CPULowerLongConvPassBase<CPULowerLongConvPass> {
  using CPULowerLongConvPassBase::CPULowerLongConvPassBase;

  void runOnOperation() override {
    SmallVector<LongConvOp> ops;
    getOperation().walk([&](LongConvOp op) { ops.push_back(op); });
    if (ops.empty())
      return;
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    // A butterfly of radix 8 and a tile of 8 need the registers of AVX-512.
    bool isLarge = info->getNumVectorRegisters() >= 32;
    ConvShape shape{static_cast<int64_t>(info->getF32Lanes()), isLarge ? 3 : 2,
                    isLarge ? 8 : 4};
    OpBuilder builder(&getContext());
    for (LongConvOp op : ops) {
      if (!isa<MemRefType>(op.getInput().getType())) {
        op.emitOpError() << "expected memrefs, as after bufferisation";
        return signalPassFailure();
      }
      builder.setInsertionPoint(op);
      ConvLowering(builder, op, shape).emit();
      op.erase();
      ++numLowered;
    }
  }
};
} // namespace

} // namespace mlir::attn
