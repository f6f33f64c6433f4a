//===- MaskEmitter.h - key bounds and tile classes as IR ------------------===//
//
// Emits, for a box of run-time positions, the index arithmetic that bounds its
// keys (`emitKeyBounds`) or classifies it (`emitTileClass`). Sizes that are
// constants fold: a static causal tile gets constant bounds.
//
//   keys:   begin .. lo .. fullLo ....... fullHi .. hi .. end
//           skipped  partial      full      partial   skipped
//
// Example: causal(d) for the query rows [i0, i1) of keys [0, S):
//   lo = fullLo = 0, fullHi = min(max(i0 + d + 1, 0), S),
//   hi = min(max(i1 + d, 0), S)
//
// Covered by test/unittests/Analysis/KeyBoundsTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_ANALYSIS_MASKEMITTER_H
#define ATTN_ANALYSIS_MASKEMITTER_H

#include "attn/Analysis/TileClass.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

/// What is known of the three key ranges of any query tile before sizes are.
struct KeyBoundsSummary {
  /// Whether [lo, fullLo), [fullLo, fullHi), [fullHi, hi) can be non-empty.
  bool hasLeft = true, hasFull = true, hasRight = true;
  /// Whether each query row admits one interval of keys, of which the bounds
  /// are exact: key blocks inside of [lo, hi) need no class of their own.
  bool isInterval = false;
};

KeyBoundsSummary summarizeKeyBounds(const MaskExpr &mask,
                                    const MaskSymbols &symbols);

/// Bounds with begin <= lo <= fullLo <= fullHi <= hi <= end for the keys of a
/// query tile: no key outside of [lo, hi) is admitted for any of its rows,
/// every key in [fullLo, fullHi) is admitted for all of them.
struct StaticKeyBounds {
  int64_t lo, fullLo, fullHi, hi;
};

/// The same algorithm on integers. The box must hold one batch and one head.
StaticKeyBounds computeKeyBounds(const MaskExpr &mask, const MaskBox &box,
                                 ArrayRef<int64_t> symbolValues = {});

struct KeyBounds {
  OpFoldResult lo, fullLo, fullHi, hi;
};

/// The query rows of one batch and one head, as index values in coordinates of
/// the undivided op: begin <= i < end, at least one row.
struct QueryTile {
  OpFoldResult batch, head, queryBegin, queryEnd;
};

/// Two i1: some pair of the tile may be admitted; all pairs surely are.
struct TileClassValues {
  Value mayAdmit, allAdmit;
};

/// Emits for one query tile. The constructor materialises, at the builder's
/// place, what the mask reads for the tile as a whole (symbols, and the range
/// of data that moves with the query alone: a loop over the rows), so that
/// bounds and any number of key tiles can be emitted at that place or below it.
/// `symbols`, and the mask region that its inputs were read from, must outlive
/// the emitter. Tensors are read at the rows and keys of the tiles only; a read
/// that does not depend on either happens even where there are no keys.
class MaskEmitter {
public:
  MaskEmitter(OpBuilder &builder, Location loc, const MaskExpr &mask,
              const MaskSymbols &symbols, const QueryTile &tile);
  ~MaskEmitter();

  /// Bounds of the keys within [keyBegin, keyEnd), keyBegin <= keyEnd.
  KeyBounds emitKeyBounds(OpBuilder &builder, Location loc,
                          OpFoldResult keyBegin, OpFoldResult keyEnd);

  /// The class of the keys [keyBegin, keyEnd), at least one. Data that moves
  /// with the key is read in a loop over the keys.
  TileClassValues emitTileClass(OpBuilder &builder, Location loc,
                                OpFoldResult keyBegin, OpFoldResult keyEnd);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace mlir::attn

#endif // ATTN_ANALYSIS_MASKEMITTER_H
