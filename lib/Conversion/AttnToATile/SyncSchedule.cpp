//===- SyncSchedule.cpp - products of warps, copies by all threads --------===//
//
// For chips before sm_90. Two stages of K and of V: while a tile is multiplied,
// the next one of the same tensor is copied. One copy is left unfinished at
// each wait, that of the other tensor, which was started after. Behind the last
// tile copies go on with no rows, so that the count stays right.
//
//   for each tile:  wait for K; copy the next K; S = Q K^T; softmax;
//                   wait for V; copy the next V; O += P V
//
// Tests: test/Conversion/AttnToATile/sync-schedule.mlir
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

class SyncBuilder {
public:
  explicit SyncBuilder(AttentionKernel &kernel)
      : kernel(kernel), loc(kernel.loc) {}

  void build();

private:
  Value addRing(OpBuilder &b, int64_t stages, int64_t rows, int64_t columns);
  void copy(OpBuilder &b, const KernelTensor &tensor, ValueRange indices,
            int64_t rowDim, Value valid, Value ring, Value number);
  void copyTile(OpBuilder &b, const KernelTensor &tensor, Value tile,
                Value ring);
  SmallVector<Value> buildTurn(OpBuilder &b, Value tile, bool masked,
                               ValueRange carried);

  AttentionKernel &kernel;
  Location loc;
  Value keyRing, valueRing, query, queryRow;
};

} // namespace

Value SyncBuilder::addRing(OpBuilder &b, int64_t stages, int64_t rows,
                           int64_t columns) {
  return atile::RingOp::create(b, loc, kernel.getRing(stages, rows, columns));
}

/// Rows from the one at `indices` on, along `rowDim`.
void SyncBuilder::copy(OpBuilder &b, const KernelTensor &tensor,
                       ValueRange indices, int64_t rowDim, Value valid,
                       Value ring, Value number) {
  Value slot = atile::StageOp::create(b, loc, ring, number);
  Value offset = kernel.frame.getOffset(b, loc, tensor, indices);
  atile::CopyOp::create(b, loc, tensor.data, offset, tensor.strides[rowDim],
                        valid, slot);
}

/// Tile `tile` of keys or values, or no rows where there is none.
void SyncBuilder::copyTile(OpBuilder &b, const KernelTensor &tensor, Value tile,
                           Value ring) {
  Value row = kernel.emitKey(b, tile);
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, tile,
                                       kernel.endTile);
  Value valid = arith::SelectOp::create(
      b, loc, exists, arith::SubIOp::create(b, loc, kernel.numKeys, row),
      kernel.constant(b, 0));
  copy(b, tensor, {kernel.batch, kernel.keyHead, row, kernel.constant(b, 0)},
       /*rowDim=*/2, valid, ring, kernel.emitRingNumber(b, tile));
}

SmallVector<Value> SyncBuilder::buildTurn(OpBuilder &b, Value tile, bool masked,
                                          ValueRange carried) {
  Value number = kernel.emitRingNumber(b, tile);
  Value next = arith::AddIOp::create(b, loc, tile, kernel.constant(b, 1));
  Value key = atile::WaitCopiesOp::create(b, loc, keyRing, number,
                                          /*pending=*/1);
  copyTile(b, *kernel.key, next, keyRing);
  Value zero = atile::FillOp::create(b, loc, kernel.getScoresType(),
                                     kernel.constantF32(b, 0));
  Value products =
      atile::MmaSyncOp::create(b, loc, query, /*transposed=*/true, key, zero);
  atile::RetireOp::create(b, loc, key);
  Value scores = kernel.emitScores(b, products, tile, queryRow, masked);
  SoftmaxStep step = kernel.emitStep(b, scores, {carried[1], carried[2]});
  Value output = atile::ScaleOp::create(b, loc, carried[0], step.alpha);
  Value weights =
      atile::PackOp::create(b, loc, kernel.getWeightsType(), step.weights);
  Value value = atile::WaitCopiesOp::create(b, loc, valueRing, number,
                                            /*pending=*/1);
  copyTile(b, *kernel.value, next, valueRing);
  output = atile::MmaSyncOp::create(b, loc, weights, /*transposed=*/false,
                                    value, output);
  atile::RetireOp::create(b, loc, value);
  return {output, step.softmax.max, step.softmax.sum};
}

void SyncBuilder::build() {
  OpBuilder b(kernel.frame.getDense());
  atile::ScheduleAttr schedule = kernel.schedule;
  int64_t keyColumns = kernel.shape.getKeyColumns();
  int64_t valueColumns = kernel.shape.getValueColumns(kernel.target);
  Value queryRing = addRing(b, 1, schedule.getRows(), keyColumns);
  keyRing = addRing(b, 2, schedule.getKeys(), keyColumns);
  valueRing = addRing(b, 2, schedule.getKeys(), valueColumns);

  Value groupRow = kernel.emitGroupRow(b, atile::GroupIdOp::create(b, loc));
  queryRow = kernel.emitQueryRow(b, groupRow);
  Value zero = kernel.constant(b, 0);
  copy(b, *kernel.query, kernel.getRowIndices(b, kernel.blockRow),
       kernel.getRowDim(),
       arith::SubIOp::create(b, loc, kernel.numRows, kernel.blockRow),
       queryRing, zero);
  copyTile(b, *kernel.key, kernel.firstTile, keyRing);
  copyTile(b, *kernel.value, kernel.firstTile, valueRing);
  Value slot = atile::WaitCopiesOp::create(b, loc, queryRing, zero,
                                           /*pending=*/2);
  auto type =
      atile::OperandType::get(b.getContext(), atile::kGroupRows, keyColumns,
                              kernel.query->type.getElementType());
  query = atile::LoadOperandOp::create(b, loc, type, slot, groupRow);
  atile::RetireOp::create(b, loc, slot);

  RunningSoftmax empty = kernel.emitEmptySoftmax(b);
  SmallVector<Value> result = kernel.emitTileLoops(
      b, kernel.firstTile, {kernel.emitEmptyOutput(b), empty.max, empty.sum},
      [&](OpBuilder &in, Value tile, bool masked, ValueRange carried) {
        return buildTurn(in, tile, masked, carried);
      });
  // A thread does not end before its copies.
  Value behind = kernel.emitRingNumber(b, kernel.endTile);
  for (Value ring : {keyRing, valueRing}) {
    Value last =
        atile::WaitCopiesOp::create(b, loc, ring, behind, /*pending=*/0);
    atile::RetireOp::create(b, loc, last);
  }
  kernel.emitEpilogue(b, result[0], {result[1], result[2]}, queryRow);
}

void mlir::attn::buildSyncSchedule(AttentionKernel &kernel) {
  SyncBuilder(kernel).build();
}
