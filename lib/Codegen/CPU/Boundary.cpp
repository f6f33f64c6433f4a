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
// A cache that operations on caches turn into a result changes in the result's
// memref, into which the argument is copied unless both are one memory.
//
// Innermost strides stay 1: with a dynamic one a row is read element by
// element.
//
// Tests: test/Codegen/CPU/boundary.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
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
  void storeResult(Operation *exit, Value result, Value buffer);
  void updateInPlace(OpOperand &cache, Value buffer);

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

/// The destination at the beginning of the operations on caches that end in
/// `result`, if they are all that reads an argument; else null.
static OpOperand *findCache(Value result) {
  OpOperand *cache = nullptr;
  while (isa_and_nonnull<CacheUpdateOp, CacheEvictOp>(result.getDefiningOp())) {
    auto op = cast<DestinationStyleOpInterface>(result.getDefiningOp());
    cache = op.getTiedOpOperand(cast<OpResult>(result));
    result = cache->get();
  }
  auto isRead = [](Operation *user) { return !isa<tensor::DimOp>(user); };
  auto argument = result.getDefiningOp<bufferization::ToTensorOp>();
  return argument && llvm::count_if(result.getUsers(), isRead) == 1 ? cache
                                                                    : nullptr;
}

/// Makes `buffer`, a result, the place of the cache that comes as an argument.
void BoundaryRewriter::updateInPlace(OpOperand &cache, Value buffer) {
  Location loc = cache.getOwner()->getLoc();
  Value given =
      cache.get().getDefiningOp<bufferization::ToTensorOp>().getBuffer();
  auto address = [&](Value memref) -> std::pair<Value, Value> {
    auto parts =
        memref::ExtractStridedMetadataOp::create(rewriter, loc, memref);
    return {
        memref::ExtractAlignedPointerAsIndexOp::create(rewriter, loc, memref),
        parts.getOffset()};
  };
  auto isEqual = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, x, y);
  };
  auto [pointer, offset] = address(given);
  auto [ownPointer, ownOffset] = address(buffer);
  Value isSame = arith::AndIOp::create(
      rewriter, loc, isEqual(pointer, ownPointer), isEqual(offset, ownOffset));
  // Nothing to copy is a copy of no batch.
  SmallVector<OpFoldResult> sizes = memref::getMixedSizes(rewriter, loc, given);
  Value none = arith::ConstantIndexOp::create(rewriter, loc, 0);
  Value batches = getValueOrCreateConstantIndexOp(rewriter, loc, sizes[0]);
  sizes[0] =
      arith::SelectOp::create(rewriter, loc, isSame, none, batches).getResult();
  SmallVector<OpFoldResult> zeros(sizes.size(), rewriter.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(sizes.size(), rewriter.getIndexAttr(1));
  auto part = [&](Value memref) -> Value {
    return memref::SubViewOp::create(rewriter, loc, memref, zeros, sizes, ones);
  };
  memref::CopyOp::create(rewriter, loc, part(given), part(buffer));
  cache.set(bufferization::ToTensorOp::create(
      rewriter, loc, cache.get().getType(), buffer, /*restrict=*/true,
      /*writable=*/true));
}

/// Writes a returned value; through a transpose, into the transposed memref.
void BoundaryRewriter::storeResult(Operation *exit, Value result,
                                   Value buffer) {
  Location loc = exit->getLoc();
  OpBuilder::InsertionGuard guard(rewriter);
  auto transpose = result.getDefiningOp<linalg::TransposeOp>();
  OpOperand *cache = findCache(transpose ? transpose.getInput() : result);
  // The place of a cache is there before it is first changed.
  if (cache)
    rewriter.setInsertionPoint(cache->getOwner());
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
  if (cache && findCache(result) == cache)
    updateInPlace(*cache, buffer);
  rewriter.setInsertionPoint(exit);
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
    storeResult(exit, result, buffer);
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
