//===- MaskNode.h - the nodes behind MaskExpr -----------------------------===//
//
// Shared by the construction (MaskExpr.cpp) and the simplification of
// conjunctions and disjunctions (MaskSimplify.cpp).
//
// Covered by test/unittests/Analysis/MaskExprTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_MASKNODE_H
#define ATTN_LIB_ANALYSIS_MASKNODE_H

#include "LinearForm.h"
#include "attn/Analysis/MaskExpr.h"

namespace mlir::attn {

struct MaskExpr::Node {
  Kind kind;
  /// Of a Comparison: expr >= 0. Flattened and rebuilt in one order, so that
  /// comparisons over the same sum are found by pointer.
  AffineExpr expr;
  SmallVector<MaskExpr, 2> operands;
  /// See MaskExpr::getSize.
  unsigned size = 1;
};

/// Simplifies the operands of an And or Or in place: nested ones are flattened,
/// operands that another one makes redundant are dropped. Returns the constant
/// that the whole is, if it is one.
std::optional<bool> simplifyOperands(bool isAnd,
                                     SmallVectorImpl<MaskExpr> &operands);

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_MASKNODE_H
