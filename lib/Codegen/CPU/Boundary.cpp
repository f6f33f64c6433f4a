//===- Boundary.cpp - public functions on strided memrefs -----------------===//
//
//   func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32> { .. return %y }
//   ->
//   func.func @f(%x: memref<?x64xf32, strided<[?, 1], offset: ?>>,
//                %o: memref<?x64xf32, strided<[?, 1], offset: ?>>) {
//     %t = bufferization.to_tensor %x restrict
//     ..
//     bufferization.materialize_in_destination %y in restrict writable %o
//     return
//   }
//
// Innermost strides stay 1: with a dynamic one a row is read element by
// element.
//
// Tests: test/Codegen/CPU/boundary.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUBOUNDARYPASS
#include "attn/Codegen/CPU/Passes.h.inc"

/// The memref that stands for a tensor at the boundary.
static MemRefType getBoundaryType(RankedTensorType type) {
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  if (!strides.empty())
    strides.back() = 1;
  auto layout =
      StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides);
  return MemRefType::get(type.getShape(), type.getElementType(), layout);
}

/// Whether a transpose leaves the innermost dimension in place, so that strides
/// can express it.
static bool keepsInnermost(ArrayRef<int64_t> permutation) {
  return permutation.empty() ||
         permutation.back() == static_cast<int64_t>(permutation.size()) - 1;
}

static Value buildTransposedView(OpBuilder &b, Location loc, Value buffer,
                                 ArrayRef<int64_t> permutation) {
  AffineMap map = AffineMap::getPermutationMap(permutation, b.getContext());
  return memref::TransposeOp::create(b, loc, buffer, AffineMapAttr::get(map));
}

static void reportFolded(linalg::TransposeOp op, const Twine &where) {
  remark::passed(
      op.getLoc(),
      remark::RemarkOpts::name("transpose").category("attn-cpu-boundary"))
      << ("folded into the strides of " + where).str();
}

namespace {
class BoundaryRewriter {
public:
  explicit BoundaryRewriter(MLIRContext *context) : rewriter(context) {}

  void rewrite(func::FuncOp func);
  unsigned numFolded = 0;

private:
  Value buildTensor(Location loc, Type type, Value buffer);
  void replaceArgument(func::FuncOp func, unsigned index);
  void storeResult(Location loc, Value result, Value buffer);

  IRRewriter rewriter;
};
} // namespace

Value BoundaryRewriter::buildTensor(Location loc, Type type, Value buffer) {
  return bufferization::ToTensorOp::create(rewriter, loc, type, buffer,
                                           /*restrict=*/true,
                                           /*writable=*/false);
}

/// Reads of the argument, transposed ones included, become views of the memref.
void BoundaryRewriter::replaceArgument(func::FuncOp func, unsigned index) {
  BlockArgument argument = func.getArgument(index);
  auto type = cast<RankedTensorType>(argument.getType());
  Location loc = argument.getLoc();
  rewriter.setInsertionPointToStart(&func.front());
  MemRefType boundary = getBoundaryType(type);
  argument.setType(boundary);
  Value tensor = buildTensor(loc, type, argument);
  rewriter.replaceAllUsesExcept(argument, tensor, tensor.getDefiningOp());
  for (Operation *user : llvm::make_early_inc_range(tensor.getUsers())) {
    auto transpose = dyn_cast<linalg::TransposeOp>(user);
    if (!transpose || transpose.getInput() != tensor ||
        !keepsInnermost(transpose.getPermutation()))
      continue;
    rewriter.setInsertionPointAfter(tensor.getDefiningOp());
    reportFolded(transpose, "argument " + Twine(index));
    Value view = buildTransposedView(rewriter, loc, argument,
                                     transpose.getPermutation());
    rewriter.replaceOp(
        transpose, buildTensor(loc, transpose->getResult(0).getType(), view));
    ++numFolded;
  }
}

/// Writes a returned value; through a transpose, into the transposed memref.
void BoundaryRewriter::storeResult(Location loc, Value result, Value buffer) {
  auto transpose = result.getDefiningOp<linalg::TransposeOp>();
  if (transpose && result.hasOneUse() &&
      keepsInnermost(transpose.getPermutation())) {
    reportFolded(transpose, "a result");
    // result[p(i)] = input[i]: the destination is seen through the inverse.
    SmallVector<int64_t> inverse(transpose.getPermutation().size());
    for (auto [i, p] : llvm::enumerate(transpose.getPermutation()))
      inverse[p] = i;
    buffer = buildTransposedView(rewriter, loc, buffer, inverse);
    result = transpose.getInput();
    ++numFolded;
  }
  bufferization::MaterializeInDestinationOp::create(
      rewriter, loc, /*result=*/Type(), result, buffer, /*restrict=*/true,
      /*writable=*/true);
}

void BoundaryRewriter::rewrite(func::FuncOp func) {
  unsigned inputs = func.getNumArguments();
  for (unsigned i = 0; i < inputs; ++i)
    if (isa<RankedTensorType>(func.getArgument(i).getType()))
      replaceArgument(func, i);
  auto exit = cast<func::ReturnOp>(func.front().getTerminator());
  rewriter.setInsertionPoint(exit);
  SmallVector<Value> kept;
  for (Value result : exit.getOperands()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type) {
      kept.push_back(result);
      continue;
    }
    Value buffer =
        func.front().addArgument(getBoundaryType(type), exit.getLoc());
    storeResult(exit.getLoc(), result, buffer);
  }
  rewriter.replaceOpWithNewOp<func::ReturnOp>(exit, kept);
  func.setType(rewriter.getFunctionType(func.front().getArgumentTypes(),
                                        ValueRange(kept).getTypes()));
  func.removeResAttrsAttr();
  func.removeArgAttrsAttr();
}

namespace {
struct CPUBoundaryPass : impl::CPUBoundaryPassBase<CPUBoundaryPass> {
  void runOnOperation() override {
    BoundaryRewriter rewriter(&getContext());
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isExternal() || func.isPrivate())
        continue;
      if (!func.getBody().hasOneBlock()) {
        func.emitOpError() << "expected a body of a single block, but found "
                           << func.getBody().getBlocks().size() << " blocks";
        return signalPassFailure();
      }
      rewriter.rewrite(func);
    }
    numFolded += rewriter.numFolded;
  }
};
} // namespace

} // namespace mlir::attn
