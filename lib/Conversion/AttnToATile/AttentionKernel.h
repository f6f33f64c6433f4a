//===- AttentionKernel.h - what the schedules share -------------*- C++ -*-===//
//
// Part of attn-dense-to-atile. Softmax attention of one block of query rows:
// the block's coordinates, its tiles of keys as up to three ranges (masked,
// full, masked), scores and masks of a tile, the online softmax, and the
// epilogue. How these follow one another, and what overlaps what, is a
// schedule's: SeqSchedule.cpp, PipeSchedule.cpp, SyncSchedule.cpp.
//
// Tests: test/Conversion/AttnToATile/dense-to-atile.mlir
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_CONVERSION_ATTNTOATILE_ATTENTIONKERNEL_H
#define ATTN_LIB_CONVERSION_ATTNTOATILE_ATTENTIONKERNEL_H

#include "KernelFrame.h"
#include "ScalarRegion.h"
#include "Schedule.h"
#include "attn/Dialect/Attn/IR/ScoredAttention.h"

namespace mlir::attn {

/// Tiles of keys [begin, end), i32.
struct TileRange {
  Value begin, end;
  /// Some pair may not be admitted.
  bool masked;
};

/// The running softmax of a group: maxima of scores before the factor of
/// `AttentionKernel`, and sums that four threads hold together.
struct RunningSoftmax {
  Value max, sum;
};

/// One tile's step: weights of its keys, and what the output so far is to be
/// scaled by.
struct SoftmaxStep {
  Value weights;
  RunningSoftmax softmax;
  Value alpha;
};

/// Query heads of a key head that are rows of a block: all of a group, where
/// there is one query and nothing is given by head; else 1.
int64_t countRowHeads(DenseOp op);

class AttentionKernel {
public:
  AttentionKernel(KernelFrame &frame, atile::ScheduleAttr schedule,
                  const AttentionShape &shape, const GPUTarget &target);

  /// Emits the coordinates and the ranges of keys. First of all.
  void emitPrologue();

  /// The blocks of the kernel.
  std::array<GridExtent, 3> getGrid() const;
  /// Element (batch, head, row, 0) of the first of the rows of `tensor` that
  /// `row` says (query or output), and the dimension that rows go along.
  SmallVector<Value> getRowIndices(OpBuilder &b, Value row);
  int64_t getRowDim() const { return packedHeads > 1 ? 1 : 2; }

  /// The rows that group `group` begins with: in the block, and of all rows.
  Value emitGroupRow(OpBuilder &b, Value group);
  Value emitQueryRow(OpBuilder &b, Value groupRow);
  /// Loops over all tiles, range by range; `body` is given the number of the
  /// tile and whether it is masked, and returns what the next turn gets.
  using TileBody = llvm::function_ref<SmallVector<Value>(
      OpBuilder &, Value tile, bool masked, ValueRange carried)>;
  SmallVector<Value> emitTileLoops(OpBuilder &b, Value first,
                                   ValueRange carried, TileBody body);
  /// How many tiles came before `tile`, which is its number in a ring.
  Value emitRingNumber(OpBuilder &b, Value tile);
  /// The first key of a tile.
  Value emitKey(OpBuilder &b, Value tile);

  /// Identities of the running softmax and of the output.
  RunningSoftmax emitEmptySoftmax(OpBuilder &b);
  Value emitEmptyOutput(OpBuilder &b, bool inflight = false);
  /// Scores of a tile's products, -inf where a pair is not admitted.
  Value emitScores(OpBuilder &b, Value products, Value tile, Value queryRow,
                   bool masked);
  /// The same of the first tile, whichever range it is in.
  Value emitFirstScores(OpBuilder &b, Value products, Value tile,
                        Value queryRow);
  SoftmaxStep emitStep(OpBuilder &b, Value scores, RunningSoftmax before);
  /// Normalises and stores output and lse.
  void emitEpilogue(OpBuilder &b, Value output, RunningSoftmax softmax,
                    Value queryRow);

  /// Types of tiles and fragments.
  atile::RingType getRing(int64_t stages, int64_t rows, int64_t columns) const;
  atile::FragType getScoresType(bool inflight = false) const;
  atile::FragType getOutputType(bool inflight = false) const;
  atile::OperandType getWeightsType() const;
  Value constant(OpBuilder &b, int64_t value) const;
  Value constantF32(OpBuilder &b, double value) const;

  /// Fixed by the constructor and the prologue.
  KernelFrame &frame;
  ScoredAttention attention;
  atile::ScheduleAttr schedule;
  AttentionShape shape;
  const GPUTarget &target;
  Location loc;
  const KernelTensor *query, *key, *value;
  /// Query heads of a key head that are the rows of a block, where there is one
  /// query; else 1, and rows are queries.
  int64_t packedHeads;
  /// i32: the block's coordinates (with rows that are heads, the first head),
  /// its first row, sizes.
  Value batch, head, keyHead, blockRow, numRows, numQueries, numKeys;
  /// i32: the tiles of keys that the block goes over.
  Value firstTile, endTile;

private:
  void emitKeyRanges(OpBuilder &b);
  Value emitMask(OpBuilder &b, Value i, Value j, ValueRange positions);
  Value emitScore(OpBuilder &b, Value x, ValueRange positions);
  Value emitBias(OpBuilder &b, ValueRange positions);
  Value mapRows(OpBuilder &b, ValueRange rows,
                llvm::function_ref<Value(OpBuilder &, ValueRange)> body);
  bool hasScores() const;
  bool hasRaggedKeys() const;

  ScalarRegion score, mask;
  /// What a score is multiplied with to be an exponent of 2.
  double factor;
  Value diagonal;
  SmallVector<TileRange> ranges;
};

/// The schedules: each emits rings and roles at the end of the kernel.
void buildSeqSchedule(AttentionKernel &kernel);
void buildPipeSchedule(AttentionKernel &kernel);
void buildSyncSchedule(AttentionKernel &kernel);

/// Moves what is the same for all elements out of the bodies of `atile.map`.
void hoistUniform(atile::KernelOp kernel);

} // namespace mlir::attn

#endif // ATTN_LIB_CONVERSION_ATTNTOATILE_ATTENTIONKERNEL_H
