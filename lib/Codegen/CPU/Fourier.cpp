//===- Fourier.cpp - transforms of many channels at once ------------------===//
//
//   for block by n, for j < m = n / R:
//     x_i = z[block + j + i m]                       i < R
//     y = DFT_R(x);  z[block + j + i m] = y_i w_n^(i j)
//
// and the inverse the other way round.
//
//===----------------------------------------------------------------------===//

#include "Fourier.h"

using namespace mlir;
using namespace mlir::attn;

//===----------------------------------------------------------------------===//
// Complex vectors
//===----------------------------------------------------------------------===//

Complex FourierEmitter::add(Complex x, Complex y) {
  return {arith::AddFOp::create(b, x.re, y.re),
          arith::AddFOp::create(b, x.im, y.im)};
}

Complex FourierEmitter::sub(Complex x, Complex y) {
  return {arith::SubFOp::create(b, x.re, y.re),
          arith::SubFOp::create(b, x.im, y.im)};
}

Complex FourierEmitter::quarterTurn(Complex x, bool isInverse) {
  if (isInverse)
    return {arith::NegFOp::create(b, x.im), x.re};
  return {x.im, arith::NegFOp::create(b, x.re)};
}

Complex FourierEmitter::multiply(Complex x, Complex factor, bool conjugate) {
  Value crossed = b.mul(x.im, factor.im), other = b.mul(x.re, factor.im);
  if (conjugate)
    other = arith::NegFOp::create(b, other);
  else
    crossed = arith::NegFOp::create(b, crossed);
  return {b.fma(x.re, factor.re, crossed), b.fma(x.im, factor.re, other)};
}

Value FourierEmitter::offset(Value base, Value element) {
  return b.add(base, arith::MulIOp::create(b, element, b.index(2 * lanes)));
}

Complex FourierEmitter::load(Value buffer, Value at) {
  VectorType type = b.lanes(lanes);
  return {vector::LoadOp::create(b, type, buffer, at),
          vector::LoadOp::create(b, type, buffer, b.add(at, lanes))};
}

void FourierEmitter::store(Complex x, Value buffer, Value at) {
  vector::StoreOp::create(b, x.re, buffer, at);
  vector::StoreOp::create(b, x.im, buffer, b.add(at, lanes));
}

void FourierEmitter::prefetchNext(Value buffer, Value at) {
  for (int64_t part : {2, 3})
    memref::PrefetchOp::create(b, buffer, b.add(at, part * lanes),
                               /*isWrite=*/false, /*localityHint=*/2,
                               /*isDataCache=*/true);
}

Complex FourierEmitter::readRoot(Value roots, Value at) {
  Value first = arith::MulIOp::create(b, at, b.index(2));
  return {b.broadcast(b.lanes(lanes), b.readScalar(roots, first)),
          b.broadcast(b.lanes(lanes), b.readScalar(roots, b.add(first, 1)))};
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void FourierEmitter::forEach(Value from, Value to, Value step,
                             function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, from, to, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void FourierEmitter::when(Value condition, function_ref<void()> body) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

//===----------------------------------------------------------------------===//
// Butterflies
//===----------------------------------------------------------------------===//

void FourierEmitter::transformInRegisters(MutableArrayRef<Complex> x,
                                          bool isInverse) {
  size_t count = x.size();
  if (count == 1)
    return;
  SmallVector<Complex> even, odd;
  for (size_t i = 0; i < count; i += 2) {
    even.push_back(x[i]);
    odd.push_back(x[i + 1]);
  }
  transformInRegisters(even, isInverse);
  transformInRegisters(odd, isInverse);
  // Half a quarter turn: (x - i x) / sqrt(2), the inverse with + i.
  auto eighthTurn = [&](Complex z) {
    Complex sum = add(z, quarterTurn(z, isInverse));
    Value half = b.splat(b.lanes(lanes), 0.70710678118654752);
    return Complex{b.mul(sum.re, half), b.mul(sum.im, half)};
  };
  for (size_t i = 0; i < count / 2; ++i) {
    Complex turned = odd[i];
    size_t eighths = i * 8 / count;
    if (eighths % 2)
      turned = eighthTurn(turned);
    if (eighths >= 2)
      turned = quarterTurn(turned, isInverse);
    x[i] = add(even[i], turned);
    x[i + count / 2] = sub(even[i], turned);
  }
}

void FourierEmitter::emitButterfly(const Transform &transform,
                                   const Stage &stage, Value buffer, Value at,
                                   Value distance, Value turn) {
  int64_t radix = int64_t(1) << stage.log;
  SmallVector<Complex> x;
  SmallVector<Value> places;
  for (int64_t i = 0; i < radix; ++i) {
    Value place =
        b.add(at, b.createOrFold<arith::MulIOp>(distance, b.index(i)));
    places.push_back(place);
    x.push_back(load(buffer, place));
  }
  auto turnAll = [&](bool conjugate) {
    for (int64_t i = 1; i < radix; ++i) {
      Value root = b.createOrFold<arith::MulIOp>(turn, b.index(i));
      x[i] = multiply(x[i], readRoot(transform.roots, root), conjugate);
    }
  };
  if (!stage.isLast && stage.isInverse)
    turnAll(/*conjugate=*/true);
  transformInRegisters(x, stage.isInverse);
  if (!stage.isLast && !stage.isInverse)
    turnAll(/*conjugate=*/false);
  for (int64_t i = 0; i < radix; ++i)
    store(x[i], buffer, places[i]);
}

void FourierEmitter::emitStage(const Transform &transform, const Stage &stage,
                               Value buffer, Value base) {
  Value zero = b.index(0), one = b.index(1);
  forEach(zero, transform.size, stage.block, [&](Value block) {
    if (stage.isLast) {
      emitButterfly(transform, stage, buffer, offset(base, block),
                    b.index(2 * lanes), /*turn=*/Value());
      return;
    }
    Value count = arith::ShRUIOp::create(b, stage.block, b.index(stage.log));
    Value distance = arith::MulIOp::create(b, count, b.index(2 * lanes));
    Value step = arith::DivUIOp::create(b, transform.order, stage.block);
    forEach(zero, count, one, [&](Value j) {
      emitButterfly(transform, stage, buffer, offset(base, b.add(block, j)),
                    distance, arith::MulIOp::create(b, j, step));
    });
  });
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void FourierEmitter::emitRest(const Transform &transform, bool isInverse,
                              Value buffer, Value base) {
  Value rest = arith::RemUIOp::create(b, transform.log, b.index(radixLog));
  for (int64_t log = 1; log < radixLog; ++log) {
    Value is =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rest, b.index(log));
    when(is, [&] {
      emitStage(transform, {transform.size, log, false, isInverse}, buffer,
                base);
    });
  }
}

void FourierEmitter::emitInner(const Transform &transform, bool isInverse,
                               Value buffer, Value base) {
  Value width = b.index(radixLog);
  Value count = arith::DivUIOp::create(b, transform.log, width);
  Value last = arith::SubIOp::create(b, count, b.index(1));
  forEach(b.index(0), last, b.index(1), [&](Value n) {
    // Blocks fall from the largest power of the radix, and rise in the inverse.
    Value level = isInverse ? b.add(n, 2)
                            : arith::SubIOp::create(b, count, n).getResult();
    Value log = arith::MulIOp::create(b, level, width);
    Value block = arith::ShLIOp::create(b, b.index(1), log);
    emitStage(transform, {block, radixLog, false, isInverse}, buffer, base);
  });
}

void FourierEmitter::emitLast(const Transform &transform, bool isInverse,
                              Value buffer, Value base) {
  Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                        transform.log, b.index(radixLog));
  when(isThere, [&] {
    Value block = b.index(int64_t(1) << radixLog);
    emitStage(transform, {block, radixLog, true, isInverse}, buffer, base);
  });
}

void FourierEmitter::forward(const Transform &transform, Value buffer,
                             Value base) {
  emitRest(transform, /*isInverse=*/false, buffer, base);
  emitInner(transform, /*isInverse=*/false, buffer, base);
  emitLast(transform, /*isInverse=*/false, buffer, base);
}

void FourierEmitter::inverse(const Transform &transform, Value buffer,
                             Value base) {
  emitLast(transform, /*isInverse=*/true, buffer, base);
  emitInner(transform, /*isInverse=*/true, buffer, base);
  emitRest(transform, /*isInverse=*/true, buffer, base);
}

Value FourierEmitter::frequencyAt(const Transform &transform, Value place) {
  // place = d_1 m_1 + d_2 m_2 + .., frequency = d_1 + R_1 (d_2 + R_2 (..)).
  Value width = b.index(radixLog);
  Value rest = arith::RemUIOp::create(b, transform.log, width);
  Value size = arith::ShRUIOp::create(b, transform.size, rest);
  Value digit = arith::DivUIOp::create(b, place, size);
  Value left = arith::RemUIOp::create(b, place, size);
  Value weight = arith::ShLIOp::create(b, b.index(1), rest);
  Value count = arith::DivUIOp::create(b, transform.log, width);
  SmallVector<Value> results = b.loop(
      b.index(0), count, 1, {digit, left, weight, size},
      [&](Value, ValueRange carried) {
        Value size = arith::ShRUIOp::create(b, carried[3], width);
        Value digit = arith::DivUIOp::create(b, carried[1], size);
        Value left = arith::RemUIOp::create(b, carried[1], size);
        Value added = arith::MulIOp::create(b, digit, carried[2]);
        Value weight = arith::ShLIOp::create(b, carried[2], width);
        return SmallVector<Value>{b.add(carried[0], added), left, weight, size};
      });
  return results[0];
}
