//===- GatherBases.cpp - tensors whose elements are gathered --------------===//
//
//   %row = tensor.extract_slice %table[%b, 0, 0] [1, 8, 50] [1, 1, 1]
//   vector.gather %row[%c0, %c0] [%numbers], ..
//   ->
//   %copy = bufferization.alloc_tensor() copy(%table)
//   %row = tensor.extract_slice %copy[%b, 0, 0] [1, 8, 50] [1, 1, 1]
//   vector.gather %row[%c0, %c0] [%numbers], ..
//
// Tests: test/Codegen/CPU/vectorize-gather.mlir
//
//===----------------------------------------------------------------------===//

#include "GatherBases.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

/// Whether the elements of `slice` follow each other where those of its source
/// do: leading dimensions are dropped, the others are whole.
static bool isLeadingSlice(tensor::ExtractSliceOp slice) {
  RankedTensorType source = slice.getSourceType(), type = slice.getType();
  int64_t dropped = source.getRank() - type.getRank();
  llvm::SmallBitVector droppedDims = slice.getDroppedDims();
  for (int64_t axis = 0; axis < source.getRank(); ++axis) {
    if (droppedDims.test(axis) != (axis < dropped))
      return false;
    if (axis < dropped)
      continue;
    int64_t size = source.getDimSize(axis);
    if (ShapedType::isDynamic(size) || type.getDimSize(axis - dropped) != size)
      return false;
  }
  return true;
}

/// Whether `value` is an argument of a function, or cut out of one. Others are
/// in memory of their own, without gaps.
static bool isOfArgument(Value value) {
  while (auto slice = value.getDefiningOp<tensor::ExtractSliceOp>())
    value = slice.getSource();
  auto argument = dyn_cast<BlockArgument>(value);
  return argument &&
         isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
}

void copyGatherBases(RewriterBase &rewriter, Operation *root) {
  OpBuilder::InsertionGuard guard(rewriter);
  DenseMap<Value, Value> copies;
  root->walk([&](vector::GatherOp gather) {
    auto type = dyn_cast<RankedTensorType>(gather.getBase().getType());
    if (!type || type.getRank() < 2 || !isOfArgument(gather.getBase()))
      return;
    SmallVector<tensor::ExtractSliceOp> slices;
    Value whole = gather.getBase();
    for (auto slice = whole.getDefiningOp<tensor::ExtractSliceOp>();
         slice && isLeadingSlice(slice);
         slice = whole.getDefiningOp<tensor::ExtractSliceOp>()) {
      slices.push_back(slice);
      whole = slice.getSource();
    }
    Value &copy = copies[whole];
    if (!copy) {
      rewriter.setInsertionPointAfterValue(whole);
      copy = bufferization::AllocTensorOp::create(
          rewriter, gather.getLoc(), cast<RankedTensorType>(whole.getType()),
          /*dynamicSizes=*/ValueRange(), /*copy=*/whole);
    }
    Value base = copy;
    for (tensor::ExtractSliceOp slice : llvm::reverse(slices)) {
      rewriter.setInsertionPointAfter(slice);
      IRMapping mapping;
      mapping.map(slice.getSource(), base);
      base = rewriter.clone(*slice, mapping)->getResult(0);
    }
    rewriter.modifyOpInPlace(gather,
                             [&] { gather.getBaseMutable().assign(base); });
  });
}

} // namespace mlir::attn
