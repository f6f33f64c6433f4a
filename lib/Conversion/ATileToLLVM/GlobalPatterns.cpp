//===- GlobalPatterns.cpp - elements and fragments in global memory -------===//
//
// Covered by test/Conversion/ATileToLLVM/global.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::attn::atile {

namespace {

struct ReadPattern : DevicePattern<ReadOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(ReadOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type element = op.getResult().getType();
    // Truth values are bytes.
    Type stored = element.isInteger(1) ? Type(b.getI8Type()) : element;
    Value source = adaptor.getSource().front();
    Value pointer =
        LLVM::GEPOp::create(b, source.getType(), stored, source,
                            ValueRange{adaptor.getOffset().front()});
    unsigned bytes = stored.getIntOrFloatBitWidth() / 8;
    Value value = LLVM::LoadOp::create(b, stored, pointer, bytes,
                                       /*isVolatile=*/false,
                                       /*isNonTemporal=*/false,
                                       /*isInvariant=*/true);
    if (stored != element)
      value = arith::TruncIOp::create(b, element, value);
    rewriter.replaceOp(op, value);
    return success();
  }
};

/// Rows of a tile that this thread holds, in memory.
struct RowPointers {
  RowPointers(ImplicitLocOpBuilder &b, const Device &device, Value dest,
              Type element, Value offset, Value stride, Value valid)
      : b(b), dest(dest), element(element), offset(offset), stride(stride),
        valid(valid),
        thread(Emit(b).mask(device.threadId(b), kGroupThreads - 1)),
        row(emitThreadRow(b, b.getLoc(), thread)) {}

  /// Calls store(pointer to column `column`) under the condition that row
  /// `half` is valid.
  void forRow(int64_t half, Value column,
              llvm::function_ref<void(Value pointer)> store) {
    Emit emit(b);
    OpBuilder::InsertionGuard guard(b);
    Value number = emit.add(row, 8 * half);
    Value isValid =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, number, valid);
    auto some = scf::IfOp::create(b, isValid, /*withElseRegion=*/false);
    b.setInsertionPointToStart(some.thenBlock());
    Value place = emit.add(offset, emit.mul(emit.extend(number), stride));
    if (column)
      place = emit.add(place, emit.extend(column));
    store(LLVM::GEPOp::create(b, dest.getType(), element, dest,
                              ValueRange{place}));
  }

  ImplicitLocOpBuilder &b;
  Value dest;
  Type element;
  Value offset, stride, valid, thread, row;
};

struct StorePattern : DevicePattern<StoreOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(StoreOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type element = op.getDest().getType().getElement();
    RowPointers rows(b, device, adaptor.getDest().front(), element,
                     adaptor.getOffset().front(), adaptor.getStride().front(),
                     adaptor.getValid().front());
    Value column = emitThreadColumn(b, b.getLoc(), rows.thread);
    int64_t columns = cast<FragType>(op.getValue().getType()).getColumns();
    for (int64_t half = 0; half < 2; ++half)
      rows.forRow(half, column, [&](Value pointer) {
        SmallVector<int64_t> registers = getRowRegisters(columns, half);
        // Registers of a row come in pairs of neighbouring columns.
        for (size_t i = 0; i < registers.size(); i += 2)
          storePair(b, pointer, element,
                    getFragmentPosition(registers[i]).column,
                    adaptor.getValue()[registers[i]],
                    adaptor.getValue()[registers[i + 1]]);
      });
    rewriter.eraseOp(op);
    return success();
  }

private:
  void storePair(ImplicitLocOpBuilder &b, Value pointer, Type element,
                 int64_t column, Value low, Value high) const {
    Value place = LLVM::GEPOp::create(b, pointer.getType(), element, pointer,
                                      ArrayRef<LLVM::GEPArg>{int32_t(column)});
    if (!element.isF32()) {
      LLVM::StoreOp::create(b, device.pack(b, element, low, high), place,
                            /*alignment=*/4);
      return;
    }
    Type pair = VectorType::get(2, b.getF32Type());
    Value vector = LLVM::PoisonOp::create(b, pair);
    vector = LLVM::InsertElementOp::create(b, vector, low, Emit(b).i32(0));
    vector = LLVM::InsertElementOp::create(b, vector, high, Emit(b).i32(1));
    LLVM::StoreOp::create(b, vector, place, /*alignment=*/8);
  }
};

struct StoreRowsPattern : DevicePattern<StoreRowsOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(StoreRowsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    RowPointers rows(b, device, adaptor.getDest().front(), b.getF32Type(),
                     adaptor.getOffset().front(), adaptor.getStride().front(),
                     adaptor.getValid().front());
    auto one = scf::IfOp::create(b, emit.isEqual(emit.mask(rows.thread, 3), 0),
                                 /*withElseRegion=*/false);
    b.setInsertionPointToStart(one.thenBlock());
    for (int64_t half = 0; half < 2; ++half)
      rows.forRow(half, /*column=*/Value(), [&](Value pointer) {
        LLVM::StoreOp::create(b, adaptor.getValue()[half], pointer);
      });
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateGlobalPatterns(const ATileTypeConverter &converter,
                            const Device &device, RewritePatternSet &patterns) {
  patterns.add<ReadPattern, StorePattern, StoreRowsPattern>(
      converter, device, patterns.getContext());
}

} // namespace mlir::attn::atile
