//===- KeyBounds.cpp - key bounds in C++ ----------------------------------===//
//
// The key bounds of a tile of known position, and what can be said of those of
// any tile. See MaskEmitter.h; the algorithm is in KeyRange.h.
//
// Covered by test/unittests/Analysis/KeyBoundsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "IntegerDomain.h"
#include "KeyRange.h"
#include "attn/Analysis/MaskEmitter.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"

namespace mlir::attn {

StaticKeyBounds computeKeyBounds(const MaskExpr &expr, const MaskBox &box,
                                 ArrayRef<int64_t> symbolValues) {
  IntegerDomain domain;
  const PositionRange sides[] = {box.batch, box.head, box.query};
  auto leaf = [&](const LinearForm::Term &term) -> DomainRange<IntegerDomain> {
    if (term.kind == LinearForm::Term::Kind::Dim)
      return {sides[term.position].begin, sides[term.position].end - 1};
    return {symbolValues[term.position], symbolValues[term.position]};
  };
  auto known = [&](const LinearForm &form) {
    bool known = true;
    form.walkLeaves([&](const LinearForm::Term &term) {
      known &= term.kind == LinearForm::Term::Kind::Dim
                   ? term.position < kNumMaskDims
                   : term.position < symbolValues.size() &&
                         !ShapedType::isDynamic(symbolValues[term.position]);
    });
    return known;
  };
  DomainKeyBounds<IntegerDomain> bounds = solveKeyBounds(
      domain, CompiledMask(expr), box.key.begin, box.key.end, known, leaf);
  return {bounds.lo, bounds.fullLo, bounds.fullHi, bounds.hi};
}

namespace {

/// Computes nothing: the walk then says which ranges exist.
struct ShapeDomain {
  struct Value {};
  struct Bool {};
  struct ScaledValue {
    int64_t coefficient;
    Value value;
  };
  Value constant(int64_t) { return {}; }
  Value sum(ArrayRef<ScaledValue>, int64_t) { return {}; }
  Value floorDivide(Value, int64_t) { return {}; }
  Value minimum(ArrayRef<Value>) { return {}; }
  Value maximum(ArrayRef<Value>) { return {}; }
  Value select(Bool, Value, Value) { return {}; }
  Bool lessEqual(Value, Value) { return {}; }
  Bool conjunction(Bool, Bool) { return {}; }
};

} // namespace

KeyBoundsSummary summarizeKeyBounds(const MaskExpr &mask,
                                    const MaskSymbols &symbols) {
  ShapeDomain domain;
  auto known = [&](const LinearForm &form) {
    bool known = true;
    form.walkLeaves([&](const LinearForm::Term &term) {
      known &= term.kind == LinearForm::Term::Kind::Symbol ||
               term.position < kNumMaskDims ||
               !symbols.getData()[term.position - kNumMaskDims].usesKey;
    });
    return known;
  };
  auto leaf = [](const LinearForm::Term &) {
    return DomainRange<ShapeDomain>{};
  };
  KeyRangeSolver<ShapeDomain, decltype(known), decltype(leaf)> solver(
      domain, {}, {}, known, leaf);
  KeyRange<ShapeDomain> range = solver.solve(CompiledMask(mask));
  KeyBoundsSummary summary;
  summary.isInterval = range.isInterval;
  summary.hasFull = range.fullPossible;
  summary.hasLeft =
      !mask.isFalse() && !(range.fullPossible && range.lowerExact);
  summary.hasRight = range.fullPossible && !range.upperExact;
  return summary;
}

} // namespace mlir::attn
