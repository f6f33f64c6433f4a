//===- FragmentPatterns.cpp - rows and elements of fragments --------------===//
//
// A thread holds two rows of a fragment; what it has of a row lies in four
// neighbouring lanes.
//
// Covered by test/Conversion/ATileToLLVM/fragments.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "attn/Codegen/GPU/TileLayout.h"

namespace mlir::attn::atile {

/// Combines `values` pairwise, level by level: independent operations for the
/// scheduler, and one order of rounding.
static Value emitTree(SmallVector<Value> values,
                      llvm::function_ref<Value(Value, Value)> combine) {
  while (values.size() > 1) {
    SmallVector<Value> next;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      next.push_back(combine(values[i], values[i + 1]));
    if (values.size() % 2)
      next.push_back(values.back());
    values = std::move(next);
  }
  return values.front();
}

/// Row `half` of a fragment, as far as this thread has it.
static SmallVector<Value> getRow(ValueRange fragment, int64_t half) {
  int64_t columns = static_cast<int64_t>(fragment.size()) * 2;
  return llvm::map_to_vector(
      getRowRegisters(columns, half),
      [&](int64_t index) -> Value { return fragment[index]; });
}

/// Combines `value` with those of the three lanes that share its row.
static Value emitAcrossRow(ImplicitLocOpBuilder &b, const Device &device,
                           Value value,
                           llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t mask : {1, 2})
    value = combine(value, device.exchange(b, value, mask));
  return value;
}

namespace {

struct FillPattern : DevicePattern<FillOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(FillOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    int64_t count = 2;
    if (auto type = dyn_cast<FragType>(op.getType()))
      count = type.getNumRegisters();
    SmallVector<Value> registers(count, adaptor.getValue().front());
    rewriter.replaceOpWithMultiple(op, {registers});
    return success();
  }
};

struct RowMaxPattern : DevicePattern<RowMaxOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(RowMaxOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto maximum = [&](Value x, Value y) -> Value {
      return LLVM::MaxNumOp::create(b, x, y);
    };
    SmallVector<Value> results;
    for (int64_t half = 0; half < 2; ++half) {
      Value own = emitTree(getRow(adaptor.getSource(), half), maximum);
      own = maximum(own, adaptor.getInit()[half]);
      results.push_back(emitAcrossRow(b, device, own, maximum));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct RowSumPattern : DevicePattern<RowSumOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(RowSumOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> results;
    for (int64_t half = 0; half < 2; ++half) {
      Value own = emitTree(getRow(adaptor.getSource(), half),
                           [&](Value x, Value y) -> Value {
                             return LLVM::FAddOp::create(b, x, y);
                           });
      results.push_back(LLVM::FMAOp::create(b, adaptor.getInit()[half],
                                            adaptor.getFactor()[half], own));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ReduceRowsPattern : DevicePattern<ReduceRowsOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(ReduceRowsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> results;
    for (Value value : adaptor.getSource())
      results.push_back(
          emitAcrossRow(b, device, value, [&](Value x, Value y) -> Value {
            return LLVM::FAddOp::create(b, x, y);
          }));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct Exp2SubPattern : DevicePattern<Exp2SubOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(Exp2SubOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value scale = adaptor.getScale().front();
    SmallVector<Value, 2> negated;
    for (Value minus : adaptor.getMinus())
      negated.push_back(LLVM::FNegOp::create(b, minus));
    SmallVector<Value> results;
    for (auto [index, value] : llvm::enumerate(adaptor.getSource())) {
      int64_t half = getFragmentPosition(index).half;
      results.push_back(
          device.exp2(b, LLVM::FMAOp::create(b, value, scale, negated[half])));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ScalePattern : DevicePattern<ScaleOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(ScaleOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> results;
    for (auto [index, value] : llvm::enumerate(adaptor.getSource()))
      results.push_back(LLVM::FMulOp::create(
          b, value, adaptor.getFactor()[getFragmentPosition(index).half]));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// Pairs of registers of a fragment are the registers of an operand, in order.
struct PackPattern : DevicePattern<PackOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(PackOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type element = op.getResult().getType().getElement();
    ValueRange source = adaptor.getSource();
    SmallVector<Value> packed;
    for (size_t i = 0; i < source.size(); i += 2)
      packed.push_back(device.pack(b, element, source[i], source[i + 1]));
    // Pinned, so that a loop carries the packed values and not twice as many
    // that they are made of.
    rewriter.replaceOpWithMultiple(op, {device.pin(b, packed)});
    return success();
  }
};

} // namespace

void populateFragmentPatterns(const ATileTypeConverter &converter,
                              const Device &device,
                              RewritePatternSet &patterns) {
  patterns.add<FillPattern, RowMaxPattern, RowSumPattern, ReduceRowsPattern,
               Exp2SubPattern, ScalePattern, PackPattern>(
      converter, device, patterns.getContext());
}

} // namespace mlir::attn::atile
