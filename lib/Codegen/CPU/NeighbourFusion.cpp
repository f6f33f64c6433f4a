//===- NeighbourFusion.cpp - elementwise chains as one op -----------------===//
//
//   %a = linalg.generic (exp of %x)
//   %b = linalg.generic (%a + %y)
//   ->
//   %b = linalg.generic (exp of %x, + %y)      remark: fused into its consumer
//
// What is fused is computed once per element all the same; what is not says why
// in a remark. Nothing is fused into attention, whose tiles would each compute
// the keys and values again.
//
// Tests: test/Codegen/CPU/tile-neighbours-remarks.mlir
//
//===----------------------------------------------------------------------===//

#include "Neighbours.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::attn {

/// Moves elements only.
static bool isCopy(linalg::GenericOp op) {
  return op.getBlock()->without_terminator().empty();
}

static bool isAttention(Operation *op) {
  return op->getName().getDialectNamespace() ==
         AttnDialect::getDialectNamespace();
}

/// Why the producer of `operand` is not computed inside of its consumer;
/// nothing if it is.
static std::optional<std::string> explainUnfused(OpOperand *operand) {
  Operation *owner = operand->getOwner();
  if (isAttention(owner))
    return "'" + owner->getName().getStringRef().str() +
           "' would compute it again for each of its tiles";
  auto consumer = dyn_cast<linalg::GenericOp>(owner);
  if (!consumer)
    return "'" + owner->getName().getStringRef().str() +
           "' has no body to compute it in";
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  if (!producer)
    return "its consumer reads parts of it";
  if (!operand->get().hasOneUse())
    return "its result has several uses, each of which would compute it again";
  if (producer->getNumResults() != 1)
    return "it has several results";
  if (producer.getNumReductionLoops() > 0)
    return "it is a reduction, whose result is known only behind its loops";
  if (producer->getBlock() != consumer->getBlock())
    return "its consumer is in another block";
  if (consumer.isDpsInit(operand))
    return "its consumer accumulates into it";
  if (isCopy(producer))
    return std::nullopt;
  if (matchContraction(consumer))
    return "its consumer is a product of matrices, which reads its operands "
           "many times";
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  if (map.getNumResults() != map.getNumDims() || !map.isPermutation())
    return "its consumer reads each element more than once";
  return std::nullopt;
}

static remark::RemarkOpts getOptions() {
  return remark::RemarkOpts::name("fuse").category("attn-cpu-tile-neighbours");
}

static bool shouldFuse(OpOperand *operand) {
  if (explainUnfused(operand))
    return false;
  remark::passed(operand->get().getLoc(), getOptions())
      << "fused into its consumer";
  return true;
}

void populateNeighbourFusionPatterns(RewritePatternSet &patterns) {
  linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
}

/// The uses of `value` that compute, past what only moves its elements.
static void collectUses(Value value, SmallVectorImpl<OpOperand *> &uses) {
  for (OpOperand &use : value.getUses()) {
    Operation *owner = use.getOwner();
    if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
            tensor::ExtractSliceOp, tensor::InsertSliceOp>(owner))
      collectUses(owner->getResult(0), uses);
    else if (isa<linalg::LinalgOp>(owner) || isAttention(owner))
      uses.push_back(&use);
  }
}

void reportUnfused(Operation *root) {
  root->walk([](linalg::GenericOp producer) {
    SmallVector<OpOperand *> uses;
    for (Value result : producer->getResults())
      collectUses(result, uses);
    llvm::StringSet<> said;
    for (OpOperand *use : uses) {
      // Destinations are no values to be computed.
      auto consumer = dyn_cast<linalg::LinalgOp>(use->getOwner());
      if (consumer && consumer.isDpsInit(use))
        continue;
      std::string reason = explainUnfused(use).value_or(
          "the loops of its consumer do not fit its own");
      if (said.insert(reason).second)
        remark::missed(producer.getLoc(), getOptions())
            << "not fused into its consumer: " + reason;
    }
  });
  root->walk([](Operation *op) {
    if (!isAttention(op))
      return;
    for (OpOperand &use : op->getUses())
      if (isa<linalg::LinalgOp>(use.getOwner()))
        remark::missed(use.getOwner()->getLoc(), getOptions())
            << "not fused into attention, whose result is whole only behind "
               "its tiles";
  });
}

} // namespace mlir::attn
