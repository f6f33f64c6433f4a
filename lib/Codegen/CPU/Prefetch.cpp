//===- Prefetch.cpp - the next key block, one line a step -----------------===//
//
//   scf.for %s = 0 to %n step 1 {
//     linalg.matmul {prefetch = 96} ins(%value[%j + %s, %d..], %p[%s]) ..
//   }
//   ->
//   scf.for %s = 0 to %n step 1 {
//     attn.prefetch %value[%j + %s + 96, %d]
//     linalg.matmul ..
//   }
//
// Where the block that follows is not the next in memory, an attn.prefetch on
// the block around says where it lies, in rows of that block; it is spread the
// same way, and removed:
//
//   attn.prefetch %block[%distance, 0]          for all that lies below it
//
// Spread over the products, prefetches cost nothing and hide the latency of
// memory; a burst at the start of a block fills the machine's buffers and hides
// almost none.
//
// Tests: test/Codegen/CPU/prefetch.mlir, prefetch-lists.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUPREFETCHPASS
#include "attn/Codegen/CPU/Passes.h.inc"

namespace {
/// A place in a tensor that no slice was taken of; `rowAxis` is the axis along
/// which keys follow each other.
struct Place {
  Value source;
  SmallVector<OpFoldResult> indices;
  int64_t rowAxis;
};
} // namespace

/// Follows slices of a [rows, columns] tile outwards, adding their offsets.
static Place resolvePlace(OpBuilder &b, Location loc, Value tile) {
  Place place{tile, SmallVector<OpFoldResult>(2, b.getIndexAttr(0)), 0};
  AffineExpr sum = b.getAffineDimExpr(0) + b.getAffineDimExpr(1);
  while (auto slice = place.source.getDefiningOp<tensor::ExtractSliceOp>()) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    SmallVector<OpFoldResult> outer = slice.getMixedOffsets();
    int64_t inner = 0, rowAxis = -1;
    for (auto [axis, offset] : llvm::enumerate(outer)) {
      if (dropped.test(axis))
        continue;
      if (inner == place.rowAxis)
        rowAxis = axis;
      offset = affine::makeComposedFoldedAffineApply(
          b, loc, sum, {offset, place.indices[inner++]});
    }
    place = {slice.getSource(), outer, rowAxis};
  }
  return place;
}

/// Emits one prefetch, `distance` and `turn` rows from `place`.
static void emitPrefetch(OpBuilder &b, Location loc, Place place,
                         OpFoldResult distance, int64_t turn) {
  OpFoldResult &index = place.indices[place.rowAxis];
  index = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) + b.getAffineDimExpr(1) + turn,
      {index, distance});
  PrefetchOp::create(b, loc, place.source,
                     getValueOrCreateConstantIndexOp(b, loc, place.indices));
}

/// The tensor that slices were taken of.
static Value getSource(Value tile) {
  while (auto slice = tile.getDefiningOp<tensor::ExtractSliceOp>())
    tile = slice.getSource();
  return tile;
}

/// Rows from a block of `source` to the one that follows: what a mark above
/// `op` says, else those of a block.
static OpFoldResult getDistance(OpBuilder &b, linalg::LinalgOp op, Value source,
                                int64_t rows, ArrayRef<PrefetchOp> lists) {
  for (PrefetchOp list : lists)
    if (list->getBlock()->findAncestorOpInBlock(*op) &&
        getSource(list.getSource()) == source)
      return OpFoldResult(list.getIndices().front());
  return b.getIndexAttr(rows);
}

/// A step that reads one row asks for that row of the next block; one that
/// reads one column of a few rows, for that column of the row `turn`.
static LogicalResult insertPrefetch(OpBuilder &b, linalg::LinalgOp op,
                                    int64_t rows, int64_t turn,
                                    ArrayRef<PrefetchOp> lists) {
  Value tile = op.getDpsInputs()[0];
  auto type = cast<RankedTensorType>(tile.getType());
  if (!isa<scf::ForOp>(op->getParentOp()) || !type.hasStaticShape())
    return failure();
  b.setInsertionPoint(op);
  Place place = resolvePlace(b, op.getLoc(), tile);
  emitPrefetch(b, op.getLoc(), place,
               getDistance(b, op, place.source, rows, lists),
               turn % type.getDimSize(0));
  return success();
}

namespace {
struct CPUPrefetchPass : impl::CPUPrefetchPassBase<CPUPrefetchPass> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    SmallVector<PrefetchOp> lists;
    getOperation()->walk([&](PrefetchOp op) {
      if (op->hasAttr("attn.listed"))
        lists.push_back(op);
    });
    // Copies of a step in one loop body take turns.
    llvm::SmallDenseMap<Block *, int64_t> turns;
    getOperation()->walk([&](linalg::LinalgOp op) {
      auto hint = op->getAttrOfType<RegisterTileAttr>("attn.tile");
      if (hint && hint.getPrefetch() > 0 &&
          succeeded(insertPrefetch(builder, op, hint.getPrefetch(),
                                   turns[op->getBlock()]++, lists)))
        ++numPrefetches;
    });
    for (PrefetchOp list : lists)
      list.erase();
  }
};
} // namespace

} // namespace mlir::attn
