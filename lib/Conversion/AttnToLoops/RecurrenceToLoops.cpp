//===- RecurrenceToLoops.cpp - attn.linear and attn.recurrent as loops ----===//
//
//   for n, h:                     n a batch, or a sequence of cu_seqlens
//     S = state[n, h], or 0       in f64, as z, m and the transition
//     for t:  S, o[n, :, t] = the token's update and output,
//     RecurrenceToken.cpp state[n, h] = S             rounded here, once
//
// S is a tensor of one state, made once and overwritten for every n and h.
//
// Tests: test/Conversion/AttnToLoops/to-loops-state.mlir,
//        to-loops-state-invalid.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceToken.h"
#include "attn/Conversion/AttnToLoops/AttnToLoops.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::attn;

namespace {

struct RecurrenceLoops {
  const Recurrence &parts;
  /// Storage of what is carried along one sequence, and of one row.
  Running storage;
  RowStorage rows;
  /// State heads that share a key head.
  Value groupSize;

  RecurrenceLoops(ScalarBuilder &b, const Recurrence &parts);

  Running buildStart(ScalarBuilder &b, const Running &inits, Value n, Value h);
  Running buildStore(ScalarBuilder &b, const Running &inits, const Running &end,
                     Value n, Value h);
  SmallVector<Value> buildSequence(ScalarBuilder &b, Value n, Value batch,
                                   Value begin, Value count, ValueRange inits);
  SmallVector<Value> buildBatches(ScalarBuilder &b);
  SmallVector<Value> buildPackedSequences(ScalarBuilder &b);
  Running getInits() const {
    return {parts.output, parts.state, parts.keySum, parts.maximum,
            parts.transition};
  }
};

} // namespace

/// The shape of what `tensor` `[N, H, ..]` keeps of one state head.
static ArrayRef<int64_t> getHeadShape(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape().drop_front(2);
}

RecurrenceLoops::RecurrenceLoops(ScalarBuilder &b, const Recurrence &parts)
    : parts(parts) {
  int64_t keys = parts.getKeyWidth(), columns = parts.getValueWidth();
  storage.state = b.scratch({keys, columns});
  if (parts.hasNormalizer())
    storage.keySum = b.scratch(keys);
  if (parts.normalizesByMaximum)
    storage.maximum = b.negativeInfinity();
  if (parts.transition) {
    ArrayRef<int64_t> shape = getHeadShape(parts.transition);
    storage.transition = shape.empty() ? b.real(1.0) : b.scratch(shape);
  }
  if (parts.hasCorrection()) {
    rows.state = b.scratch(columns);
    if (parts.transition)
      rows.transition = b.scratch(keys);
  }
  // At least 1, so that an operation without heads divides by no zero.
  Value one = b.index(1);
  Value keyHeads = arith::MaxSIOp::create(b, b.size(parts.key, 1), one);
  Value group = arith::DivSIOp::create(b, b.size(parts.value, 1), keyHeads);
  groupSize = arith::MaxSIOp::create(b, group, one);
}

//===----------------------------------------------------------------------===//
// Before the first token and after the last
//===----------------------------------------------------------------------===//

/// The index (n, h, ..) of an element of a state.
static SmallVector<Value> at(Value n, Value h, ValueRange element) {
  SmallVector<Value> indices{n, h};
  llvm::append_range(indices, element);
  return indices;
}

static SmallVector<Value> getSizes(ScalarBuilder &b, Value tensor) {
  SmallVector<Value> sizes;
  if (auto type = dyn_cast<RankedTensorType>(tensor.getType()))
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      sizes.push_back(b.size(tensor, axis));
  return sizes;
}

/// `storage` with the elements of `init` of (n, h), or zeros without it. A
/// scalar is its own storage.
static Value buildLoad(ScalarBuilder &b, Value storage, Value init, Value n,
                       Value h) {
  if (!isa<RankedTensorType>(storage.getType()))
    return init ? b.read(init, {n, h}) : storage;
  auto element = [&](ScalarBuilder &b, ValueRange indices, ValueRange copy) {
    Value value = init ? b.read(init, at(n, h, indices)) : b.real(0.0);
    return SmallVector<Value>{b.write(value, copy[0], indices)};
  };
  return b.nest(getSizes(b, storage), storage, element)[0];
}

Running RecurrenceLoops::buildStart(ScalarBuilder &b, const Running &inits,
                                    Value n, Value h) {
  Running start = storage;
  start.output = inits.output;
  std::pair<Value *, Value> values[] = {{&start.state, inits.state},
                                        {&start.keySum, inits.keySum},
                                        {&start.maximum, inits.maximum},
                                        {&start.transition, inits.transition}};
  for (auto [value, init] : values)
    if (*value)
      *value = buildLoad(b, *value, init, n, h);
  return start;
}

/// The destinations with the values after the last token in them.
Running RecurrenceLoops::buildStore(ScalarBuilder &b, const Running &inits,
                                    const Running &end, Value n, Value h) {
  Running stored = inits;
  stored.output = end.output;
  std::pair<Value *, Value> values[] = {{&stored.state, end.state},
                                        {&stored.keySum, end.keySum},
                                        {&stored.maximum, end.maximum},
                                        {&stored.transition, end.transition}};
  for (auto [init, value] : values) {
    if (!*init)
      continue;
    auto element = [&, value = value](ScalarBuilder &b, ValueRange indices,
                                      ValueRange init) {
      Value read = indices.empty() ? value : b.read(value, indices);
      return SmallVector<Value>{b.write(read, init[0], at(n, h, indices))};
    };
    *init = b.nest(getSizes(b, value), *init, element)[0];
  }
  return stored;
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

/// All heads of one sequence: its states are at n, its tokens `[begin, begin +
/// count)` of `batch`.
SmallVector<Value> RecurrenceLoops::buildSequence(ScalarBuilder &b, Value n,
                                                  Value batch, Value begin,
                                                  Value count,
                                                  ValueRange inits) {
  auto overHeads = [&](ScalarBuilder &b, Value head, ValueRange carried) {
    Running inits = getInits().unpack(carried);
    Running start = buildStart(b, inits, n, head);
    Value keyHead = arith::DivSIOp::create(b, head, groupSize);
    auto overTokens = [&](ScalarBuilder &b, Value i, ValueRange carried) {
      TokenPlace place{batch, head, keyHead, b.addIndex(begin, i)};
      return buildToken(b, parts, place, rows, start.unpack(carried)).pack();
    };
    Running end = start.unpack(b.loop(count, start.pack(), overTokens));
    return buildStore(b, inits, end, n, head).pack();
  };
  return b.loop(b.size(parts.value, 1), inits, overHeads);
}

SmallVector<Value> RecurrenceLoops::buildBatches(ScalarBuilder &b) {
  auto body = [&](ScalarBuilder &b, Value n, ValueRange inits) {
    return buildSequence(b, n, n, b.index(0), b.size(parts.query, 2), inits);
  };
  return b.loop(b.size(parts.query, 0), getInits().pack(), body);
}

/// The output with zeros everywhere, which tokens of no sequence keep.
static Value buildZeros(ScalarBuilder &b, Value output) {
  auto clear = [](ScalarBuilder &b, ValueRange indices, ValueRange output) {
    return SmallVector<Value>{b.write(b.real(0.0), output[0], indices)};
  };
  return b.nest(getSizes(b, output), output, clear)[0];
}

/// Bounds are not trusted: each is taken to be at least the one before and at
/// most T, and there are no more sequences than states.
SmallVector<Value> RecurrenceLoops::buildPackedSequences(ScalarBuilder &b) {
  Value zero = b.index(0);
  Value sequences =
      arith::SubIOp::create(b, b.size(parts.cuSeqlens, 0), b.index(1));
  if (parts.state)
    sequences = arith::MinSIOp::create(b, sequences, b.size(parts.state, 0));
  auto body = [&](ScalarBuilder &b, Value n, ValueRange carried) {
    // None without a batch.
    Value tokens = arith::MulIOp::create(b, b.size(parts.query, 0),
                                         b.size(parts.query, 2));
    auto bound = [&](Value index, Value least) -> Value {
      Value read = tensor::ExtractOp::create(b, parts.cuSeqlens, index);
      read = arith::IndexCastOp::create(b, b.getIndexType(), read);
      read = arith::MinSIOp::create(b, read, tokens);
      return arith::MaxSIOp::create(b, read, least);
    };
    Value begin = bound(n, carried.front());
    Value end = bound(b.addIndex(n, b.index(1)), begin);
    Value count = arith::SubIOp::create(b, end, begin);
    SmallVector<Value> next{end};
    llvm::append_range(
        next, buildSequence(b, n, zero, begin, count, carried.drop_front()));
    return next;
  };
  Running inits = getInits();
  inits.output = buildZeros(b, inits.output);
  SmallVector<Value> carried{zero};
  llvm::append_range(carried, inits.pack());
  SmallVector<Value> results = b.loop(sequences, carried, body);
  results.erase(results.begin());
  return results;
}

FailureOr<SmallVector<Value>>
mlir::attn::buildRecurrenceLoops(OpBuilder &builder,
                                 AffineMonoidOpInterface op) {
  if (!cast<DestinationStyleOpInterface>(op.getOperation())
           .hasPureTensorSemantics())
    return op.emitOpError("expected tensors in the lowering to loops, but "
                          "found memrefs");
  ScalarBuilder b(builder, op.getLoc());
  Recurrence parts = op.getRecurrence();
  RecurrenceLoops loops(b, parts);
  return parts.cuSeqlens ? loops.buildPackedSequences(b)
                         : loops.buildBatches(b);
}
