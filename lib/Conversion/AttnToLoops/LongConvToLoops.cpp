//===- LongConvToLoops.cpp - attn.long_conv as scalar loops ---------------===//
//
//   for b, h, t, d:
//     y = skip[h, d] x[t]
//     for j < min(L, t + P + 1):  y += filter[h, j, d] x[t - j]
//     output[b, h, t, d] = behind[b, h, t, d] y
//
// with x[t] = before[b, h, t, d] input[b, h, t, d], and the tokens of the
// history before them.
//
// Tests: test/Conversion/AttnToLoops/to-loops-long-conv.mlir
//
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/LongConv.h"

using namespace mlir;
using namespace mlir::attn;

/// x at the token of `at`, [b, h, t, d].
static Value readInput(ScalarBuilder &b, LongConvOp op, ValueRange at) {
  Value x = b.read(op.getInput(), at);
  return op.getBefore() ? b.mul(b.read(op.getBefore(), at), x) : x;
}

/// x at the token j before that of `at`, one of the history if t < j.
static Value readEarlier(ScalarBuilder &b, LongConvOp op, ValueRange at,
                         Value j, Value history) {
  Value token = arith::SubIOp::create(b, at[2], j);
  auto own = [&](ScalarBuilder &b) {
    return SmallVector<Value>{readInput(b, op, {at[0], at[1], token, at[3]})};
  };
  if (!op.getHistory())
    return own(b)[0];
  Value isOwn =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sge, token, b.index(0));
  auto before = [&](ScalarBuilder &b) {
    Value place = b.addIndex(history, token);
    return SmallVector<Value>{
        b.read(op.getHistory(), {at[0], at[1], place, at[3]})};
  };
  return b.ifElse(isOwn, own, before)[0];
}

FailureOr<SmallVector<Value>> mlir::attn::buildLongConvLoops(OpBuilder &builder,
                                                             LongConvOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  Value taps = b.size(op.getFilter(), 1);
  Value history = op.getHistory() ? b.size(op.getHistory(), 2) : b.index(0);
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < 4; ++axis)
    sizes.push_back(b.size(op.getInput(), axis));
  auto body = [&](ScalarBuilder &b, ValueRange at, ValueRange output) {
    Value known = b.addIndex(b.addIndex(at[2], history), b.index(1));
    Value count = arith::MinSIOp::create(b, taps, known);
    auto overTaps = [&](ScalarBuilder &b, Value j, ValueRange sum) {
      Value weight = b.read(op.getFilter(), {at[1], j, at[3]});
      Value x = readEarlier(b, op, at, j, history);
      return SmallVector<Value>{b.add(sum[0], b.mul(weight, x))};
    };
    Value y = b.loop(count, b.real(0.0), overTaps)[0];
    if (op.getSkip())
      y = b.add(
          y, b.mul(b.read(op.getSkip(), {at[1], at[3]}), readInput(b, op, at)));
    if (op.getBehind())
      y = b.mul(b.read(op.getBehind(), at), y);
    return SmallVector<Value>{b.write(y, output[0], at)};
  };
  return b.nest(sizes, op.getOutputInit(), body);
}
