//===- MapPatterns.cpp - bodies over elements and rows --------------------===//
//
// A body is copied once per register, with the register's coordinates as a base
// of the thread and constants. Functions of math in it become the device's.
//
// Covered by test/Conversion/ATileToLLVM/maps.mlir.
//
//===----------------------------------------------------------------------===//

#include "DevicePattern.h"
#include "attn/Codegen/GPU/TileLayout.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::attn::atile {

/// Copies the operations of `body` for `arguments`; gives the value it yields.
static Value emitBody(ImplicitLocOpBuilder &b, Region &body,
                      ArrayRef<Value> arguments) {
  Block &block = body.front();
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    b.clone(op, mapping);
  return mapping.lookupOrDefault(
      cast<YieldOp>(block.getTerminator()).getValue());
}

/// x + constant, which does not wrap: these are places in a tensor.
static Value emitCoordinate(ImplicitLocOpBuilder &b, Value base,
                            int64_t offset) {
  if (offset == 0)
    return base;
  return arith::AddIOp::create(b, base, Emit(b).i32(offset),
                               arith::IntegerOverflowFlags::nsw);
}

namespace {

struct MapPattern : DevicePattern<MapOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(MapOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    Value thread = emit.mask(device.threadId(b), kGroupThreads - 1);
    Value row = emit.add(adaptor.getRow().front(),
                         emitThreadRow(b, b.getLoc(), thread));
    Value column = emit.add(adaptor.getColumn().front(),
                            emitThreadColumn(b, b.getLoc(), thread));
    SmallVector<Value> results;
    for (auto [index, value] : llvm::enumerate(adaptor.getSource())) {
      FragmentPosition position = getFragmentPosition(index);
      results.push_back(emitBody(b, op.getBody(),
                                 {value, emitCoordinate(b, row, position.row),
                                  emitCoordinate(b, column, position.column)}));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct MapRowsPattern : DevicePattern<MapRowsOp> {
  using DevicePattern::DevicePattern;

  LogicalResult
  matchAndRewrite(MapRowsOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> results;
    for (int64_t half = 0; half < 2; ++half) {
      SmallVector<Value> arguments = llvm::map_to_vector(
          adaptor.getSources(),
          [&](ValueRange rows) -> Value { return rows[half]; });
      results.push_back(emitBody(b, op.getBody(), arguments));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// A function of math as the device's approximation of `method`, its argument
/// and its result scaled.
template <typename MathOp,
          Value (Device::*method)(Device::Builder &, Value) const>
struct FunctionPattern : DevicePattern<MathOp> {
  FunctionPattern(const ATileTypeConverter &converter, const Device &device,
                  float before, float after, MLIRContext *context)
      : DevicePattern<MathOp>(converter, device, context), before(before),
        after(after) {}

  LogicalResult
  matchAndRewrite(MathOp op, typename MathOp::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Emit emit(b);
    auto scale = [&](Value x, float factor) -> Value {
      return factor == 1.0f ? x : LLVM::FMulOp::create(b, x, emit.f32(factor));
    };
    Value x = (this->device.*method)(b, scale(adaptor.getOperand(), before));
    rewriter.replaceOp(op, scale(x, after));
    return success();
  }

  float before, after;
};

} // namespace

void populateMapPatterns(const ATileTypeConverter &converter,
                         const Device &device, RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<MapPattern, MapRowsPattern>(converter, device, context);
  constexpr float kLog2E = 1.44269504088896340736f;
  constexpr float kLn2 = 0.69314718055994530942f;
  patterns.add<FunctionPattern<math::Exp2Op, &Device::exp2>>(
      converter, device, 1.0f, 1.0f, context);
  patterns.add<FunctionPattern<math::ExpOp, &Device::exp2>>(
      converter, device, kLog2E, 1.0f, context);
  patterns.add<FunctionPattern<math::Log2Op, &Device::log2>>(
      converter, device, 1.0f, 1.0f, context);
  patterns.add<FunctionPattern<math::LogOp, &Device::log2>>(
      converter, device, 1.0f, kLn2, context);
  patterns.add<FunctionPattern<math::TanhOp, &Device::tanh>>(
      converter, device, 1.0f, 1.0f, context);
}

} // namespace mlir::attn::atile
