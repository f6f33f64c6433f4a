//===- AttnToLoops.cpp - the reference lowering, as a pass ----------------===//
//
// Replaces every attn operation of a function by loops over scalars; one file
// beside this per operation.
//
// Tests: test/Conversion/AttnToLoops/to-loops*.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Conversion/Passes.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "attn/Dialect/Attn/IR/LongConv.h"
#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::attn {

#define GEN_PASS_DEF_ATTNTOLOOPSPASS
#include "attn/Conversion/Passes.h.inc"

namespace {

struct AttnToLoopsPass : impl::AttnToLoopsPassBase<AttnToLoopsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<DenseOp, BlockSparseOp, OnlineOp, FinishOp, MergeOp, ComposeOp,
              LongConvOp, PoolOp, SelectOp, InvertOp, CacheUpdateOp,
              CacheEvictOp, KeyMassOp, RouteOp, GroupedProjectOp,
              AffineMonoidOpInterface>(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> results = lower(rewriter, op);
      if (failed(results))
        return signalPassFailure();
      rewriter.replaceOp(op, *results);
      ++numLowered;
    }
  }

  static FailureOr<SmallVector<Value>> lower(OpBuilder &b, Operation *op) {
    using Results = FailureOr<SmallVector<Value>>;
    return TypeSwitch<Operation *, Results>(op)
        .Case([&](DenseOp dense) { return buildDenseLoops(b, dense); })
        .Case([&](BlockSparseOp sparse) {
          return buildBlockSparseLoops(b, sparse);
        })
        .Case([&](OnlineOp online) { return buildOnlineLoops(b, online); })
        .Case([&](FinishOp finish) { return buildFinishLoops(b, finish); })
        .Case([&](MergeOp merge) { return buildMergeLoops(b, merge); })
        .Case([&](ComposeOp compose) { return buildComposeLoops(b, compose); })
        .Case([&](LongConvOp conv) { return buildLongConvLoops(b, conv); })
        .Case([&](PoolOp pool) { return buildPoolLoops(b, pool); })
        .Case([&](SelectOp select) { return buildSelectLoops(b, select); })
        .Case([&](InvertOp invert) { return buildInvertLoops(b, invert); })
        .Case([&](CacheUpdateOp update) {
          return buildCacheUpdateLoops(b, update);
        })
        .Case(
            [&](CacheEvictOp evict) { return buildCacheEvictLoops(b, evict); })
        .Case([&](KeyMassOp mass) { return buildKeyMassLoops(b, mass); })
        .Case([&](RouteOp route) { return buildRouteLoops(b, route); })
        .Case([&](GroupedProjectOp project) {
          return buildGroupedProjectLoops(b, project);
        })
        .Case([&](AffineMonoidOpInterface recurrence) {
          return buildRecurrenceLoops(b, recurrence);
        });
  }
};

} // namespace
} // namespace mlir::attn
