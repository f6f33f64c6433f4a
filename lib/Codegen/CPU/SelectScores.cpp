//===- SelectScores.cpp - the scores of a tile of queries -----------------===//
//
// Products are those of dense attention with queries in lanes: a few keys, each
// element of which is broadcast from memory, times a few vectors of queries,
// with all sums in registers.
//
//   without softmax                    with softmax
//   for 64 keys at a time              for each head of the group
//     for each head of the group         scores[n] = s, and its maximum
//       panel[n] += s                    scores[n] = exp(s - maximum), its sum
//                                        panel[blocks of n] += scores[n] / sum
//
// Tests: test/Codegen/CPU/lower-lists.mlir, test/Integration/Select
//
//===----------------------------------------------------------------------===//

#include "ListEmitters.h"

using namespace mlir;
using namespace mlir::attn;

/// Keys that all heads of a group go over before the next ones.
static constexpr int64_t kKeyBlock = 64;

SelectScores::SelectScores(StateBuilder &b, SelectOp op,
                           const SelectSizes &sizes, const ListShape &shape)
    : b(b), op(op), sizes(sizes), shape(shape), zero(b.index(0)),
      one(b.index(1)),
      stagesKeys(op.getKey() && !getElementTypeOrSelf(op.getKey()).isF32()) {}

void SelectScores::allocate() {
  int64_t queries = shape.queries(), dynamic = ShapedType::kDynamic;
  maxima = b.alloc({queries});
  if (op.getQuery())
    queryRows = b.alloc({dynamic, sizes.width, queries}, sizes.group);
  else
    transposed = b.alloc({shape.vectors, shape.lanes, shape.lanes});
  if (stagesKeys)
    keyRows = b.alloc({kKeyBlock, sizes.width});
  if (op.getSoftmax())
    scores = b.alloc({shape.vectors, dynamic, shape.lanes}, sizes.keys);
  if (op.getSoftmax() && op.getGroup() == GroupReduction::Max)
    own = b.alloc({shape.vectors, dynamic, shape.lanes}, sizes.reached);
}

Value SelectScores::queryHead(const SelectTile &tile, Value head) {
  return b.add(arith::MulIOp::create(b, tile.list, sizes.group), head);
}

/// All heads' queries of the tile, [K, queries]; behind the last query its
/// copies.
void SelectScores::packQueries(const SelectTile &tile) {
  Value last = arith::SubIOp::create(b, tile.count, one);
  b.loop(zero, sizes.group, 1, {}, [&](Value head, ValueRange) {
    Value source = queryHead(tile, head);
    for (int64_t v = 0; v < shape.vectors; ++v) {
      SmallVector<Value> rows;
      for (int64_t lane = 0; lane < shape.lanes; ++lane) {
        Value row =
            arith::MinSIOp::create(b, b.index(v * shape.lanes + lane), last);
        rows.push_back(b.add(tile.first, row));
      }
      auto turn = [&](Value column, int64_t count) {
        bool inBounds = count == shape.lanes;
        SmallVector<Value> columns =
            transposeRows(b, shape.lanes, [&](int64_t lane) {
              return b.read(op.getQuery(),
                            {tile.batch, source, rows[lane], column},
                            shape.lanes, inBounds);
            });
        for (int64_t c = 0; c < count; ++c)
          b.write(columns[c], queryRows,
                  {head, b.add(column, c), b.index(v * shape.lanes)},
                  /*inBounds=*/true);
      };
      int64_t whole = sizes.width / shape.lanes * shape.lanes;
      b.loop(zero, b.index(whole), shape.lanes, {},
             [&](Value column, ValueRange) {
               turn(column, shape.lanes);
               return SmallVector<Value>{};
             });
      if (whole != sizes.width)
        turn(b.index(whole), sizes.width - whole);
    }
    return SmallVector<Value>{};
  });
}

/// Keys [from, to) as f32.
void SelectScores::stageKeys(const SelectTile &tile, Value keyHead, Value from,
                             Value to) {
  b.loop(from, to, 1, {}, [&](Value key, ValueRange) {
    Value row = arith::SubIOp::create(b, key, from);
    for (int64_t column = 0; column < sizes.width; column += shape.lanes) {
      bool inBounds = column + shape.lanes <= sizes.width;
      Value values =
          b.read(op.getKey(), {tile.batch, keyHead, key, b.index(column)},
                 shape.lanes, inBounds);
      b.write(values, keyRows, {row, b.index(column)}, inBounds);
    }
    return SmallVector<Value>{};
  });
}

/// scale * q . k of `count` keys from `key` on: count times the vectors of a
/// row. `from` is the first key that is staged.
Lanes SelectScores::multiply(const SelectTile &tile, Value head, Value keyHead,
                             Value from, Value key, int64_t count) {
  SmallVector<Value> sums(count * shape.vectors,
                          b.splat(b.lanes(shape.lanes), 0.0));
  Value width = b.index(sizes.width);
  Value staged =
      stagesKeys ? arith::SubIOp::create(b, key, from).getResult() : Value();
  sums = b.loop(zero, width, 1, sums, [&](Value d, ValueRange carried) {
    SmallVector<Value> next(carried);
    Lanes queries;
    for (int64_t v = 0; v < shape.vectors; ++v)
      queries.push_back(b.read(queryRows, {head, d, b.index(v * shape.lanes)},
                               shape.lanes, /*inBounds=*/true));
    for (int64_t k = 0; k < count; ++k) {
      Value element =
          stagesKeys ? b.readScalar(keyRows, {b.add(staged, k), d})
                     : b.readScalar(op.getKey(),
                                    {tile.batch, keyHead, b.add(key, k), d});
      Value all = b.broadcast(b.lanes(shape.lanes), element);
      for (int64_t v = 0; v < shape.vectors; ++v) {
        Value &sum = next[k * shape.vectors + v];
        sum = b.fma(all, queries[v], sum);
      }
    }
    return next;
  });
  double scale = op.getScaleOrDefault();
  if (scale != 1.0)
    for (Value &sum : sums)
      sum = b.mul(sum, b.splat(b.lanes(shape.lanes), scale));
  return Lanes(sums);
}

void SelectScores::forEachProduct(const SelectTile &tile, Value head,
                                  Value from, Value to, Handler handle) {
  Value keyHead =
      arith::DivUIOp::create(b, queryHead(tile, head), sizes.keyGroup);
  auto overKeys = [&](Value first, Value begin, Value end, int64_t count) {
    b.loop(begin, end, count, {}, [&](Value key, ValueRange) {
      Lanes sums = multiply(tile, head, keyHead, first, key, count);
      for (int64_t k = 0; k < count; ++k)
        handle(b.add(key, k),
               Lanes(ArrayRef(sums).slice(k * shape.vectors, shape.vectors)));
      return SmallVector<Value>{};
    });
  };
  b.loop(from, to, kKeyBlock, {}, [&](Value first, ValueRange) {
    Value end = arith::MinSIOp::create(b, b.add(first, kKeyBlock), to);
    if (stagesKeys)
      stageKeys(tile, keyHead, first, end);
    Value count = arith::SubIOp::create(b, end, first);
    Value rest = arith::RemUIOp::create(b, count, b.index(shape.keys));
    Value whole = arith::SubIOp::create(b, end, rest);
    overKeys(first, first, whole, shape.keys);
    overKeys(first, whole, end, 1);
    return SmallVector<Value>{};
  });
}

/// Scores that are given have keys along rows.
void SelectScores::forEachGiven(const SelectTile &tile, Value head, Value from,
                                Value to, Handler handle) {
  Value source = queryHead(tile, head);
  Value last = arith::SubIOp::create(b, tile.count, one);
  b.loop(from, to, shape.lanes, {}, [&](Value first, ValueRange) {
    for (int64_t v = 0; v < shape.vectors; ++v) {
      SmallVector<Value> columns =
          transposeRows(b, shape.lanes, [&](int64_t lane) {
            Value row = arith::MinSIOp::create(
                b, b.index(v * shape.lanes + lane), last);
            return b.read(op.getScores(),
                          {tile.batch, source, b.add(tile.first, row), first},
                          shape.lanes, /*inBounds=*/false);
          });
      for (int64_t c = 0; c < shape.lanes; ++c)
        b.write(columns[c], transposed, {b.index(v), b.index(c), zero},
                /*inBounds=*/true);
    }
    Value left = arith::SubIOp::create(b, to, first);
    Value count = arith::MinSIOp::create(b, left, b.index(shape.lanes));
    b.loop(zero, count, 1, {}, [&](Value row, ValueRange) {
      handle(b.add(first, row), readPanel(b, transposed, row, shape));
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

/// Calls `handle` in loops over keys [from, to) with what the op says are the
/// scores of a head of the group.
void SelectScores::forEachScore(const SelectTile &tile, Value head, Value from,
                                Value to, Handler handle) {
  std::optional<ScoreLanes> region;
  if (!op.getScore().empty()) {
    region.emplace(b, op, shape.lanes);
    region->prepare(tile.batch, queryHead(tile, head), tile.queries);
  }
  auto score = [&](Value key, const Lanes &products) {
    if (!region)
      return handle(key, products);
    Lanes changed;
    for (auto [v, product] : llvm::enumerate(products))
      changed.push_back(region->build(v, product, key));
    handle(key, changed);
  };
  if (op.getScores())
    forEachGiven(tile, head, from, to, score);
  else
    forEachProduct(tile, head, from, to, score);
}

void SelectScores::fill(Value memref, Value rows, double value) {
  Lanes values(shape.vectors, b.splat(b.lanes(shape.lanes), value));
  b.loop(zero, rows, 1, {}, [&](Value row, ValueRange) {
    writePanel(b, values, memref, row, shape);
    return SmallVector<Value>{};
  });
}

/// Blocks are keys: panel[m] = group of s[m].
void SelectScores::sumHeads(const SelectTile &tile) {
  bool isMax = op.getGroup() == GroupReduction::Max;
  b.loop(zero, tile.blocks, kKeyBlock, {}, [&](Value from, ValueRange) {
    Value to = arith::MinSIOp::create(b, b.add(from, kKeyBlock), tile.blocks);
    b.loop(zero, sizes.group, 1, {}, [&](Value head, ValueRange) {
      forEachScore(tile, head, from, to, [&](Value key, const Lanes &scores) {
        Lanes sums = readPanel(b, tile.panel, key, shape);
        for (auto [sum, score] : llvm::zip_equal(sums, scores)) {
          if (isMax)
            sum = arith::MaximumFOp::create(b, sum, score);
          else
            sum = arith::AddFOp::create(b, sum, score);
        }
        writePanel(b, sums, tile.panel, key, shape);
      });
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

/// scores[n] = exp(s - maximum), and what they sum up to in `maxima`.
void SelectScores::exponentiate(const SelectTile &tile, const Lanes &top) {
  VectorType reals = b.lanes(shape.lanes);
  Value low = b.splat(reals, -std::numeric_limits<double>::infinity());
  Lanes finite;
  for (Value maximum : top) {
    Value isEmpty =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, maximum, low);
    finite.push_back(
        arith::SelectOp::create(b, isEmpty, b.splat(reals, 0.0), maximum));
  }
  SmallVector<Value> sums(shape.vectors, b.splat(reals, 0.0));
  sums = b.loop(zero, tile.keys, 1, sums, [&](Value key, ValueRange carried) {
    SmallVector<Value> next(carried);
    Lanes weights = readPanel(b, scores, key, shape);
    for (auto [weight, maximum, sum] : llvm::zip_equal(weights, finite, next)) {
      weight = b.exp(arith::SubFOp::create(b, weight, maximum));
      sum = arith::AddFOp::create(b, sum, weight);
    }
    writePanel(b, weights, scores, key, shape);
    return next;
  });
  for (auto [v, sum] : llvm::enumerate(sums))
    b.write(sum, maxima, {b.index(v * shape.lanes)}, /*inBounds=*/true);
}

/// target[m] += probabilities of the keys that have tokens in block m.
void SelectScores::give(const SelectTile &tile, Value target,
                        const Lanes &sums) {
  VectorType reals = b.lanes(shape.lanes);
  Lanes inverses;
  for (Value sum : sums) {
    Value none = b.splat(reals, 0.0);
    Value isEmpty =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, none);
    Value inverse = arith::DivFOp::create(b, b.splat(reals, 1.0), sum);
    inverses.push_back(arith::SelectOp::create(b, isEmpty, none, inverse));
  }
  int64_t strides = sizes.keySize / sizes.keyStride;
  Value perBlock = b.index(sizes.block / sizes.keyStride);
  b.loop(zero, tile.keys, 1, {}, [&](Value key, ValueRange) {
    Lanes weights = readPanel(b, scores, key, shape);
    for (auto [weight, inverse] : llvm::zip_equal(weights, inverses))
      weight = b.mul(weight, inverse);
    // A loop: a key may have many strides.
    b.loop(key, b.add(key, strides), 1, {}, [&](Value unit, ValueRange) {
      Value block = arith::DivUIOp::create(b, unit, perBlock);
      Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, block,
                                            tile.blocks);
      auto branch = scf::IfOp::create(b, isThere, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Lanes old = readPanel(b, target, block, shape);
      for (auto [sum, weight] : llvm::zip_equal(old, weights))
        sum = arith::AddFOp::create(b, sum, weight);
      writePanel(b, old, target, block, shape);
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

/// panel[m] = group of the probabilities of block m.
void SelectScores::sumProbabilities(const SelectTile &tile) {
  VectorType reals = b.lanes(shape.lanes);
  Value low = b.splat(reals, -std::numeric_limits<double>::infinity());
  b.loop(zero, sizes.group, 1, {}, [&](Value head, ValueRange) {
    auto lane = [&](int64_t v) {
      return SmallVector<Value>{b.index(v * shape.lanes)};
    };
    auto readMaxima = [&] {
      Lanes top;
      for (int64_t v = 0; v < shape.vectors; ++v)
        top.push_back(b.read(maxima, lane(v), shape.lanes, /*inBounds=*/true));
      return top;
    };
    for (int64_t v = 0; v < shape.vectors; ++v)
      b.write(low, maxima, lane(v), /*inBounds=*/true);
    forEachScore(
        tile, head, zero, tile.keys, [&](Value key, const Lanes &products) {
          Lanes admitted(products), top = readMaxima();
          if (op.getCausal()) {
            Value begin =
                arith::MulIOp::create(b, key, b.index(sizes.keyStride));
            Value end = b.add(begin, b.index(sizes.keySize - 1));
            end = arith::MinSIOp::create(
                b, end, b.index(std::numeric_limits<int32_t>::max()));
            Value number = arith::IndexCastOp::create(b, b.getI32Type(), end);
            number = b.broadcast(VectorType::get(shape.lanes, b.getI32Type()),
                                 number);
            for (auto [score, place] : llvm::zip_equal(admitted, tile.places)) {
              Value isBehind = arith::CmpIOp::create(
                  b, arith::CmpIPredicate::sle, number, place);
              score = arith::SelectOp::create(b, isBehind, score, low);
            }
          }
          writePanel(b, admitted, scores, key, shape);
          for (int64_t v = 0; v < shape.vectors; ++v)
            b.write(arith::MaximumFOp::create(b, top[v], admitted[v]), maxima,
                    lane(v), /*inBounds=*/true);
        });
    exponentiate(tile, readMaxima());
    if (op.getGroup() != GroupReduction::Max) {
      give(tile, tile.panel, readMaxima());
      return SmallVector<Value>{};
    }
    fill(own, tile.blocks, 0.0);
    give(tile, own, readMaxima());
    b.loop(zero, tile.blocks, 1, {}, [&](Value m, ValueRange) {
      Lanes all = readPanel(b, tile.panel, m, shape);
      for (auto [best, value] :
           llvm::zip_equal(all, readPanel(b, own, m, shape)))
        best = arith::MaximumFOp::create(b, best, value);
      writePanel(b, all, tile.panel, m, shape);
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

void SelectScores::emit(const SelectTile &tile) {
  bool isMax = !op.getSoftmax() && op.getGroup() == GroupReduction::Max;
  fill(tile.panel, tile.blocks,
       isMax ? -std::numeric_limits<double>::infinity() : 0.0);
  // Where there are no more blocks than are wanted, all are taken.
  Value isChoice = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt,
                                         tile.blocks, sizes.length);
  auto branch = scf::IfOp::create(b, isChoice, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  if (op.getQuery())
    packQueries(tile);
  if (op.getSoftmax())
    sumProbabilities(tile);
  else
    sumHeads(tile);
}
