//===- CheckSizes.cpp - what verifies and has no meaning ------------------===//
//
//   %c5 = arith.constant 5 : index
//   %d = tensor.dim %x, %c5 : tensor<?x4xf32>   // refused
//
// MLIR gives such a size no meaning, and its analysis of bounds reads behind
// the shape of the tensor when it meets one. The body of an operation whose
// name says what it computes is not verified either: passes believe one or the
// other.
//
// Covered by test/Compiler/check-sizes.mlir.
//
//===----------------------------------------------------------------------===//

#include "attn/Compiler/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/ShapedOpInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CHECKSIZESPASS
#include "attn/Compiler/Passes.h.inc"

static LogicalResult checkDim(ShapedDimOpInterface op) {
  auto type = dyn_cast<ShapedType>(op.getShapedValue().getType());
  std::optional<int64_t> dim = getConstantIntValue(op.getDimension());
  if (!type || !type.hasRank() || !dim || (*dim >= 0 && *dim < type.getRank()))
    return success();
  return op->emitOpError("expected one of the ")
         << type.getRank() << " dimensions of " << type
         << ", but found dimension " << *dim;
}

static LogicalResult checkOutputShape(tensor::ExpandShapeOp op) {
  ArrayRef<int64_t> expected = op.getResultType().getShape();
  if (op.getStaticOutputShape() == expected)
    return success();
  InFlightDiagnostic diag = op.emitOpError("expected the output shape [");
  llvm::interleaveComma(expected, diag);
  diag << "] of the result, but found [";
  llvm::interleaveComma(op.getStaticOutputShape(), diag);
  return diag << "]";
}

/// The generic form shows the body that the name of `op` stands for. Folding
/// may have made it shorter, but adds no operations of another kind.
static LogicalResult checkBody(linalg::LinalgOp op) {
  auto build = op.getRegionBuilder();
  if (!build || op->getRegion(0).empty())
    return success();
  Block body;
  for (BlockArgument arg : op.getBlock()->getArguments())
    body.addArgument(arg.getType(), arg.getLoc());
  ImplicitLocOpBuilder builder(op.getLoc(), op.getContext());
  builder.setInsertionPointToStart(&body);
  build(builder, body, op->getAttrs(), [&] { return op.emitOpError(); });
  llvm::SmallPtrSet<const void *, 8> known;
  for (Operation &nested : body)
    known.insert(nested.getName().getAsOpaquePointer());
  for (Operation &nested : *op.getBlock())
    if (!known.contains(nested.getName().getAsOpaquePointer()))
      return op.emitOpError("expected the body that its name stands for, but "
                            "found '")
             << nested.getName() << "' in it";
  return success();
}

static LogicalResult checkSizes(Operation *op) {
  if (auto dim = dyn_cast<ShapedDimOpInterface>(op))
    return checkDim(dim);
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return checkOutputShape(expand);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return checkBody(linalgOp);
  return success();
}

namespace {
struct CheckSizesPass : impl::CheckSizesPassBase<CheckSizesPass> {
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([](Operation *op) {
      return failed(checkSizes(op)) ? WalkResult::interrupt()
                                    : WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

} // namespace mlir::attn
