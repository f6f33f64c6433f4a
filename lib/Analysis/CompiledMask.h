//===- CompiledMask.h - a mask ready to be evaluated many times -----------===//
//
// The tree of a MaskExpr with each comparison flattened and, where the key
// stands in it once and linearly, solved for the key:
//
//   keyCoefficient * j + rest >= 0
//
// Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_COMPILEDMASK_H
#define ATTN_LIB_ANALYSIS_COMPILEDMASK_H

#include "LinearForm.h"
#include "attn/Analysis/MaskExpr.h"
#include <vector>

namespace mlir::attn {

constexpr unsigned kBatchDim = static_cast<unsigned>(MaskDim::Batch);
constexpr unsigned kHeadDim = static_cast<unsigned>(MaskDim::Head);
constexpr unsigned kQueryDim = static_cast<unsigned>(MaskDim::Query);
constexpr unsigned kKeyDim = static_cast<unsigned>(MaskDim::Key);

struct CompiledMask {
  MaskExpr::Kind kind;
  std::vector<CompiledMask> operands;
  /// Of a Comparison.
  LinearForm form;
  /// Whether `form` is keyCoefficient * j + rest without j in rest.
  bool keyLinear = false;
  int64_t keyCoefficient = 0;
  LinearForm rest;

  explicit CompiledMask(const MaskExpr &mask);

  /// Whether each row's keys are known exactly from the positions and symbols:
  /// every leaf is linear in the key and reads no data.
  bool isExactPerRow() const;
  bool mentionsDim(unsigned dim) const;
};

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_COMPILEDMASK_H
