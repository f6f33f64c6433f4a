//===- StateBuilder.cpp - vector code over memrefs, in f32 ----------------===//

#include "RecurrenceEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::attn;

Value StateBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}

Value StateBuilder::add(Value a, int64_t b) {
  return b == 0 ? a : add(a, index(b));
}

Value StateBuilder::add(Value a, Value b) {
  return createOrFold<arith::AddIOp>(a, b);
}

Value StateBuilder::splat(VectorType type, double value) {
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(type, static_cast<float>(value)));
}

Value StateBuilder::broadcast(VectorType type, Value scalar) {
  return vector::BroadcastOp::create(*this, type, scalar);
}

Value StateBuilder::read(Value memref, ValueRange at, int64_t count,
                         bool inBounds) {
  Type element = getElementTypeOrSelf(memref);
  Value padding = arith::ConstantOp::create(*this, getZeroAttr(element));
  Value read = vector::TransferReadOp::create(
      *this, VectorType::get(count, element), memref, at, padding,
      ArrayRef<bool>{inBounds});
  return element.isF32()
             ? read
             : arith::ExtFOp::create(*this, lanes(count), read).getResult();
}

void StateBuilder::write(Value vector, Value memref, ValueRange at,
                         bool inBounds) {
  Type element = getElementTypeOrSelf(memref);
  if (!element.isF32()) {
    auto type = cast<VectorType>(vector.getType()).clone(element);
    vector = arith::TruncFOp::create(*this, type, vector);
  }
  vector::TransferWriteOp::create(*this, vector, memref, at,
                                  ArrayRef<bool>{inBounds});
}

Value StateBuilder::readScalar(Value memref, ValueRange at) {
  Value value = memref::LoadOp::create(*this, memref, at);
  return value.getType().isF32()
             ? value
             : arith::ExtFOp::create(*this, getF32Type(), value).getResult();
}

Value StateBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(*this, a, b);
}

Value StateBuilder::fma(Value a, Value b, Value c) {
  return vector::FMAOp::create(*this, a, b, c);
}

Value StateBuilder::exp(Value vector) {
  auto type = cast<VectorType>(vector.getType());
  // Exact at 0, where a bias would be amplified over many tokens.
  return math::Exp2Op::create(*this,
                              mul(vector, splat(type, 1.44269504088896341)));
}

SmallVector<Value> StateBuilder::readExp(Value memref, ValueRange at,
                                         int64_t count) {
  Value powers = exp(read(memref, at, count, /*inBounds=*/true));
  SmallVector<Value> scalars;
  for (int64_t i = 0; i < count; ++i)
    scalars.push_back(vector::ExtractOp::create(*this, powers, i));
  return scalars;
}

Value StateBuilder::sum(Value vector) {
  return vector::ReductionOp::create(*this, vector::CombiningKind::ADD, vector,
                                     arith::FastMathFlags::reassoc);
}

Value StateBuilder::alloc(ArrayRef<int64_t> shape, ValueRange dynamic) {
  return memref::AllocOp::create(*this, MemRefType::get(shape, getF32Type()),
                                 dynamic, getI64IntegerAttr(64));
}

SmallVector<Value> StateBuilder::loop(Value from, Value to, int64_t step,
                                      ValueRange carried, LoopBody body) {
  auto loop = scf::ForOp::create(
      *this, from, to, index(step), carried,
      [&](OpBuilder &nested, Location, Value i, ValueRange values) {
        OpBuilder::InsertionGuard guard(*this);
        setInsertionPoint(nested.getInsertionBlock(),
                          nested.getInsertionPoint());
        SmallVector<Value> results = body(i, values);
        scf::YieldOp::create(*this, results);
      });
  return SmallVector<Value>(loop.getResults());
}
