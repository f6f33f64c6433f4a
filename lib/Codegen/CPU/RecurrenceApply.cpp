//===- RecurrenceApply.cpp - a step on one panel of the state -------------===//
//
// Lanes run over the panel's columns; prepared rows are broadcast from memory:
//
//   u = E S          erasers times the panel, 4 rows by 4 vectors of sums
//   r_i = ..         substitution among the step's tokens, in registers
//   o = Q S + A r
//   S = P S + W^T r  one load and one store per row
//
// Tests: test/Codegen/CPU/lower-recurrence.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceEmitter.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

/// Sums that hide the latency of an FMA on two units.
static constexpr int64_t kIndependentSums = 8;
static constexpr int64_t kCacheLine = 64;

/// Rows of the panel that one iteration takes.
static int64_t getUnroll(int64_t keyWidth) {
  return keyWidth % 4 == 0 ? 4 : keyWidth % 2 == 0 ? 2 : 1;
}

/// One row of the panel, as whole vectors of the machine: LLVM splits wider
/// ones well only where their count is a power of two.
using Row = SmallVector<Value>;

Row RecurrenceEmitter::readRow(Value memref, ArrayRef<Value> prefix,
                               Value column, int64_t width, bool inBounds) {
  Row row;
  for (int64_t n = 0; n < width; n += lanes) {
    SmallVector<Value> at(prefix);
    at.push_back(b.add(column, n));
    row.push_back(b.read(memref, at, lanes, inBounds));
  }
  return row;
}

void RecurrenceEmitter::writeRow(ArrayRef<Value> row, Value memref,
                                 ArrayRef<Value> prefix, Value column,
                                 bool inBounds) {
  for (auto [n, vector] : llvm::enumerate(row)) {
    SmallVector<Value> at(prefix);
    at.push_back(b.add(column, static_cast<int64_t>(n) * lanes));
    b.write(vector, memref, at, inBounds);
  }
}

/// row + factor * other, elementwise.
static void addScaled(StateBuilder &b, MutableArrayRef<Value> row, Value factor,
                      ArrayRef<Value> other) {
  Value broadcast =
      b.broadcast(cast<VectorType>(row.front().getType()), factor);
  for (auto [sum, value] : llvm::zip_equal(row, other))
    sum = b.fma(broadcast, value, sum);
}

static void scaleRow(StateBuilder &b, MutableArrayRef<Value> row,
                     Value factor) {
  Value broadcast =
      b.broadcast(cast<VectorType>(row.front().getType()), factor);
  for (Value &value : row)
    value = b.mul(value, broadcast);
}

/// Spreads the prefetches of `streams` for the tokens that lie one chunk ahead
/// of the step's over all iterations that go over the step's panels.
void RecurrenceEmitter::prefetchAhead(const StateStep &step,
                                      const Columns &columns, Value row,
                                      ArrayRef<Stream> streams) {
  if (!scan.getPrefetch() || columns.isTransition)
    return;
  int64_t panels = llvm::divideCeil(parts.getValueWidth(), scan.getPanel());
  int64_t iterations = panels * llvm::divideCeil(keyWidth, getUnroll(keyWidth));
  // The place of this iteration among all of them.
  Value panel =
      b.createOrFold<arith::DivUIOp>(columns.column, b.index(scan.getPanel()));
  Value place =
      b.add(b.createOrFold<arith::MulIOp>(panel, b.index(iterations / panels)),
            b.createOrFold<arith::DivUIOp>(row, b.index(getUnroll(keyWidth))));
  for (const Stream &stream : streams) {
    if (!stream.memref)
      continue;
    auto type = cast<MemRefType>(stream.memref.getType());
    int64_t elements = kCacheLine / (type.getElementTypeBitWidth() / 8);
    int64_t linesPerToken = llvm::divideCeil(type.getDimSize(3), elements);
    int64_t lines = linesPerToken * step.size;
    int64_t count = llvm::divideCeil(lines, iterations);
    Value first = b.createOrFold<arith::DivUIOp>(
        b.createOrFold<arith::MulIOp>(place, b.index(lines)),
        b.index(iterations));
    for (int64_t n = 0; n < count; ++n) {
      Value line = b.add(first, n);
      Value token =
          b.createOrFold<arith::DivUIOp>(line, b.index(linesPerToken));
      Value element = b.createOrFold<arith::MulIOp>(
          b.createOrFold<arith::RemUIOp>(line, b.index(linesPerToken)),
          b.index(elements));
      memref::PrefetchOp::create(
          b, stream.memref,
          ValueRange{zero, stream.head ? stream.head : zero,
                     b.add(b.add(step.token, token), scan.getChunk()), element},
          stream.isWritten, /*localityHint=*/2, /*isDataCache=*/true);
    }
  }
}

/// rows[prefix.., token + i, :] times the panel, for the step's tokens i.
SmallVector<Row> RecurrenceEmitter::multiplyRows(const StateStep &step,
                                                 const Columns &columns,
                                                 Value rows,
                                                 ArrayRef<Value> prefix,
                                                 ArrayRef<Stream> streams) {
  int64_t width = columns.width;
  int64_t unroll = getUnroll(keyWidth), vectors = width / lanes;
  int64_t partials = std::min<int64_t>(
      unroll, std::max<int64_t>(1, kIndependentSums / (step.size * vectors)));
  SmallVector<Value> sums(partials * step.size * vectors,
                          b.splat(b.lanes(lanes), 0.0));
  auto rowOf = [&](MutableArrayRef<Value> all, int64_t partial, int64_t i) {
    return all.slice((partial * step.size + i) * vectors, vectors);
  };
  sums = b.loop(zero, b.index(keyWidth), unroll, sums,
                [&](Value row, ValueRange carried) {
                  SmallVector<Value> sums(carried);
                  prefetchAhead(step, columns, row, streams);
                  for (int64_t u = 0; u < unroll; ++u) {
                    Value at = b.add(row, u);
                    Row state = readRow(scratch.panel, at, zero, width, true);
                    for (int64_t i = 0; i < step.size; ++i) {
                      SmallVector<Value> place(prefix);
                      place.append({b.add(step.token, i), at});
                      addScaled(b, rowOf(sums, u % partials, i),
                                b.readScalar(rows, place), state);
                    }
                  }
                  return sums;
                });
  SmallVector<Row> results;
  for (int64_t i = 0; i < step.size; ++i) {
    Row total(rowOf(sums, 0, i));
    for (int64_t p = 1; p < partials; ++p)
      for (auto [sum, partial] : llvm::zip_equal(total, rowOf(sums, p, i)))
        sum = arith::AddFOp::create(b, sum, partial);
    results.push_back(total);
  }
  return results;
}

/// The rows that the step writes: [write][token].
SmallVector<SmallVector<Row>>
RecurrenceEmitter::solveValues(const StateStep &step, const Columns &columns) {
  SmallVector<Row> values(
      step.size, Row(columns.width / lanes, b.splat(b.lanes(lanes), 0.0)));
  if (!columns.isTransition)
    for (int64_t i = 0; i < step.size; ++i)
      values[i] = readRow(parts.value, {zero, zero, b.add(step.token, i)},
                          columns.column, columns.width, columns.inBounds);
  if (!parts.hasCorrection())
    return {values};
  SmallVector<Row> erased =
      multiplyRows(step, columns, scratch.erasers, {},
                   {Stream{parts.left}, Stream{parts.right}});
  auto product = [&](int64_t w, int64_t i, int64_t j) {
    return b.readScalar(
        scratch.erases,
        {step.slot, b.index((w * stepSize + i) * stepSize + j)});
  };
  if (parts.left) {
    // u_i = b_i S + sum_{j < i} (b_i k_j) v_j + (b_i a_j) u_j
    for (int64_t i = 0; i < step.size; ++i)
      for (int64_t j = 0; j < i; ++j) {
        if (!columns.isTransition)
          addScaled(b, erased[i], product(0, i, j), values[j]);
        addScaled(b, erased[i], product(1, i, j), erased[j]);
      }
    return {values, erased};
  }
  // r_i = beta_i (v_i - k_i S) - sum_{j < i} beta_i (k_i k_j) r_j
  for (int64_t i = 0; i < step.size; ++i) {
    for (auto [value, known] : llvm::zip_equal(values[i], erased[i]))
      value = arith::SubFOp::create(b, value, known);
    scaleRow(b, values[i],
             b.readScalar(parts.beta, {zero, zero, b.add(step.token, i)}));
    for (int64_t j = 0; j < i; ++j)
      addScaled(b, values[i], arith::NegFOp::create(b, product(0, i, j)),
                values[j]);
  }
  return {values};
}

void RecurrenceEmitter::readPanel(const StateStep &step, const Columns &columns,
                                  Value head,
                                  ArrayRef<SmallVector<Row>> writes) {
  SmallVector<Row> outputs =
      multiplyRows(step, columns, scratch.readers, head,
                   {Stream{parts.query, head}, Stream{parts.value}});
  bool readsOwn = !parts.readBefore || parts.bonus;
  for (auto [i, output] : llvm::enumerate(outputs)) {
    for (auto [w, values] : llvm::enumerate(writes))
      for (size_t j = 0; j < i + readsOwn; ++j) {
        int64_t entry = (w * stepSize + i) * stepSize + j;
        addScaled(
            b, output,
            b.readScalar(scratch.reads, {head, step.slot, b.index(entry)}),
            values[j]);
      }
    Value token = b.add(step.token, static_cast<int64_t>(i));
    if (parts.hasNormalizer())
      scaleRow(b, output, b.readScalar(scratch.inverses, {head, token}));
    writeRow(output, parts.output, {zero, head, token}, columns.column,
             columns.inBounds);
  }
}

void RecurrenceEmitter::updatePanel(const StateStep &step,
                                    const Columns &columns,
                                    ArrayRef<SmallVector<Row>> writes) {
  int64_t width = columns.width;
  Stream output{parts.output, Value(), /*isWritten=*/true};
  Stream gate{parts.getGateKind() == GateKind::PerRow ? parts.gate : Value()};
  int64_t unroll = getUnroll(keyWidth);
  b.loop(zero, b.index(keyWidth), unroll, {}, [&](Value row, ValueRange) {
    prefetchAhead(step, columns, row, {Stream{parts.key}, output, gate});
    for (int64_t u = 0; u < unroll; ++u) {
      Value at = b.add(row, u);
      Row state = readRow(scratch.panel, at, zero, width, true);
      if (decaysState())
        scaleRow(b, state, b.readScalar(scratch.decays, {step.slot, at}));
      for (auto [rows, values] : llvm::zip_equal(scratch.writers, writes))
        for (auto [j, value] : llvm::enumerate(values))
          addScaled(b, state,
                    b.readScalar(
                        rows, {b.add(step.token, static_cast<int64_t>(j)), at}),
                    value);
      writeRow(state, scratch.panel, at, zero, true);
    }
    return SmallVector<Value>();
  });
}

void RecurrenceEmitter::apply(const StateStep &step, const Columns &columns) {
  SmallVector<SmallVector<Row>> writes = solveValues(step, columns);
  if (!columns.isTransition) {
    if (oneHead)
      readPanel(step, columns, zero, writes);
    else
      b.loop(zero, heads, 1, {}, [&](Value head, ValueRange) {
        readPanel(step, columns, head, writes);
        return SmallVector<Value>();
      });
  }
  updatePanel(step, columns, writes);
}

void RecurrenceEmitter::applyPanel(const Columns &columns) {
  auto copy = [&](bool in) {
    b.loop(zero, b.index(keyWidth), 1, {}, [&](Value row, ValueRange) {
      SmallVector<Value> state{zero, zero, row};
      if (in)
        writeRow(readRow(columns.state, state, columns.column, columns.width,
                         columns.inBounds),
                 scratch.panel, row, zero, true);
      else
        writeRow(readRow(scratch.panel, row, zero, columns.width, true),
                 columns.state, state, columns.column, columns.inBounds);
      return SmallVector<Value>();
    });
  };
  copy(/*in=*/true);
  forEachStep([&](const StateStep &step) { apply(step, columns); });
  copy(/*in=*/false);
}
