//===- ListOps.cpp - what makes lists: types, effects, folds --------------===//
//
//   attn.pool size 1 stride 1 of x        -> x
//   attn.select group(..) of groups of 1  -> without group
//   attn.select score that yields s       -> no region
//   attn.select .. scale 1                -> without scale
//   attn.select key_size, key_stride of the block -> without them
//
// Tests: test/Dialect/Attn/ops-lists.mlir, canonicalize-lists.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/ListOps.h"
#include "DestinationOps.h"
#include "FoldCasts.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::attn;

#include "attn/Dialect/Attn/IR/ListOpsEnums.cpp.inc"
#define GET_OP_CLASSES
#include "attn/Dialect/Attn/IR/ListOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Types and effects
//===----------------------------------------------------------------------===//

/// Appends the types of destinations that are tensors.
static void appendResultTypes(ValueRange inits, SmallVectorImpl<Type> &types) {
  for (Type type : inits.getTypes())
    if (isa<RankedTensorType>(type))
      types.push_back(type);
}

LogicalResult PoolOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  appendResultTypes(adaptor.getOutputInit(), types);
  return success();
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  appendResultTypes(adaptor.getListsInit(), types);
  return success();
}

LogicalResult InvertOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  for (Value init : {adaptor.getOffsetsInit(), adaptor.getEntriesInit(),
                     adaptor.getPlacesInit(), adaptor.getOwnersInit()})
    if (init)
      appendResultTypes(init, types);
  return success();
}

static Speculation::Speculatability
speculatabilityOf(DestinationStyleOpInterface op) {
  return op.hasPureTensorSemantics() ? Speculation::Speculatable
                                     : Speculation::NotSpeculatable;
}

LogicalResult PoolOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult SelectOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}
LogicalResult InvertOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  return reifyFromInits(*this, builder, shapes);
}

void PoolOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDestinationEffects(*this, /*readsInits=*/false, effects);
}
void InvertOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDestinationEffects(*this, /*readsInits=*/false, effects);
}
void SelectOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDestinationEffects(*this, /*readsInits=*/false, effects);
  // The region reads memrefs that are no operands.
  if (!hasPureTensorSemantics() && !getScore().empty())
    effects.emplace_back(MemoryEffects::Read::get());
}

Speculation::Speculatability PoolOp::getSpeculatability() {
  return speculatabilityOf(*this);
}
Speculation::Speculatability SelectOp::getSpeculatability() {
  return speculatabilityOf(*this);
}
Speculation::Speculatability InvertOp::getSpeculatability() {
  return speculatabilityOf(*this);
}

Type SelectOp::getScoreType() {
  auto isDouble = [](Value value) {
    return !value || getElementTypeOrSelf(value).isF64();
  };
  bool isF64 =
      isDouble(getQuery()) && isDouble(getKey()) && isDouble(getScores());
  return isF64 ? Type(Float64Type::get(getContext()))
               : Type(Float32Type::get(getContext()));
}

//===----------------------------------------------------------------------===//
// Canonical forms
//===----------------------------------------------------------------------===//

namespace {

struct PoolOfSingleRows : OpRewritePattern<PoolOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PoolOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getSize() != 1 || op.getStride() != 1 || op.getWeights())
      return rewriter.notifyMatchFailure(op, "is not the mean of one row");
    if (op->getNumResults() != 1 ||
        op.getInput().getType() != op.getResult(0).getType())
      return rewriter.notifyMatchFailure(op, "converts, or is on memrefs");
    // Rows may be left out, which only sizes that are known rule out.
    if (cast<RankedTensorType>(op.getInput().getType()).isDynamicDim(2))
      return rewriter.notifyMatchFailure(op, "has an unknown number of rows");
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};

/// Attributes that say what holds without them.
struct DropDefaults : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SelectOp op,
                                PatternRewriter &rewriter) const override {
    int64_t heads = cast<ShapedType>(op.getRows().getType()).getDimSize(1);
    int64_t lists = cast<ShapedType>(op.getListsInit().getType()).getDimSize(1);
    bool isAlone = !ShapedType::isDynamic(heads) && heads == lists;
    bool dropsGroup = isAlone && op.getGroup() != GroupReduction::Sum;
    bool dropsScale = op.getScale() && op.getScale()->isExactlyValue(1.0);
    bool dropsSize = op.getKeySize() == op.getBlock();
    bool dropsStride = op.getKeyStride() == op.getBlock();
    if (!dropsGroup && !dropsScale && !dropsSize && !dropsStride)
      return rewriter.notifyMatchFailure(op, "says nothing twice");
    rewriter.modifyOpInPlace(op, [&] {
      if (dropsGroup)
        op.setGroup(GroupReduction::Sum);
      if (dropsScale)
        op.removeScaleAttr();
      if (dropsSize)
        op.removeKeySizeAttr();
      if (dropsStride)
        op.removeKeyStrideAttr();
    });
    return success();
  }
};

struct DropTrivialScore : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SelectOp op,
                                PatternRewriter &rewriter) const override {
    Region &region = op.getScore();
    if (region.empty() ||
        cast<YieldOp>(region.front().getTerminator()).getValue() !=
            region.getArgument(0))
      return rewriter.notifyMatchFailure(op, "has no region, or a real one");
    rewriter.modifyOpInPlace(op, [&] { rewriter.eraseBlock(&region.front()); });
    return success();
  }
};

} // namespace

void PoolOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<PoolOfSingleRows>(context);
}

void SelectOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<DropDefaults, DropTrivialScore>(context);
  addFoldCastsOfSelect(patterns, context);
}
