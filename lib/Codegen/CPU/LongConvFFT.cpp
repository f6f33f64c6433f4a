//===- LongConvFFT.cpp - convolution by transforms ------------------------===//

#include "LongConvFFT.h"

using namespace mlir;
using namespace mlir::attn;

/// Transforms below 2^kSmallLog elements stay in the first cache as one row.
static constexpr int64_t kSmallLog = 9;
/// Columns have at most 2^kColumnLog elements.
static constexpr int64_t kColumnLog = 8;
/// Elements between rows, so that a column's do not share a set of the cache.
static constexpr int64_t kRowGap = 3;

//===----------------------------------------------------------------------===//
// Sizes, tables, scratch
//===----------------------------------------------------------------------===//

ConvTransform::ConvTransform(StateBuilder &b, FourierEmitter &fourier,
                             Value log) {
  Value zero = b.index(0), one = b.index(1);
  size = arith::ShLIOp::create(b, one, log);
  Value isSmall = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, log,
                                        b.index(kSmallLog));
  Value half = arith::MinUIOp::create(b, arith::ShRUIOp::create(b, log, one),
                                      b.index(kColumnLog));
  columns.log = arith::SelectOp::create(b, isSmall, zero, half);
  rows.log = arith::SubIOp::create(b, log, columns.log);
  columns.size = arith::ShLIOp::create(b, one, columns.log);
  rows.size = arith::ShLIOp::create(b, one, rows.log);
  pitch = b.add(rows.size, kRowGap);
  sequenceSize =
      fourier.offset(zero, arith::MulIOp::create(b, columns.size, pitch));
  columnSize = fourier.offset(zero, columns.size);
  // Rows are not shorter than columns.
  columns.order = rows.order = rows.size;

  RootTables roots(b, fourier, b.add(log, 2));
  columns.roots = rows.roots = roots.allocate(rows.size);
  Value stride = arith::ShLIOp::create(b, columns.size, b.index(2));
  fourier.forEach(zero, rows.size, one, [&](Value m) {
    roots.storeRoot(arith::MulIOp::create(b, m, stride), rows.roots, m);
  });
  first = roots.allocate(columns.size);
  fourier.forEach(zero, columns.size, one, [&](Value n1) {
    Value n = arith::MulIOp::create(b, n1, rows.size);
    roots.storeRoot(arith::SubIOp::create(b, zero, n), first, n1);
  });
  fillTwiddles(b, fourier, roots);
}

void ConvTransform::fillTwiddles(StateBuilder &b, FourierEmitter &fourier,
                                 RootTables &roots) {
  Value zero = b.index(0), one = b.index(1);
  twiddles = roots.allocate(size);
  fourier.forEach(zero, columns.size, one, [&](Value p) {
    Value frequency = fourier.frequencyAt(columns, p);
    Value step = arith::SubIOp::create(
        b, arith::ShLIOp::create(b, frequency, b.index(2)), one);
    fourier.forEach(zero, rows.size, one, [&](Value n2) {
      Value at = b.add(arith::MulIOp::create(b, n2, columns.size), p);
      roots.storeRoot(arith::MulIOp::create(b, n2, step), twiddles, at);
    });
  });
}

ConvScratch::ConvScratch(StateBuilder &b, const ConvTransform &transform) {
  auto allocate = [&](Value size) {
    return b.alloc({ShapedType::kDynamic}, ValueRange{size});
  };
  sequence = allocate(transform.sequenceSize);
  filter = allocate(transform.sequenceSize);
  column = allocate(transform.columnSize);
}

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

Value ConvFFT::placeInRow(Value p, Value n2) {
  Value row = arith::MulIOp::create(b, p, transform.pitch);
  return fourier.offset(b.index(0), b.add(row, n2));
}

Value ConvFFT::rowsBelow(Value bound, Value n2) {
  Value zero = b.index(0);
  Value left = arith::SubIOp::create(b, bound, n2);
  left = arith::MaxSIOp::create(b, left, zero);
  Value last = arith::SubIOp::create(b, transform.rows.size, b.index(1));
  Value count =
      arith::ShRUIOp::create(b, b.add(left, last), transform.rows.log);
  return arith::MinSIOp::create(b, count, transform.columns.size);
}

Value ConvFFT::fillColumn(Value n2, Value count, Value finite,
                          function_ref<Value(Value)> element) {
  VectorType type = b.lanes(block.lanes);
  Value zeros = b.splat(type, 0.0);
  Value end = rowsBelow(count, n2);
  finite =
      b.loop(b.index(0), end, 1, finite, [&](Value n1, ValueRange carried) {
        Value n = b.add(arith::MulIOp::create(b, n1, transform.rows.size), n2);
        Value x = element(n);
        Complex w = fourier.readRoot(transform.first, n1);
        fourier.store({b.mul(x, w.re), b.mul(x, w.im)}, scratch.column,
                      fourier.offset(b.index(0), n1));
        // 0 x is 0 unless x is infinite or NaN.
        return SmallVector<Value>{b.fma(x, zeros, carried[0])};
      })[0];
  fourier.forEach(end, transform.columns.size, b.index(1), [&](Value n1) {
    fourier.store({zeros, zeros}, scratch.column,
                  fourier.offset(b.index(0), n1));
  });
  return finite;
}

Value ConvFFT::transformColumns(Value target, Value count,
                                function_ref<Value(Value)> element) {
  Value zero = b.index(0);
  Value finite = b.splat(b.lanes(block.lanes), 0.0);
  return b.loop(
      zero, transform.rows.size, 1, finite, [&](Value n2, ValueRange carried) {
        Value finite = fillColumn(n2, count, carried[0], element);
        fourier.forward(transform.columns, scratch.column, zero);
        Value turns = arith::MulIOp::create(b, n2, transform.columns.size);
        fourier.forEach(zero, transform.columns.size, b.index(1), [&](Value p) {
          Complex z = fourier.load(scratch.column, fourier.offset(zero, p));
          Complex w = fourier.readRoot(transform.twiddles, b.add(turns, p));
          fourier.store(fourier.multiply(z, w, false), target,
                        placeInRow(p, n2));
        });
        return SmallVector<Value>{finite};
      })[0];
}

void ConvFFT::transformRows(Value target) {
  fourier.forEach(b.index(0), transform.columns.size, b.index(1), [&](Value p) {
    fourier.forward(transform.rows, target, placeInRow(p, b.index(0)));
  });
}

Value ConvFFT::transformFilter() {
  Value count = arith::MinSIOp::create(b, block.sizes.taps, block.sizes.length);
  // A power of two: the division is exact.
  Value size = arith::IndexCastOp::create(b, b.getI64Type(), transform.size);
  Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1.0f));
  Value share = arith::DivFOp::create(
      b, one, arith::UIToFPOp::create(b, b.getF32Type(), size));
  share = b.broadcast(b.lanes(block.lanes), share);
  Value finite = transformColumns(scratch.filter, count, [&](Value n) {
    return b.mul(block.readTap(n), share);
  });
  transformRows(scratch.filter);
  return finite;
}

Value ConvFFT::transformInput(Value batch) {
  return transformColumns(scratch.sequence, block.sizes.length, [&](Value n) {
    block.prefetchNextInput(batch, n);
    return block.readInput(batch, n);
  });
}

//===----------------------------------------------------------------------===//
// Product and inverse
//===----------------------------------------------------------------------===//

void ConvFFT::multiplyRow(Value base) {
  fourier.forEach(b.index(0), transform.rows.size, b.index(1), [&](Value n) {
    Value at = fourier.offset(base, n);
    Complex product = fourier.multiply(fourier.load(scratch.sequence, at),
                                       fourier.load(scratch.filter, at),
                                       /*conjugate=*/false);
    fourier.store(product, scratch.sequence, at);
  });
}

void ConvFFT::writeColumn(Value batch, Value n2) {
  Value zero = b.index(0), one = b.index(1);
  Value turns = arith::MulIOp::create(b, n2, transform.columns.size);
  fourier.forEach(zero, transform.columns.size, one, [&](Value p) {
    Value at = placeInRow(p, n2);
    fourier.prefetchNext(scratch.sequence, at);
    Complex z = fourier.load(scratch.sequence, at);
    Complex w = fourier.readRoot(transform.twiddles, b.add(turns, p));
    fourier.store(fourier.multiply(z, w, /*conjugate=*/true), scratch.column,
                  fourier.offset(zero, p));
  });
  fourier.inverse(transform.columns, scratch.column, zero);
  Value from = rowsBelow(block.sizes.history, n2);
  Value to = rowsBelow(block.sizes.length, n2);
  fourier.forEach(from, to, one, [&](Value n1) {
    Complex z = fourier.load(scratch.column, fourier.offset(zero, n1));
    Complex w = fourier.readRoot(transform.first, n1);
    Value sum = b.fma(z.re, w.re, b.mul(z.im, w.im));
    Value n = b.add(arith::MulIOp::create(b, n1, transform.rows.size), n2);
    Value token = arith::SubIOp::create(b, n, block.sizes.history);
    block.prefetchNextOutput(batch, token);
    block.writeOutput(batch, token, sum);
  });
}

void ConvFFT::emitOutputs(Value batch) {
  Value zero = b.index(0), one = b.index(1);
  fourier.forEach(zero, transform.columns.size, one, [&](Value p) {
    Value base = placeInRow(p, zero);
    fourier.forward(transform.rows, scratch.sequence, base);
    multiplyRow(base);
    fourier.inverse(transform.rows, scratch.sequence, base);
  });
  fourier.forEach(zero, transform.rows.size, one,
                  [&](Value n2) { writeColumn(batch, n2); });
}
