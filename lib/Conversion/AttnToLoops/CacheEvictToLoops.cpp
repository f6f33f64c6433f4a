//===- CacheEvictToLoops.cpp - attn.cache_evict as scalar loops -----------===//
//
//   for b, h with more rows in use than are kept:
//     for j:  keep[j] = fewer than `recent` rows have a later place
//     for j that is not recent:
//       keep[j] = fewer than `heavy` rows that are not recent come before it
//     move what is kept
//
// as the description reads: every row is compared with every other one.
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

/// The rows of one batch entry and head.
struct EvictLoops {
  CacheEvictOp op;
  /// Destinations as they are before anything moves.
  SmallVector<Value> inits;
  Value batch, head, count;

  Value compare(ScalarBuilder &b, arith::CmpIPredicate predicate, Value x,
                Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }
  Value both(ScalarBuilder &b, Value x, Value y) {
    return arith::AndIOp::create(b, x, y);
  }
  Value either(ScalarBuilder &b, Value x, Value y) {
    return arith::OrIOp::create(b, x, y);
  }
  Value isFlag(ScalarBuilder &b, Value flags, Value j, double value) {
    return b.equal(b.read(flags, j), b.real(value));
  }

  Value readPlace(ScalarBuilder &b, Value j);
  Value isLater(ScalarBuilder &b, Value i, Value j);
  Value isBefore(ScalarBuilder &b, Value i, Value j);
  Value rank(ScalarBuilder &b, function_ref<Value(ScalarBuilder &, Value)>);
  Value markRecent(ScalarBuilder &b, Value flags);
  Value markHeavy(ScalarBuilder &b, Value recent, Value flags);
  SmallVector<Value> moveRow(ScalarBuilder &b, Value from, Value to,
                             ValueRange caches);
  SmallVector<Value> closeUp(ScalarBuilder &b, Value kept, ValueRange caches);
  SmallVector<Value> fillHoles(ScalarBuilder &b, Value kept, ValueRange caches);
};

} // namespace

Value EvictLoops::readPlace(ScalarBuilder &b, Value j) {
  if (!op.getPlaces())
    return j;
  Value place = tensor::ExtractOp::create(b, inits[*op.getPlaces()],
                                          ValueRange{batch, head, j});
  return arith::IndexCastOp::create(b, b.getIndexType(), place);
}

/// Whether row i has a later place than row j; of equal places the one of the
/// later row.
Value EvictLoops::isLater(ScalarBuilder &b, Value i, Value j) {
  Value x = readPlace(b, i), y = readPlace(b, j);
  Value after = compare(b, arith::CmpIPredicate::sgt, i, j);
  return either(b, compare(b, arith::CmpIPredicate::sgt, x, y),
                both(b, compare(b, arith::CmpIPredicate::eq, x, y), after));
}

/// Whether row i is kept rather than row j: by mass, then by place.
Value EvictLoops::isBefore(ScalarBuilder &b, Value i, Value j) {
  Value isEarlier = isLater(b, j, i);
  if (!op.getMass())
    return isEarlier;
  Value masses = inits[*op.getMass()];
  Value x = b.read(masses, {batch, head, i});
  Value y = b.read(masses, {batch, head, j});
  auto test = [&](arith::CmpFPredicate predicate, Value x, Value y) -> Value {
    return arith::CmpFOp::create(b, predicate, x, y);
  };
  // NaN is larger than all numbers, and equal to itself.
  Value xIsNaN = test(arith::CmpFPredicate::UNO, x, x);
  Value yIsNumber = test(arith::CmpFPredicate::ORD, y, y);
  Value yIsNaN = test(arith::CmpFPredicate::UNO, y, y);
  Value larger = either(b, test(arith::CmpFPredicate::OGT, x, y),
                        both(b, xIsNaN, yIsNumber));
  Value same =
      either(b, test(arith::CmpFPredicate::OEQ, x, y), both(b, xIsNaN, yIsNaN));
  return either(b, larger, both(b, same, isEarlier));
}

/// How many rows i in use `precedes` holds for.
Value EvictLoops::rank(ScalarBuilder &b,
                       function_ref<Value(ScalarBuilder &, Value)> precedes) {
  auto add = [&](ScalarBuilder &b, Value i, ValueRange sum) {
    Value next = b.addIndex(sum[0], b.index(1));
    return SmallVector<Value>{b.select(precedes(b, i), next, sum[0])};
  };
  return b.loop(count, b.index(0), add)[0];
}

Value EvictLoops::markRecent(ScalarBuilder &b, Value flags) {
  auto mark = [&](ScalarBuilder &b, Value j, ValueRange flags) {
    Value later =
        rank(b, [&](ScalarBuilder &b, Value i) { return isLater(b, i, j); });
    Value isRecent =
        compare(b, arith::CmpIPredicate::slt, later, b.index(op.getRecent()));
    Value flag = b.select(isRecent, b.real(1.0), b.real(0.0));
    return SmallVector<Value>{b.write(flag, flags[0], j)};
  };
  return b.loop(count, flags, mark)[0];
}

Value EvictLoops::markHeavy(ScalarBuilder &b, Value recent, Value flags) {
  auto mark = [&](ScalarBuilder &b, Value j, ValueRange flags) {
    Value earlier = rank(b, [&](ScalarBuilder &b, Value i) {
      return both(b, isFlag(b, recent, i, 0.0), isBefore(b, i, j));
    });
    Value isHeavy =
        compare(b, arith::CmpIPredicate::slt, earlier, b.index(op.getHeavy()));
    Value isKept = either(b, isFlag(b, recent, j, 1.0), isHeavy);
    Value flag = b.select(isKept, b.real(1.0), b.real(0.0));
    return SmallVector<Value>{b.write(flag, flags[0], j)};
  };
  return b.loop(count, flags, mark)[0];
}

SmallVector<Value> EvictLoops::moveRow(ScalarBuilder &b, Value from, Value to,
                                       ValueRange caches) {
  SmallVector<Value> moved;
  for (Value cache : caches) {
    if (cast<RankedTensorType>(cache.getType()).getRank() == 3) {
      Value x = tensor::ExtractOp::create(b, cache, {batch, head, from});
      moved.push_back(tensor::InsertOp::create(b, x, cache, {batch, head, to}));
      continue;
    }
    auto feature = [&](ScalarBuilder &b, Value d, ValueRange cache) {
      Value x = tensor::ExtractOp::create(b, cache[0], {batch, head, from, d});
      return SmallVector<Value>{
          tensor::InsertOp::create(b, x, cache[0], {batch, head, to, d})};
    };
    moved.push_back(b.loop(b.size(cache, 3), cache, feature)[0]);
  }
  return moved;
}

/// Kept rows in their order at the front.
SmallVector<Value> EvictLoops::closeUp(ScalarBuilder &b, Value kept,
                                       ValueRange caches) {
  SmallVector<Value> carried{b.index(0)};
  llvm::append_range(carried, caches);
  auto body = [&](ScalarBuilder &b, Value j, ValueRange carried) {
    auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    auto move = [&](ScalarBuilder &b) {
      SmallVector<Value> next{b.addIndex(carried[0], b.index(1))};
      llvm::append_range(next, moveRow(b, j, carried[0], carried.drop_front()));
      return next;
    };
    return b.ifElse(isFlag(b, kept, j, 1.0), move, skip);
  };
  SmallVector<Value> results = b.loop(count, carried, body);
  results.erase(results.begin());
  return results;
}

/// The kept rows behind the budget into the places of it that are free: the
/// k-th of them into the k-th place.
SmallVector<Value> EvictLoops::fillHoles(ScalarBuilder &b, Value kept,
                                         ValueRange caches) {
  Value budget = b.index(op.getHeavy() + op.getRecent());
  auto overPlaces = [&](ScalarBuilder &b, Value to, ValueRange carried) {
    auto skip = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
    auto fill = [&](ScalarBuilder &b) {
      // The first kept row from the carried one on.
      auto find = [&](ScalarBuilder &b, Value j, ValueRange found) {
        Value isCandidate =
            both(b, compare(b, arith::CmpIPredicate::sge, j, carried[0]),
                 isFlag(b, kept, j, 1.0));
        Value isFirst =
            both(b, isCandidate,
                 compare(b, arith::CmpIPredicate::eq, found[0], count));
        return SmallVector<Value>{b.select(isFirst, j, found[0])};
      };
      Value from = b.loop(count, count, find)[0];
      SmallVector<Value> next{b.addIndex(from, b.index(1))};
      llvm::append_range(next, moveRow(b, from, to, carried.drop_front()));
      return next;
    };
    return b.ifElse(isFlag(b, kept, to, 0.0), fill, skip);
  };
  SmallVector<Value> carried{budget};
  llvm::append_range(carried, caches);
  SmallVector<Value> results = b.loop(budget, carried, overPlaces);
  results.erase(results.begin());
  return results;
}

FailureOr<SmallVector<Value>>
mlir::attn::buildCacheEvictLoops(OpBuilder &builder, CacheEvictOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  Value first = op.getInits().front(), rows = b.size(first, 2);
  Value recentFlags = b.row(first, 2), keptFlags = b.row(first, 2);
  auto overHeads = [&](ScalarBuilder &b, ValueRange at, ValueRange caches) {
    Value length = tensor::ExtractOp::create(b, op.getLengths(), at[0]);
    length = arith::IndexCastOp::create(b, b.getIndexType(), length);
    length = arith::MinSIOp::create(b, length, rows);
    Value isOver =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, length,
                              b.index(op.getHeavy() + op.getRecent()));
    auto stay = [&](ScalarBuilder &) { return SmallVector<Value>(caches); };
    auto evict = [&](ScalarBuilder &b) {
      EvictLoops loops{op, SmallVector<Value>(caches), at[0], at[1], length};
      Value recent = loops.markRecent(b, recentFlags);
      Value kept = loops.markHeavy(b, recent, keptFlags);
      return op.getPlaces() ? loops.fillHoles(b, kept, caches)
                            : loops.closeUp(b, kept, caches);
    };
    return b.ifElse(isOver, evict, stay);
  };
  return b.nest({b.size(first, 0), b.size(first, 1)},
                SmallVector<Value>(op.getInits()), overHeads);
}
