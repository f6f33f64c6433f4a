//===- LongConvDirect.cpp - convolution as a block-Toeplitz product -------===//
//
//   for t0 by 128 tokens, for l0 by 128 taps:      both staged in scratch
//     X = x[t0 - l0 - taps + 1 ..], F = h[l0 ..]   zeros outside
//     for 8 outputs i, for 8 taps j:               64 FMA of 23 vectors
//       y[i] += F[j] X[i - j + taps - 1]
//
// Staging applies the gate, widens 16-bit types and puts zeros where there is
// nothing to read, so that the inner loops have no boundaries. No product is
// added that the definition does not have: 0 times a NaN would be one. So what
// is left of the taps, and those that only some outputs meet, come one by one.
//
// Tests: test/Codegen/CPU/lower-long-conv.mlir, test/Integration/LongConv
//
//===----------------------------------------------------------------------===//

#include "LongConvBlock.h"

using namespace mlir;
using namespace mlir::attn;

/// Tokens, and taps, that are staged at a time.
static constexpr int64_t kPanel = 128;

DirectScratch::DirectScratch(StateBuilder &b, int64_t lanes)
    : inputs(b.alloc({2 * kPanel, lanes})), taps(b.alloc({kPanel, lanes})),
      sums(b.alloc({kPanel, lanes})) {}

namespace {
class DirectEmitter {
public:
  DirectEmitter(ConvBlock &block, const DirectScratch &scratch, Value batch,
                int64_t tile)
      : block(block), b(block.b), scratch(scratch), batch(batch), tile(tile),
        zero(b.index(0)) {}

  void emit();

private:
  Value min(Value x, Value y) { return arith::MinSIOp::create(b, x, y); }
  Value max(Value x, Value y) { return arith::MaxSIOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  /// `count`, at most a panel, as a multiple of the tile.
  Value roundUp(Value count) {
    Value step = b.index(tile);
    return arith::MulIOp::create(
        b, arith::CeilDivUIOp::create(b, min(count, b.index(kPanel)), step),
        step);
  }
  /// Rows [from, to) of `target` are read by `row`, all others up to `count`
  /// are 0.
  void stage(Value target, Value from, Value to, Value count,
             function_ref<Value(Value)> row);
  void fill(Value target, Value from, Value to);
  Value load(Value memref, Value row) {
    return b.read(memref, {row, zero}, block.lanes, /*inBounds=*/true);
  }
  void store(Value vector, Value memref, Value row) {
    b.write(vector, memref, {row, zero}, /*inBounds=*/true);
  }
  void stageTaps(Value firstTap, Value taps);
  void stageInputs(Value firstToken, Value firstTap, Value rows, Value taps);
  void accumulate(Value tokens, Value taps, Value reach);
  /// The taps [0, `taps`), which all outputs from `token` on meet; row
  /// token + last - j is what output `token` has at tap j.
  SmallVector<Value> multiplyWhole(Value token, Value last, Value taps,
                                   ValueRange sums);
  /// The taps [from, to), of which output i meets those below reach + i.
  SmallVector<Value> multiplyRest(Value token, Value last, Value from, Value to,
                                  Value reach, ValueRange sums);

  ConvBlock &block;
  StateBuilder &b;
  const DirectScratch &scratch;
  Value batch;
  int64_t tile;
  Value zero;
};
} // namespace

void DirectEmitter::fill(Value target, Value from, Value to) {
  b.loop(from, to, 1, {}, [&](Value row, ValueRange) {
    store(b.splat(b.lanes(block.lanes), 0.0), target, row);
    return SmallVector<Value>{};
  });
}

void DirectEmitter::stage(Value target, Value from, Value to, Value count,
                          function_ref<Value(Value)> row) {
  fill(target, zero, from);
  b.loop(from, to, 1, {}, [&](Value at, ValueRange) {
    store(row(at), target, at);
    return SmallVector<Value>{};
  });
  fill(target, to, count);
}

void DirectEmitter::stageTaps(Value firstTap, Value taps) {
  Value end = min(sub(block.sizes.taps, firstTap), taps);
  stage(scratch.taps, zero, end, taps,
        [&](Value tap) { return block.readTap(b.add(firstTap, tap)); });
}

void DirectEmitter::stageInputs(Value firstToken, Value firstTap, Value rows,
                                Value taps) {
  // Row r is at this place of history and tokens, plus r.
  Value first = b.add(b.add(firstToken, block.sizes.history), 1);
  first = sub(first, b.add(firstTap, taps));
  Value from = min(max(sub(zero, first), zero), rows);
  Value to = max(min(sub(block.sizes.length, first), rows), from);
  stage(scratch.inputs, from, to, rows,
        [&](Value row) { return block.readInput(batch, b.add(first, row)); });
}

SmallVector<Value> DirectEmitter::multiplyWhole(Value token, Value last,
                                                Value taps, ValueRange sums) {
  return b.loop(zero, taps, tile, sums, [&](Value tap, ValueRange carried) {
    SmallVector<Value> sums(carried);
    Value center = sub(b.add(token, last), tap);
    SmallVector<Value> inputs;
    for (int64_t n = 1 - tile; n < tile; ++n)
      inputs.push_back(load(scratch.inputs, b.add(center, n)));
    for (int64_t j = 0; j < tile; ++j) {
      Value weight = load(scratch.taps, b.add(tap, j));
      for (int64_t i = 0; i < tile; ++i)
        sums[i] = b.fma(weight, inputs[i - j + tile - 1], sums[i]);
    }
    return sums;
  });
}

SmallVector<Value> DirectEmitter::multiplyRest(Value token, Value last,
                                               Value from, Value to,
                                               Value reach, ValueRange sums) {
  return b.loop(from, to, 1, sums, [&](Value tap, ValueRange carried) {
    SmallVector<Value> sums(carried);
    Value center = sub(b.add(token, last), tap);
    Value weight = load(scratch.taps, tap);
    for (int64_t i = 0; i < tile; ++i) {
      Value isMet = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, tap,
                                          b.add(reach, i));
      Value next =
          b.fma(weight, load(scratch.inputs, b.add(center, i)), sums[i]);
      sums[i] = arith::SelectOp::create(b, isMet, next, sums[i]);
    }
    return sums;
  });
}

void DirectEmitter::accumulate(Value tokens, Value taps, Value reach) {
  Value last = sub(taps, b.index(1)), step = b.index(tile);
  b.loop(zero, tokens, tile, {}, [&](Value token, ValueRange) {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < tile; ++i)
      sums.push_back(load(scratch.sums, b.add(token, i)));
    // The first of the outputs meets this many taps, each next one more.
    Value own = b.add(reach, token);
    Value common = max(min(taps, own), zero);
    Value whole =
        arith::MulIOp::create(b, arith::DivUIOp::create(b, common, step), step);
    sums = multiplyWhole(token, last, whole, sums);
    Value end = min(taps, b.add(own, tile - 1));
    sums = multiplyRest(token, last, whole, end, own, sums);
    for (int64_t i = 0; i < tile; ++i)
      store(sums[i], scratch.sums, b.add(token, i));
    return SmallVector<Value>{};
  });
}

void DirectEmitter::emit() {
  const ConvSizes &sizes = block.sizes;
  b.loop(zero, sizes.tokens, kPanel, {}, [&](Value firstToken, ValueRange) {
    Value left = sub(sizes.tokens, firstToken);
    Value tokens = roundUp(left);
    fill(scratch.sums, zero, tokens);
    // Taps beyond these meet no token.
    Value known = b.add(b.add(firstToken, sizes.history), kPanel);
    Value end = min(sizes.taps, known);
    b.loop(zero, end, kPanel, {}, [&](Value firstTap, ValueRange) {
      Value taps = min(sub(end, firstTap), b.index(kPanel));
      stageTaps(firstTap, taps);
      stageInputs(firstToken, firstTap, b.add(tokens, taps), taps);
      Value met = b.add(b.add(firstToken, sizes.history), 1);
      accumulate(tokens, taps, sub(met, firstTap));
      return SmallVector<Value>{};
    });
    Value count = min(left, b.index(kPanel));
    b.loop(zero, count, 1, {}, [&](Value token, ValueRange) {
      block.writeOutput(batch, b.add(firstToken, token),
                        load(scratch.sums, token));
      return SmallVector<Value>{};
    });
    return SmallVector<Value>{};
  });
}

void mlir::attn::emitDirectConv(ConvBlock &block, const DirectScratch &scratch,
                                Value batch, int64_t tile) {
  DirectEmitter(block, scratch, batch, tile).emit();
}
