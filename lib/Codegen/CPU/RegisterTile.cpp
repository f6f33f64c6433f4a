//===- RegisterTile.cpp - loops around register tiles ---------------------===//
//
//   %s = linalg.matmul {fuse, yield} ins(%k, %q) outs(%zero)
//   %m = linalg.generic {sizes = [4, 0], tail = [1, 0]} max over keys of %s
//   ->
//   %m, %s = scf.for %j = 0 to %full step 4 { matmul 4 x 64, max 4 x 64 }
//   %m, %s = scf.for %j = %full to %n step 1 { matmul 1 x 64, max 1 x 64 }
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

  LogicalResult tile(TilingInterface op, DenseI64ArrayAttr sizes);

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

LogicalResult RegisterTiler::tile(TilingInterface op, DenseI64ArrayAttr sizes) {
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
    return success();
  auto loop = dyn_cast<scf::ForOp>(tiled->loops.front().getOperation());
  if (hint.getTail() && loop)
    return peel(loop, hint.getTail());
  finishOuterTiling(tiled->loops.front());
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
      if (!outer)
        setHint(op, hint, /*inner=*/{});
      if (failed(tiler.tile(op, sizes)))
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
