//===- SelectTop.cpp - the best blocks of each lane -----------------------===//
//
//   rank[m] = the bits of y[m] as an integer of the same order; the least one
//             for what is not visible, the largest for what is forced
//   [low, high) narrowed until count(rank >= low) is L, or low + 1 = high
//   for m: list what is above low, and of what equals it the first ones
//
// Exact for any scores, and without a shuffle: a sort of each lane would need
// many.
//
// Tests: test/Codegen/CPU/lower-lists.mlir, test/Integration/Select
//
//===----------------------------------------------------------------------===//

#include "ListEmitters.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

static constexpr int32_t kInvisible = std::numeric_limits<int32_t>::min();
static constexpr int32_t kForced = std::numeric_limits<int32_t>::max();
/// Rows that are counted at a time.
static constexpr int64_t kRows = 4;

SelectTop::SelectTop(StateBuilder &b, SelectOp op, const SelectSizes &sizes,
                     int64_t lanes)
    : b(b), op(op), sizes(sizes), shape{lanes, 1, 1},
      numbers(VectorType::get(shape.lanes, b.getI32Type())),
      flags(VectorType::get(shape.lanes, b.getI1Type())), zero(b.index(0)),
      one(b.index(1)) {
  wanted = broadcast(sizes.length);
}

void SelectTop::allocate() {
  Value size = arith::MulIOp::create(b, sizes.length, b.index(shape.queries()));
  found = memref::AllocOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, b.getI32Type()),
      ValueRange{size}, b.getI64IntegerAttr(64));
}

/// An index, at most the largest i32, in all lanes.
Value SelectTop::broadcast(Value index) {
  index = arith::MinSIOp::create(b, index, b.index(kForced));
  Value number = arith::IndexCastOp::create(b, b.getI32Type(), index);
  return b.broadcast(numbers, number);
}

static Value splat(StateBuilder &b, VectorType type, int32_t value) {
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
}

static Value compare(StateBuilder &b, arith::CmpIPredicate predicate, Value x,
                     Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

static Value select(StateBuilder &b, Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, condition, x, y);
}

/// sum + 1 where `condition` holds.
static Value countLanes(StateBuilder &b, Value sum, Value condition) {
  Value next = arith::AddIOp::create(
      b, sum, splat(b, cast<VectorType>(sum.getType()), 1));
  return select(b, condition, next, sum);
}

/// Turns the scores of the panel into ranks, and counts.
void SelectTop::makeRanks(const SelectTile &tile) {
  using P = arith::CmpIPredicate;
  auto reals = b.lanes(shape.lanes);
  Value factor;
  if (op.getGroup() == GroupReduction::Mean) {
    Value heads = arith::IndexCastOp::create(b, b.getI32Type(), sizes.group);
    Value count = arith::SIToFPOp::create(b, b.getF32Type(), heads);
    Value unit = arith::ConstantOp::create(b, b.getF32FloatAttr(1));
    factor =
        b.broadcast(reals, arith::DivFOp::create(b, unit, count).getResult());
  }
  Value nan = b.splat(reals, -std::numeric_limits<double>::infinity());
  Value positive = b.splat(reals, 0.0);
  Value invisible = splat(b, numbers, kInvisible);
  Value always = splat(b, numbers, kForced);
  Value yes = arith::ConstantOp::create(b, DenseElementsAttr::get(flags, true));
  Value no = arith::ConstantOp::create(b, DenseElementsAttr::get(flags, false));
  // visible, forced, the least and the largest rank that is neither.
  SmallVector<Value> carried;
  for (int32_t start : {0, 0, kForced, kInvisible})
    carried.append(shape.vectors, splat(b, numbers, start));
  int64_t local = std::min<int64_t>(op.getLocal(), int64_t(1) << 30);
  int64_t first = std::min<int64_t>(op.getFirst(), kForced);
  carried = b.loop(zero, tile.blocks, 1, carried, [&](Value m, ValueRange old) {
    SmallVector<Value> next(old);
    Lanes scores = readPanel(b, tile.panel, m, shape), ranks;
    Value begin = arith::MulIOp::create(b, m, b.index(sizes.block));
    Value from = broadcast(begin);
    Value forcedUntil = broadcast(b.add(begin, b.index(local * sizes.block)));
    Value isFirst = compare(b, P::slt, m, b.index(first));
    for (int64_t v = 0; v < shape.vectors; ++v) {
      auto at = [&](int64_t which) -> Value & {
        return next[which * shape.vectors + v];
      };
      Value score = scores[v];
      if (factor)
        score = b.mul(score, factor);
      Value isNumber =
          arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, score, score);
      score = select(b, isNumber, score, nan);
      // -0 is 0.
      score = arith::AddFOp::create(b, score, positive);
      Value rank = turnBits(vector::BitCastOp::create(b, numbers, score));
      Value isVisible = yes;
      // Most rules force nothing, and then folding leaves nothing of this.
      Value isForced = first > 0 ? b.broadcast(flags, isFirst) : no;
      if (op.getCausal()) {
        isVisible = compare(b, P::sle, from, tile.places[v]);
        if (local > 0)
          isForced = arith::OrIOp::create(
              b, isForced, compare(b, P::sgt, forcedUntil, tile.places[v]));
        isForced = arith::AndIOp::create(b, isForced, isVisible);
      }
      Value isFree = arith::AndIOp::create(
          b, isVisible, arith::XOrIOp::create(b, isForced, yes));
      at(0) = countLanes(b, at(0), isVisible);
      at(1) = countLanes(b, at(1), isForced);
      at(2) = select(b, isFree, arith::MinSIOp::create(b, at(2), rank), at(2));
      at(3) = select(b, isFree, arith::MaxSIOp::create(b, at(3), rank), at(3));
      rank = select(b, isForced, always, rank);
      rank = select(b, isVisible, rank, invisible);
      ranks.push_back(vector::BitCastOp::create(b, reals, rank));
    }
    writePanel(b, ranks, tile.panel, m, shape);
    return next;
  });
  auto take = [&](int64_t which) {
    return Lanes(ArrayRef(carried).slice(which * shape.vectors, shape.vectors));
  };
  visible = take(0);
  forced = take(1);
  low = take(2);
  high = take(3);
}

/// How many ranks of each lane are at least its bound, and the ranks next to
/// the bound: the least of these, and the largest of the others.
SelectTop::Census SelectTop::count(const SelectTile &tile,
                                   const Lanes &bounds) {
  SmallVector<Value> state;
  for (int32_t start : {0, kForced, kInvisible})
    state.append(shape.vectors, splat(b, numbers, start));
  auto countRow = [&](Value m, SmallVector<Value> &next) {
    Lanes ranks = readPanel(b, tile.panel, m, shape);
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Value rank = vector::BitCastOp::create(b, numbers, ranks[v]);
      Value isAbove = compare(b, arith::CmpIPredicate::sge, rank, bounds[v]);
      Value &sum = next[v], &above = next[shape.vectors + v],
            &below = next[2 * shape.vectors + v];
      sum = countLanes(b, sum, isAbove);
      above = select(b, isAbove, arith::MinSIOp::create(b, above, rank), above);
      below = select(b, isAbove, below, arith::MaxSIOp::create(b, below, rank));
    }
  };
  // A few rows at a time: each takes less than the loop around it.
  Value rest = arith::RemUIOp::create(b, tile.blocks, b.index(kRows));
  Value whole = arith::SubIOp::create(b, tile.blocks, rest);
  for (auto [from, to, step] : {std::tuple(zero, whole, kRows),
                                std::tuple(whole, tile.blocks, int64_t(1))})
    state = b.loop(from, to, step, state,
                   [&, step = step](Value m, ValueRange old) {
                     SmallVector<Value> next(old);
                     for (int64_t row = 0; row < step; ++row)
                       countRow(b.add(m, row), next);
                     return next;
                   });
  auto take = [&](int64_t which) {
    return Lanes(ArrayRef(state).slice(which * shape.vectors, shape.vectors));
  };
  return {take(0), take(1), take(2)};
}

/// The number that has this rank, or the rank of a number: the same bits.
Value SelectTop::turnBits(Value bits) {
  Value sign = arith::ShRSIOp::create(b, bits, splat(b, numbers, 31));
  sign = arith::AndIOp::create(b, sign, splat(b, numbers, kForced));
  return arith::XOrIOp::create(b, bits, sign);
}

/// A rank between `from` and `to`, above the first and below the second: the
/// middle, or where the logarithm of the count, drawn as a line, meets the
/// count that is wanted.
Value SelectTop::guess(const Search &search, Value isHalved) {
  auto reals = b.lanes(shape.lanes);
  Value common = arith::AndIOp::create(b, search.low, search.high);
  Value rest = arith::XOrIOp::create(b, search.low, search.high);
  rest = arith::ShRSIOp::create(b, rest, splat(b, numbers, 1));
  Value middle = arith::AddIOp::create(b, common, rest);
  auto log = [&](Value count) -> Value {
    Value number = arith::SIToFPOp::create(b, reals, count);
    number = arith::MaximumFOp::create(b, number, b.splat(reals, 0.5));
    return math::Log2Op::create(b, number);
  };
  auto value = [&](Value rank) -> Value {
    return vector::BitCastOp::create(b, reals, turnBits(rank));
  };
  Value most = log(search.numLow), least = log(search.numHigh);
  Value share =
      arith::DivFOp::create(b, arith::SubFOp::create(b, most, log(wanted)),
                            arith::SubFOp::create(b, most, least));
  Value from = value(search.low), to = value(search.high);
  Value number = b.fma(arith::SubFOp::create(b, to, from), share, from);
  Value isNumber =
      arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, number, number);
  Value drawn = turnBits(vector::BitCastOp::create(b, numbers, number));
  drawn = select(b, isNumber, drawn, middle);
  drawn = select(b, b.broadcast(flags, isHalved), middle, drawn);
  Value one = splat(b, numbers, 1);
  drawn = arith::MaxSIOp::create(b, drawn,
                                 arith::AddIOp::create(b, search.low, one));
  return arith::MinSIOp::create(b, drawn,
                                arith::SubIOp::create(b, search.high, one));
}

/// Whether the search of a lane goes on: there is a number between its bounds.
Value SelectTop::isOpen(const Search &search) {
  Value width = arith::SubIOp::create(b, search.high, search.low);
  return compare(b, arith::CmpIPredicate::ugt, width, splat(b, numbers, 1));
}

/// The search of lane vector v among the values of a loop.
SelectTop::Search SelectTop::getSearch(ValueRange state, int64_t v) {
  int64_t n = shape.vectors;
  return {state[v], state[n + v], state[2 * n + v], state[3 * n + v]};
}

/// Narrows [low, high) until it holds the threshold alone.
void SelectTop::search(const SelectTile &tile) {
  using P = arith::CmpIPredicate;
  for (int64_t v = 0; v < shape.vectors; ++v) {
    // Fewer than wanted: all that is visible. Enough that is forced: nothing
    // else.
    Value isShort = compare(b, P::sle, visible[v], wanted);
    Value isForced = compare(b, P::sge, forced[v], wanted);
    low[v] = select(b, isShort, splat(b, numbers, kInvisible + 1), low[v]);
    low[v] = select(b, isForced, splat(b, numbers, kForced), low[v]);
    high[v] = arith::AddIOp::create(b, high[v], splat(b, numbers, 1));
    Value isDone = arith::OrIOp::create(b, isShort, isForced);
    high[v] = select(b, isDone, low[v], high[v]);
  }
  SmallVector<Value> state;
  for (const Lanes &lanes : {low, high, visible, forced})
    llvm::append_range(state, lanes);
  SmallVector<Type> types(state.size(), numbers);
  state.push_back(zero);
  types.push_back(b.getIndexType());
  auto at = [&](OpBuilder &nested, function_ref<void()> body) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(nested.getInsertionBlock(), nested.getInsertionPoint());
    body();
  };
  auto condition = [&](OpBuilder &nested, Location, ValueRange state) {
    at(nested, [&] {
      Value any;
      for (int64_t v = 0; v < shape.vectors; ++v) {
        Value open = isOpen(getSearch(state, v));
        any = any ? arith::OrIOp::create(b, any, open) : open;
      }
      any = vector::ReductionOp::create(b, vector::CombiningKind::OR, any);
      scf::ConditionOp::create(b, any, state);
    });
  };
  auto narrow = [&](OpBuilder &nested, Location, ValueRange state) {
    at(nested, [&] { scf::YieldOp::create(b, narrowOnce(tile, state)); });
  };
  auto loop = scf::WhileOp::create(b, types, state, condition, narrow);
  low = Lanes(loop.getResults().take_front(shape.vectors));
}

/// The next bounds: elements that there are, so that equal ones are found as
/// soon as others. Each third guess halves the range, for counts that are far
/// from a line.
SmallVector<Value> SelectTop::narrowOnce(const SelectTile &tile,
                                         ValueRange state) {
  using P = arith::CmpIPredicate;
  Value round = state.back();
  Value rest = arith::RemUIOp::create(b, round, b.index(3));
  Value isHalved = compare(b, P::eq, rest, b.index(2));
  Lanes guesses;
  for (int64_t v = 0; v < shape.vectors; ++v)
    guesses.push_back(guess(getSearch(state, v), isHalved));
  Census census = count(tile, guesses);
  SmallVector<Value> next(state);
  for (int64_t v = 0; v < shape.vectors; ++v) {
    Search old = getSearch(state, v);
    Value open = isOpen(old), found = census.count[v];
    Value isEnough = compare(b, P::sge, found, wanted);
    Value isExact = compare(b, P::eq, found, wanted);
    Value above = census.above[v];
    Value below =
        arith::AddIOp::create(b, census.below[v], splat(b, numbers, 1));
    auto update = [&](int64_t which, Value before, Value ifEnough,
                      Value otherwise) {
      Value value = select(b, isEnough, ifEnough, otherwise);
      next[which * shape.vectors + v] = select(b, open, value, before);
    };
    update(0, old.low, above, old.low);
    update(1, old.high, select(b, isExact, above, old.high), below);
    update(2, old.numLow, found, old.numLow);
    update(3, old.numHigh, old.numHigh, found);
  }
  next.back() = b.add(round, 1);
  return next;
}

/// Lists block m in the lanes that take it, block by block.
void SelectTop::scatter(const SelectTile &tile) {
  using P = arith::CmpIPredicate;
  int64_t queries = shape.queries();
  Value none = splat(b, numbers, -1);
  b.loop(zero, sizes.length, 1, {}, [&](Value entry, ValueRange) {
    Value row = arith::MulIOp::create(b, entry, b.index(queries));
    for (int64_t v = 0; v < shape.vectors; ++v)
      vector::TransferWriteOp::create(b, none, found,
                                      ValueRange{b.add(row, v * shape.lanes)},
                                      ArrayRef<bool>{true});
    return SmallVector<Value>{};
  });
  // Nothing is above the largest number, and its successor is the least.
  Lanes next, above;
  for (Value threshold : low)
    next.push_back(arith::AddIOp::create(b, threshold, splat(b, numbers, 1)));
  Lanes counts = count(tile, next).count;
  for (auto [threshold, sum] : llvm::zip_equal(low, counts)) {
    Value isLast = compare(b, P::eq, threshold, splat(b, numbers, kForced));
    above.push_back(select(b, isLast, splat(b, numbers, 0), sum));
  }
  // How many that equal the threshold are left to take, and where the next
  // entry goes.
  SmallVector<Value> state;
  for (Value taken : above)
    state.push_back(arith::SubIOp::create(b, wanted, taken));
  for (int64_t v = 0; v < shape.vectors; ++v) {
    SmallVector<int32_t> places;
    for (int64_t lane = 0; lane < shape.lanes; ++lane)
      places.push_back(v * shape.lanes + lane);
    state.push_back(arith::ConstantOp::create(
        b, DenseElementsAttr::get(numbers, ArrayRef<int32_t>(places))));
  }
  Value step = splat(b, numbers, queries);
  b.loop(zero, tile.blocks, 1, state, [&](Value m, ValueRange old) {
    SmallVector<Value> next(old);
    Lanes ranks = readPanel(b, tile.panel, m, shape), taken;
    Value any;
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Value &left = next[v];
      Value rank = vector::BitCastOp::create(b, numbers, ranks[v]);
      Value isEqual = compare(b, P::eq, rank, low[v]);
      isEqual = arith::AndIOp::create(
          b, isEqual, compare(b, P::sgt, left, splat(b, numbers, 0)));
      left = arith::AddIOp::create(b, left,
                                   arith::ExtSIOp::create(b, numbers, isEqual));
      Value take =
          arith::OrIOp::create(b, isEqual, compare(b, P::sgt, rank, low[v]));
      taken.push_back(take);
      any = any ? arith::OrIOp::create(b, any, take) : take;
    }
    any = vector::ReductionOp::create(b, vector::CombiningKind::OR, any);
    auto branch = scf::IfOp::create(b, any, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value number = broadcast(m);
      for (int64_t v = 0; v < shape.vectors; ++v)
        vector::ScatterOp::create(b, /*resultType=*/Type(), found,
                                  ValueRange{zero}, next[shape.vectors + v],
                                  taken[v], number);
    }
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Value &at = next[shape.vectors + v];
      at = select(b, taken[v], arith::AddIOp::create(b, at, step), at);
    }
    return next;
  });
}

/// Writes the lists of the queries that there are.
void SelectTop::write(const SelectTile &tile) {
  Type element = getElementTypeOrSelf(op.getListsInit());
  b.loop(zero, tile.count, 1, {}, [&](Value query, ValueRange) {
    Value row = b.add(tile.first, query);
    b.loop(zero, sizes.length, 1, {}, [&](Value entry, ValueRange) {
      Value at = arith::MulIOp::create(b, entry, b.index(shape.queries()));
      Value number =
          memref::LoadOp::create(b, found, ValueRange{b.add(at, query)});
      if (!element.isInteger(32))
        number = arith::ExtSIOp::create(b, element, number);
      memref::StoreOp::create(b, number, op.getListsInit(),
                              ValueRange{tile.batch, tile.list, row, entry});
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

void SelectTop::emit(const SelectTile &tile) {
  makeRanks(tile);
  search(tile);
  scatter(tile);
  write(tile);
}
