//===- EmitInput.h - reading a mask's inputs outside of its region --------===//
//
// An input that a mask region computes is computed again where a tile is
// bounded or classified: once for a symbol, in a loop over rows or keys for
// data, of which the least and the greatest value count:
//
//   %range:2 = scf.for %i = %i0 to %i1 step %c1
//       iter_args(%least = ..., %greatest = ...) {
//     %start = tensor.extract %starts[%b, %i]
//     ... minsi, maxsi ...
//   }
//
// Covered by test/unittests/Analysis/MaskDataTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_ANALYSIS_EMITINPUT_H
#define ATTN_LIB_ANALYSIS_EMITINPUT_H

#include "attn/Analysis/MaskExpr.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

/// The input as an index value at the position (b, h, i, j), of which those
/// that the input does not use may be null.
Value emitInput(OpBuilder &builder, Location loc, const MaskInput &input,
                const MaskSymbols &symbols, ArrayRef<Value> position);

/// The least and the greatest value of the input for `dim` in [begin, end),
/// which is not empty.
std::pair<Value, Value> emitInputRange(OpBuilder &builder, Location loc,
                                       const MaskInput &input,
                                       const MaskSymbols &symbols,
                                       ArrayRef<Value> position, MaskDim dim,
                                       Value begin, Value end);

} // namespace mlir::attn

#endif // ATTN_LIB_ANALYSIS_EMITINPUT_H
