//===- ProductPatterns.cpp - products on tensor cores ---------------------===//
//
// Covered by test/Conversion/ATileToLLVM/products.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "attn/Codegen/GPU/TileLayout.h"

namespace mlir::attn::atile {

namespace {

/// `descriptor` at `address`, moved by each of `steps` bytes. One base and
/// constants, so that ptxas keeps them in uniform registers.
SmallVector<Value> emitDescriptors(ImplicitLocOpBuilder &b, Value address,
                                   uint64_t descriptor,
                                   ArrayRef<int64_t> steps) {
  Emit emit(b);
  Value base = emit.add(TileLayout::emitEncodeAddress(b, b.getLoc(), address),
                        static_cast<int64_t>(descriptor));
  return llvm::map_to_vector(steps, [&](int64_t bytes) {
    return emit.add(base,
                    static_cast<int64_t>(TileLayout::encodeAddress(bytes)));
  });
}

struct MmaSSPattern : DevicePattern<MmaSSOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(MmaSSOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    auto aType = cast<SlotType>(op.getA().getType());
    auto bType = cast<SlotType>(op.getB().getType());
    TileLayout aLayout(aType), bLayout(bType);
    SmallVector<int64_t> aSteps, bSteps;
    for (int64_t step = 0; step < aType.getColumns() / kStepColumns; ++step) {
      aSteps.push_back(aLayout.getKMajorStepBytes(step));
      bSteps.push_back(bLayout.getKMajorStepBytes(step));
    }
    // Rows are contiguous within a panel.
    Value rows =
        emit.add(SlotValues(adaptor.getA()).address,
                 emit.mul(adaptor.getRow().front(), TileLayout::kRowBytes));
    GroupProduct product;
    product.element = aType.getElement();
    product.columns = bType.getRows();
    product.transposeB = false;
    product.descriptorsA =
        emitDescriptors(b, rows, aLayout.getKMajorDescriptor(), aSteps);
    product.descriptorsB =
        emitDescriptors(b, SlotValues(adaptor.getB()).address,
                        bLayout.getKMajorDescriptor(), bSteps);
    rewriter.replaceOpWithMultiple(op, {device.startProduct(b, product)});
    return success();
  }
};

struct MmaRSPattern : DevicePattern<MmaRSOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(MmaRSOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto vType = cast<SlotType>(op.getV().getType());
    TileLayout layout(vType);
    SmallVector<int64_t> steps;
    for (int64_t step = 0; step < vType.getRows() / kStepColumns; ++step)
      steps.push_back(layout.getMNMajorStepBytes(step));
    GroupProduct product;
    product.element = vType.getElement();
    product.columns = vType.getColumns();
    product.transposeB = true;
    product.fragments = llvm::to_vector(adaptor.getP());
    product.accumulators = llvm::to_vector(adaptor.getAcc());
    product.descriptorsB =
        emitDescriptors(b, SlotValues(adaptor.getV()).address,
                        layout.getMNMajorDescriptor(), steps);
    rewriter.replaceOpWithMultiple(op, {device.startProduct(b, product)});
    return success();
  }
};

struct AwaitPattern : DevicePattern<AwaitOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(AwaitOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> registers;
    for (ValueRange fragment : adaptor.getFragments())
      llvm::append_range(registers, fragment);
    registers = device.awaitProducts(b, op.getPending(), registers);
    SmallVector<SmallVector<Value>> results;
    ArrayRef<Value> left = registers;
    for (ValueRange fragment : adaptor.getFragments()) {
      results.emplace_back(left.take_front(fragment.size()));
      left = left.drop_front(fragment.size());
    }
    rewriter.replaceOpWithMultiple(op, std::move(results));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Products by warps
//===----------------------------------------------------------------------===//

/// Where a lane's row of the four matrices of ldmatrix.x4 lies: `row` of 16,
/// `half` of two chunks. With `rowsFirst` matrices 0, 1 are rows 0-7 and 8-15
/// of the first chunk, else matrices 0, 1 are the two chunks of rows 0-7.
struct MatrixLane {
  MatrixLane(Emit emit, Value thread, bool rowsFirst) {
    Value lane = emit.mask(thread, 31);
    Value inMatrix = emit.mask(lane, 7);
    Value low = emit.mask(emit.shiftRight(lane, 3), 1);
    Value high = emit.shiftRight(lane, 4);
    row = emit.add(inMatrix, emit.mul(rowsFirst ? low : high, 8));
    half = rowsFirst ? high : low;
  }
  Value row, half;
};

struct LoadOperandPattern : DevicePattern<LoadOperandOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(LoadOperandOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    TileLayout layout(cast<SlotType>(op.getSlot().getType()));
    Value thread = emit.mask(device.threadId(b), kGroupThreads - 1);
    MatrixLane lane(emit, thread, /*rowsFirst=*/true);
    Value row =
        emit.add(adaptor.getRow().front(),
                 emit.add(emit.mul(emit.shiftRight(thread, 5), 16), lane.row));
    SmallVector<Value> registers;
    int64_t columns = op.getResult().getType().getColumns();
    for (int64_t step = 0; step < columns / kStepColumns; ++step) {
      Value address = layout.emitChunkAddress(
          b, b.getLoc(), SlotValues(adaptor.getSlot()).address, row,
          emit.add(lane.half, 2 * step));
      llvm::append_range(registers,
                         device.loadMatrices(b, address, /*transpose=*/false));
    }
    rewriter.replaceOpWithMultiple(op, {registers});
    return success();
  }
};

struct MmaSyncPattern : DevicePattern<MmaSyncOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(MmaSyncOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    auto bType = cast<SlotType>(op.getB().getType());
    TileLayout layout(bType);
    Value base = SlotValues(adaptor.getB()).address;
    // Registers 0, 1 of ldmatrix are B of the first eight columns of the
    // result, 2, 3 of the second eight, each in the two halves of the step.
    bool transposed = op.getTransposed();
    MatrixLane lane(emit, device.threadId(b), /*rowsFirst=*/!transposed);
    SmallVector<Value> sum = llvm::to_vector(adaptor.getAcc());
    int64_t columns = cast<FragType>(op.getAcc().getType()).getColumns();
    int64_t steps = op.getA().getType().getColumns() / kStepColumns;
    for (int64_t step = 0; step < steps; ++step) {
      ValueRange a = adaptor.getA().slice(4 * step, 4);
      for (int64_t column = 0; column < columns; column += 16) {
        int64_t row = transposed ? column : step * kStepColumns;
        int64_t chunk = transposed ? 2 * step : column / 8;
        Value address = layout.emitChunkAddress(b, b.getLoc(), base,
                                                emit.add(lane.row, row),
                                                emit.add(lane.half, chunk));
        SmallVector<Value> matrices =
            device.loadMatrices(b, address, /*transpose=*/!transposed);
        for (int64_t eight = 0; eight < 2; ++eight) {
          size_t first = (column / 8 + eight) * 4;
          ArrayRef<Value> before = ArrayRef(sum).slice(first, 4);
          SmallVector<Value> after =
              device.multiply(b, bType.getElement(), a,
                              ArrayRef(matrices).slice(2 * eight, 2), before);
          llvm::copy(after, sum.begin() + first);
        }
      }
    }
    rewriter.replaceOpWithMultiple(op, {sum});
    return success();
  }
};

} // namespace

void populateProductPatterns(const ATileTypeConverter &converter,
                             const Device &device,
                             RewritePatternSet &patterns) {
  patterns.add<MmaSSPattern, MmaRSPattern, AwaitPattern, LoadOperandPattern,
               MmaSyncPattern>(converter, device, patterns.getContext());
}

} // namespace mlir::attn::atile
