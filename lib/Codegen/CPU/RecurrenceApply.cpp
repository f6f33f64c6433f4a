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
/// Vectors of sums of two products that fit the registers beside one row.
static constexpr int64_t kJointSums = 16;
static constexpr int64_t kCacheLine = 64;
/// How far ahead a state used in place is asked for.
static constexpr int64_t kBytesAhead = 8192;

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

/// Asks for the rows of the state that come some rows later, where it is used
/// in place: a few tokens go over it as fast as memory gives it.
void RecurrenceEmitter::prefetchState(const Columns &columns, Value row) {
  if (!scan.getPrefetch() || !updatesInPlace)
    return;
  int64_t rowBytes = columns.width * 4;
  int64_t ahead = llvm::divideCeil(kBytesAhead, rowBytes);
  for (int64_t n = 0; n < columns.width; n += kCacheLine / 4)
    memref::PrefetchOp::create(
        b, columns.isTransition ? columns.state : givenState,
        ValueRange{zero, zero, b.add(row, ahead), b.add(columns.column, n)},
        /*isWrite=*/givenState == parts.state, /*localityHint=*/3,
        /*isDataCache=*/true);
}

/// source[prefix.., token + i, :] times the panel, for the step's tokens i of
/// every source.
SmallVector<SmallVector<Row>>
RecurrenceEmitter::multiplyRows(const StateStep &step, const Columns &columns,
                                ArrayRef<Source> sources,
                                ArrayRef<Stream> streams) {
  int64_t unroll = getUnroll(keyWidth), vectors = columns.width / lanes;
  int64_t perPartial = sources.size() * step.size * vectors;
  int64_t partials = std::min<int64_t>(
      unroll, std::max<int64_t>(1, kIndependentSums / perPartial));
  SmallVector<Value> sums(partials * perPartial, b.splat(b.lanes(lanes), 0.0));
  auto rowOf = [&](MutableArrayRef<Value> all, int64_t partial, int64_t source,
                   int64_t i) {
    return all.slice(partial * perPartial + (source * step.size + i) * vectors,
                     vectors);
  };
  sums = b.loop(zero, b.index(keyWidth), unroll, sums,
                [&](Value row, ValueRange carried) {
                  SmallVector<Value> sums(carried);
                  prefetchAhead(step, columns, row, streams);
                  for (int64_t u = 0; u < unroll; ++u) {
                    Value at = b.add(row, u);
                    prefetchState(columns, at);
                    Row state = readState(columns, at);
                    for (auto [n, source] : llvm::enumerate(sources))
                      for (int64_t i = 0; i < step.size; ++i) {
                        SmallVector<Value> place;
                        if (source.head)
                          place.push_back(source.head);
                        place.append({b.add(step.token, i), at});
                        addScaled(b, rowOf(sums, u % partials, n, i),
                                  b.readScalar(source.rows, place), state);
                      }
                  }
                  return sums;
                });
  SmallVector<SmallVector<Row>> results(sources.size());
  for (size_t n = 0; n < sources.size(); ++n)
    for (int64_t i = 0; i < step.size; ++i) {
      Row total(rowOf(sums, 0, n, i));
      for (int64_t p = 1; p < partials; ++p)
        for (auto [sum, partial] : llvm::zip_equal(total, rowOf(sums, p, n, i)))
          sum = arith::AddFOp::create(b, sum, partial);
      results[n].push_back(total);
    }
  return results;
}

/// The rows that the step writes: [write][token].
SmallVector<SmallVector<Row>>
RecurrenceEmitter::solveValues(const StateStep &step, const Columns &columns,
                               SmallVector<Row> erased) {
  SmallVector<Row> values(
      step.size, Row(columns.width / lanes, b.splat(b.lanes(lanes), 0.0)));
  if (!columns.isTransition)
    for (int64_t i = 0; i < step.size; ++i)
      values[i] = readRow(parts.value, {zero, zero, b.add(step.token, i)},
                          columns.column, columns.width, columns.inBounds);
  if (!parts.hasCorrection())
    return {values};
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

void RecurrenceEmitter::writeOutputs(const StateStep &step,
                                     const Columns &columns, Value head,
                                     SmallVector<Row> outputs,
                                     ArrayRef<SmallVector<Row>> writes) {
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
  Stream output{parts.output, Value(), /*isWritten=*/true};
  Stream gate{parts.getGateKind() == GateKind::PerRow ? parts.gate : Value()};
  int64_t unroll = getUnroll(keyWidth);
  b.loop(zero, b.index(keyWidth), unroll, {}, [&](Value row, ValueRange) {
    prefetchAhead(step, columns, row, {Stream{parts.key}, output, gate});
    for (int64_t u = 0; u < unroll; ++u) {
      Value at = b.add(row, u);
      Row state = readState(columns, at);
      if (decaysState())
        scaleRow(b, state, b.readScalar(scratch.decays, {step.slot, at}));
      for (auto [rows, values] : llvm::zip_equal(scratch.writers, writes))
        for (auto [j, value] : llvm::enumerate(values))
          addScaled(b, state,
                    b.readScalar(
                        rows, {b.add(step.token, static_cast<int64_t>(j)), at}),
                    value);
      writeState(state, columns, at);
    }
    return SmallVector<Value>();
  });
}

void RecurrenceEmitter::apply(const StateStep &step, const Columns &columns) {
  Source erasers{scratch.erasers, Value()};
  auto readers = [&](Value head) { return Source{scratch.readers, head}; };
  auto readerStreams = [&](Value head) {
    return SmallVector<Stream>{Stream{parts.query, head}, Stream{parts.value}};
  };
  SmallVector<Stream> eraserStreams{Stream{parts.left}, Stream{parts.right}};
  bool erases = parts.hasCorrection(), reads = !columns.isTransition;
  SmallVector<Row> erased, outputs;
  // With few sums both products take one pass over the panel.
  if (erases && reads && oneHead &&
      2 * step.size * columns.width <= kJointSums * lanes) {
    SmallVector<Stream> streams = readerStreams(zero);
    llvm::append_range(streams, eraserStreams);
    SmallVector<SmallVector<Row>> both =
        multiplyRows(step, columns, {erasers, readers(zero)}, streams);
    erased = both[0];
    outputs = both[1];
  } else if (erases) {
    erased = multiplyRows(step, columns, erasers, eraserStreams)[0];
  }
  SmallVector<SmallVector<Row>> writes = solveValues(step, columns, erased);
  auto read = [&](Value head) {
    if (outputs.empty())
      return multiplyRows(step, columns, readers(head), readerStreams(head))[0];
    return outputs;
  };
  if (reads && oneHead)
    writeOutputs(step, columns, zero, read(zero), writes);
  else if (reads)
    b.loop(zero, heads, 1, {}, [&](Value head, ValueRange) {
      writeOutputs(step, columns, head, read(head), writes);
      return SmallVector<Value>();
    });
  updatePanel(step, columns, writes);
}

//===----------------------------------------------------------------------===//
// Where the panel lies: in scratch, or in the state itself for a few tokens
//===----------------------------------------------------------------------===//

Row RecurrenceEmitter::readState(const Columns &columns, Value row) {
  if (updatesInPlace)
    return readRow(columns.isTransition ? columns.state : givenState,
                   {zero, zero, row}, columns.column, columns.width,
                   columns.inBounds);
  return readRow(scratch.panel, row, zero, columns.width, /*inBounds=*/true);
}

void RecurrenceEmitter::writeState(ArrayRef<Value> values,
                                   const Columns &columns, Value row) {
  if (updatesInPlace)
    return writeRow(values, columns.state, {zero, zero, row}, columns.column,
                    columns.inBounds);
  writeRow(values, scratch.panel, row, zero, /*inBounds=*/true);
}

void RecurrenceEmitter::applyPanel(const Columns &columns) {
  auto copy = [&](bool in) {
    if (updatesInPlace)
      return;
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
