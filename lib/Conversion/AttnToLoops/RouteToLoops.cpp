//===- RouteToLoops.cpp - tokens by group as scalar loops -----------------===//
//
//   p = 0
//   for g <= G:                         the last round takes all other tokens
//     offsets[g] = p
//     for n with ids[n] = g:  order[p] = n, place[n] = p, p += 1
//
// and for attn.grouped_project
//
//   for g, for n in its rows, e:  output[n, e] = sum_d input[n, d] w[g, d, e]
//
// Tests: test/Conversion/AttnToLoops/to-loops-route.mlir
//
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/RouteOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

static Value readIndex(ScalarBuilder &b, Value tensor, Value at) {
  Value element = tensor::ExtractOp::create(b, tensor, at);
  return arith::IndexCastOp::create(b, b.getIndexType(), element);
}

static Value writeIndex(ScalarBuilder &b, Value index, Value tensor, Value at) {
  Value element =
      arith::IndexCastOp::create(b, getElementTypeOrSelf(tensor), index);
  return tensor::InsertOp::create(b, element, tensor, at);
}

SmallVector<Value> mlir::attn::buildRouteLoops(OpBuilder &builder, RouteOp op) {
  ScalarBuilder b(builder, op.getLoc());
  Value one = b.index(1), tokens = b.size(op.getIds(), 0);
  Value rounds = b.size(op.getOffsetsInit(), 0);
  Value groups = arith::SubIOp::create(b, rounds, one);
  // Carried: p, order, place, offsets.
  auto overGroups = [&](ScalarBuilder &b, Value g, ValueRange carried) {
    Value offsets = writeIndex(b, carried[0], carried[3], g);
    auto overTokens = [&](ScalarBuilder &b, Value n, ValueRange carried) {
      Value id = readIndex(b, op.getIds(), n);
      // As an unsigned number a negative id is larger than any group's.
      Value isGroup =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, groups);
      Value own = b.select(isGroup, id, groups);
      Value isOwn = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, own, g);
      auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
      auto take = [&](ScalarBuilder &b) {
        return SmallVector<Value>{b.addIndex(carried[0], one),
                                  writeIndex(b, n, carried[1], carried[0]),
                                  writeIndex(b, carried[0], carried[2], n)};
      };
      return b.ifElse(isOwn, take, skip);
    };
    SmallVector<Value> next = b.loop(tokens, carried.take_front(3), overTokens);
    next.push_back(offsets);
    return next;
  };
  SmallVector<Value> results = b.loop(
      rounds,
      {b.index(0), op.getOrderInit(), op.getPlaceInit(), op.getOffsetsInit()},
      overGroups);
  results.erase(results.begin());
  return results;
}

SmallVector<Value> mlir::attn::buildGroupedProjectLoops(OpBuilder &builder,
                                                        GroupedProjectOp op) {
  ScalarBuilder b(builder, op.getLoc());
  Value rows = b.size(op.getInput(), 0), depth = b.size(op.getInput(), 1);
  Value columns = b.size(op.getOutputInit(), 1);
  auto clear = [](ScalarBuilder &b, ValueRange at, ValueRange output) {
    return SmallVector<Value>{b.write(b.real(0.0), output[0], at)};
  };
  Value zeros = b.nest({rows, columns}, op.getOutputInit(), clear)[0];
  auto bound = [&](ScalarBuilder &b, Value at, Value least) -> Value {
    Value offset = readIndex(b, op.getOffsets(), at);
    offset = arith::MinSIOp::create(b, offset, rows);
    return arith::MaxSIOp::create(b, offset, least);
  };
  auto overGroups = [&](ScalarBuilder &b, Value g, ValueRange carried) {
    Value begin = bound(b, g, carried[0]);
    Value end = bound(b, b.addIndex(g, b.index(1)), begin);
    auto element = [&](ScalarBuilder &b, ValueRange at, ValueRange output) {
      Value n = b.addIndex(begin, at[0]);
      auto add = [&](ScalarBuilder &b, Value d, ValueRange sum) {
        Value x = b.read(op.getInput(), {n, d});
        Value w = b.read(op.getWeights(), {g, d, at[1]});
        return SmallVector<Value>{b.add(sum[0], b.mul(x, w))};
      };
      Value sum = b.loop(depth, b.real(0.0), add)[0];
      return SmallVector<Value>{b.write(sum, output[0], {n, at[1]})};
    };
    Value count = arith::SubIOp::create(b, end, begin);
    Value output = b.nest({count, columns}, carried[1], element)[0];
    return SmallVector<Value>{end, output};
  };
  Value groups = b.size(op.getWeights(), 0);
  return {b.loop(groups, {b.index(0), zeros}, overGroups)[1]};
}
