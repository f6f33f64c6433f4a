//===- SpecializeMask.cpp - mask regions that attributes can say ----------===//
//
//   attn.dense .. mask { ^bb0(%b, %h, %i, %j): yield %j <= %i }
//   ->
//   attn.dense causal align(top_left) ..
//
// The attribute is the normal form: later stages cut loops by it, and two texts
// of one meaning compile to one kernel.
//
// Tests: test/Dialect/Attn/Transforms/specialize-mask.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Analysis/MaskExpr.h"
#include "attn/Dialect/Attn/IR/AttnSparseOps.h"
#include "attn/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_SPECIALIZEMASKPASS
#include "attn/Dialect/Attn/Transforms/Passes.h.inc"

static std::optional<int64_t> getConstant(AffineExpr expr) {
  if (auto constant = dyn_cast_or_null<AffineConstantExpr>(expr))
    return constant.getValue();
  return std::nullopt;
}

/// The band `i + lower <= j <= i + upper` in terms of the top-left diagonal:
/// causal is upper = 0, a window is what may be said with entries of 0 or more.
struct BandAttributes {
  bool causal = false;
  int64_t left = -1, right = -1;
};

static std::optional<BandAttributes> getAttributes(const DiagonalBand &band) {
  BandAttributes attributes;
  if (band.upper) {
    std::optional<int64_t> upper = getConstant(band.upper);
    if (!upper || *upper < 0)
      return std::nullopt;
    attributes.causal = *upper == 0;
    attributes.right = *upper;
  }
  if (band.lower) {
    std::optional<int64_t> lower = getConstant(band.lower);
    if (!lower || *lower > 0)
      return std::nullopt;
    attributes.left = -*lower;
  }
  if (!band.lower && !band.upper)
    return std::nullopt;
  return attributes;
}

/// Says what became of a mask region.
static void report(Operation *op, StringRef text) {
  remark::analysis(op->getLoc(),
                   remark::RemarkOpts::name("region").category("attn-mask"))
      << text;
}

template <typename OpTy> static void dropMask(OpTy op) {
  op.getMask().dropAllReferences();
  op.getMask().getBlocks().clear();
}

/// Returns true when the whole region became attributes.
template <typename OpTy> static bool specializeMask(OpTy op) {
  if (op.getMask().empty() || !op.getOrigin().empty())
    return false;
  MaskSymbols symbols(op.getContext());
  MaskExpr mask =
      readMask(op.getMask(), SmallVector<Value>(op.getCaptures()), symbols);
  if (mask.isTrue()) {
    report(op, "the mask region admits every pair and was dropped");
    dropMask(op);
    return true;
  }
  if (op.hasStructuralMask()) {
    report(op, "the mask region stays: there is a causal or window mask too");
    return false;
  }
  auto [band, rest] = splitDiagonalBand(mask);
  std::optional<BandAttributes> attributes = getAttributes(band);
  if (!rest.isTrue() || !attributes) {
    report(op, "the mask region stays: it is no band around the diagonal that "
               "'causal' and 'window' can say");
    return false;
  }
  report(op, "the mask region became attributes");
  dropMask(op);
  op.setCausal(attributes->causal);
  if (attributes->left != -1 || !attributes->causal)
    op.setWindow(ArrayRef<int64_t>{attributes->left, attributes->right});
  op.setAlign(Alignment::TopLeft);
  return true;
}

namespace {
struct SpecializeMaskPass : impl::SpecializeMaskPassBase<SpecializeMaskPass> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      bool changed = false;
      if (auto dense = dyn_cast<DenseOp>(op))
        changed = specializeMask(dense);
      else if (auto sparse = dyn_cast<BlockSparseOp>(op))
        changed = specializeMask(sparse);
      if (changed)
        ++numAttributes;
    });
  }
};
} // namespace

} // namespace mlir::attn
