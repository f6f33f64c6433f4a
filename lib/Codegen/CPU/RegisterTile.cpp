//===- RegisterTile.cpp - loops around register tiles ---------------------===//
//
//   %s = linalg.matmul {fuse, yield} ins(%k, %q) outs(%zero)
//   %m = linalg.generic {sizes = [4, 0], tail = [1, 0]} max over keys of %s
//   ->
//   %m, %s = scf.for %j = 0 to %full step 4 { matmul 4 x 64, max 4 x 64 }
//   %m, %s = scf.for %j = %full to %n step 1 { matmul 1 x 64, max 1 x 64 }
//
// and, with inner = true, a loop over the contraction of each product, unrolled
// where its length is known.
//
// Tests: test/Codegen/CPU/register-tile.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Codegen/CPU/Passes.h"
#include "attn/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPUREGISTERTILEPASS
#include "attn/Codegen/CPU/Passes.h.inc"

static constexpr llvm::StringLiteral kTileAttrName = "attn.tile";

static RegisterTileAttr getHint(Operation *op) {
  return op->getAttrOfType<RegisterTileAttr>(kTileAttrName);
}

/// The hint of an op after one of its tilings is done.
static void setHint(Operation *op, RegisterTileAttr hint,
                    DenseI64ArrayAttr inner) {
  op->setAttr(kTileAttrName,
              RegisterTileAttr::get(op->getContext(), /*sizes=*/{}, inner,
                                    /*tail=*/{}, /*fuse=*/false,
                                    /*yield=*/false, hint.getLanes(),
                                    hint.getPrefetch()));
}

namespace {
class RegisterTiler {
public:
  explicit RegisterTiler(MLIRContext *context) : rewriter(context) {}

  /// Returns the outermost loop around the tiles, null without one.
  FailureOr<scf::ForOp> tile(TilingInterface op, DenseI64ArrayAttr sizes);
  LogicalResult tileInner(TilingInterface op, DenseI64ArrayAttr sizes);

  unsigned numTiled = 0, numFused = 0;

private:
  LogicalResult peel(scf::ForOp loop, DenseI64ArrayAttr tail);

  IRRewriter rewriter;
};
} // namespace

/// What is inside `root` is done with its outer tiling.
static void finishOuterTiling(Operation *root) {
  root->walk([](Operation *op) {
    if (RegisterTileAttr hint = getHint(op))
      setHint(op, hint, hint.getInner());
  });
}

FailureOr<scf::ForOp> RegisterTiler::tile(TilingInterface op,
                                          DenseI64ArrayAttr sizes) {
  RegisterTileAttr hint = getHint(op);
  scf::SCFTileAndFuseOptions options;
  options.setTilingOptions(scf::SCFTilingOptions().setTileSizes(
      getAsIndexOpFoldResult(op.getContext(), sizes.asArrayRef())));
  options.setFusionControlFn(
      [](tensor::ExtractSliceOp, OpResult producer,
         bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
        RegisterTileAttr hint = getHint(producer.getOwner());
        if (!hint || !hint.getFuse())
          return std::nullopt;
        return scf::SCFTileAndFuseOptions::ControlFnResult{hint.getYield()};
      });
  FailureOr<scf::SCFTileAndFuseResult> tiled =
      scf::tileConsumerAndFuseProducersUsingSCF(rewriter, op, options);
  if (failed(tiled))
    return op.emitOpError("cannot be tiled for registers");
  ++numTiled;
  numFused += tiled->fusedProducers.size();
  SmallVector<Value> replacements;
  for (Value result : op->getResults())
    replacements.push_back(tiled->replacements.lookup(result));
  rewriter.replaceOp(op, replacements);
  // Other users of a fused producer take what the loop returns, where they come
  // after it.
  DominanceInfo dominance;
  for (Operation *producer : tiled->fusedProducers)
    for (Value result : producer->getResults())
      if (Value returned = tiled->replacements.lookup(result))
        rewriter.replaceUsesWithIf(result, returned, [&](OpOperand &use) {
          return dominance.properlyDominates(returned, use.getOwner());
        });
  if (tiled->loops.empty())
    return scf::ForOp();
  auto loop = dyn_cast<scf::ForOp>(tiled->loops.front().getOperation());
  if (!hint.getTail() || !loop)
    finishOuterTiling(tiled->loops.front());
  else if (failed(peel(loop, hint.getTail())))
    return failure();
  return loop;
}

/// By how much a loop of `steps` steps is unrolled: by at least the rows of the
/// tile, so that prefetches of all rows can take turns, and without a rest
/// where a number below twice that divides.
static int64_t chooseUnrollFactor(int64_t steps, int64_t rows) {
  for (int64_t factor = rows; factor < 2 * rows; ++factor)
    if (steps % factor == 0)
      return factor;
  return rows;
}

/// A loop of known length is unrolled: counting and comparing take the ports of
/// the multiply-adds.
LogicalResult RegisterTiler::tileInner(TilingInterface op,
                                       DenseI64ArrayAttr sizes) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op.getOperation());
  int64_t rows = linalgOp ? linalgOp.getStaticLoopRanges().front() : 1;
  setHint(op, getHint(op), /*inner=*/{});
  FailureOr<scf::ForOp> loop = tile(op, sizes);
  if (failed(loop))
    return failure();
  std::optional<APInt> steps =
      *loop ? loop->getStaticTripCount() : std::nullopt;
  if (steps && rows > 1)
    (void)loopUnrollByFactor(*loop,
                             chooseUnrollFactor(steps->getZExtValue(), rows));
  return success();
}

/// Peels the ragged last iteration off and tiles what is in it by `tail`.
LogicalResult RegisterTiler::peel(scf::ForOp loop, DenseI64ArrayAttr tail) {
  scf::ForOp last;
  if (failed(scf::peelForLoopAndSimplifyBounds(rewriter, loop, last))) {
    finishOuterTiling(loop);
    return success();
  }
  finishOuterTiling(loop);
  SmallVector<TilingInterface> roots;
  last.walk([&](TilingInterface op) {
    RegisterTileAttr hint = getHint(op);
    if (hint && hint.getTail())
      roots.push_back(op);
  });
  for (TilingInterface root : roots) {
    RegisterTileAttr hint = getHint(root);
    setHint(root, hint, hint.getInner());
    if (failed(tile(root, tail)))
      return failure();
  }
  return success();
}

namespace {
struct CPURegisterTilePass
    : impl::CPURegisterTilePassBase<CPURegisterTilePass> {
  using CPURegisterTilePassBase::CPURegisterTilePassBase;

  using Which = DenseI64ArrayAttr (RegisterTileAttr::*)() const;

  /// Tiles every op whose hint has sizes of the kind `which`.
  LogicalResult tileAll(RegisterTiler &tiler, Which which, bool outer) {
    SmallVector<TilingInterface> ops;
    getOperation().walk([&](TilingInterface op) {
      RegisterTileAttr hint = getHint(op);
      if (hint && (hint.*which)())
        ops.push_back(op);
    });
    for (TilingInterface op : ops) {
      RegisterTileAttr hint = getHint(op);
      DenseI64ArrayAttr sizes = (hint.*which)();
      if (outer ? failed(tiler.tile(op, sizes))
                : failed(tiler.tileInner(op, sizes)))
        return failure();
    }
    return success();
  }

  void runOnOperation() override {
    RegisterTiler tiler(&getContext());
    Which which =
        inner ? &RegisterTileAttr::getInner : &RegisterTileAttr::getSizes;
    if (failed(tileAll(tiler, which, /*outer=*/!inner)))
      return signalPassFailure();
    numTiled += tiler.numTiled;
    numFused += tiler.numFused;
  }
};
} // namespace

} // namespace mlir::attn
