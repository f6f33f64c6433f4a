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

/// Rows of the panel that one iteration takes.
static int64_t getUnroll(int64_t keyWidth) {
  return keyWidth % 4 == 0 ? 4 : keyWidth % 2 == 0 ? 2 : 1;
}

/// rows[prefix.., token + i, :] times the panel, for the step's tokens i.
SmallVector<Value> RecurrenceEmitter::multiplyRows(const StateStep &step,
                                                   Value rows,
                                                   ArrayRef<Value> prefix,
                                                   int64_t width) {
  VectorType type = b.lanes(width);
  int64_t unroll = getUnroll(keyWidth);
  int64_t vectors = step.size * llvm::divideCeil(width, lanes);
  int64_t partials = std::min<int64_t>(
      unroll, std::max<int64_t>(1, kIndependentSums / vectors));
  SmallVector<Value> sums(step.size * partials, b.splat(type, 0.0));
  sums = b.loop(zero, b.index(keyWidth), unroll, sums,
                [&](Value row, ValueRange carried) {
                  SmallVector<Value> sums(carried);
                  for (int64_t u = 0; u < unroll; ++u) {
                    Value at = b.add(row, u);
                    Value state =
                        b.read(scratch.panel, {at, zero}, width, true);
                    for (int64_t i = 0; i < step.size; ++i) {
                      SmallVector<Value> place(prefix);
                      place.append({b.add(step.token, i), at});
                      Value &sum = sums[(u % partials) * step.size + i];
                      sum = b.fma(b.broadcast(type, b.readScalar(rows, place)),
                                  state, sum);
                    }
                  }
                  return sums;
                });
  for (int64_t p = 1; p < partials; ++p)
    for (int64_t i = 0; i < step.size; ++i)
      sums[i] = arith::AddFOp::create(b, sums[i], sums[p * step.size + i]);
  sums.resize(step.size);
  return sums;
}

/// The values that the step writes: [write][token].
SmallVector<SmallVector<Value>>
RecurrenceEmitter::solveValues(const StateStep &step, const Columns &columns) {
  VectorType type = b.lanes(columns.width);
  SmallVector<Value> values(step.size, b.splat(type, 0.0));
  if (!columns.isTransition)
    for (int64_t i = 0; i < step.size; ++i)
      values[i] = b.read(parts.value,
                         {zero, zero, b.add(step.token, i), columns.column},
                         columns.width, columns.inBounds);
  if (!parts.hasCorrection())
    return {values};
  SmallVector<Value> erased =
      multiplyRows(step, scratch.erasers, {}, columns.width);
  auto product = [&](int64_t w, int64_t i, int64_t j) {
    return b.broadcast(
        type,
        b.readScalar(scratch.erases,
                     {step.slot, b.index((w * stepSize + i) * stepSize + j)}));
  };
  if (parts.left) {
    // u_i = b_i S + sum_{j < i} (b_i k_j) v_j + (b_i a_j) u_j
    for (int64_t i = 0; i < step.size; ++i)
      for (int64_t j = 0; j < i; ++j) {
        if (!columns.isTransition)
          erased[i] = b.fma(product(0, i, j), values[j], erased[i]);
        erased[i] = b.fma(product(1, i, j), erased[j], erased[i]);
      }
    return {values, erased};
  }
  // r_i = beta_i (v_i - k_i S) - sum_{j < i} beta_i (k_i k_j) r_j
  for (int64_t i = 0; i < step.size; ++i) {
    Value beta = b.broadcast(
        type, b.readScalar(parts.beta, {zero, zero, b.add(step.token, i)}));
    values[i] = b.mul(beta, arith::SubFOp::create(b, values[i], erased[i]));
    for (int64_t j = 0; j < i; ++j)
      values[i] = b.fma(arith::NegFOp::create(b, product(0, i, j)), values[j],
                        values[i]);
  }
  return {values};
}

void RecurrenceEmitter::readPanel(const StateStep &step, const Columns &columns,
                                  Value head,
                                  ArrayRef<SmallVector<Value>> writes) {
  VectorType type = b.lanes(columns.width);
  SmallVector<Value> outputs =
      multiplyRows(step, scratch.readers, head, columns.width);
  for (int64_t i = 0; i < step.size; ++i) {
    bool readsOwn = !parts.readBefore || parts.bonus;
    for (auto [w, values] : llvm::enumerate(writes))
      for (int64_t j = 0; j < i + readsOwn; ++j) {
        int64_t entry = (static_cast<int64_t>(w) * stepSize + i) * stepSize + j;
        Value product =
            b.readScalar(scratch.reads, {head, step.slot, b.index(entry)});
        outputs[i] = b.fma(b.broadcast(type, product), values[j], outputs[i]);
      }
    Value token = b.add(step.token, i);
    if (parts.hasNormalizer())
      outputs[i] = b.mul(
          outputs[i],
          b.broadcast(type, b.readScalar(scratch.inverses, {head, token})));
    b.write(outputs[i], parts.output, {zero, head, token, columns.column},
            columns.inBounds);
  }
}

void RecurrenceEmitter::updatePanel(const StateStep &step, int64_t width,
                                    ArrayRef<SmallVector<Value>> writes) {
  VectorType type = b.lanes(width);
  int64_t unroll = getUnroll(keyWidth);
  b.loop(zero, b.index(keyWidth), unroll, {}, [&](Value row, ValueRange) {
    for (int64_t u = 0; u < unroll; ++u) {
      Value at = b.add(row, u);
      Value state = b.read(scratch.panel, {at, zero}, width, true);
      if (decaysState())
        state = b.mul(state, b.broadcast(type, b.readScalar(scratch.decays,
                                                            {step.slot, at})));
      for (auto [rows, values] : llvm::zip_equal(scratch.writers, writes))
        for (auto [j, value] : llvm::enumerate(values)) {
          Value weight = b.readScalar(
              rows, {b.add(step.token, static_cast<int64_t>(j)), at});
          state = b.fma(b.broadcast(type, weight), value, state);
        }
      b.write(state, scratch.panel, {at, zero}, true);
    }
    return SmallVector<Value>();
  });
}

void RecurrenceEmitter::apply(const StateStep &step, const Columns &columns) {
  SmallVector<SmallVector<Value>> writes = solveValues(step, columns);
  if (!columns.isTransition) {
    if (oneHead)
      readPanel(step, columns, zero, writes);
    else
      b.loop(zero, heads, 1, {}, [&](Value head, ValueRange) {
        readPanel(step, columns, head, writes);
        return SmallVector<Value>();
      });
  }
  updatePanel(step, columns.width, writes);
}

void RecurrenceEmitter::applyPanel(const Columns &columns) {
  auto copy = [&](bool in) {
    b.loop(zero, b.index(keyWidth), 1, {}, [&](Value row, ValueRange) {
      SmallVector<Value> state{zero, zero, row, columns.column};
      SmallVector<Value> panel{row, zero};
      if (in)
        b.write(b.read(columns.state, state, columns.width, columns.inBounds),
                scratch.panel, panel, true);
      else
        b.write(b.read(scratch.panel, panel, columns.width, true),
                columns.state, state, columns.inBounds);
      return SmallVector<Value>();
    });
  };
  copy(/*in=*/true);
  forEachStep([&](const StateStep &step) { apply(step, columns); });
  copy(/*in=*/false);
}
