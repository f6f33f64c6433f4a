//===- DecomposeCompose.cpp - attn.compose as a loop of linalg ops --------===//
//
//   scf.for %p = 0 to P iter_args(%s, %m):
//     a number for X, a row, or an element:  X = M_p * X + E_p       in place
//     a matrix:  new = E_p, or 0;  new += M_p X;  X = new            a product
//
// X is the state, and the transition without E_p. A matrix product cannot be in
// place; it is put where X is afterwards, so that the loop carries one buffer
// for each.
//
// Tests: test/Dialect/Attn/Transforms/decompose-compose.mlir,
//        test/Integration/Recurrence/compose.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/IR/Attn.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_DECOMPOSECOMPOSEPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

using utils::IteratorType;

/// Part `p` of `parts`, as a tensor without the part axis.
static Value takePart(OpBuilder &b, Location loc, Value parts, Value p) {
  auto type = cast<RankedTensorType>(parts.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, parts);
  offsets[0] = p;
  sizes[0] = b.getIndexAttr(1);
  auto part = RankedTensorType::get(type.getShape().drop_front(),
                                    type.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, part, parts, offsets, sizes,
                                        strides);
}

/// factors * x + addend, elementwise; factors have x's leading dimensions, and
/// `addend` may be null.
static Value buildScaled(OpBuilder &b, Location loc, Value factors, Value x,
                         Value addend) {
  MLIRContext *context = b.getContext();
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  int64_t known = cast<RankedTensorType>(factors.getType()).getRank();
  AffineMap all = b.getMultiDimIdentityMap(rank);
  SmallVector<Value> inputs{factors};
  SmallVector<AffineMap> maps{
      AffineMap::get(rank, 0, all.getResults().take_front(known), context)};
  if (addend) {
    inputs.push_back(addend);
    maps.push_back(all);
  }
  maps.push_back(all);
  SmallVector<IteratorType> loops(rank, IteratorType::parallel);
  auto body = [&](OpBuilder &b, Location loc, ValueRange values) {
    Value next = arith::MulFOp::create(b, loc, values.front(), values.back());
    if (addend)
      next = arith::AddFOp::create(b, loc, next, values[1]);
    linalg::YieldOp::create(b, loc, next);
  };
  return linalg::GenericOp::create(b, loc, x.getType(), inputs, x, maps, loops,
                                   body)
      .getResult(0);
}

/// What a product starts from: a copy of `addend`, or zeros.
static Value buildStart(OpBuilder &b, Location loc, Value x, Value addend) {
  auto type = cast<RankedTensorType>(x.getType());
  if (addend) {
    SmallVector<Value> sizes;
    return bufferization::AllocTensorOp::create(b, loc, type, sizes, addend);
  }
  Value zero =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
  Value empty = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, x), type.getElementType());
  return linalg::FillOp::create(b, loc, zero, empty).getResult(0);
}

/// matrix * x + addend, over batches and heads, in the place of `x`; `addend`
/// may be null.
static Value buildProduct(OpBuilder &b, Location loc, Value matrix, Value x,
                          Value addend) {
  Value start = buildStart(b, loc, x, addend);
  AffineExpr n, h, i, c, j;
  bindDims(b.getContext(), n, h, i, c, j);
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(5, 0, results, b.getContext());
  };
  AffineMap maps[] = {map({n, h, i, j}), map({n, h, j, c}), map({n, h, i, c})};
  SmallVector<IteratorType> loops(4, IteratorType::parallel);
  loops.push_back(IteratorType::reduction);
  auto body = [](OpBuilder &b, Location loc, ValueRange values) {
    Value product = arith::MulFOp::create(b, loc, values[0], values[1]);
    Value sum = arith::AddFOp::create(b, loc, values[2], product);
    linalg::YieldOp::create(b, loc, sum);
  };
  Value product =
      linalg::GenericOp::create(b, loc, x.getType(), ValueRange{matrix, x},
                                start, maps, loops, body)
          .getResult(0);
  return bufferization::MaterializeInDestinationOp::create(b, loc, x.getType(),
                                                           product, x)
      .getResult();
}

/// The loop over parts; its results are those of `op`.
static SmallVector<Value> decompose(OpBuilder &b, ComposeOp op) {
  Location loc = op.getLoc();
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value parts = b.createOrFold<tensor::DimOp>(loc, op.getStates(), 0);
  auto body = [&](OpBuilder &b, Location loc, Value p, ValueRange carried) {
    Value factors = takePart(b, loc, op.getTransitions(), p);
    SmallVector<Value> next;
    for (Value x : carried) {
      Value addend;
      if (next.empty())
        addend = takePart(b, loc, op.getStates(), p);
      if (addend && addend.getType() != x.getType())
        addend = tensor::CastOp::create(b, loc, x.getType(), addend);
      next.push_back(op.isDense() ? buildProduct(b, loc, factors, x, addend)
                                  : buildScaled(b, loc, factors, x, addend));
    }
    scf::YieldOp::create(b, loc, next);
  };
  SmallVector<Value> inits(op.getDpsInits());
  auto loop = scf::ForOp::create(b, loc, zero, parts, one, inits, body);
  return SmallVector<Value>(loop.getResults());
}

namespace {
struct DecomposeComposePass
    : impl::DecomposeComposePassBase<DecomposeComposePass> {
  void runOnOperation() override {
    SmallVector<ComposeOp> ops;
    getOperation()->walk([&](ComposeOp op) {
      if (op.hasPureTensorSemantics())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ComposeOp op : ops) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, decompose(rewriter, op));
      ++numDecomposed;
    }
  }
};
} // namespace

} // namespace mlir::attn
