//===- ScheduleConv.cpp - the form of a convolution -----------------------===//
//
//   attn.long_conv ins(%x, %h : tensor<1x1x8192x64xf32>, tensor<1x8192x64xf32>)
//   ->
//   attn.long_conv form(fft) ins(...)
//
// Tests: test/Dialect/Attn/Transforms/schedule-conv.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/LongConv.h"
#include "attn/Dialect/Attn/Transforms/ConvForm.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "attn/Target/TargetInfo.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::attn {

#define GEN_PASS_DEF_SCHEDULECONVPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

namespace {

/// What each form costs, in products of the direct one.
struct ConvCost {
  uint64_t direct, fft, size;
};

} // namespace

static std::optional<ConvCost> getCost(LongConvOp op) {
  auto sizeOf = [](Value value, int64_t axis) {
    return cast<ShapedType>(value.getType()).getDimSize(axis);
  };
  int64_t tokens = sizeOf(op.getInput(), 2), taps = sizeOf(op.getFilter(), 1);
  int64_t history = op.getHistory() ? sizeOf(op.getHistory(), 2) : 0;
  for (int64_t size : {tokens, taps, history})
    if (ShapedType::isDynamic(size))
      return std::nullopt;
  uint64_t length = uint64_t(tokens) + history;
  ConvCost cost;
  cost.direct = llvm::SaturatingMultiply<uint64_t>(
      tokens, std::min<uint64_t>(taps, length));
  uint64_t log = length <= 1 ? 0 : llvm::Log2_64_Ceil(length);
  cost.size = log < 64 ? uint64_t(1) << log : UINT64_MAX;
  cost.fft =
      llvm::SaturatingMultiply<uint64_t>(cost.size, kConvLevelCost * log);
  return cost;
}

namespace {
struct ScheduleConvPass : impl::ScheduleConvPassBase<ScheduleConvPass> {
  using ScheduleConvPassBase::ScheduleConvPassBase;

  void runOnOperation() override {
    SmallVector<LongConvOp> ops;
    getOperation().walk([&](LongConvOp op) { ops.push_back(op); });
    if (ops.empty())
      return;
    FailureOr<TargetInfo> info =
        TargetInfo::parse(target, getOperation().getLoc());
    if (failed(info))
      return signalPassFailure();
    for (LongConvOp op : ops) {
      if (failed(checkTarget(op, *info)))
        return signalPassFailure();
      if (!op.getForm())
        choose(op);
    }
  }

  LogicalResult checkTarget(LongConvOp op, const TargetInfo &info) {
    if (!info.hasFMA())
      return op.emitOpError() << "expected a target with fused multiply-add, "
                                 "such as x86-64-v3, but found '"
                              << target << "'";
    if (getElementTypeOrSelf(op.getInput()).isF64())
      return op.emitOpError() << "element type 'f64' is not supported by this "
                                 "pipeline, expected f32, f16 or bf16";
    return success();
  }

  void choose(LongConvOp op) {
    std::optional<ConvCost> cost = getCost(op);
    auto report = [&](std::string text) {
      remark::passed(op.getLoc(),
                     remark::RemarkOpts::name("form").category("attn-schedule"))
          << text;
    };
    if (!cost)
      return report("either form: the kernel chooses by sizes that are known "
                    "when it runs");
    bool isFFT = cost->direct > cost->fft;
    op.setForm(isFFT ? ConvForm::FFT : ConvForm::Direct);
    ++numChosen;
    report(llvm::formatv("form({0}): {1} products as written, as many as {2} "
                         "in time by transforms of {3}",
                         isFFT ? "fft" : "direct", cost->direct, cost->fft,
                         cost->size));
  }
};
} // namespace

} // namespace mlir::attn
