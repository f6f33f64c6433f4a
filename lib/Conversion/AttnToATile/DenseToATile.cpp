//===- DenseToATile.cpp - dense attention as a structured GPU kernel ------===//
//
//   func.func @f(%q, %k, %v) -> tensor<..> {
//     %o = attn.dense ins(%q, %k, %v) outs(%init)
//     return %o
//   }
//   ->
//   atile.kernel @f(%q_map: !atile.map<128x128xbf16>, ..) {
//     atile.specialize .. producer { .. } consumers(2) { .. }
//   }
//
// Here: what a function may hold, and the order of the steps. What is computed
// is in AttentionKernel.cpp and Softmax.cpp, how it overlaps in the files of
// schedules.
//
// Tests: test/Conversion/AttnToATile/dense-to-atile.mlir,
// dense-to-atile-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "attn/Conversion/Passes.h"
#include "attn/Dialect/Attn/Transforms/IndexToArith.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::attn {

#define GEN_PASS_DEF_DENSETOATILEPASS
#include "attn/Conversion/Passes.h.inc"

/// A function is one attn.dense from arguments to results; beside it there may
/// be scalar arithmetic, for what regions capture.
static FailureOr<DenseOp> findDense(func::FuncOp func) {
  DenseOp dense;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (auto found = dyn_cast<DenseOp>(op)) {
      if (dense)
        return found.emitOpError("expected one attn.dense in a function on a "
                                 "GPU but found a second one");
      dense = found;
      continue;
    }
    if (!isa<tensor::EmptyOp, tensor::DimOp, tensor::ExtractOp>(op) &&
        !isa<arith::ArithDialect, math::MathDialect>(op.getDialect()))
      return op.emitOpError("expected only attn.dense and scalar arithmetic "
                            "in a function on a GPU");
  }
  if (!dense)
    return func.emitOpError("expected an attn.dense");
  return dense;
}

/// What the schedules take for granted.
static LogicalResult checkDense(DenseOp op, const GPUTarget &target) {
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  Type element = type.getElementType();
  if (!isa<Float16Type, BFloat16Type>(element))
    return op.emitOpError() << "expected f16 or bf16 on " << target.getChip()
                            << " but found " << element;
  int64_t multiple = target.hasWarpgroups() ? 8 : 16;
  for (int64_t width : {op.getKeyWidth(), op.getValueWidth()})
    if (width % multiple != 0 || width > 256)
      return op.emitOpError()
             << "expected widths to be a multiple of " << multiple
             << " up to 256 on " << target.getChip() << " but found " << width;
  const std::pair<Value, StringRef> unsupported[] = {
      {op.getKvLengths(), "lengths"},
      {op.getCuSeqlens(), "cu_seqlens"},
      {op.getPageTable(), "page_table"}};
  for (auto [operand, name] : unsupported)
    if (operand)
      return op.emitOpError() << "expected no " << name << " on a GPU";
  if (!op.getOrigin().empty())
    return op.emitOpError("expected an undivided operation on a GPU, without "
                          "origin");
  for (Value tensor : {op.getQuery(), op.getKey(), op.getValue()})
    if (!isa<BlockArgument>(tensor))
      return op.emitOpError("expected query, key and value to be arguments of "
                            "the function on a GPU");
  return success();
}

/// Results are those of the operation, in any order, each once.
static LogicalResult checkResults(func::FuncOp func, DenseOp op) {
  Operation *terminator = func.getBody().front().getTerminator();
  llvm::SmallPtrSet<Value, 2> returned;
  for (Value value : terminator->getOperands())
    if (value.getDefiningOp() != op || !returned.insert(value).second)
      return terminator->emitOpError("expected results of attn.dense, each "
                                     "once, in a function on a GPU");
  if (returned.size() != op->getNumResults())
    return terminator->emitOpError("expected every result of attn.dense to be "
                                   "returned on a GPU");
  return success();
}

/// Rows that blocks cut: queries of a head, or heads with one query.
static int64_t getNumRows(DenseOp op) {
  int64_t heads = countRowHeads(op);
  return heads > 1
             ? heads
             : cast<RankedTensorType>(op.getQuery().getType()).getDimSize(2);
}

namespace {

struct DenseToATilePass : impl::DenseToATilePassBase<DenseToATilePass> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<GPUTarget> gpu =
        GPUTarget::parse(target, getOperation().getLoc());
    if (failed(gpu))
      return signalPassFailure();
    SmallVector<func::FuncOp> funcs;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal())
        funcs.push_back(func);
    for (func::FuncOp func : funcs) {
      if (failed(convert(func, *gpu)))
        return signalPassFailure();
      ++numKernels;
    }
    lowerIndices();
  }

  static LogicalResult convert(func::FuncOp func, const GPUTarget &gpu);
  void lowerIndices();
};

} // namespace

LogicalResult DenseToATilePass::convert(func::FuncOp func,
                                        const GPUTarget &gpu) {
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitOpError("expected one block on a GPU");
  FailureOr<DenseOp> found = findDense(func);
  if (failed(found) || failed(checkDense(*found, gpu)) ||
      failed(checkResults(func, *found)))
    return failure();
  DenseOp op = *found;
  convertIndexOps(op.getScore());
  convertIndexOps(op.getMask());
  if (failed(ScalarRegion(op.getScore(), 1, op.getCaptures()).check()) ||
      failed(ScalarRegion(op.getMask(), 0, op.getCaptures()).check()))
    return failure();

  AttentionShape shape{op.getKeyWidth(), op.getValueWidth(),
                       !op.getScore().empty() || !op.getMask().empty() ||
                           op.getBias() || op.getSoftcap(),
                       getNumRows(op)};
  FailureOr<atile::ScheduleAttr> schedule = chooseSchedule(op, shape, gpu);
  if (failed(schedule))
    return failure();
  int64_t groups = schedule->getGroups() + (gpu.hasWarpgroups() ? 1 : 0);
  KernelFrame frame(func, groups * atile::kGroupThreads);
  frame.getKernel().setScheduleAttr(*schedule);
  AttentionKernel kernel(frame, *schedule, shape, gpu);
  kernel.emitPrologue();
  switch (schedule->getOverlap()) {
  case atile::Overlap::Seq:
    buildSeqSchedule(kernel);
    break;
  case atile::Overlap::Pipe:
  case atile::Overlap::Pipe2:
    buildPipeSchedule(kernel);
    break;
  case atile::Overlap::Sync:
    buildSyncSchedule(kernel);
    break;
  }
  if (failed(frame.finish(kernel.getGrid())))
    return failure();
  hoistUniform(frame.getKernel());
  return success();
}

/// Bounds of keys are computed by affine maps.
void DenseToATilePass::lowerIndices() {
  RewritePatternSet patterns(&getContext());
  populateAffineToStdConversionPatterns(patterns);
  SmallVector<Operation *> ops;
  getOperation()->walk([&](Operation *op) {
    if (isa<affine::AffineDialect>(op->getDialect()))
      ops.push_back(op);
  });
  (void)applyOpPatternsGreedily(ops, std::move(patterns));
}

} // namespace mlir::attn
