//===- TileState.cpp - tile state ops over heads and chunks of tokens -----===//
//
// Tests: test/Dialect/Attn/Transforms/tile-state.mlir
//
//===----------------------------------------------------------------------===//

#include "TileOp.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_TILESTATEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

using LoopType = scf::SCFTilingOptions::LoopType;

/// A destination of this shape filled with `value`.
static Value buildFilled(OpBuilder &b, Location loc,
                         ArrayRef<OpFoldResult> shape, FloatType type,
                         double value) {
  Value empty = tensor::EmptyOp::create(b, loc, shape, type);
  Value scalar = arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return linalg::FillOp::create(b, loc, scalar, empty).getResult(0);
}

/// Gives an op without states the destinations of an empty sequence before it.
static AffineMonoidOpInterface addStates(RewriterBase &rewriter,
                                         AffineMonoidOpInterface op) {
  Recurrence parts = op.getRecurrence();
  if (parts.state)
    return op;
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  auto size = [&](Value value, int64_t axis) {
    return tensor::getMixedSize(rewriter, loc, value, axis);
  };
  FloatType type = parts.getStateType();
  SmallVector<OpFoldResult> shape{size(parts.value, 0), size(parts.value, 1)};
  SmallVector<Value> states;
  SmallVector<OpFoldResult> rows(shape);
  rows.push_back(size(parts.query, 3));
  SmallVector<OpFoldResult> matrix(rows);
  matrix.push_back(size(parts.value, 3));
  states.push_back(buildFilled(rewriter, loc, matrix, type, 0.0));
  if (parts.hasNormalizer())
    states.push_back(buildFilled(rewriter, loc, rows, type, 0.0));
  if (parts.normalizesByMaximum)
    states.push_back(buildFilled(rewriter, loc, shape, type,
                                 -std::numeric_limits<double>::infinity()));
  SmallVector<Value> operands(op->getOperands());
  llvm::append_range(operands, states);
  OperationState state(loc, op->getName(), operands, op->getResultTypes(),
                       op->getAttrDictionary().getValue());
  for (Value added : states)
    state.addTypes(added.getType());
  // The states are one more segment at the end.
  SmallVector<int32_t> segments(
      op->getAttrOfType<DenseI32ArrayAttr>("operandSegmentSizes").asArrayRef());
  segments.back() = states.size();
  state.attributes.set("operandSegmentSizes",
                       rewriter.getDenseI32ArrayAttr(segments));
  Operation *stateful = rewriter.create(state);
  rewriter.replaceOp(op, stateful->getResults().take_front(1));
  return cast<AffineMonoidOpInterface>(stateful);
}

/// A state that is an argument of the function is not written; copied as a
/// whole it would pass through memory once more. The forall writes a fresh
/// tensor instead, and each tile copies its part first. Only the state is worth
/// it; of a single tile the whole is the part.
static void copyStateByTile(RewriterBase &rewriter, scf::ForallOp forall,
                            AffineMonoidOpInterface tile) {
  auto dps = cast<DestinationStyleOpInterface>(tile.getOperation());
  bool isSingle = llvm::all_of(
      llvm::zip(forall.getMixedLowerBound(), forall.getMixedUpperBound(),
                forall.getMixedStep()),
      [](auto bounds) {
        auto [begin, end, step] = bounds;
        std::optional<int64_t> b = getConstantIntValue(begin),
                               e = getConstantIntValue(end),
                               s = getConstantIntValue(step);
        return b && e && s && *e - *b <= *s;
      });
  if (isSingle)
    return;
  if (dps.getNumDpsInits() < 2)
    return;
  OpOperand &init = *dps.getDpsInitOperand(1);
  auto slice = init.get().getDefiningOp<tensor::ExtractSliceOp>();
  auto argument =
      slice ? dyn_cast<BlockArgument>(slice.getSource()) : BlockArgument();
  if (!argument || argument.getOwner() != forall.getBody())
    return;
  OpOperand *shared = forall.getTiedOpOperand(argument);
  Value state = shared->get();
  auto given = dyn_cast<BlockArgument>(state);
  if (!given || !isa<FunctionOpInterface>(given.getOwner()->getParentOp()))
    return;
  Location loc = tile.getLoc();
  rewriter.setInsertionPoint(forall);
  Value fresh = tensor::EmptyOp::create(
      rewriter, loc, tensor::getMixedSizes(rewriter, loc, state),
      getElementTypeOrSelf(state));
  rewriter.modifyOpInPlace(forall, [&] { shared->set(fresh); });
  rewriter.setInsertionPointAfter(slice);
  Value source = tensor::ExtractSliceOp::create(
      rewriter, loc, state, slice.getMixedOffsets(), slice.getMixedSizes(),
      slice.getMixedStrides());
  // Unlike linalg.copy it is never folded into its source.
  auto copy = bufferization::MaterializeInDestinationOp::create(
      rewriter, loc, source, slice.getResult());
  rewriter.modifyOpInPlace(tile, [&] { init.set(copy.getResult()); });
}

namespace {
struct TileStatePass : impl::TileStatePassBase<TileStatePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<AffineMonoidOpInterface> ops;
    getOperation()->walk([&](AffineMonoidOpInterface op) {
      if (op->hasAttr("scan"))
        ops.push_back(op);
    });
    for (AffineMonoidOpInterface op : ops) {
      auto scan = op->getAttrOfType<ScanAttr>("scan");
      if (!scan.isWhole()) {
        op.emitOpError() << "expected a whole 'scan' attribute, as "
                            "attn-schedule leaves it, but found "
                         << scan;
        return signalPassFailure();
      }
      int64_t width = op.getRecurrence().getValueWidth();
      if (scan.getSplit() != 0 && width % scan.getSplit() != 0) {
        op.emitOpError() << "expected the split to divide the " << width
                         << " columns of the state, but found "
                         << scan.getSplit();
        return signalPassFailure();
      }
      FailureOr<scf::SCFTilingResult> tiled =
          tileOp(rewriter, op, {1, 1, 0, scan.getSplit()}, LoopType::ForallOp);
      if (failed(tiled))
        return signalPassFailure();
      auto state = cast<AffineMonoidOpInterface>(tiled->tiledOps.back());
      if (auto forall = state->getParentOfType<scf::ForallOp>())
        copyStateByTile(rewriter, forall, state);
      if (failed(tileOp(rewriter, addStates(rewriter, state),
                        {0, 0, scan.getChunk(), 0}, LoopType::ForOp)))
        return signalPassFailure();
      ++numTiled;
    }
  }
};
} // namespace

} // namespace mlir::attn
