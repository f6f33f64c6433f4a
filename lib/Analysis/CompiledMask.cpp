//===- CompiledMask.cpp - solving comparisons for the key -----------------===//
//
// See CompiledMask.h. Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "CompiledMask.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::attn {

CompiledMask::CompiledMask(const MaskExpr &mask) : kind(mask.getKind()) {
  if (kind == MaskExpr::Kind::Comparison) {
    // MaskExpr::nonNegative made sure that it flattens.
    form = *LinearForm::get(mask.getComparison());
    rest = form;
    llvm::erase_if(rest.terms, [&](const LinearForm::Term &term) {
      if (!term.isDim(kKeyDim))
        return false;
      keyCoefficient = term.coefficient;
      return true;
    });
    keyLinear = !rest.mentionsDim(kKeyDim);
    return;
  }
  for (const MaskExpr &operand : mask.getOperands())
    operands.emplace_back(operand);
}

bool CompiledMask::isExactPerRow() const {
  if (kind == MaskExpr::Kind::Opaque)
    return false;
  if (kind == MaskExpr::Kind::Comparison) {
    bool readsData = false;
    form.walkLeaves([&](const LinearForm::Term &term) {
      readsData |= term.kind == LinearForm::Term::Kind::Dim &&
                   term.position >= kNumMaskDims;
    });
    return keyLinear && !readsData;
  }
  return llvm::all_of(operands, [](const CompiledMask &operand) {
    return operand.isExactPerRow();
  });
}

bool CompiledMask::mentionsDim(unsigned dim) const {
  return form.mentionsDim(dim) ||
         llvm::any_of(operands, [&](const CompiledMask &operand) {
           return operand.mentionsDim(dim);
         });
}

} // namespace mlir::attn
