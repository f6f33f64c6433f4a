//===- SplitSequences.cpp - packed sequences side by side -----------------===//
//
//   %o, %s = attn.linear ins(%q, %k, %v) cu_seqlens(%cu) outs(%o0, %s0)
//   ->
//   %bounds = scf.for ..              clamped to [0, T], never descending
//   %o, %s = scf.forall (%n, %h) .. { attn.linear ins(%q[.., %h, %begin], ..)
//                                     outs(%o0[.., %h, %begin], %s0[%n, %h]) }
//
// Tokens outside of every sequence give 0: the output is filled with it first.
//
// Tests: test/Dialect/Attn/Transforms/split-sequences.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/IR/StateTiling.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_SPLITSEQUENCESPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// The bounds as indices: each at least the one before and at most the number
/// of tokens, since nothing guarantees it of data.
static Value buildBounds(ImplicitLocOpBuilder &b, const Recurrence &parts) {
  auto size = [&](Value value, int64_t axis) -> Value {
    return b.createOrFold<tensor::DimOp>(value, axis);
  };
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  // None without a batch.
  Value tokens =
      b.createOrFold<arith::MulIOp>(size(parts.query, 0), size(parts.query, 2));
  Value empty = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), parts.cuSeqlens),
      b.getIndexType());
  auto loop = scf::ForOp::create(
      b, zero, size(parts.cuSeqlens, 0), one, ValueRange{zero, empty},
      [&](OpBuilder &nested, Location loc, Value i, ValueRange carried) {
        ImplicitLocOpBuilder b(loc, nested);
        Value read = tensor::ExtractOp::create(b, parts.cuSeqlens, i);
        read = arith::IndexCastOp::create(b, b.getIndexType(), read);
        read = arith::MinSIOp::create(b, read, tokens);
        Value bound = arith::MaxSIOp::create(b, read, carried[0]);
        Value bounds = tensor::InsertOp::create(b, bound, carried[1], i);
        scf::YieldOp::create(b, ValueRange{bound, bounds});
      });
  return loop.getResult(1);
}

/// One less than there are bounds, and no more than there are states.
static OpFoldResult countSequences(ImplicitLocOpBuilder &b,
                                   const Recurrence &parts) {
  Location loc = b.getLoc();
  AffineExpr bounds = b.getAffineSymbolExpr(0);
  OpFoldResult count = affine::makeComposedFoldedAffineMax(
      b, loc,
      AffineMap::get(0, 1, {bounds - 1, b.getAffineConstantExpr(0)},
                     b.getContext()),
      {tensor::getMixedSize(b, loc, parts.cuSeqlens, 0)});
  if (!parts.state)
    return count;
  return affine::makeComposedFoldedAffineMin(
      b, loc, AffineMap::getMultiDimIdentityMap(2, b.getContext()),
      {count, tensor::getMixedSize(b, loc, parts.state, 0)});
}

static void splitSequences(RewriterBase &rewriter, AffineMonoidOpInterface op) {
  rewriter.setInsertionPoint(op);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Recurrence parts = op.getRecurrence();
  auto dps = cast<DestinationStyleOpInterface>(op.getOperation());
  Value bounds = buildBounds(b, parts);
  OpFoldResult heads = tensor::getMixedSize(b, b.getLoc(), parts.value, 1);
  SmallVector<Value> inits(dps.getDpsInits());
  Value zero = arith::ConstantOp::create(
      b, b.getZeroAttr(getElementTypeOrSelf(parts.output)));
  inits[0] = linalg::FillOp::create(b, b.getLoc(), zero, inits[0]).getResult(0);
  auto forall = scf::ForallOp::create(
      b, {countSequences(b, parts), heads}, inits,
      /*mapping=*/std::nullopt,
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder b(loc, nested);
        Value sequence = arguments[0], head = arguments[1];
        Value one = arith::ConstantIndexOp::create(b, 1);
        Value begin = tensor::ExtractOp::create(b, bounds, sequence);
        Value next = arith::AddIOp::create(b, sequence, one);
        Value end = tensor::ExtractOp::create(b, bounds, next);
        Value count = arith::SubIOp::create(b, end, begin);
        ValueRange inits = arguments.drop_front(2);
        SequenceTile tile =
            buildSequenceTile(b, op, sequence, head, begin, count, inits);
        auto terminator = scf::InParallelOp::create(b);
        b.setInsertionPointToStart(terminator.getBody());
        for (auto [result, init, place] :
             llvm::zip_equal(tile.op->getResults(), inits, tile.places)) {
          SmallVector<OpFoldResult> strides(place.sizes.size(),
                                            b.getIndexAttr(1));
          tensor::ParallelInsertSliceOp::create(b, result, init, place.offsets,
                                                place.sizes, strides);
        }
      });
  rewriter.replaceOp(op, forall.getResults());
}

namespace {
struct SplitSequencesPass : impl::SplitSequencesPassBase<SplitSequencesPass> {
  void runOnOperation() override {
    SmallVector<AffineMonoidOpInterface> ops;
    getOperation()->walk([&](AffineMonoidOpInterface op) {
      if (op.getRecurrence().cuSeqlens)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (AffineMonoidOpInterface op : ops) {
      splitSequences(rewriter, op);
      ++numSplit;
    }
  }
};
} // namespace

} // namespace mlir::attn
