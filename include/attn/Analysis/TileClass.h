//===- TileClass.h - is a tile of a mask empty, full or partial? ----------===//
//
// For a box of positions, says whether no pair in it is admitted (Empty: skip
// it), every pair is (Full: do not evaluate the mask), or neither could be
// shown (Partial: evaluate the mask for each pair). Always sound, and exact for
// and/or of comparisons that are linear in the key, also through floordiv
// (causal, window, prefix, chunked, block-diagonal): each query row then admits
// a few exact key intervals, which are united and intersected over the rows.
// Other leaves (mod, data) are decided by interval arithmetic over the box.
//
// Example: for j <= i, the 64 x 96 tile at (128, 96) has keys 96..191 and
// queries 128..191 and is Partial; at (192, 96) it is Full.
//
// Covered by test/unittests/Analysis/TileClassTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_ANALYSIS_TILECLASS_H
#define ATTN_ANALYSIS_TILECLASS_H

#include "attn/Analysis/MaskExpr.h"

namespace mlir::attn {

enum class TileClass { Empty, Full, Partial };

/// Positions begin <= x < end.
struct PositionRange {
  int64_t begin = 0, end = 1;
};

/// A box of positions; a box with an empty side admits nothing (Empty).
struct MaskBox {
  PositionRange batch, head, query, key;
};

/// `symbolValues` holds the values of s0, s1, ...; ShapedType::kDynamic, or a
/// missing entry, stands for a value that is not known.
TileClass classify(const MaskExpr &mask, const MaskBox &box,
                   ArrayRef<int64_t> symbolValues = {});

/// Whether the mask admits one pair; none where that takes an unknown value.
std::optional<bool> evaluate(const MaskExpr &mask, int64_t batch, int64_t head,
                             int64_t query, int64_t key,
                             ArrayRef<int64_t> symbolValues = {});

/// The whole extent of an op and the tiles that its scores are cut into.
struct TileGrid {
  int64_t batch = 1, heads = 1;
  int64_t queries = 0, keys = 0;
  int64_t queryTile = 64, keyTile = 96;
};

struct TileCounts {
  int64_t empty = 0, full = 0, partial = 0;
};

/// Counts the tiles of each class over all batches and heads (tiles; the last
/// tile of a row may be cut short). Milliseconds for 65,536 x 65,536 where the
/// mask is linear in the key; none where it would take seconds (more than 2^23
/// tiles and rows to look at) or the numbers do not fit.
std::optional<TileCounts> countTiles(const MaskExpr &mask, const TileGrid &grid,
                                     ArrayRef<int64_t> symbolValues = {});

/// The number of admitted (query, key) pairs over all batches and heads; none
/// where it depends on values that are not known or would take too long (a mask
/// with mod over more than 2^26 pairs).
std::optional<int64_t> countAdmittedPairs(const MaskExpr &mask,
                                          const TileGrid &grid,
                                          ArrayRef<int64_t> symbolValues = {});

} // namespace mlir::attn

#endif // ATTN_ANALYSIS_TILECLASS_H
