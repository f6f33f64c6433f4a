//===- MaskEmitter.cpp - key bounds and tile classes as IR ----------------===//
//
// Feeds the algorithms of KeyRange.h and BoxRange.h with the run-time position
// of a tile. See MaskEmitter.h.
//
// Covered by test/unittests/Analysis/KeyBoundsTest.cpp and MaskDataTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "attn/Analysis/MaskEmitter.h"

#include "EmitInput.h"
#include "IRDomain.h"
#include "KeyRange.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

namespace mlir::attn {

namespace {

/// From `lower` to `upper`, which is included or not.
struct EmittedRange {
  OpFoldResult lower, upper;
  bool includesUpper = true;
};

/// Ranges of the dims and symbols of a mask; dims beyond the position are data.
struct LeafRanges {
  SmallVector<std::optional<EmittedRange>> dims, symbols;

  const std::optional<EmittedRange> &get(const LinearForm::Term &leaf) const {
    bool isDim = leaf.kind == LinearForm::Term::Kind::Dim;
    return (isDim ? dims : symbols)[leaf.position];
  }
  bool isKnown(const LinearForm &form) const {
    bool known = true;
    form.walkLeaves(
        [&](const LinearForm::Term &leaf) { known &= get(leaf).has_value(); });
    return known;
  }
};

/// Calls `visit` for each dim and symbol of the comparisons of `mask`.
void walkLeaves(const CompiledMask &mask,
                llvm::function_ref<void(const LinearForm::Term &)> visit) {
  mask.form.walkLeaves(visit);
  for (const CompiledMask &operand : mask.operands)
    walkLeaves(operand, visit);
}

} // namespace

struct MaskEmitter::Impl {
  Impl(const MaskExpr &expr, const MaskSymbols &symbols)
      : mask(expr), symbols(symbols) {}

  /// Emits the ranges of data along `dim`.
  void emitData(OpBuilder &builder, Location loc, LeafRanges &ranges,
                MaskDim dim, Value begin, Value end);

  CompiledMask mask;
  const MaskSymbols &symbols;
  /// (b, h), null where the mask needs none.
  SmallVector<Value> position;
  /// Of everything that is the same for all keys.
  LeafRanges rows;
};

void MaskEmitter::Impl::emitData(OpBuilder &builder, Location loc,
                                 LeafRanges &ranges, MaskDim dim, Value begin,
                                 Value end) {
  walkLeaves(mask, [&](const LinearForm::Term &leaf) {
    if (leaf.kind != LinearForm::Term::Kind::Dim ||
        leaf.position < kNumMaskDims || ranges.get(leaf))
      return;
    const MaskInput &input = symbols.getData()[leaf.position - kNumMaskDims];
    if (input.usesKey != (dim == MaskDim::Key))
      return;
    auto [least, greatest] =
        emitInputRange(builder, loc, input, symbols, position, dim, begin, end);
    ranges.dims[leaf.position] = EmittedRange{least, greatest};
  });
}

/// The leaf function of the interval algorithms.
static auto importFrom(const LeafRanges &ranges, IRDomain &domain) {
  return [&](const LinearForm::Term &term) -> DomainRange<IRDomain> {
    const EmittedRange &range = *ranges.get(term);
    AffineExpr upper = domain.import(range.upper);
    return {domain.import(range.lower),
            range.includesUpper ? upper : upper - 1};
  };
}

MaskEmitter::MaskEmitter(OpBuilder &builder, Location loc, const MaskExpr &expr,
                         const MaskSymbols &symbols, const QueryTile &tile)
    : impl(std::make_unique<Impl>(expr, symbols)) {
  auto toValue = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(builder, loc, value);
  };
  bool usesInputs = false;
  walkLeaves(impl->mask, [&](const LinearForm::Term &leaf) {
    usesInputs |= leaf.kind == LinearForm::Term::Kind::Symbol ||
                  leaf.position >= kNumMaskDims;
  });
  impl->position.resize(kNumMaskDims);
  if (usesInputs) {
    impl->position[kBatchDim] = toValue(tile.batch);
    impl->position[kHeadDim] = toValue(tile.head);
  }
  LeafRanges &rows = impl->rows;
  rows.dims.resize(kNumMaskDims + symbols.getData().size());
  rows.symbols.resize(symbols.getSymbols().size());
  rows.dims[kBatchDim] = EmittedRange{tile.batch, tile.batch};
  rows.dims[kHeadDim] = EmittedRange{tile.head, tile.head};
  rows.dims[kQueryDim] = EmittedRange{tile.queryBegin, tile.queryEnd,
                                      /*includesUpper=*/false};
  walkLeaves(impl->mask, [&](const LinearForm::Term &leaf) {
    if (leaf.kind != LinearForm::Term::Kind::Symbol || rows.get(leaf))
      return;
    Value value = emitInput(builder, loc, symbols.getSymbols()[leaf.position],
                            symbols, impl->position);
    rows.symbols[leaf.position] = EmittedRange{value, value};
  });
  if (expr.hasData())
    impl->emitData(builder, loc, rows, MaskDim::Query, toValue(tile.queryBegin),
                   toValue(tile.queryEnd));
}

MaskEmitter::~MaskEmitter() = default;

KeyBounds MaskEmitter::emitKeyBounds(OpBuilder &builder, Location loc,
                                     OpFoldResult keyBegin,
                                     OpFoldResult keyEnd) {
  IRDomain domain(builder, loc);
  auto leaf = importFrom(impl->rows, domain);
  auto known = [&](const LinearForm &form) { return impl->rows.isKnown(form); };
  DomainKeyBounds<IRDomain> bounds =
      solveKeyBounds(domain, impl->mask, domain.import(keyBegin),
                     domain.import(keyEnd), known, leaf);
  return {domain.materialize(bounds.lo), domain.materialize(bounds.fullLo),
          domain.materialize(bounds.fullHi), domain.materialize(bounds.hi)};
}

TileClassValues MaskEmitter::emitTileClass(OpBuilder &builder, Location loc,
                                           OpFoldResult keyBegin,
                                           OpFoldResult keyEnd) {
  auto toValue = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(builder, loc, value);
  };
  LeafRanges ranges = impl->rows;
  ranges.dims[kKeyDim] =
      EmittedRange{keyBegin, keyEnd, /*includesUpper=*/false};
  bool readsKeys = false;
  walkLeaves(impl->mask, [&](const LinearForm::Term &leaf) {
    readsKeys |= !ranges.get(leaf).has_value();
  });
  if (readsKeys)
    impl->emitData(builder, loc, ranges, MaskDim::Key, toValue(keyBegin),
                   toValue(keyEnd));
  IRDomain domain(builder, loc);
  auto leaf = importFrom(ranges, domain);
  auto known = [&](const LinearForm &form) { return ranges.isKnown(form); };
  Truth<IRDomain> truth = computeBoxTruth(domain, impl->mask, known, leaf);
  auto toBool = [&](OpFoldResult condition) {
    return getValueOrCreateConstantIntOp(builder, loc, condition);
  };
  return {toBool(truth.may), toBool(truth.all)};
}

} // namespace mlir::attn
