//===- LongConvBlock.cpp - one head's block of channels -------------------===//

#include "LongConvBlock.h"

using namespace mlir;
using namespace mlir::attn;

ConvSizes::ConvSizes(StateBuilder &b, LongConvOp op) {
  auto size = [&](Value memref, int64_t axis) -> Value {
    return b.createOrFold<memref::DimOp>(memref, axis);
  };
  batches = size(op.getInput(), 0);
  heads = size(op.getInput(), 1);
  tokens = size(op.getInput(), 2);
  taps = size(op.getFilter(), 1);
  history = op.getHistory() ? size(op.getHistory(), 2) : b.index(0);
  length = b.add(tokens, history);
}

ConvBlock::ConvBlock(StateBuilder &b, LongConvOp op, const ConvSizes &sizes,
                     Value head, Value channel, int64_t lanes)
    : b(b), sizes(sizes), lanes(lanes), op(op), head(head), channel(channel),
      inBounds(op.getChannels() % lanes == 0) {}

Value ConvBlock::readTap(Value tap) {
  return b.read(op.getFilter(), {head, tap, channel}, lanes, inBounds);
}

Value ConvBlock::readToken(Value batch, Value token) {
  SmallVector<Value> at{batch, head, token, channel};
  Value x = b.read(op.getInput(), at, lanes, inBounds);
  if (!op.getBefore())
    return x;
  return b.mul(b.read(op.getBefore(), at, lanes, inBounds), x);
}

Value ConvBlock::readInput(Value batch, Value place) {
  if (!op.getHistory())
    return readToken(batch, place);
  Value isEarlier =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, place, sizes.history);
  auto branch = scf::IfOp::create(b, TypeRange{b.lanes(lanes)}, isEarlier,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value earlier =
      b.read(op.getHistory(), {batch, head, place, channel}, lanes, inBounds);
  scf::YieldOp::create(b, earlier);
  b.setInsertionPointToStart(branch.elseBlock());
  Value token = arith::SubIOp::create(b, place, sizes.history);
  scf::YieldOp::create(b, readToken(batch, token));
  return branch.getResult(0);
}

void ConvBlock::prefetchNext(Value memref, Value batch, Value token) {
  // The last token once more, not one outside of the tensor.
  Value last = arith::SubIOp::create(b, sizes.tokens, b.index(1));
  Value next = arith::MinSIOp::create(b, b.add(token, 1), last);
  memref::PrefetchOp::create(b, memref, ValueRange{batch, head, next, channel},
                             /*isWrite=*/false, /*localityHint=*/2,
                             /*isDataCache=*/true);
}

void ConvBlock::prefetchNextInput(Value batch, Value place) {
  Value token = arith::SubIOp::create(b, place, sizes.history);
  token = arith::MaxSIOp::create(b, token, b.index(-1));
  prefetchNext(op.getInput(), batch, token);
}

void ConvBlock::prefetchNextOutput(Value batch, Value token) {
  prefetchNext(op.getOutputInit(), batch, token);
}

void ConvBlock::writeOutput(Value batch, Value token, Value sum) {
  SmallVector<Value> at{batch, head, token, channel};
  if (op.getSkip()) {
    Value weight = b.read(op.getSkip(), {head, channel}, lanes, inBounds);
    sum = b.fma(weight, readToken(batch, token), sum);
  }
  if (op.getBehind())
    sum = b.mul(b.read(op.getBehind(), at, lanes, inBounds), sum);
  b.write(sum, op.getOutputInit(), at, inBounds);
}
