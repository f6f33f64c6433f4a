//===- PipeSchedule.cpp - softmax under the product of the tile before ----===//
//
// FlashAttention-3's overlap inside of a group (arXiv 2407.08608, section 3.2):
// while the softmax of tile n runs, the tensor cores multiply the weights of
// tile n - 1 with V. Two places for the await of that product:
//
//   pipe                                   pipe2
//   -----------------------------------    -----------------------------------
//   S = Q K^T                              wait for K
//   O += P V        (tile before)          await O; release V; pack P; scale O
//   await S (1 pending); release K         S = Q K^T
//   softmax                                O += P V        (tile before)
//   await O; release V; pack P; scale O    await S (1 pending); release K
//                                          softmax
//
// ptxas moves the await of `pipe` up into the softmax, but not that of `pipe2`
// across the loop that waits for K. It costs the registers of P in f32.
//
// Tests: test/Conversion/AttnToATile/pipe-schedules.mlir
//
//===----------------------------------------------------------------------===//

#include "Roles.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

/// What a turn leaves to the next one.
struct Turn {
  /// In flight with `pipe2`.
  Value output;
  /// Packed with `pipe`.
  Value weights;
  RunningSoftmax softmax;
  /// Only with `pipe2`: what O is still to be scaled by, and the slot that its
  /// product reads.
  Value alpha, valueSlot;
};

class PipeBuilder {
public:
  explicit PipeBuilder(AttentionKernel &kernel)
      : kernel(kernel), loc(kernel.loc), roles(buildRoles(kernel)),
        late(kernel.schedule.getOverlap() == atile::Overlap::Pipe2) {}

  void build();

private:
  SmallVector<Value> buildTiles(OpBuilder &b);
  Turn buildFirst(OpBuilder &b);
  Turn buildTurn(OpBuilder &b, Value tile, bool masked, const Turn &last);
  Value awaitProduct(OpBuilder &b, Value product, int32_t pending);
  Value startScores(OpBuilder &b, Value key);
  Value startOutput(OpBuilder &b, Value weights, Value slot, Value output);
  Value pack(OpBuilder &b, Value weights);
  Turn finishOutput(OpBuilder &b, const Turn &last);

  SmallVector<Value> toValues(const Turn &turn) const;
  Turn fromValues(ValueRange values) const;

  AttentionKernel &kernel;
  Location loc;
  Roles roles;
  Value query;
  bool late;
};

} // namespace

SmallVector<Value> PipeBuilder::toValues(const Turn &turn) const {
  SmallVector<Value> values{turn.output, turn.weights, turn.softmax.max,
                            turn.softmax.sum};
  if (late)
    values.append({turn.alpha, turn.valueSlot});
  return values;
}

Turn PipeBuilder::fromValues(ValueRange values) const {
  Turn turn{values[0], values[1], {values[2], values[3]}, {}, {}};
  if (late) {
    turn.alpha = values[4];
    turn.valueSlot = values[5];
  }
  return turn;
}

Value PipeBuilder::awaitProduct(OpBuilder &b, Value product, int32_t pending) {
  return atile::AwaitOp::create(b, loc, product, pending).getResult(0);
}

Value PipeBuilder::startScores(OpBuilder &b, Value key) {
  return atile::MmaSSOp::create(b, loc, kernel.getScoresType(true), query,
                                roles.groupRow, key);
}

Value PipeBuilder::startOutput(OpBuilder &b, Value weights, Value slot,
                               Value output) {
  return atile::MmaRSOp::create(b, loc, kernel.getOutputType(true), weights,
                                slot, output);
}

Value PipeBuilder::pack(OpBuilder &b, Value weights) {
  return atile::PackOp::create(b, loc, kernel.getWeightsType(), weights);
}

/// The first tile has no product before it.
Turn PipeBuilder::buildFirst(OpBuilder &b) {
  Value key =
      atile::WaitFullOp::create(b, loc, roles.keyRing, kernel.constant(b, 0));
  Value products = awaitProduct(b, startScores(b, key), 0);
  atile::ReleaseOp::create(b, loc, key);
  Value scores =
      kernel.emitFirstScores(b, products, kernel.firstTile, roles.queryRow);
  SoftmaxStep step = kernel.emitStep(b, scores, kernel.emitEmptySoftmax(b));
  if (!late)
    return {
        kernel.emitEmptyOutput(b), pack(b, step.weights), step.softmax, {}, {}};
  Value none = atile::NoSlotOp::create(
      b, loc,
      atile::SlotType::get(b.getContext(), kernel.schedule.getKeys(),
                           kernel.shape.getValueColumns(kernel.target),
                           kernel.query->type.getElementType(),
                           atile::SlotState::Full));
  return {kernel.emitEmptyOutput(b, /*inflight=*/true), step.weights,
          step.softmax, step.alpha, none};
}

/// `pipe2`: ends the product of the last turn and makes it and the weights
/// ready for the next one.
Turn PipeBuilder::finishOutput(OpBuilder &b, const Turn &last) {
  auto await = atile::AwaitOp::create(
      b, loc, ValueRange{last.output, last.weights}, /*pending=*/0);
  atile::ReleaseOp::create(b, loc, last.valueSlot);
  Value weights = pack(b, await.getResult(1));
  Value output = atile::ScaleOp::create(b, loc, await.getResult(0), last.alpha);
  return {output, weights, last.softmax, {}, {}};
}

Turn PipeBuilder::buildTurn(OpBuilder &b, Value tile, bool masked,
                            const Turn &last) {
  Value number = kernel.emitRingNumber(b, tile);
  Value before = arith::SubIOp::create(b, loc, number, kernel.constant(b, 1));
  Value key = atile::WaitFullOp::create(b, loc, roles.keyRing, number);
  Turn ready = late ? finishOutput(b, last) : last;
  Value scores = startScores(b, key);
  Value slot = atile::WaitFullOp::create(b, loc, roles.valueRing, before);
  Value output = startOutput(b, ready.weights, slot, ready.output);
  scores = awaitProduct(b, scores, /*pending=*/1);
  atile::ReleaseOp::create(b, loc, key);
  scores = kernel.emitScores(b, scores, tile, roles.queryRow, masked);
  SoftmaxStep step = kernel.emitStep(b, scores, ready.softmax);
  if (late)
    return {output, step.weights, step.softmax, step.alpha, slot};
  auto await = atile::AwaitOp::create(b, loc, ValueRange{output, step.weights},
                                      /*pending=*/0);
  atile::ReleaseOp::create(b, loc, slot);
  Value weights = pack(b, await.getResult(1));
  output = atile::ScaleOp::create(b, loc, await.getResult(0), step.alpha);
  return {output, weights, step.softmax, {}, {}};
}

/// Output, maxima and sums of a block that has tiles.
SmallVector<Value> PipeBuilder::buildTiles(OpBuilder &b) {
  Turn first = buildFirst(b);
  Value second =
      arith::AddIOp::create(b, loc, kernel.firstTile, kernel.constant(b, 1));
  SmallVector<Value> carried = kernel.emitTileLoops(
      b, second, toValues(first),
      [&](OpBuilder &in, Value tile, bool masked, ValueRange values) {
        return toValues(buildTurn(in, tile, masked, fromValues(values)));
      });
  Turn last = fromValues(carried);
  if (late)
    last = finishOutput(b, last);
  Value number = kernel.emitRingNumber(
      b, arith::SubIOp::create(b, loc, kernel.endTile, kernel.constant(b, 1)));
  Value slot = atile::WaitFullOp::create(b, loc, roles.valueRing, number);
  Value output = startOutput(b, last.weights, slot, last.output);
  output = awaitProduct(b, output, 0);
  atile::ReleaseOp::create(b, loc, slot);
  return {output, last.softmax.max, last.softmax.sum};
}

void PipeBuilder::build() {
  OpBuilder &b = roles.consumer;
  query =
      atile::WaitFullOp::create(b, loc, roles.queryRing, kernel.constant(b, 0));
  Value any = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                    kernel.firstTile, kernel.endTile);
  auto tiles = [&](OpBuilder &in, Location) {
    scf::YieldOp::create(in, loc, buildTiles(in));
  };
  auto none = [&](OpBuilder &in, Location) {
    RunningSoftmax empty = kernel.emitEmptySoftmax(in);
    scf::YieldOp::create(
        in, loc, ValueRange{kernel.emitEmptyOutput(in), empty.max, empty.sum});
  };
  auto branch = scf::IfOp::create(b, loc, any, tiles, none);
  atile::ReleaseOp::create(b, loc, query);
  kernel.emitEpilogue(b, branch.getResult(0),
                      {branch.getResult(1), branch.getResult(2)},
                      roles.queryRow);
}

void mlir::attn::buildPipeSchedule(AttentionKernel &kernel) {
  PipeBuilder(kernel).build();
}
