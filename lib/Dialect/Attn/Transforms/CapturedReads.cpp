//===- CapturedReads.cpp - how regions read captured tensors --------------===//
//
//   tensor.extract %slopes[%h]           one scalar
//   tensor.extract %id[%b, %i]           one vector per query tile
//   tensor.extract %bias[%b, %j]         a slice per key block, no copy
//   tensor.extract %table[%b, %i, %j]    a transposed tile per key block
//   tensor.extract %table[%h, %d]        a gather of table[h]
//
// Leading indices that depend on neither position are taken by a slice, so that
// a gather has as few indices as can be.
//
// Tests: test/Dialect/Attn/Transforms/decompose-captures.mlir
//
//===----------------------------------------------------------------------===//

#include "BiasTile.h"
#include "RegionInliner.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::attn {

/// tensor[.., j] whose other indices depend on nothing.
bool RegionInliner::isKeySlice(tensor::ExtractOp read) const {
  auto indices = read.getIndices();
  return getDependence(read) == Key && indices.back() == getPosition(3) &&
         llvm::all_of(indices.drop_back(), [&](Value index) {
           return getDependence(index) == Nothing;
         });
}

/// tensor[.., i, j] whose other indices depend on nothing.
bool RegionInliner::isTile(tensor::ExtractOp read) const {
  auto indices = read.getIndices();
  return indices.size() >= 2 && indices.back() == getPosition(3) &&
         indices.drop_back().back() == getPosition(2) &&
         llvm::all_of(indices.drop_back(2), [&](Value index) {
           return getDependence(index) == Nothing;
         });
}

/// Gathers exist for 32 and 64 bits only; one per query tile may be anything.
LogicalResult RegionInliner::checkRead(tensor::ExtractOp read) {
  Dependence dependence = getDependence(read);
  if (dependence == Query || isKeySlice(read) || isTile(read))
    return success();
  Type type = read.getType();
  if (type.isIndex() || type.getIntOrFloatBitWidth() >= 32)
    return success();
  return read.emitOpError()
         << "cannot gather elements of " << type
         << ", expected elements of 32 or 64 bits, or last indices that are "
            "the query's and the key's position";
}

/// The tensor of `read` without its first `count` dimensions, at their indices.
Value RegionInliner::slicePrefix(OpBuilder &b, tensor::ExtractOp read,
                                 unsigned count) {
  Value tensor = read.getTensor();
  if (uniform.count(tensor))
    tensor = uniform[tensor];
  if (count == 0)
    return tensor;
  Location loc = read.getLoc();
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  for (unsigned i = 0; i < count; ++i) {
    Value index = read.getIndices()[i];
    offsets[i] = uniform.count(index) ? uniform[index] : index;
    sizes[i] = b.getIndexAttr(1);
  }
  auto reduced = RankedTensorType::get(type.getShape().drop_front(count),
                                       type.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, reduced, tensor, offsets, sizes,
                                        strides);
}

void RegionInliner::prepareReads(OpBuilder &outer, OpBuilder &inner,
                                 SmallVectorImpl<Value> &tiles) {
  for (auto read : region.getOps<tensor::ExtractOp>()) {
    if (getDependence(read) == Nothing)
      continue;
    unsigned count = 0;
    while (getDependence(read.getIndices()[count]) == Nothing)
      ++count;
    Value source = slicePrefix(outer, read, count);
    Location loc = read.getLoc();
    OpFoldResult keys = tensor::getMixedSize(inner, loc, op.getKey(), 0);
    if (isKeySlice(read)) {
      OpFoldResult begin(op.getKeyOrigin()), one(inner.getIndexAttr(1));
      source =
          tensor::ExtractSliceOp::create(inner, loc, source, begin, keys, one);
    } else if (isTile(read)) {
      OpFoldResult rows = op.getRows()
                              ? OpFoldResult(op.getRows())
                              : tensor::getMixedSize(inner, loc, op.getQuery(),
                                                     op.getRowAxis());
      SmallVector<OpFoldResult> offsets{op.getQueryOrigin(), op.getKeyOrigin()};
      SmallVector<OpFoldResult> sizes{rows, keys};
      SmallVector<OpFoldResult> strides(2, inner.getIndexAttr(1));
      Value block = tensor::ExtractSliceOp::create(inner, loc, source, offsets,
                                                   sizes, strides);
      tileNumbers[read] = tiles.size();
      tiles.push_back(buildBiasTile(inner, op, block));
      continue;
    }
    sources[read] = source;
  }
}

/// A gather, unless the read is an operand already.
void RegionInliner::emitRead(LaneEmitter &emitter, OpBuilder &b,
                             tensor::ExtractOp read) {
  if (tileNumbers.count(read) || isKeySlice(read))
    return;
  Value source = sources[read];
  unsigned rank = cast<RankedTensorType>(source.getType()).getRank();
  SmallVector<Value> indices;
  for (Value index : read.getIndices().take_back(rank))
    indices.push_back(emitter.getWide(index));
  Value element = tensor::ExtractOp::create(b, read.getLoc(), source, indices);
  emitter.map(read, emitter.toLane(element, read));
}

} // namespace mlir::attn
