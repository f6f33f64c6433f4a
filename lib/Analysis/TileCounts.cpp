//===- TileCounts.cpp - counting tiles and admitted pairs -----------------===//
//
// One pass over the query rows: the keys that any row of a query tile may admit
// are united and the keys that all its rows admit intersected; the key tiles
// are then read off the two sets.
//
// See TileClass.h. Covered by test/unittests/Analysis/TileCountsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "RowKeys.h"
#include "SaturatingMath.h"
#include "TileTruth.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"

namespace mlir::attn {

/// Pairs that countAdmittedPairs evaluates one by one at most.
static constexpr int64_t kMaxEvaluatedPairs = int64_t(1) << 26;

/// Tiles and rows that countTiles looks at at most.
static constexpr int64_t kMaxVisits = int64_t(1) << 23;

/// Whether counting the tiles of `grid` ends soon, in numbers that fit.
static bool isCountable(const CompiledMask &mask, const TileGrid &grid) {
  using saturating::multiply;
  int64_t rows = mask.mentionsDim(kQueryDim) ? grid.queries : 0;
  int64_t tiles = multiply(llvm::divideCeilSigned(grid.queries, grid.queryTile),
                           llvm::divideCeilSigned(grid.keys, grid.keyTile));
  int64_t planes = multiply(mask.mentionsDim(kBatchDim) ? grid.batch : 1,
                            mask.mentionsDim(kHeadDim) ? grid.heads : 1);
  int64_t all = multiply(multiply(grid.batch, grid.heads), tiles);
  return multiply(planes, saturating::add(tiles, rows)) <= kMaxVisits &&
         !saturating::isInfinite(all);
}

/// Calls `visit(b, h, multiplicity)` for the (batch, head) planes that differ.
static void
forEachPlane(const CompiledMask &mask, const TileGrid &grid,
             llvm::function_ref<void(int64_t, int64_t, int64_t)> visit) {
  int64_t batches = mask.mentionsDim(kBatchDim) ? grid.batch : 1;
  int64_t heads = mask.mentionsDim(kHeadDim) ? grid.heads : 1;
  if (grid.batch == 0 || grid.heads == 0)
    return;
  int64_t multiplicity = grid.batch / batches * (grid.heads / heads);
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t h = 0; h < heads; ++h)
      visit(b, h, multiplicity);
}

/// Counts the key tiles of one query tile, of which `rows` holds the sets.
static TileCounts countKeyTiles(const CompiledMask &mask, MaskBox box,
                                const RowKeys &rows, const TileGrid &grid,
                                ArrayRef<int64_t> symbolValues) {
  TileCounts counts;
  const IntervalSet &may = rows.may, &all = rows.all();
  const auto *nextMay = may.begin(), *nextAll = all.begin();
  bool isExact = mask.isExactPerRow();
  for (int64_t begin = 0; begin < grid.keys; begin += grid.keyTile) {
    int64_t end = std::min(begin + grid.keyTile, grid.keys);
    while (nextMay != may.end() && nextMay->end <= begin)
      ++nextMay;
    while (nextAll != all.end() && nextAll->end < end)
      ++nextAll;
    if (nextMay == may.end() || nextMay->begin >= end) {
      ++counts.empty;
      continue;
    }
    if (nextAll != all.end() && nextAll->begin <= begin) {
      ++counts.full;
      continue;
    }
    if (isExact) {
      ++counts.partial;
      continue;
    }
    box.key = {begin, end};
    Truth<IntegerDomain> truth = computeTileTruth(mask, box, symbolValues);
    ++(truth.all ? counts.full : truth.may ? counts.partial : counts.empty);
  }
  return counts;
}

std::optional<TileCounts> countTiles(const MaskExpr &expr, const TileGrid &grid,
                                     ArrayRef<int64_t> symbolValues) {
  CompiledMask mask(expr);
  if (!isCountable(mask, grid))
    return std::nullopt;
  PositionRange keys{0, grid.keys};
  bool rowsDiffer = mask.mentionsDim(kQueryDim);
  TileCounts counts;
  forEachPlane(mask, grid, [&](int64_t b, int64_t h, int64_t multiplicity) {
    for (int64_t begin = 0; begin < grid.queries; begin += grid.queryTile) {
      int64_t end = std::min(begin + grid.queryTile, grid.queries);
      RowKeys rows = computeRowKeys(mask, {b, h, begin}, keys, symbolValues);
      for (int64_t i = begin + 1; rowsDiffer && i < end; ++i) {
        RowKeys row = computeRowKeys(mask, {b, h, i}, keys, symbolValues);
        rows.differingAll = intersect(rows.all(), row.all());
        rows.may = unite(rows.may, row.may);
      }
      MaskBox box{{b, b + 1}, {h, h + 1}, {begin, end}, keys};
      TileCounts tile = countKeyTiles(mask, box, rows, grid, symbolValues);
      counts.empty += multiplicity * tile.empty;
      counts.full += multiplicity * tile.full;
      counts.partial += multiplicity * tile.partial;
    }
  });
  return counts;
}

static int64_t countKeys(const IntervalSet &set) {
  int64_t count = 0;
  for (PositionRange range : set)
    count += range.end - range.begin;
  return count;
}

std::optional<int64_t> countAdmittedPairs(const MaskExpr &expr,
                                          const TileGrid &grid,
                                          ArrayRef<int64_t> symbolValues) {
  CompiledMask mask(expr);
  PositionRange keys{0, grid.keys};
  bool rowsDiffer = mask.mentionsDim(kQueryDim);
  int64_t pairs = 0, evaluated = 0;
  bool isKnown = true;
  auto countRow = [&](int64_t b, int64_t h, int64_t i) {
    RowKeys row = computeRowKeys(mask, {b, h, i}, keys, symbolValues);
    if (!row.differingAll)
      return countKeys(row.may);
    int64_t count = 0;
    for (PositionRange range : row.may) {
      evaluated += range.end - range.begin;
      if (evaluated > kMaxEvaluatedPairs)
        isKnown = false;
      for (int64_t j = range.begin; isKnown && j < range.end; ++j) {
        std::optional<bool> admitted =
            evaluateCompiled(mask, {b, h, i, j}, symbolValues);
        isKnown &= admitted.has_value();
        count += admitted.value_or(false);
      }
    }
    return count;
  };
  forEachPlane(mask, grid, [&](int64_t b, int64_t h, int64_t multiplicity) {
    if (!rowsDiffer && grid.queries > 0)
      pairs += multiplicity * grid.queries * countRow(b, h, 0);
    for (int64_t i = 0; rowsDiffer && isKnown && i < grid.queries; ++i)
      pairs += multiplicity * countRow(b, h, i);
  });
  if (!isKnown)
    return std::nullopt;
  return pairs;
}

} // namespace mlir::attn
