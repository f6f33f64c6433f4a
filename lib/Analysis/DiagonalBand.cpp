//===- DiagonalBand.cpp - recognising causal and window -------------------===//
//
//   (i - j + d >= 0 and x)   ->   band {upper = d}, rest x
//
// See MaskExpr.h. Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "CompiledMask.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

/// If the comparison says j <= i + e or j >= i + e, sets that side of the band,
/// unless it is taken.
static bool takeSide(const MaskExpr &mask, DiagonalBand &band) {
  if (mask.getKind() != MaskExpr::Kind::Comparison)
    return false;
  MLIRContext *context = mask.getComparison().getContext();
  LinearForm form = *LinearForm::get(mask.getComparison());
  int64_t query = 0, key = 0;
  llvm::erase_if(form.terms, [&](const LinearForm::Term &term) {
    if (term.isDim(kQueryDim))
      query = term.coefficient;
    else if (term.isDim(kKeyDim))
      key = term.coefficient;
    else
      return false;
    return true;
  });
  bool onlySymbols = true;
  form.walkLeaves([&](const LinearForm::Term &term) {
    onlySymbols &= term.kind == LinearForm::Term::Kind::Symbol;
  });
  if (!onlySymbols || std::abs(query) != 1 || key != -query)
    return false;
  AffineExpr &side = query > 0 ? band.upper : band.lower;
  if (side)
    return false;
  side = form.toAffineExpr(context);
  if (query < 0)
    side = LinearForm::get(-side)->toAffineExpr(context);
  return true;
}

std::pair<DiagonalBand, MaskExpr> splitDiagonalBand(const MaskExpr &mask) {
  DiagonalBand band;
  SmallVector<MaskExpr> rest;
  ArrayRef<MaskExpr> conjuncts = mask;
  if (mask.getKind() == MaskExpr::Kind::And)
    conjuncts = mask.getOperands();
  for (const MaskExpr &conjunct : conjuncts)
    if (!takeSide(conjunct, band))
      rest.push_back(conjunct);
  return {band, MaskExpr::conjunction(rest)};
}

} // namespace mlir::attn
