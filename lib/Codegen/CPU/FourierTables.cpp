//===- FourierTables.cpp - roots of unity, made when a kernel runs --------===//

#include "FourierTables.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

/// Orders up to 2^64.
static constexpr int64_t kOrders = 64;

RootTables::Number RootTables::multiply(Number x, Number y) {
  auto product = [&](Value x, Value y) -> Value {
    return arith::MulFOp::create(b, x, y);
  };
  return {arith::SubFOp::create(b, product(x.re, y.re), product(x.im, y.im)),
          arith::AddFOp::create(b, product(x.re, y.im), product(x.im, y.re))};
}

RootTables::Number RootTables::load(Value table, Value at) {
  Value first = arith::MulIOp::create(b, at, b.index(2));
  return {memref::LoadOp::create(b, table, first),
          memref::LoadOp::create(b, table, b.add(first, 1))};
}

void RootTables::store(Number x, Value table, Value at) {
  Value first = arith::MulIOp::create(b, at, b.index(2));
  memref::StoreOp::create(b, x.re, table, first);
  memref::StoreOp::create(b, x.im, table, b.add(first, 1));
}

Value RootTables::allocateWide(Value count) {
  auto type = MemRefType::get({ShapedType::kDynamic}, b.getF64Type());
  Value size = arith::MulIOp::create(b, count, b.index(2));
  return memref::AllocOp::create(b, type, size, b.getI64IntegerAttr(64));
}

Value RootTables::allocate(Value count) {
  return b.alloc({ShapedType::kDynamic},
                 ValueRange{arith::MulIOp::create(b, count, b.index(2))});
}

RootTables::RootTables(StateBuilder &b, FourierEmitter &loops, Value log)
    : b(b), loops(loops) {
  Value one = b.index(1);
  order = arith::ShLIOp::create(b, one, log);
  split = arith::ShRUIOp::create(b, log, one);
  Value rest = arith::SubIOp::create(b, log, split);
  halves = allocateWide(b.index(kOrders));
  low = allocateWide(arith::ShLIOp::create(b, one, split));
  high = allocateWide(arith::ShLIOp::create(b, one, rest));

  auto real = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  store({real(1.0), real(0.0)}, halves, b.index(0));
  store({real(-1.0), real(0.0)}, halves, one);
  store({real(0.0), real(-1.0)}, halves, b.index(2));
  loops.forEach(b.index(3), b.index(kOrders), one, [&](Value n) {
    Number whole = load(halves, arith::SubIOp::create(b, n, one));
    // cos(x / 2)^2 = (1 + cos x) / 2, sin(x / 2) = sin x / (2 cos(x / 2)).
    Value sum = arith::AddFOp::create(b, whole.re, real(1.0));
    Value cos =
        math::SqrtOp::create(b, arith::MulFOp::create(b, sum, real(0.5)));
    Value twice = arith::AddFOp::create(b, cos, cos);
    store({cos, arith::DivFOp::create(b, whole.im, twice)}, halves, n);
  });
  fill(low, split, log);
  fill(high, rest, rest);
}

void RootTables::fill(Value table, Value count, Value log) {
  Value zero = b.index(0), one = b.index(1);
  store(load(halves, zero), table, zero);
  loops.forEach(zero, count, one, [&](Value n) {
    Number root = load(halves, arith::SubIOp::create(b, log, n));
    Value half = arith::ShLIOp::create(b, one, n);
    loops.forEach(zero, half, one, [&](Value m) {
      store(multiply(load(table, m), root), table, b.add(half, m));
    });
  });
}

void RootTables::storeRoot(Value m, Value table, Value at) {
  Value one = b.index(1);
  Value mask = arith::SubIOp::create(b, order, one);
  m = arith::AndIOp::create(b, m, mask);
  Value lowMask =
      arith::SubIOp::create(b, arith::ShLIOp::create(b, one, split), one);
  Number root = multiply(load(high, arith::ShRUIOp::create(b, m, split)),
                         load(low, arith::AndIOp::create(b, m, lowMask)));
  auto narrow = [&](Value x) -> Value {
    return arith::TruncFOp::create(b, b.getF32Type(), x);
  };
  Value first = arith::MulIOp::create(b, at, b.index(2));
  memref::StoreOp::create(b, narrow(root.re), table, first);
  memref::StoreOp::create(b, narrow(root.im), table, b.add(first, 1));
}
