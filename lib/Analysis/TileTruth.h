//===- TileTruth.h - a mask's truth over a box of integers ----------------===//
//
// The interval arithmetic of BoxRange.h on integers, shared by the
// classification of one tile and the counting of all.
//
// Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_TILETRUTH_H
#define ATTN_LIB_ANALYSIS_TILETRUTH_H

#include "BoxRange.h"
#include "IntegerDomain.h"
#include "attn/Analysis/TileClass.h"

namespace mlir::attn {

/// The box has no empty side.
Truth<IntegerDomain> computeTileTruth(const CompiledMask &mask,
                                      const MaskBox &box,
                                      ArrayRef<int64_t> symbolValues);

/// See attn::evaluate.
std::optional<bool> evaluateCompiled(const CompiledMask &mask,
                                     ArrayRef<int64_t> position,
                                     ArrayRef<int64_t> symbolValues);

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_TILETRUTH_H
