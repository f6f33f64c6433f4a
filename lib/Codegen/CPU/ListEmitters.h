//===- ListEmitters.h - vector code that makes lists ------------*- C++ -*-===//
//
// attn.pool, attn.select and attn.invert on memrefs.
//
// A tile of attn.select is a few vectors of queries of one list head: queries
// lie in lanes, so that softmax, sums over a group and the search for the best
// are elementwise, and nothing is ever shuffled. Scores of a tile fill a panel
// [blocks, queries]:
//
//   queries transposed, [heads of the group, K, queries]
//   panel[m] = group of s[m], or of probabilities     key by key, 4 at a time
//   panel[m] = a number whose order is that of choice
//   threshold = the L-th largest number of each lane  by counting what is
//   larger lists = all above it, and of those equal the first
//
// Tests: test/Codegen/CPU/lower-lists.mlir, test/Integration/Select
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CODEGEN_CPU_LISTEMITTERS_H
#define ATTN_LIB_CODEGEN_CPU_LISTEMITTERS_H

#include "RecurrenceEmitter.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::attn {

/// Registers of a tile.
struct ListShape {
  /// f32 in a vector; vectors of queries, and keys, that are multiplied at a
  /// time.
  int64_t lanes, vectors, keys;

  int64_t queries() const { return lanes * vectors; }
};

/// One value per vector of queries.
using Lanes = SmallVector<Value>;

/// The score region on a vector of queries and one key.
class ScoreLanes {
public:
  ScoreLanes(StateBuilder &b, SelectOp op, int64_t lanes);

  /// Emits what depends on neither score nor key; `queries` are the vectors of
  /// i32 of the queries' numbers.
  void prepare(Value batch, Value head, const Lanes &queries);
  /// Emits the rest for vector `number`, and returns what the region yields.
  Value build(unsigned number, Value score, Value key);

private:
  void emit(Operation &inner, IRMapping &mapping);
  Value load(memref::LoadOp read, IRMapping &mapping);
  Value broadcast(Value value);

  StateBuilder &b;
  Region &region;
  int64_t lanes;
  /// What depends on the score or the key.
  DenseSet<Value> late;
  SmallVector<IRMapping> mappings;
};

/// What a tile of queries is.
struct SelectTile {
  Value batch, list;
  /// The number of the tile's first query, how many there are, and the place of
  /// the last one.
  Value first, count, lastPlace;
  /// Numbers and places of the queries, vectors of i32; behind the last query
  /// those of the last.
  Lanes queries, places;
  /// Blocks that any of the queries may list, and keys that it scores.
  Value blocks, keys;
  /// The panel [vectors, blocks, lanes].
  Value panel;
};

/// Sizes of the op, and what depends on nothing else.
struct SelectSizes {
  SelectSizes(StateBuilder &b, SelectOp op);

  /// Heads that share a list, and query heads that share a key head.
  Value batches, lists, queries, keys, length, group, keyGroup;
  /// The place of query 0.
  Value shift;
  /// How many blocks there are, and those up to the end of the last key.
  Value blocks, reached;
  /// Sizes as the arithmetic of lanes can hold them.
  int64_t block, keySize, keyStride, width;
};

/// Emits the scores of a tile.
class SelectScores {
public:
  SelectScores(StateBuilder &b, SelectOp op, const SelectSizes &sizes,
               const ListShape &shape);

  /// Scratch of a tile, in the body of the loop over tiles.
  void allocate();
  /// panel[m] = y[m] for all blocks of the tile, before the mean's division.
  void emit(const SelectTile &tile);

private:
  using Handler = function_ref<void(Value key, const Lanes &scores)>;

  void packQueries(const SelectTile &tile);
  void forEachScore(const SelectTile &tile, Value head, Value from, Value to,
                    Handler handle);
  void forEachProduct(const SelectTile &tile, Value head, Value from, Value to,
                      Handler handle);
  void forEachGiven(const SelectTile &tile, Value head, Value from, Value to,
                    Handler handle);
  void stageKeys(const SelectTile &tile, Value keyHead, Value from, Value to);
  Lanes multiply(const SelectTile &tile, Value head, Value keyHead, Value from,
                 Value key, int64_t count);
  void sumHeads(const SelectTile &tile);
  void sumProbabilities(const SelectTile &tile);
  void exponentiate(const SelectTile &tile, const Lanes &maxima);
  void give(const SelectTile &tile, Value target, const Lanes &sums);
  void fill(Value memref, Value rows, double value);
  Value queryHead(const SelectTile &tile, Value head);

  StateBuilder &b;
  SelectOp op;
  const SelectSizes &sizes;
  ListShape shape;
  Value zero, one;
  bool stagesKeys;
  Value queryRows, keyRows, transposed, scores, own, maxima;
};

/// Emits the lists of a tile whose panel holds scores.
class SelectTop {
public:
  SelectTop(StateBuilder &b, SelectOp op, const SelectSizes &sizes,
            int64_t lanes);

  void allocate();
  /// The tile is one vector of queries.
  void emit(const SelectTile &tile);

private:
  /// Of ranks that are at least a bound: their number and the least of them;
  /// and the largest of the others.
  struct Census {
    Lanes count, above, below;
  };
  /// Bounds of one vector of lanes, and how many ranks are at least these.
  struct Search {
    Value low, high, numLow, numHigh;
  };

  void makeRanks(const SelectTile &tile);
  Census count(const SelectTile &tile, const Lanes &bounds);
  Value turnBits(Value bits);
  Value guess(const Search &search, Value isHalved);
  Value isOpen(const Search &search);
  Search getSearch(ValueRange state, int64_t v);
  SmallVector<Value> narrowOnce(const SelectTile &tile, ValueRange state);
  void search(const SelectTile &tile);
  void scatter(const SelectTile &tile);
  void write(const SelectTile &tile);
  Value broadcast(Value index);

  StateBuilder &b;
  SelectOp op;
  const SelectSizes &sizes;
  ListShape shape;
  VectorType numbers, flags;
  Value zero, one, wanted;
  /// Entries as they are found, [length, lanes] in i32.
  Value found;
  /// Bounds of the search, and how many blocks can be listed.
  Lanes low, high, visible, forced;
};

/// Rows of a panel: vectors of f32. A panel is [vectors, rows, lanes], or
/// [rows, lanes] for one vector.
Lanes readPanel(StateBuilder &b, Value panel, Value row,
                const ListShape &shape);
void writePanel(StateBuilder &b, const Lanes &values, Value panel, Value row,
                const ListShape &shape);

/// `lanes` rows of up to `lanes` elements, turned: vector j holds element j of
/// all of them. `row` gives each row as a vector of f32.
SmallVector<Value> transposeRows(StateBuilder &b, int64_t lanes,
                                 function_ref<Value(int64_t)> row);

void emitPool(OpBuilder &builder, PoolOp op, int64_t lanes);
void emitSelect(OpBuilder &builder, SelectOp op, const ListShape &shape);
void emitInvert(OpBuilder &builder, InvertOp op);

} // namespace mlir::attn

#endif // ATTN_LIB_CODEGEN_CPU_LISTEMITTERS_H
