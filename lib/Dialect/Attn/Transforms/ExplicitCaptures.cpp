//===- ExplicitCaptures.cpp - what regions read becomes operands ----------===//
//
//   attn.dense .. mask { ^bb0(%b, %h, %i, %j): uses %lengths }
//   ->
//   attn.dense .. captures(%lengths) mask { ^bb0(.., %arg): uses %arg }
//
// Tests: test/Dialect/Attn/Transforms/explicit-captures.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EXPLICITCAPTURESPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// Clones constants into `region`, so that they are no captures.
static void sinkConstants(Region &region, Value value) {
  Operation *constant = value.getDefiningOp();
  OpBuilder builder = OpBuilder::atBlockBegin(&region.front());
  Operation *clone = builder.clone(*constant);
  value.replaceUsesWithIf(clone->getResult(0), [&](OpOperand &use) {
    return use.getOwner() != clone &&
           region.isAncestor(use.getOwner()->getParentRegion());
  });
}

/// Makes every value that the regions of `op` use from outside an operand.
/// Returns how many there were.
template <typename OpTy> static unsigned makeCapturesExplicit(OpTy op) {
  Region *regions[] = {&op.getScore(), &op.getMask()};
  SetVector<Value> captured;
  for (Region *region : regions) {
    SetVector<Value> used;
    getUsedValuesDefinedAbove(*region, used);
    for (Value value : used) {
      if (matchPattern(value, m_Constant()))
        sinkConstants(*region, value);
      else
        captured.insert(value);
    }
  }
  for (Value value : captured) {
    for (Region *region : regions)
      if (!region->empty()) {
        Value argument = region->addArgument(value.getType(), value.getLoc());
        value.replaceUsesWithIf(argument, [&](OpOperand &use) {
          return region->isAncestor(use.getOwner()->getParentRegion());
        });
      }
    op.getCapturesMutable().append(value);
  }
  return captured.size();
}

namespace {
struct ExplicitCapturesPass
    : impl::ExplicitCapturesPassBase<ExplicitCapturesPass> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (auto dense = dyn_cast<DenseOp>(op))
        numCaptured += makeCapturesExplicit(dense);
      else if (auto sparse = dyn_cast<BlockSparseOp>(op))
        numCaptured += makeCapturesExplicit(sparse);
      else if (auto mass = dyn_cast<KeyMassOp>(op))
        numCaptured += makeCapturesExplicit(mass);
    });
  }
};
} // namespace

} // namespace mlir::attn
