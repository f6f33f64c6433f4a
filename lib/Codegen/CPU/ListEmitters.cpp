//===- ListEmitters.cpp - tiles of attn.select, attn.pool, attn.invert ----===//
//
// Tests: test/Codegen/CPU/lower-lists.mlir, test/Integration/Select
//
//===----------------------------------------------------------------------===//

#include "ListEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

/// Numbers of tokens are i32 in lanes; this is far beyond any.
static constexpr int64_t kLargest = int64_t(1) << 31;

static Value sizeOf(StateBuilder &b, Value memref, int64_t axis) {
  return b.createOrFold<memref::DimOp>(memref, axis);
}

/// Where vector v of a row lies.
static SmallVector<Value> placeOf(StateBuilder &b, Value panel, Value row,
                                  int64_t v) {
  SmallVector<Value> at{row, b.index(0)};
  if (cast<MemRefType>(panel.getType()).getRank() == 3)
    at.insert(at.begin(), b.index(v));
  return at;
}

Lanes mlir::attn::readPanel(StateBuilder &b, Value panel, Value row,
                            const ListShape &shape) {
  Lanes values;
  for (int64_t v = 0; v < shape.vectors; ++v)
    values.push_back(b.read(panel, placeOf(b, panel, row, v), shape.lanes,
                            /*inBounds=*/true));
  return values;
}

void mlir::attn::writePanel(StateBuilder &b, const Lanes &values, Value panel,
                            Value row, const ListShape &shape) {
  for (auto [v, value] : llvm::enumerate(values))
    b.write(value, panel, placeOf(b, panel, row, v), /*inBounds=*/true);
}

SmallVector<Value> mlir::attn::transposeRows(StateBuilder &b, int64_t lanes,
                                             function_ref<Value(int64_t)> row) {
  auto square = VectorType::get({lanes, lanes}, b.getF32Type());
  Value rows = arith::ConstantOp::create(b, b.getZeroAttr(square));
  for (int64_t lane = 0; lane < lanes; ++lane)
    rows = vector::InsertOp::create(b, row(lane), rows, lane);
  Value turned = vector::TransposeOp::create(b, rows, ArrayRef<int64_t>{1, 0});
  SmallVector<Value> columns;
  for (int64_t lane = 0; lane < lanes; ++lane)
    columns.push_back(vector::ExtractOp::create(b, turned, lane));
  return columns;
}

//===----------------------------------------------------------------------===//
// attn.select
//===----------------------------------------------------------------------===//

SelectSizes::SelectSizes(StateBuilder &b, SelectOp op) {
  auto divide = [&](Value x, Value y) -> Value {
    return arith::DivUIOp::create(b, x,
                                  arith::MaxSIOp::create(b, y, b.index(1)));
  };
  batches = sizeOf(b, op.getRows(), 0);
  Value heads = sizeOf(b, op.getRows(), 1);
  queries = sizeOf(b, op.getRows(), 2);
  lists = sizeOf(b, op.getListsInit(), 1);
  length = sizeOf(b, op.getListsInit(), 3);
  keys = sizeOf(b, op.getKeys(), op.getKeyAxis());
  group = divide(heads, lists);
  if (op.getKey())
    keyGroup = arith::MaxSIOp::create(
        b, divide(heads, sizeOf(b, op.getKey(), 1)), b.index(1));
  block = std::min<int64_t>(op.getBlock(), kLargest);
  keySize = std::min<int64_t>(op.getKeySizeOrDefault(), kLargest);
  keyStride = std::min<int64_t>(op.getKeyStrideOrDefault(), kLargest);
  width =
      op.getKey() ? cast<MemRefType>(op.getKey().getType()).getDimSize(3) : 0;
  Value tokens = op.getTokens() ? op.getTokens() : queries;
  tokens = arith::MaxSIOp::create(b, tokens, b.index(0));
  tokens = arith::MinSIOp::create(b, tokens, b.index(kLargest - 2));
  shift = arith::SubIOp::create(b, tokens, queries);
  blocks = arith::CeilDivUIOp::create(b, tokens, b.index(block));
  // Sizes of scratch follow from those of arguments.
  reached = keys;
  if (op.getSoftmax()) {
    Value end = arith::MulIOp::create(b, keys, b.index(keyStride));
    reached =
        arith::CeilDivUIOp::create(b, b.add(end, keySize), b.index(block));
  }
  blocks = arith::MinSIOp::create(b, blocks, reached);
}

/// Numbers from `first` on, at most `last`, as vectors of i32.
static Lanes countFrom(StateBuilder &b, Value first, Value last,
                       const ListShape &shape) {
  auto type = VectorType::get(shape.lanes, b.getI32Type());
  auto splat = [&](Value index) {
    return b.broadcast(type,
                       arith::IndexCastOp::create(b, b.getI32Type(), index));
  };
  Lanes numbers;
  for (int64_t v = 0; v < shape.vectors; ++v) {
    SmallVector<int32_t> steps;
    for (int64_t lane = 0; lane < shape.lanes; ++lane)
      steps.push_back(v * shape.lanes + lane);
    Value step = arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, ArrayRef<int32_t>(steps)));
    Value number = arith::AddIOp::create(b, splat(first), step);
    numbers.push_back(arith::MinSIOp::create(b, number, splat(last)));
  }
  return numbers;
}

/// How many of the tile's blocks any of its queries sees, and keys it scores.
static void boundTile(StateBuilder &b, SelectOp op, const SelectSizes &sizes,
                      SelectTile &tile) {
  tile.blocks = sizes.blocks;
  tile.keys = sizes.keys;
  if (!op.getCausal())
    return;
  Value zero = b.index(0);
  Value seen = arith::MaxSIOp::create(b, b.add(tile.lastPlace, 1), zero);
  tile.blocks = arith::MinSIOp::create(
      b, arith::CeilDivUIOp::create(b, seen, b.index(sizes.block)),
      sizes.blocks);
  // Key n ends behind the token n * stride + size - 1.
  Value rest = arith::SubIOp::create(b, seen, b.index(sizes.keySize));
  rest = b.add(rest, sizes.keyStride);
  rest = arith::MaxSIOp::create(b, rest, zero);
  rest = arith::DivUIOp::create(b, rest, b.index(sizes.keyStride));
  tile.keys = arith::MinSIOp::create(b, rest, sizes.keys);
}

void mlir::attn::emitSelect(OpBuilder &builder, SelectOp op,
                            const ListShape &shape) {
  StateBuilder b(op.getLoc(), builder);
  SelectSizes sizes(b, op);
  SelectScores scores(b, op, sizes, shape);
  SelectTop top(b, op, sizes, shape.lanes);
  Value width = b.index(shape.queries());
  Value tiles = arith::CeilDivUIOp::create(b, sizes.queries, width);
  SmallVector<OpFoldResult> bounds{sizes.batches, sizes.lists, tiles};
  auto loop = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  b.setInsertionPointToStart(loop.getBody());
  SelectTile tile;
  tile.batch = loop.getInductionVar(0);
  tile.list = loop.getInductionVar(1);
  tile.panel = b.alloc({shape.vectors, ShapedType::kDynamic, shape.lanes},
                       sizes.reached);
  scores.allocate();
  top.allocate();
  tile.first = arith::MulIOp::create(b, loop.getInductionVar(2), width);
  tile.count = arith::MinSIOp::create(
      b, arith::SubIOp::create(b, sizes.queries, tile.first), width);
  Value last = b.add(b.add(tile.first, tile.count), -1);
  tile.lastPlace = b.add(last, sizes.shift);
  tile.queries = countFrom(b, tile.first, last, shape);
  tile.places =
      countFrom(b, b.add(tile.first, sizes.shift), tile.lastPlace, shape);
  boundTile(b, op, sizes, tile);
  scores.emit(tile);
  // One vector of queries after the other, whose part of the panel is small.
  Value lanes = b.index(shape.lanes);
  Value vectors = arith::CeilDivUIOp::create(b, tile.count, lanes);
  b.loop(b.index(0), vectors, 1, {}, [&](Value v, ValueRange) {
    SelectTile part = tile;
    Value done = arith::MulIOp::create(b, v, lanes);
    part.first = b.add(tile.first, done);
    part.count = arith::MinSIOp::create(
        b, arith::SubIOp::create(b, tile.count, done), lanes);
    part.places = countFrom(b, b.add(part.first, sizes.shift), tile.lastPlace,
                            {shape.lanes, 1, 1});
    SmallVector<OpFoldResult> offsets{v, b.getIndexAttr(0), b.getIndexAttr(0)};
    SmallVector<OpFoldResult> extents{b.getIndexAttr(1), sizes.reached,
                                      b.getIndexAttr(shape.lanes)};
    SmallVector<OpFoldResult> strides(3, b.getIndexAttr(1));
    auto whole = cast<MemRefType>(tile.panel.getType());
    auto type = memref::SubViewOp::inferRankReducedResultType(
        {ShapedType::kDynamic, shape.lanes}, whole, offsets, extents, strides);
    part.panel = memref::SubViewOp::create(
        b, cast<MemRefType>(type), tile.panel, offsets, extents, strides);
    top.emit(part);
    return SmallVector<Value>{};
  });
}

//===----------------------------------------------------------------------===//
// attn.pool
//===----------------------------------------------------------------------===//

/// Blocks of a tile.
static constexpr int64_t kPoolTile = 16;

void mlir::attn::emitPool(OpBuilder &builder, PoolOp op, int64_t lanes) {
  StateBuilder b(op.getLoc(), builder);
  Value zero = b.index(0), rows = sizeOf(b, op.getInput(), 2);
  Value blocks = sizeOf(b, op.getOutputInit(), 2);
  int64_t width = cast<MemRefType>(op.getInput().getType()).getDimSize(3);
  Value tiles = arith::CeilDivUIOp::create(b, blocks, b.index(kPoolTile));
  SmallVector<OpFoldResult> bounds{sizeOf(b, op.getInput(), 0),
                                   sizeOf(b, op.getInput(), 1), tiles};
  auto loop = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  b.setInsertionPointToStart(loop.getBody());
  Value batch = loop.getInductionVar(0), head = loop.getInductionVar(1);
  Value from =
      arith::MulIOp::create(b, loop.getInductionVar(2), b.index(kPoolTile));
  Value to = arith::MinSIOp::create(b, b.add(from, kPoolTile), blocks);
  auto pool = [&](Value block, Value column, bool inBounds) {
    // The block's rows [first, first + count).
    Value first = arith::MulIOp::create(b, block, b.index(op.getStride()));
    Value count = arith::SubIOp::create(b, rows, first);
    count = arith::MinSIOp::create(b, count, b.index(op.getSize()));
    count = arith::MaxSIOp::create(b, count, zero);
    VectorType reals = b.lanes(lanes);
    auto add = [&](Value row, ValueRange sum) {
      Value x = b.read(op.getInput(), {batch, head, b.add(first, row), column},
                       lanes, inBounds);
      if (!op.getWeights())
        return SmallVector<Value>{arith::AddFOp::create(b, sum[0], x)};
      Value weight = b.broadcast(reals, b.readScalar(op.getWeights(), row));
      return SmallVector<Value>{b.fma(weight, x, sum[0])};
    };
    Value sum = b.loop(zero, count, 1, b.splat(reals, 0.0), add)[0];
    if (!op.getWeights()) {
      Value there = arith::MaxSIOp::create(b, count, b.index(1));
      there = arith::IndexCastOp::create(b, b.getI64Type(), there);
      there = arith::SIToFPOp::create(b, b.getF32Type(), there);
      sum = arith::DivFOp::create(b, sum, b.broadcast(reals, there));
    }
    b.write(sum, op.getOutputInit(), {batch, head, block, column}, inBounds);
  };
  int64_t whole = width / lanes * lanes;
  b.loop(from, to, 1, {}, [&](Value block, ValueRange) {
    b.loop(zero, b.index(whole), lanes, {}, [&](Value column, ValueRange) {
      pool(block, column, /*inBounds=*/true);
      return SmallVector<Value>{};
    });
    if (whole != width)
      pool(block, b.index(whole), /*inBounds=*/false);
    return SmallVector<Value>{};
  });
}

//===----------------------------------------------------------------------===//
// attn.invert
//===----------------------------------------------------------------------===//

namespace {
/// One list head: counts, their sums, and a second round that places entries.
class InvertEmitter {
public:
  InvertEmitter(StateBuilder &b, InvertOp op)
      : b(b), op(op), zero(b.index(0)), one(b.index(1)),
        lists(sizeOf(b, op.getInput(), 2)), length(sizeOf(b, op.getInput(), 3)),
        blocks(b.add(sizeOf(b, op.getOffsetsInit(), 2), -1)),
        room(sizeOf(b, op.getEntriesInit(), 2)), align(b.index(op.getAlign())) {
  }

  void emit();

private:
  void forEach(Value count, function_ref<void(Value)> body) {
    b.loop(zero, count, 1, {}, [&](Value i, ValueRange) {
      body(i);
      return SmallVector<Value>{};
    });
  }
  void put(Value number, Value memref, ValueRange at) {
    number =
        arith::IndexCastOp::create(b, getElementTypeOrSelf(memref), number);
    memref::StoreOp::create(b, number, memref, at);
  }
  void fill(Value memref);
  void forEachEntry(function_ref<void(Value, Value, Value)> body);
  void addCounts();
  void place(Value list, Value x, Value block);

  StateBuilder &b;
  InvertOp op;
  Value zero, one, lists, length, blocks, room, align;
  Value batch, head;
  /// Where the next entry of each block goes.
  Value next;
};
} // namespace

/// -1 in all that belongs to the head.
void InvertEmitter::fill(Value memref) {
  if (!memref)
    return;
  Value none = b.index(-1);
  forEach(sizeOf(b, memref, 2), [&](Value i) {
    if (cast<MemRefType>(memref.getType()).getRank() == 3)
      return put(none, memref, {batch, head, i});
    forEach(sizeOf(b, memref, 3),
            [&](Value j) { put(none, memref, {batch, head, i, j}); });
  });
}

/// Calls `body` with list, place in there and block of what names one.
void InvertEmitter::forEachEntry(function_ref<void(Value, Value, Value)> body) {
  forEach(lists, [&](Value list) {
    forEach(length, [&](Value x) {
      Value entry = memref::LoadOp::create(b, op.getInput(),
                                           ValueRange{batch, head, list, x});
      Value block = arith::IndexCastOp::create(b, b.getIndexType(), entry);
      // As an unsigned number a negative entry is larger than any block's.
      Value isBlock =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, block, blocks);
      auto branch = scf::IfOp::create(b, isBlock, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      body(list, x, block);
    });
  });
}

/// Turns counts into first places, which are multiples of `align`.
void InvertEmitter::addCounts() {
  put(zero, op.getOffsetsInit(), {batch, head, zero});
  b.loop(zero, blocks, 1, zero, [&](Value block, ValueRange at) {
    Value count = memref::LoadOp::create(b, next, ValueRange{block});
    memref::StoreOp::create(b, at[0], next, ValueRange{block});
    Value used =
        arith::MinSIOp::create(b, arith::AddIOp::create(b, at[0], count), room);
    Value from = arith::CeilDivUIOp::create(b, at[0], align);
    Value to = arith::CeilDivUIOp::create(b, used, align);
    if (Value owners = op.getOwnersInit()) {
      Value end = arith::MinSIOp::create(b, to, sizeOf(b, owners, 2));
      b.loop(from, end, 1, {}, [&](Value r, ValueRange) {
        put(block, owners, {batch, head, r});
        return SmallVector<Value>{};
      });
    }
    Value end =
        arith::MinSIOp::create(b, arith::MulIOp::create(b, to, align), room);
    put(end, op.getOffsetsInit(),
        {batch, head, arith::AddIOp::create(b, block, one)});
    return SmallVector<Value>{end};
  });
}

void InvertEmitter::place(Value list, Value x, Value block) {
  Value at = memref::LoadOp::create(b, next, ValueRange{block});
  Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, at, room);
  auto branch = scf::IfOp::create(b, fits, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value number =
      arith::AddIOp::create(b, arith::MulIOp::create(b, list, length), x);
  put(number, op.getEntriesInit(), {batch, head, at});
  if (op.getPlacesInit())
    put(at, op.getPlacesInit(), {batch, head, list, x});
  memref::StoreOp::create(b, arith::AddIOp::create(b, at, one), next,
                          ValueRange{block});
}

void InvertEmitter::emit() {
  SmallVector<OpFoldResult> bounds{sizeOf(b, op.getInput(), 0),
                                   sizeOf(b, op.getInput(), 1)};
  auto loop = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  b.setInsertionPointToStart(loop.getBody());
  batch = loop.getInductionVar(0);
  head = loop.getInductionVar(1);
  next = memref::AllocOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, b.getIndexType()),
      ValueRange{blocks}, b.getI64IntegerAttr(64));
  for (Value memref :
       {op.getEntriesInit(), op.getPlacesInit(), op.getOwnersInit()})
    fill(memref);
  forEach(blocks, [&](Value block) {
    memref::StoreOp::create(b, zero, next, ValueRange{block});
  });
  forEachEntry([&](Value, Value, Value block) {
    Value count = memref::LoadOp::create(b, next, ValueRange{block});
    memref::StoreOp::create(b, arith::AddIOp::create(b, count, one), next,
                            ValueRange{block});
  });
  addCounts();
  forEachEntry(
      [&](Value list, Value x, Value block) { place(list, x, block); });
}

void mlir::attn::emitInvert(OpBuilder &builder, InvertOp op) {
  StateBuilder b(op.getLoc(), builder);
  InvertEmitter(b, op).emit();
}
