//===- CacheUpdateToLoops.cpp - attn.cache_update as scalar loops ---------===//
//
//   for b, t:
//     n = lengths[b] + t, and where that is in the cache, if it is
//     for h, d:  cache[there, d] = rows[b, h, t, d], turned by the angles of n
//
// Tests: test/Conversion/AttnToLoops/to-loops-cache.mlir
//
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/CacheOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

namespace {
/// Where a new row goes: the batch entry of the cache, and its row.
struct RowPlace {
  Value isThere, first, row;
};
} // namespace

static Value isBelow(ScalarBuilder &b, Value x, Value bound) {
  // As an unsigned number a negative one is larger than any bound.
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, x, bound);
}

static Value both(ScalarBuilder &b, Value x, Value y) {
  return arith::AndIOp::create(b, x, y);
}

static Value readIndex(ScalarBuilder &b, Value tensor, ValueRange at) {
  Value element = tensor::ExtractOp::create(b, tensor, at);
  return arith::IndexCastOp::create(b, b.getIndexType(), element);
}

/// The row of place `n` of sequence `batch` in the page that the table names.
static RowPlace findPage(ScalarBuilder &b, CacheUpdateOp op, Value batch,
                         Value n, Value size) {
  Value pageSize = b.index(*op.getPageSize());
  Value entry = arith::DivUIOp::create(b, n, pageSize);
  Value isListed = isBelow(b, entry, b.size(op.getPageTable(), 1));
  auto none = [](ScalarBuilder &b) { return SmallVector<Value>{b.index(-1)}; };
  auto read = [&](ScalarBuilder &b) {
    return SmallVector<Value>{readIndex(b, op.getPageTable(), {batch, entry})};
  };
  Value page = b.ifElse(isListed, read, none)[0];
  Value pages = arith::DivUIOp::create(b, size, pageSize);
  Value first = arith::MulIOp::create(b, page, pageSize);
  return {isBelow(b, page, pages), b.index(0),
          b.addIndex(first, arith::RemUIOp::create(b, n, pageSize))};
}

static RowPlace findPlace(ScalarBuilder &b, CacheUpdateOp op, Value batch,
                          Value n) {
  Value size = b.size(op.getCacheInit(), 2);
  Value isPlace =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sge, n, b.index(0));
  if (op.getCos())
    isPlace = both(b, isPlace, isBelow(b, n, b.size(op.getCos(), 0)));
  RowPlace place;
  if (op.getPageTable()) {
    place = findPage(b, op, batch, n, size);
  } else if (op.getRing()) {
    Value positive = arith::MaxSIOp::create(b, size, b.index(1));
    place = {isBelow(b, b.index(0), size), batch,
             arith::RemUIOp::create(b, n, positive)};
  } else {
    place = {isBelow(b, n, size), batch, n};
  }
  place.isThere = both(b, isPlace, place.isThere);
  return place;
}

/// Feature d of the row `at` [b, h, t], turned by the angles of place n.
static Value readTurned(ScalarBuilder &b, CacheUpdateOp op, ValueRange at,
                        Value n, Value d) {
  auto read = [&](Value feature) {
    return b.read(op.getRows(), {at[0], at[1], at[2], feature});
  };
  if (!op.getCos())
    return read(d);
  int64_t width = cast<ShapedType>(op.getRows().getType()).getDimSize(3);
  // The other of the pair, and whether d is the first of it.
  Value step = b.index(op.getInterleaved() ? 1 : width / 2);
  Value isFirst, pair;
  if (op.getInterleaved()) {
    Value odd = arith::RemUIOp::create(b, d, b.index(2));
    isFirst =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, odd, b.index(0));
    pair = arith::DivUIOp::create(b, d, b.index(2));
  } else {
    isFirst = isBelow(b, d, step);
    pair = arith::RemUIOp::create(b, d, step);
  }
  Value other =
      b.select(isFirst, b.addIndex(d, step), arith::SubIOp::create(b, d, step));
  Value own = b.mul(read(d), b.read(op.getCos(), {n, pair}));
  Value turned = b.mul(read(other), b.read(op.getSin(), {n, pair}));
  return b.select(isFirst, b.sub(own, turned), b.add(own, turned));
}

FailureOr<SmallVector<Value>>
mlir::attn::buildCacheUpdateLoops(OpBuilder &builder, CacheUpdateOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  Value heads = b.size(op.getRows(), 1), width = b.size(op.getRows(), 3);
  auto overRows = [&](ScalarBuilder &b, ValueRange row, ValueRange cache) {
    Value n = b.addIndex(readIndex(b, op.getLengths(), row[0]), row[1]);
    RowPlace place = findPlace(b, op, row[0], n);
    auto drop = [&](ScalarBuilder &) { return SmallVector<Value>(cache); };
    auto write = [&](ScalarBuilder &b) {
      auto element = [&](ScalarBuilder &b, ValueRange at, ValueRange cache) {
        Value x = readTurned(b, op, {row[0], at[0], row[1]}, n, at[1]);
        return SmallVector<Value>{
            b.write(x, cache[0], {place.first, at[0], place.row, at[1]})};
      };
      return b.nest({heads, width}, cache, element);
    };
    return b.ifElse(place.isThere, write, drop);
  };
  return b.nest({b.size(op.getRows(), 0), b.size(op.getRows(), 2)},
                op.getCacheInit(), overRows);
}
