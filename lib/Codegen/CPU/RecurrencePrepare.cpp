//===- RecurrencePrepare.cpp - what a step needs for every column ---------===//
//
// Lanes run over the rows of the state. In one pass over them, each writer w_j
// is multiplied by the decays of the tokens after it as these come, so that at
// token i it is a_{j+1} .. a_i w_j, which is what readers and erasers of token
// i meet; at the end it is what the state receives.
//
// Tests: test/Codegen/CPU/lower-recurrence.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

//===----------------------------------------------------------------------===//
// Decays
//===----------------------------------------------------------------------===//

void RecurrenceEmitter::readTokenDecays(const StateStep &step) {
  tokenDecays.clear();
  tokenWeights.clear();
  tokenFloors.clear();
  if (parts.normalizesByMaximum)
    return readStabilisedDecays(step);
  switch (parts.getGateKind()) {
  case GateKind::None:
  case GateKind::PerRow:
    return;
  case GateKind::PerHead:
    tokenDecays.assign(step.size, b.readExp(parts.gate, zero, 1)[0]);
    return;
  case GateKind::PerToken:
    tokenDecays = b.readExp(parts.gate, {zero, zero, step.token}, step.size);
    return;
  }
}

/// With logarithms f and i of both gates, m' = max(f + m, i) keeps everything
/// relative to exp(m'): the decay is exp(f + m - m'), the weight exp(i - m').
void RecurrenceEmitter::readStabilisedDecays(const StateStep &step) {
  VectorType one = b.lanes(1);
  auto exp = [&](Value scalar) -> Value {
    return vector::ExtractOp::create(b, b.exp(b.broadcast(one, scalar)), 0);
  };
  Value none = arith::ConstantOp::create(
      b, b.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
  Value still = arith::ConstantOp::create(b, b.getF32FloatAttr(0.0f));
  Value maximum = b.readScalar(parts.maximum, {zero, zero});
  for (int64_t i = 0; i < step.size; ++i) {
    Value token = b.add(step.token, i);
    Value forget = b.readScalar(parts.gate, {zero, zero, token});
    Value input = b.readScalar(parts.inputGate, {zero, zero, token});
    Value kept = arith::AddFOp::create(b, forget, maximum);
    maximum = arith::MaximumFOp::create(b, kept, input);
    // Nothing was written yet: any finite reference does.
    Value empty =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, maximum, none);
    Value reference = arith::SelectOp::create(b, empty, still, maximum);
    tokenDecays.push_back(exp(arith::SubFOp::create(b, kept, reference)));
    tokenWeights.push_back(exp(arith::SubFOp::create(b, input, reference)));
    tokenFloors.push_back(exp(arith::NegFOp::create(b, maximum)));
  }
  memref::StoreOp::create(b, maximum, parts.maximum, ValueRange{zero, zero});
}

/// a_i in the rows [row, row + lanes), or null when nothing decays.
Value RecurrenceEmitter::decayOf(const StateStep &step, int64_t i, Value row,
                                 bool inBounds) {
  if (!tokenDecays.empty())
    return b.broadcast(b.lanes(lanes), tokenDecays[i]);
  if (parts.getGateKind() == GateKind::None)
    return Value();
  return b.exp(b.read(parts.gate, {zero, zero, b.add(step.token, i), row},
                      lanes, inBounds));
}

//===----------------------------------------------------------------------===//
// One pass over the rows
//===----------------------------------------------------------------------===//

namespace {
/// Running sums of products of readers and erasers with writers.
struct Products {
  /// [write][i][j], null where a token does not meet that writer.
  SmallVector<SmallVector<SmallVector<Value>>> sums;

  Products(int64_t writes, int64_t size)
      : sums(writes,
             SmallVector<SmallVector<Value>>(size, SmallVector<Value>(size))) {}

  template <typename Fn> void forEach(Fn fn) {
    for (auto [w, matrix] : llvm::enumerate(sums))
      for (auto [i, row] : llvm::enumerate(matrix))
        for (auto [j, entry] : llvm::enumerate(row))
          if (entry)
            fn(w, i, j, entry);
  }
};
} // namespace

static void appendSums(Products &products, SmallVectorImpl<Value> &values) {
  products.forEach([&](int64_t, int64_t, int64_t, Value &entry) {
    values.push_back(entry);
  });
}

static void takeSums(Products &products, ValueRange &values) {
  products.forEach([&](int64_t, int64_t, int64_t, Value &entry) {
    entry = values.front();
    values = values.drop_front();
  });
}

void RecurrenceEmitter::prepareRows(const StateStep &step, bool keys,
                                    Value head) {
  VectorType type = b.lanes(lanes);
  int64_t size = step.size;
  bool erases = keys && parts.hasCorrection();
  bool readsBefore = parts.readBefore;
  Value none = b.splat(type, 0.0);
  Products reads(numWrites(), size), erasures(numWrites(), size);
  for (int64_t w = 0; w < numWrites(); ++w)
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        if (head && (j < i || !readsBefore || parts.bonus))
          reads.sums[w][i][j] = none;
        if (erases && j < i)
          erasures.sums[w][i][j] = none;
      }
  // The normalizer's sum as the step's queries meet it.
  SmallVector<Value> keySums;
  if (head && parts.hasNormalizer())
    keySums.assign(size, none);

  auto rows = [&](Value row, bool inBounds, ValueRange carried) {
    takeSums(reads, carried);
    takeSums(erasures, carried);
    keySums.assign(carried.begin(), carried.end());
    auto load = [&](Value memref, Value place, int64_t i) {
      return b.read(memref, {zero, place, b.add(step.token, i), row}, lanes,
                    inBounds);
    };
    SmallVector<SmallVector<Value>> writers(numWrites());
    Value decayed;
    auto applyDecay = [&](Value vector) {
      return decayed ? b.mul(vector, decayed) : vector;
    };
    for (int64_t i = 0; i < size; ++i) {
      Value key = load(parts.key, zero, i);
      Value weighted = key;
      if (!tokenWeights.empty())
        weighted = b.mul(key, b.broadcast(type, tokenWeights[i]));
      Value query;
      if (head)
        query = b.mul(load(parts.query, head, i), b.splat(type, parts.scale));
      auto meet = [&](Products &products, Value reader, int64_t i) {
        for (int64_t w = 0; w < numWrites(); ++w)
          for (auto [j, writer] : llvm::enumerate(writers[w]))
            if (Value &sum = products.sums[w][i][j])
              sum = b.fma(reader, writer, sum);
      };
      auto storeRow = [&](Value vector, Value memref, Value place = Value()) {
        SmallVector<Value> at{b.add(step.token, i), row};
        if (place)
          at.insert(at.begin(), place);
        b.write(vector, memref, at, /*inBounds=*/true);
      };
      auto storeReader = [&] {
        if (!head)
          return;
        Value reader = applyDecay(query);
        storeRow(reader, scratch.readers, oneHead ? zero : head);
        if (parts.hasNormalizer())
          keySums[i] = b.fma(
              reader, b.read(parts.keySum, {zero, zero, row}, lanes, inBounds),
              keySums[i]);
      };
      // Before the token's decay.
      if (head && readsBefore) {
        meet(reads, query, i);
        if (parts.bonus)
          reads.sums[0][i][i] = b.fma(
              b.mul(query, b.read(parts.bonus, {zero, row}, lanes, inBounds)),
              key, reads.sums[0][i][i]);
        storeReader();
      }
      if (erases && parts.right) {
        Value eraser = load(parts.right, zero, i);
        meet(erasures, eraser, i);
        storeRow(applyDecay(eraser), scratch.erasers);
      }
      if (Value decay = decayOf(step, i, row, inBounds)) {
        for (SmallVector<Value> &list : writers)
          for (Value &writer : list)
            writer = b.mul(writer, decay);
        decayed = decayed ? b.mul(decayed, decay) : decay;
      }
      // After it.
      if (erases && parts.beta) {
        meet(erasures, key, i);
        storeRow(applyDecay(key), scratch.erasers);
      }
      writers[0].push_back(weighted);
      if (parts.left)
        writers[1].push_back(load(parts.left, zero, i));
      if (head && !readsBefore) {
        meet(reads, query, i);
        storeReader();
      }
    }
    if (keys) {
      for (auto [w, list] : llvm::enumerate(writers))
        for (auto [j, writer] : llvm::enumerate(list))
          b.write(writer, scratch.writers[w],
                  {b.add(step.token, static_cast<int64_t>(j)), row}, true);
      if (decaysState())
        b.write(decayed, scratch.decays, {step.slot, row}, true);
    }
    SmallVector<Value> results;
    appendSums(reads, results);
    appendSums(erasures, results);
    llvm::append_range(results, keySums);
    return results;
  };

  SmallVector<Value> sums;
  appendSums(reads, sums);
  appendSums(erasures, sums);
  llvm::append_range(sums, keySums);
  int64_t whole = keyWidth / lanes * lanes;
  if (whole > 0)
    sums = b.loop(zero, b.index(whole), lanes, sums,
                  [&](Value row, ValueRange carried) {
                    return rows(row, /*inBounds=*/true, carried);
                  });
  if (whole < keyWidth)
    sums = rows(b.index(whole), /*inBounds=*/false, sums);
  ValueRange results(sums);
  takeSums(reads, results);
  takeSums(erasures, results);
  keySums.assign(results.begin(), results.end());

  reads.forEach([&](int64_t w, int64_t i, int64_t j, Value &entry) {
    entry = b.sum(entry);
    memref::StoreOp::create(
        b, entry, scratch.reads,
        ValueRange{oneHead ? zero : head, step.slot,
                   b.index((w * stepSize + i) * stepSize + j)});
  });
  erasures.forEach([&](int64_t w, int64_t i, int64_t j, Value &entry) {
    Value product = b.sum(entry);
    if (parts.beta)
      product =
          b.mul(product,
                b.readScalar(parts.beta, {zero, zero, b.add(step.token, i)}));
    memref::StoreOp::create(
        b, product, scratch.erases,
        ValueRange{step.slot, b.index((w * stepSize + i) * stepSize + j)});
  });
  for (auto [i, sum] : llvm::enumerate(keySums)) {
    Value total = b.sum(sum);
    for (Value entry : reads.sums[0][i])
      if (entry)
        total = arith::AddFOp::create(b, total, entry);
    if (parts.normalizesByMaximum)
      total = arith::MaximumFOp::create(b, math::AbsFOp::create(b, total),
                                        tokenFloors[i]);
    Value epsilon =
        arith::ConstantOp::create(b, b.getF32FloatAttr(parts.epsilon));
    total = arith::AddFOp::create(b, total, epsilon);
    Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1.0f));
    memref::StoreOp::create(
        b, arith::DivFOp::create(b, one, total), scratch.inverses,
        ValueRange{oneHead ? zero : head,
                   b.add(step.token, static_cast<int64_t>(i))});
  }
}

//===----------------------------------------------------------------------===//
// Sums of keys and of decays
//===----------------------------------------------------------------------===//

/// Calls `body(row, inBounds)` for every vector of rows.
static void forEachRow(StateBuilder &b, Value zero, int64_t width,
                       int64_t lanes,
                       llvm::function_ref<void(Value, bool)> body) {
  int64_t whole = width / lanes * lanes;
  if (whole > 0)
    b.loop(zero, b.index(whole), lanes, {}, [&](Value row, ValueRange) {
      body(row, true);
      return SmallVector<Value>();
    });
  if (whole < width)
    body(b.index(whole), false);
}

void RecurrenceEmitter::updateKeySum(const StateStep &step) {
  forEachRow(b, zero, keyWidth, lanes, [&](Value row, bool inBounds) {
    Value sum = b.read(parts.keySum, {zero, zero, row}, lanes, inBounds);
    if (decaysState())
      sum = b.mul(sum, b.read(scratch.decays, {step.slot, row}, lanes, true));
    for (int64_t j = 0; j < step.size; ++j)
      sum = arith::AddFOp::create(
          b, sum,
          b.read(scratch.writers[0], {b.add(step.token, j), row}, lanes, true));
    b.write(sum, parts.keySum, {zero, zero, row}, inBounds);
  });
}

void RecurrenceEmitter::updateTransition(const StateStep &step) {
  if (!decaysState())
    return;
  if (parts.getGateKind() != GateKind::PerRow) {
    Value product = b.readScalar(parts.transition, {zero, zero});
    for (Value decay : tokenDecays)
      product = b.mul(product, decay);
    memref::StoreOp::create(b, product, parts.transition,
                            ValueRange{zero, zero});
    return;
  }
  forEachRow(b, zero, keyWidth, lanes, [&](Value row, bool inBounds) {
    Value product =
        b.mul(b.read(parts.transition, {zero, zero, row}, lanes, inBounds),
              b.read(scratch.decays, {step.slot, row}, lanes, true));
    b.write(product, parts.transition, {zero, zero, row}, inBounds);
  });
}

void RecurrenceEmitter::prepare(const StateStep &step) {
  readTokenDecays(step);
  if (oneHead) {
    prepareRows(step, /*keys=*/true, zero);
  } else {
    prepareRows(step, /*keys=*/true, Value());
    // Several query heads read one state.
    b.loop(zero, heads, 1, {}, [&](Value head, ValueRange) {
      prepareRows(step, /*keys=*/false, head);
      return SmallVector<Value>();
    });
  }
  if (parts.keySum)
    updateKeySum(step);
  if (parts.transition && !parts.hasCorrection())
    updateTransition(step);
}
