//===- ExpandGroups.cpp - products by group as products of blocks ---------===//
//
//   %y = attn.grouped_project ins(%x, %w) offsets(%f) outs(%init)
//   ->
//   zeros in %init, and the blocks' starts, ends and groups          of i32
//   scf.forall (%s) in (ceil(N / 512) + G) {
//     %rows = %starts[%s] .. %ends[%s]
//     linalg.matmul ins(%x[%rows], %w[%group]) outs(%y[%rows])
//   }
//
// A group of n rows takes ceil(n / 512) blocks, all groups together at most as
// many as there are; a block that no group needs has no rows.
//
// Tests: test/Dialect/Attn/Transforms/expand-groups.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_EXPANDGROUPSPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

/// Rows of a block, as many as share a packed block of a matrix.
static constexpr int64_t kBlockRows = 512;

namespace {

/// Loops over tensors of integers.
class GroupBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Body = function_ref<SmallVector<Value>(Value, ValueRange)>;

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value size(Value tensor, int64_t axis) {
    return getValueOrCreateConstantIndexOp(
        *this, getLoc(), tensor::getMixedSize(*this, getLoc(), tensor, axis));
  }
  Value add(Value x, Value y) { return createOrFold<arith::AddIOp>(x, y); }
  Value read(Value tensor, Value at) {
    Value element = tensor::ExtractOp::create(*this, tensor, at);
    return arith::IndexCastOp::create(*this, getIndexType(), element);
  }
  Value write(Value index, Value tensor, Value at) {
    Type type = cast<RankedTensorType>(tensor.getType()).getElementType();
    Value element = arith::IndexCastOp::create(*this, type, index);
    return tensor::InsertOp::create(*this, element, tensor, at);
  }
  SmallVector<Value> loop(Value from, Value to, ValueRange carried, Body body);
};

} // namespace

SmallVector<Value> GroupBuilder::loop(Value from, Value to, ValueRange carried,
                                      Body body) {
  auto loop = scf::ForOp::create(*this, from, to, index(1), carried);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(*this, next);
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// attn.route: a counting sort
//===----------------------------------------------------------------------===//

static SmallVector<Value> buildRoute(GroupBuilder &b, RouteOp op) {
  Value zero = b.index(0), one = b.index(1), tokens = b.size(op.getIds(), 0);
  Value bounds = b.size(op.getOffsetsInit(), 0);
  Value groups = arith::SubIOp::create(b, bounds, one);
  // Other tokens are a group behind all.
  auto groupOf = [&](Value token) -> Value {
    Value id = b.read(op.getIds(), token);
    Value isGroup =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, groups);
    return arith::SelectOp::create(b, isGroup, id, groups);
  };
  // Counts of each group, and then where its next token goes.
  Value next = tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{bounds},
                                       b.getI32Type());
  next = b.loop(zero, bounds, next, [&](Value g, ValueRange next) {
    return SmallVector<Value>{b.write(zero, next[0], g)};
  })[0];
  next = b.loop(zero, tokens, next, [&](Value token, ValueRange next) {
    Value group = groupOf(token);
    Value count = b.add(b.read(next[0], group), one);
    return SmallVector<Value>{b.write(count, next[0], group)};
  })[0];
  SmallVector<Value> starts = b.loop(
      zero, bounds, {zero, next, op.getOffsetsInit()},
      [&](Value g, ValueRange carried) {
        Value end = b.add(carried[0], b.read(carried[1], g));
        return SmallVector<Value>{end, b.write(carried[0], carried[1], g),
                                  b.write(carried[0], carried[2], g)};
      });
  SmallVector<Value> sorted = b.loop(
      zero, tokens, {starts[1], op.getOrderInit(), op.getPlaceInit()},
      [&](Value token, ValueRange carried) {
        Value group = groupOf(token), place = b.read(carried[0], group);
        return SmallVector<Value>{b.write(b.add(place, one), carried[0], group),
                                  b.write(token, carried[1], place),
                                  b.write(place, carried[2], token)};
      });
  return {sorted[1], sorted[2], starts[2]};
}

//===----------------------------------------------------------------------===//
// attn.grouped_project
//===----------------------------------------------------------------------===//

namespace {
/// Where each block of rows begins and ends, and its group; [blocks] of i32.
struct RowBlocks {
  Value begins, ends, groups;
};
} // namespace

/// The most blocks that the rows of `op` may need.
static OpFoldResult countBlocks(GroupBuilder &b, GroupedProjectOp op) {
  AffineExpr rows = b.getAffineDimExpr(0), groups = b.getAffineDimExpr(1);
  return affine::makeComposedFoldedAffineApply(
      b, b.getLoc(), rows.ceilDiv(kBlockRows) + groups,
      {tensor::getMixedSize(b, b.getLoc(), op.getInput(), 0),
       tensor::getMixedSize(b, b.getLoc(), op.getWeights(), 0)});
}

static RowBlocks buildBlocks(GroupBuilder &b, GroupedProjectOp op,
                             OpFoldResult count) {
  Value zero = b.index(0), one = b.index(1), rows = b.size(op.getInput(), 0);
  Value init =
      tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{count}, b.getI32Type());
  Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), count);
  SmallVector<Value> blocks = b.loop(
      zero, total, {init, init, init}, [&](Value block, ValueRange carried) {
        return llvm::map_to_vector(carried, [&](Value tensor) {
          return b.write(zero, tensor, block);
        });
      });
  auto bound = [&](Value at, Value least) -> Value {
    Value offset = b.read(op.getOffsets(), at);
    offset = arith::MinSIOp::create(b, offset, rows);
    return arith::MaxSIOp::create(b, offset, least);
  };
  // Carried: the last end, blocks so far, and the three tensors.
  SmallVector<Value> carried{zero, zero};
  llvm::append_range(carried, blocks);
  Value size = b.index(kBlockRows);
  SmallVector<Value> found = b.loop(
      zero, b.size(op.getWeights(), 0), carried,
      [&](Value group, ValueRange carried) {
        Value begin = bound(group, carried[0]);
        Value end = bound(b.add(group, one), begin);
        Value own = arith::CeilDivUIOp::create(
            b, arith::SubIOp::create(b, end, begin), size);
        SmallVector<Value> next{end, b.add(carried[1], own)};
        llvm::append_range(
            next,
            b.loop(zero, own, carried.drop_front(2),
                   [&](Value n, ValueRange tensors) {
                     Value at = b.add(carried[1], n);
                     Value first =
                         b.add(begin, arith::MulIOp::create(b, n, size));
                     Value last =
                         arith::MinSIOp::create(b, end, b.add(first, size));
                     return SmallVector<Value>{b.write(first, tensors[0], at),
                                               b.write(last, tensors[1], at),
                                               b.write(group, tensors[2], at)};
                   }));
        return next;
      });
  return {found[2], found[3], found[4]};
}

static Value buildProducts(GroupBuilder &b, GroupedProjectOp op) {
  Location loc = b.getLoc();
  Type type = getElementTypeOrSelf(op.getOutputInit());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  Value cleared =
      linalg::FillOp::create(b, zero, op.getOutputInit()).getResult(0);
  OpFoldResult count = countBlocks(b, op);
  RowBlocks blocks = buildBlocks(b, op, count);
  OpFoldResult depth = tensor::getMixedSize(b, loc, op.getInput(), 1);
  OpFoldResult columns = tensor::getMixedSize(b, loc, op.getOutputInit(), 1);
  OpFoldResult none = b.getIndexAttr(0), one = b.getIndexAttr(1);

  auto loop = scf::ForallOp::create(b, ArrayRef<OpFoldResult>{count}, cleared,
                                    /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value block = loop.getInductionVar(0);
  Value begin = b.read(blocks.begins, block);
  OpFoldResult rows =
      arith::SubIOp::create(b, b.read(blocks.ends, block), begin).getResult();
  SmallVector<OpFoldResult> ones(2, one), first{begin, none};
  Value x = tensor::ExtractSliceOp::create(
      b, op.getInput(), first, SmallVector<OpFoldResult>{rows, depth}, ones);
  auto shapeOf = [](OpFoldResult size) {
    return getConstantIntValue(size).value_or(ShapedType::kDynamic);
  };
  auto matrix = RankedTensorType::get({shapeOf(depth), shapeOf(columns)},
                                      getElementTypeOrSelf(op.getWeights()));
  Value w = tensor::ExtractSliceOp::create(
      b, matrix, op.getWeights(),
      SmallVector<OpFoldResult>{b.read(blocks.groups, block), none, none},
      SmallVector<OpFoldResult>{one, depth, columns},
      SmallVector<OpFoldResult>(3, one));
  SmallVector<OpFoldResult> sizes{rows, columns};
  Value y = tensor::ExtractSliceOp::create(b, loop.getRegionIterArgs()[0],
                                           first, sizes, ones);
  Value product =
      linalg::MatmulOp::create(b, y.getType(), ValueRange{x, w}, ValueRange{y})
          .getResult(0);
  b.setInsertionPointToStart(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, product, loop.getRegionIterArgs()[0],
                                        first, sizes, ones);
  return loop.getResult(0);
}

namespace {
struct ExpandGroupsPass : impl::ExpandGroupsPassBase<ExpandGroupsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<RouteOp, GroupedProjectOp>(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      GroupBuilder b(op->getLoc(), rewriter);
      if (auto route = dyn_cast<RouteOp>(op))
        rewriter.replaceOp(op, buildRoute(b, route));
      else
        rewriter.replaceOp(op, buildProducts(b, cast<GroupedProjectOp>(op)));
    }
  }
};
} // namespace

} // namespace mlir::attn
