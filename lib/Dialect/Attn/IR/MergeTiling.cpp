//===- MergeTiling.cpp - TilingInterface of attn.merge --------------------===//
//
// The iteration domain is [batch, head, query]. Parts and features stay whole:
// parts are combined in order within one tile, and features of a row share its
// weights.
//
// Tests: test/Dialect/Attn/interfaces-tiling.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::attn;

SmallVector<utils::IteratorType> MergeOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(3, utils::IteratorType::parallel);
}

SmallVector<Range> MergeOp::getIterationDomain(OpBuilder &b) {
  SmallVector<Range> domain;
  for (int64_t i = 0; i < 3; ++i)
    domain.push_back({b.getIndexAttr(0),
                      tensor::getMixedSize(b, getLoc(), getOutputInit(), i),
                      b.getIndexAttr(1)});
  return domain;
}

/// The slice of `source` whose dimensions from `first` on are the tile's.
static Value sliceTile(OpBuilder &b, Location loc, Value source, int64_t first,
                       ArrayRef<OpFoldResult> tileOffsets,
                       ArrayRef<OpFoldResult> tileSizes) {
  int64_t rank = cast<RankedTensorType>(source.getType()).getRank();
  SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  SmallVector<OpFoldResult> strides(rank, b.getIndexAttr(1));
  for (auto [i, offset, size] : llvm::enumerate(tileOffsets, tileSizes)) {
    offsets[first + i] = offset;
    sizes[first + i] = size;
  }
  return tensor::ExtractSliceOp::create(b, loc, source, offsets, sizes,
                                        strides);
}

FailureOr<TilingResult>
MergeOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  Value outputs = sliceTile(b, loc, getOutputs(), 1, offsets, sizes);
  Value lses = sliceTile(b, loc, getLses(), 1, offsets, sizes);
  Value output = sliceTile(b, loc, getOutputInit(), 0, offsets, sizes);
  Value lse;
  if (getLseInit())
    lse = sliceTile(b, loc, getLseInit(), 0, offsets, sizes);
  auto tiled = MergeOp::create(b, loc, outputs, lses, output, lse);
  SmallVector<Operation *> slices;
  for (Value operand : tiled->getOperands())
    slices.push_back(operand.getDefiningOp());
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

LogicalResult MergeOp::getResultTilePosition(
    OpBuilder &b, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  if (resultNumber == 0) {
    resultOffsets.push_back(b.getIndexAttr(0));
    resultSizes.push_back(
        tensor::getMixedSize(b, getLoc(), getOutputInit(), 3));
  }
  return success();
}
