//===- LowerCache.cpp - operations on caches as loops over rows -----------===//
//
//   attn.cache_update ins(%rows) lengths(%n) outs(%cache)      on memrefs
//   ->
//   scf.forall (%b, %h) in (B, H) {
//     scf.for %t { scf.if %fits { memref.copy %rows[%b, %h, %t], %cache[..] } }
//   }
//
// With a page table the batch is a loop inside of the tile of a head: two
// tables may name one page, and the later row stays.
//
// Tests: test/Codegen/CPU/lower-cache.mlir, test/Integration/Cache
//
//===----------------------------------------------------------------------===//

#include "CacheBuilder.h"
#include "attn/Codegen/CPU/Passes.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::attn {

#define GEN_PASS_DEF_CPULOWERCACHEPASS
#include "attn/Codegen/CPU/Passes.h.inc"

//===----------------------------------------------------------------------===//
// CacheBuilder
//===----------------------------------------------------------------------===//

void CacheBuilder::forEach(Value from, Value to,
                           function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(*this, from, to, index(1));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value CacheBuilder::loop(Value from, Value to, Value carried,
                         function_ref<Value(Value, Value)> body) {
  auto loop = scf::ForOp::create(*this, from, to, index(1), carried);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Value next = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(*this, next);
  return loop.getResult(0);
}

void CacheBuilder::when(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  then();
}

void CacheBuilder::forEachTile(ArrayRef<OpFoldResult> sizes,
                               function_ref<void(ValueRange)> body) {
  auto loop = scf::ForallOp::create(*this, sizes, ValueRange(),
                                    /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPoint(loop.getTerminator());
  body(loop.getInductionVars());
}

void CacheBuilder::copyRow(Value source, ValueRange from, Value destination,
                           ValueRange to) {
  auto type = cast<MemRefType>(source.getType());
  unsigned rank = type.getRank();
  if (from.size() == rank)
    return store(load(source, from), destination, to);
  auto row = [&](Value memref, ValueRange at) -> Value {
    SmallVector<OpFoldResult> offsets(at.begin(), at.end());
    SmallVector<OpFoldResult> sizes(at.size(), getIndexAttr(1));
    for (unsigned axis = at.size(); axis < rank; ++axis) {
      offsets.push_back(getIndexAttr(0));
      sizes.push_back(memref::getMixedSize(*this, getLoc(), memref, axis));
    }
    SmallVector<OpFoldResult> strides(rank, getIndexAttr(1));
    return memref::SubViewOp::create(*this, memref, offsets, sizes, strides);
  };
  memref::CopyOp::create(*this, row(source, from), row(destination, to));
}

//===----------------------------------------------------------------------===//
// attn.cache_update
//===----------------------------------------------------------------------===//

namespace {
class UpdateLowering {
public:
  UpdateLowering(CacheBuilder &builder, CacheUpdateOp op)
      : b(builder), op(op), rows(op.getRows()), cache(op.getCacheInit()) {}

  void emit();

private:
  void emitRows(Value batch, Value head);
  void emitRow(ValueRange row, Value place);
  void writeRow(ValueRange row, Value place, ValueRange to);
  void writePair(ValueRange row, Value place, ValueRange to, Value pair);
  Value widen(Value x);

  CacheBuilder &b;
  CacheUpdateOp op;
  Value rows, cache;
};
} // namespace

/// f32, or f64 as it is.
Value UpdateLowering::widen(Value x) {
  if (x.getType().getIntOrFloatBitWidth() >= 32)
    return x;
  return arith::ExtFOp::create(b, b.getF32Type(), x);
}

/// Pair `pair` of features of the row, turned by the angles of its place.
void UpdateLowering::writePair(ValueRange row, Value place, ValueRange to,
                               Value pair) {
  int64_t width = cast<ShapedType>(rows.getType()).getDimSize(3);
  Value first = pair, second;
  if (op.getInterleaved()) {
    first = arith::MulIOp::create(b, pair, b.index(2));
    second = b.add(first, b.index(1));
  } else {
    second = b.add(first, b.index(width / 2));
  }
  Type element = getElementTypeOrSelf(rows);
  Type wide = element.isF64() ? element : b.getF32Type();
  auto convert = [&](Value x) -> Value {
    x = widen(x);
    if (x.getType() == wide)
      return x;
    return wide.isF64() ? arith::ExtFOp::create(b, wide, x).getResult()
                        : arith::TruncFOp::create(b, wide, x).getResult();
  };
  auto read = [&](Value feature) {
    return convert(b.load(rows, {row[0], row[1], row[2], feature}));
  };
  auto write = [&](Value x, Value feature) {
    if (wide != element)
      x = arith::TruncFOp::create(b, element, x);
    b.store(x, cache, {to[0], to[1], to[2], feature});
  };
  auto mul = [&](Value x, Value y) -> Value {
    return arith::MulFOp::create(b, x, y);
  };
  Value x = read(first), y = read(second);
  Value cos = convert(b.load(op.getCos(), {place, pair}));
  Value sin = convert(b.load(op.getSin(), {place, pair}));
  write(arith::SubFOp::create(b, mul(x, cos), mul(y, sin)), first);
  write(arith::AddFOp::create(b, mul(y, cos), mul(x, sin)), second);
}

void UpdateLowering::writeRow(ValueRange row, Value place, ValueRange to) {
  if (!op.getCos())
    return b.copyRow(rows, row, cache, to);
  Value pairs = b.size(op.getCos(), 1);
  b.when(b.isInside(place, b.size(op.getCos(), 0)), [&] {
    b.forEach(b.index(0), pairs,
              [&](Value pair) { writePair(row, place, to, pair); });
  });
}

/// The row [b, h, t] of place n of its sequence, if it has one in the cache.
void UpdateLowering::emitRow(ValueRange row, Value place) {
  Value size = b.size(cache, 2);
  Value head = row[1];
  if (!op.getPageTable() && !op.getRing())
    return b.when(b.isInside(place, size),
                  [&] { writeRow(row, place, {row[0], head, place}); });
  Value isPlace = b.compare(arith::CmpIPredicate::sge, place, b.index(0));
  if (op.getRing())
    return b.when(b.both(isPlace, b.isInside(b.index(0), size)), [&] {
      Value rest = arith::RemUIOp::create(b, place, size);
      writeRow(row, place, {row[0], head, rest});
    });
  Value pageSize = b.index(*op.getPageSize());
  Value entry = arith::DivUIOp::create(b, place, pageSize);
  Value isListed = b.isInside(entry, b.size(op.getPageTable(), 1));
  b.when(b.both(isPlace, isListed), [&] {
    Value page = b.readIndex(op.getPageTable(), {row[0], entry});
    Value pages = arith::DivUIOp::create(b, size, pageSize);
    b.when(b.isInside(page, pages), [&] {
      Value first = arith::MulIOp::create(b, page, pageSize);
      Value rest = arith::RemUIOp::create(b, place, pageSize);
      writeRow(row, place, {b.index(0), head, b.add(first, rest)});
    });
  });
}

void UpdateLowering::emitRows(Value batch, Value head) {
  Value tokens = b.size(rows, 2), first = b.index(0);
  // What a ring would overwrite is not written first.
  if (op.getRing() && !op.getCos())
    first = b.max(first, b.sub(tokens, b.size(cache, 2)));
  Value length = b.readIndex(op.getLengths(), batch);
  b.forEach(first, tokens,
            [&](Value t) { emitRow({batch, head, t}, b.add(length, t)); });
}

void UpdateLowering::emit() {
  OpFoldResult batches = memref::getMixedSize(b, b.getLoc(), rows, 0);
  OpFoldResult heads = memref::getMixedSize(b, b.getLoc(), rows, 1);
  if (!op.getPageTable())
    return b.forEachTile({batches, heads},
                         [&](ValueRange at) { emitRows(at[0], at[1]); });
  b.forEachTile(heads, [&](ValueRange head) {
    b.forEach(b.index(0), b.size(rows, 0),
              [&](Value batch) { emitRows(batch, head[0]); });
  });
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct CPULowerCachePass : impl::CPULowerCachePassBase<CPULowerCachePass> {
  using CPULowerCachePassBase::CPULowerCachePassBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<CacheUpdateOp, CacheEvictOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (op->getNumResults() != 0) {
        op->emitOpError() << "expected memrefs, as after bufferisation";
        return signalPassFailure();
      }
      OpBuilder builder(op);
      CacheBuilder b(op->getLoc(), builder);
      if (auto update = dyn_cast<CacheUpdateOp>(op))
        UpdateLowering(b, update).emit();
      else
        emitCacheEvict(b, cast<CacheEvictOp>(op));
      op->erase();
      ++numLowered;
    }
  }
};
} // namespace

} // namespace mlir::attn
