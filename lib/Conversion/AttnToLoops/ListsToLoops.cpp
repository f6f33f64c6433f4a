//===- ListsToLoops.cpp - attn.pool and attn.invert as scalar loops -------===//
//
//   for b, h, n, d:  output = sum of the block's rows, weighed
//
//   for b, l, m:     at = align * ceil(at / align); offsets[m] = at
//                    for n, x where lists[n, x] = m and there is room:
//                      entries[at] = n L + x; places[n, x] = at; at += 1
//
// Tests: test/Conversion/AttnToLoops/to-loops-lists.mlir
//
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "attn/Dialect/Attn/IR/ListOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::attn;

FailureOr<SmallVector<Value>> mlir::attn::buildPoolLoops(OpBuilder &builder,
                                                         PoolOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < 4; ++axis)
    sizes.push_back(b.size(op.getOutputInit(), axis));
  Value rows = b.size(op.getInput(), 2);
  auto body = [&](ScalarBuilder &b, ValueRange at, ValueRange output) {
    Value first = arith::MulIOp::create(b, at[2], b.index(op.getStride()));
    Value count = arith::SubIOp::create(b, rows, first);
    count = arith::MinSIOp::create(b, count, b.index(op.getSize()));
    count = arith::MaxSIOp::create(b, count, b.index(0));
    auto add = [&](ScalarBuilder &b, Value r, ValueRange sum) {
      Value row = b.addIndex(first, r);
      Value x = b.read(op.getInput(), {at[0], at[1], row, at[3]});
      if (op.getWeights())
        x = b.mul(b.read(op.getWeights(), r), x);
      return SmallVector<Value>{b.add(sum[0], x)};
    };
    Value sum = b.loop(count, b.real(0.0), add)[0];
    if (!op.getWeights()) {
      Value there = arith::MaxSIOp::create(b, count, b.index(1));
      there = arith::IndexCastOp::create(b, b.getI64Type(), there);
      sum = b.div(sum, arith::SIToFPOp::create(b, b.getF64Type(), there));
    }
    return SmallVector<Value>{b.write(sum, output[0], at)};
  };
  return b.nest(sizes, op.getOutputInit(), body);
}

namespace {

/// The loops of one list head. What is carried: offsets, entries, places and
/// owners as far as they are there, and where the next entry goes.
class InvertLoops {
public:
  InvertLoops(ScalarBuilder &b, InvertOp op)
      : op(op), lists(b.size(op.getInput(), 2)),
        length(b.size(op.getInput(), 3)), room(b.size(op.getEntriesInit(), 2)) {
  }

  SmallVector<Value> build(ScalarBuilder &b, ValueRange head,
                           ValueRange carried);

private:
  /// Writes a number into the destination `which`, if it is there.
  void put(ScalarBuilder &b, SmallVectorImpl<Value> &carried, unsigned which,
           Value number, ValueRange at) {
    Type element = getElementTypeOrSelf(carried[which]);
    number = arith::IndexCastOp::create(b, element, number);
    carried[which] = tensor::InsertOp::create(b, number, carried[which], at);
  }
  SmallVector<Value> fill(ScalarBuilder &b, ValueRange head,
                          ValueRange carried);
  SmallVector<Value> addBlock(ScalarBuilder &b, ValueRange head, Value block,
                              ValueRange carried);
  SmallVector<Value> addEntry(ScalarBuilder &b, ValueRange entry, Value block,
                              ValueRange carried);
  unsigned getPlaces() { return 2; }
  unsigned getOwners() { return op.getPlacesInit() ? 3 : 2; }

  InvertOp op;
  Value lists, length, room;
};

} // namespace

/// -1 wherever nothing else is written.
SmallVector<Value> InvertLoops::fill(ScalarBuilder &b, ValueRange head,
                                     ValueRange carried) {
  SmallVector<Value> filled(carried);
  for (unsigned which = 1; which < carried.size(); ++which) {
    SmallVector<Value> sizes;
    int64_t rank = cast<RankedTensorType>(carried[which].getType()).getRank();
    for (int64_t axis = 2; axis < rank; ++axis)
      sizes.push_back(b.size(carried[which], axis));
    auto clear = [&](ScalarBuilder &b, ValueRange rest, ValueRange target) {
      SmallVector<Value> at(head), next(target);
      llvm::append_range(at, rest);
      put(b, next, 0, b.index(-1), at);
      return next;
    };
    filled[which] = b.nest(sizes, carried[which], clear)[0];
  }
  return filled;
}

/// The entry at `entry`, [b, l, n, x], if it names `block`.
SmallVector<Value> InvertLoops::addEntry(ScalarBuilder &b, ValueRange entry,
                                         Value block, ValueRange carried) {
  Value named = tensor::ExtractOp::create(b, op.getInput(), entry);
  named = arith::IndexCastOp::create(b, b.getIndexType(), named);
  Value at = carried.back();
  Value isOne =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, named, block);
  Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, at, room);
  auto add = [&](ScalarBuilder &b) {
    SmallVector<Value> next(carried);
    Value number =
        b.addIndex(arith::MulIOp::create(b, entry[2], length), entry[3]);
    put(b, next, 1, number, {entry[0], entry[1], at});
    if (op.getPlacesInit())
      put(b, next, getPlaces(), at, entry);
    next.back() = b.addIndex(at, b.index(1));
    return next;
  };
  auto keep = [&](ScalarBuilder &) { return SmallVector<Value>(carried); };
  return b.ifElse(arith::AndIOp::create(b, isOne, fits), add, keep);
}

SmallVector<Value> InvertLoops::addBlock(ScalarBuilder &b, ValueRange head,
                                         Value block, ValueRange carried) {
  Value align = b.index(op.getAlign());
  Value first = carried.back();
  auto overEntries = [&](ScalarBuilder &b, ValueRange at, ValueRange carried) {
    return addEntry(b, {head[0], head[1], at[0], at[1]}, block, carried);
  };
  SmallVector<Value> next = b.nest({lists, length}, carried, overEntries);
  // The next block begins at a multiple of `align`, or at the end.
  Value end = arith::CeilDivSIOp::create(b, next.back(), align);
  if (op.getOwnersInit()) {
    Value from = arith::CeilDivSIOp::create(b, first, align);
    Value owned = b.size(op.getOwnersInit(), 2);
    Value count =
        arith::SubIOp::create(b, arith::MinSIOp::create(b, end, owned), from);
    auto own = [&](ScalarBuilder &b, Value r, ValueRange owners) {
      SmallVector<Value> next(owners);
      put(b, next, 0, block, {head[0], head[1], b.addIndex(from, r)});
      return next;
    };
    next[getOwners()] = b.loop(count, next[getOwners()], own)[0];
  }
  next.back() =
      arith::MinSIOp::create(b, arith::MulIOp::create(b, end, align), room);
  put(b, next, 0, next.back(),
      {head[0], head[1], b.addIndex(block, b.index(1))});
  return next;
}

SmallVector<Value> InvertLoops::build(ScalarBuilder &b, ValueRange head,
                                      ValueRange carried) {
  SmallVector<Value> state = fill(b, head, carried);
  put(b, state, 0, b.index(0), {head[0], head[1], b.index(0)});
  state.push_back(b.index(0));
  Value blocks =
      arith::SubIOp::create(b, b.size(op.getOffsetsInit(), 2), b.index(1));
  auto overBlocks = [&](ScalarBuilder &b, Value block, ValueRange carried) {
    return addBlock(b, head, block, carried);
  };
  state = b.loop(blocks, state, overBlocks);
  state.pop_back();
  return state;
}

FailureOr<SmallVector<Value>> mlir::attn::buildInvertLoops(OpBuilder &builder,
                                                           InvertOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  InvertLoops loops(b, op);
  SmallVector<Value> heads{b.size(op.getInput(), 0), b.size(op.getInput(), 1)};
  auto body = [&](ScalarBuilder &b, ValueRange head, ValueRange carried) {
    return loops.build(b, head, carried);
  };
  return b.nest(heads, SmallVector<Value>(op.getDpsInits()), body);
}
