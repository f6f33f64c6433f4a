//===- DecayScan.cpp - a state that decays per element (Mamba-1) ----------===//
//
// Lanes run over the columns (channels), the state of a column lies in
// registers over a block of tokens:
//
//   h[i] = exp(dt * a[i]) * h[i] + k[i] * v        for every row i
//   o    = scale * sum_i q[i] h[i]
//
// Tests: test/Codegen/CPU/lower-recurrence-scan.mlir
//
//===----------------------------------------------------------------------===//

#include "RecurrenceEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::attn;

/// Rows of the state kept in registers at a time.
static constexpr int64_t kRowsInRegisters = 16;
/// How far ahead memory is asked for, in vectors of columns.
static constexpr int64_t kVectorsAhead = 1;
static constexpr double kLog2E = 1.44269504088896341;

namespace {
class DecayScan {
public:
  DecayScan(OpBuilder &builder, Location loc, const Recurrence &parts,
            ScanAttr scan)
      : b(loc, builder), parts(parts), scan(scan), lanes(scan.getLanes()),
        keyWidth(parts.getKeyWidth()), width(parts.getValueWidth()) {}

  void emit() {
    zero = b.index(0);
    tokens = b.createOrFold<memref::DimOp>(parts.value, 2);
    heads = b.createOrFold<memref::DimOp>(parts.output, 1);
    if (keyWidth > kRowsInRegisters)
      allocatePartials();
    int64_t whole = width / lanes * lanes;
    if (whole > 0)
      b.loop(zero, b.index(whole), lanes, {}, [&](Value column, ValueRange) {
        emitColumns(column, /*inBounds=*/true);
        return SmallVector<Value>();
      });
    if (whole < width)
      emitColumns(b.index(whole), /*inBounds=*/false);
  }

private:
  /// Sums of outputs over the rows so far, `[G, T, lanes]`.
  void allocatePartials() {
    auto type = cast<MemRefType>(parts.output.getType());
    SmallVector<Value> dynamic;
    if (type.isDynamicDim(1))
      dynamic.push_back(heads);
    if (type.isDynamicDim(2))
      dynamic.push_back(tokens);
    partials =
        b.alloc({type.getDimSize(1), type.getDimSize(2), lanes}, dynamic);
  }

  /// All tokens for one vector of columns, as many rows at a time as there are
  /// registers.
  void emitColumns(Value column, bool inBounds) {
    for (int64_t first = 0; first < keyWidth; first += kRowsInRegisters)
      emitRows(first, std::min(kRowsInRegisters, keyWidth - first), column,
               inBounds);
  }

  void emitRows(int64_t first, int64_t count, Value column, bool inBounds) {
    VectorType type = b.lanes(lanes);
    auto stateAt = [&](int64_t i) {
      return SmallVector<Value>{zero, zero, b.index(first + i), column};
    };
    SmallVector<Value> states, products;
    for (int64_t i = 0; i < count; ++i)
      states.push_back(b.read(parts.state, stateAt(i), lanes, inBounds));
    if (parts.transition)
      for (int64_t i = 0; i < count; ++i)
        products.push_back(
            b.read(parts.transition, stateAt(i), lanes, inBounds));
    llvm::append_range(states, products);
    states =
        b.loop(zero, tokens, 1, states, [&](Value token, ValueRange carried) {
          SmallVector<Value> states(carried);
          SmallVector<Value> place{zero, zero, token, column};
          prefetchAhead(token, column);
          // In base 2: one factor for all rows.
          Value step = b.mul(b.read(parts.timeStep, place, lanes, inBounds),
                             b.splat(type, kLog2E));
          Value value = b.read(parts.value, place, lanes, inBounds);
          for (int64_t i = 0; i < count; ++i) {
            Value row = b.index(first + i);
            Value decay = math::Exp2Op::create(
                b, b.mul(step, b.read(parts.rate, {zero, row, column}, lanes,
                                      inBounds)));
            Value key = b.broadcast(
                type, b.readScalar(parts.key, {zero, zero, token, row}));
            states[i] = b.fma(decay, states[i], b.mul(key, value));
            if (parts.transition)
              states[count + i] = b.mul(decay, states[count + i]);
          }
          readRows(first, states, count, token, column, inBounds);
          return states;
        });
    for (int64_t i = 0; i < count; ++i) {
      b.write(states[i], parts.state, stateAt(i), inBounds);
      if (parts.transition)
        b.write(states[count + i], parts.transition, stateAt(i), inBounds);
    }
  }

  /// The columns that this chunk takes next, at the end of a row the first ones
  /// of the next chunk: rows are far apart, which no prefetcher of the machine
  /// follows, and lie in few sets of the caches, which keep little of what is
  /// fetched long before its use.
  void prefetchAhead(Value token, Value column) {
    if (!scan.getPrefetch())
      return;
    Value next = b.add(column, kVectorsAhead * lanes);
    Value wraps = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, next,
                                        b.index(width));
    Value line = arith::SelectOp::create(
        b, wraps, arith::SubIOp::create(b, next, b.index(width)), next);
    Value row =
        arith::SelectOp::create(b, wraps, b.add(token, scan.getChunk()), token);
    std::pair<Value, bool> streams[] = {{parts.timeStep, /*isWrite=*/false},
                                        {parts.value, /*isWrite=*/false},
                                        {parts.output, /*isWrite=*/true}};
    for (auto [memref, isWrite] : streams)
      memref::PrefetchOp::create(b, memref, ValueRange{zero, zero, row, line},
                                 isWrite, /*localityHint=*/3,
                                 /*isDataCache=*/true);
  }

  void readRows(int64_t first, ArrayRef<Value> states, int64_t count,
                Value token, Value column, bool inBounds) {
    VectorType type = b.lanes(lanes);
    auto readHead = [&](Value head) {
      SmallVector<Value> partial{head, token, zero};
      Value sum = first == 0 ? b.splat(type, 0.0)
                             : b.read(partials, partial, lanes, true);
      for (int64_t i = 0; i < count; ++i) {
        Value query = b.broadcast(
            type,
            b.readScalar(parts.query, {zero, head, token, b.index(first + i)}));
        sum = b.fma(query, states[i], sum);
      }
      if (first + count < keyWidth)
        b.write(sum, partials, partial, true);
      else
        b.write(b.mul(sum, b.splat(type, parts.scale)), parts.output,
                {zero, head, token, column}, inBounds);
    };
    b.loop(zero, heads, 1, {}, [&](Value head, ValueRange) {
      readHead(head);
      return SmallVector<Value>();
    });
  }

  StateBuilder b;
  const Recurrence &parts;
  ScanAttr scan;
  int64_t lanes, keyWidth, width;
  Value zero, tokens, heads, partials;
};
} // namespace

void mlir::attn::emitDecayScan(OpBuilder &builder, Location loc,
                               const Recurrence &parts, ScanAttr scan) {
  DecayScan(builder, loc, parts, scan).emit();
}
