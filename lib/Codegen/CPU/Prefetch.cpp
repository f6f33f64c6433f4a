//===- Prefetch.cpp - the next key block, one line a step -----------------===//
//
//   scf.for %k = 0 to 64 step 1 {
//     linalg.matmul {prefetch = 96} ins(%key[%s + %j.., %k], %q[%k]) ..
//   }
//   ->
//   scf.for %k = 0 to 64 step 1 {
//     attn.prefetch %key[%s + %j + %k mod 4 + 96, %k]
//     linalg.matmul ..
//   }
//
// Spread over the products, prefetches cost nothing and hide the latency of
// memory; a burst at the start of a block fills the machine's buffers and hides
// almost none.
//
// Tests: test/Codegen/CPU/prefetch.mlir
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

/// Steps of the innermost loop touch one column of `rows` rows, or one row.
/// Rows take turns, so that every line of the next block is asked for.
static LogicalResult insertPrefetch(OpBuilder &b, linalg::LinalgOp op,
                                    int64_t distance) {
  auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
  Value tile = op.getDpsInputs()[0];
  auto type = cast<RankedTensorType>(tile.getType());
  if (!loop || !type.hasStaticShape())
    return failure();
  b.setInsertionPoint(op);
  Location loc = op.getLoc();
  Place place = resolvePlace(b, loc, tile);
  if (place.rowAxis < 0)
    return failure();
  AffineExpr row = b.getAffineDimExpr(0) + distance;
  if (type.getDimSize(0) > 1)
    row = row + b.getAffineDimExpr(1) % type.getDimSize(0);
  place.indices[place.rowAxis] = affine::makeComposedFoldedAffineApply(
      b, loc, row,
      {place.indices[place.rowAxis], OpFoldResult(loop.getInductionVar())});
  PrefetchOp::create(b, loc, place.source,
                     getValueOrCreateConstantIndexOp(b, loc, place.indices));
  return success();
}

namespace {
struct CPUPrefetchPass : impl::CPUPrefetchPassBase<CPUPrefetchPass> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    getOperation()->walk([&](linalg::LinalgOp op) {
      auto hint = op->getAttrOfType<RegisterTileAttr>("attn.tile");
      if (hint && hint.getPrefetch() > 0 &&
          succeeded(insertPrefetch(builder, op, hint.getPrefetch())))
        ++numPrefetches;
    });
  }
};
} // namespace

} // namespace mlir::attn
