//===- SeqSchedule.cpp - products awaited at once -------------------------===//
//
// A group computes S, then the softmax, then O, each awaited before the next;
// other groups use the tensor cores meanwhile. The registers of P take the
// place of those of S, so it is the schedule for wide heads and heavy score
// regions.
//
//   for each tile:  S = Q K^T; await; release K; softmax; O += P V; await;
//                   release V
//
// Tests: test/Conversion/AttnToATile/dense-to-atile.mlir
//
//===----------------------------------------------------------------------===//

#include "Roles.h"

using namespace mlir;
using namespace mlir::attn;

void mlir::attn::buildSeqSchedule(AttentionKernel &kernel) {
  Roles roles = buildRoles(kernel);
  Location loc = kernel.loc;
  OpBuilder &b = roles.consumer;
  Value query =
      atile::WaitFullOp::create(b, loc, roles.queryRing, kernel.constant(b, 0));
  RunningSoftmax empty = kernel.emitEmptySoftmax(b);
  auto body = [&](OpBuilder &in, Value tile, bool masked, ValueRange carried) {
    Value number = kernel.emitRingNumber(in, tile);
    Value key = atile::WaitFullOp::create(in, loc, roles.keyRing, number);
    Value products =
        atile::MmaSSOp::create(in, loc, kernel.getScoresType(/*inflight=*/true),
                               query, roles.groupRow, key);
    products =
        atile::AwaitOp::create(in, loc, products, /*pending=*/0).getResult(0);
    atile::ReleaseOp::create(in, loc, key);
    Value scores =
        kernel.emitScores(in, products, tile, roles.queryRow, masked);
    SoftmaxStep step = kernel.emitStep(in, scores, {carried[1], carried[2]});
    Value output = atile::ScaleOp::create(in, loc, carried[0], step.alpha);
    Value weights =
        atile::PackOp::create(in, loc, kernel.getWeightsType(), step.weights);
    Value value = atile::WaitFullOp::create(in, loc, roles.valueRing, number);
    output =
        atile::MmaRSOp::create(in, loc, kernel.getOutputType(/*inflight=*/true),
                               weights, value, output);
    output =
        atile::AwaitOp::create(in, loc, output, /*pending=*/0).getResult(0);
    atile::ReleaseOp::create(in, loc, value);
    return SmallVector<Value>{output, step.softmax.max, step.softmax.sum};
  };
  SmallVector<Value> result = kernel.emitTileLoops(
      b, kernel.firstTile, {kernel.emitEmptyOutput(b), empty.max, empty.sum},
      body);
  atile::ReleaseOp::create(b, loc, query);
  kernel.emitEpilogue(b, result[0], {result[1], result[2]}, roles.queryRow);
}
