//===- Emit.h - short ways to write scalar code -----------------*- C++ -*-===//

#ifndef ATTN_LIB_CONVERSION_ATILETOLLVM_EMIT_H
#define ATTN_LIB_CONVERSION_ATILETOLLVM_EMIT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::attn::atile {

/// Integers of 32 bits unless said otherwise.
struct Emit {
  explicit Emit(ImplicitLocOpBuilder &b) : b(b) {}

  Value i32(int64_t value) const {
    return arith::ConstantIntOp::create(b, b.getI32Type(), value);
  }
  Value i64(int64_t value) const {
    return arith::ConstantIntOp::create(b, b.getI64Type(), value);
  }
  Value f32(float value) const {
    return arith::ConstantFloatOp::create(b, b.getF32Type(),
                                          llvm::APFloat(value));
  }
  Value add(Value x, Value y) const { return arith::AddIOp::create(b, x, y); }
  Value add(Value x, int64_t y) const { return y ? add(x, like(x, y)) : x; }
  Value mul(Value x, Value y) const { return arith::MulIOp::create(b, x, y); }
  Value mul(Value x, int64_t y) const { return mul(x, like(x, y)); }
  Value divide(Value x, int64_t y) const {
    return arith::DivUIOp::create(b, x, like(x, y));
  }
  Value remainder(Value x, int64_t y) const {
    return arith::RemUIOp::create(b, x, like(x, y));
  }
  Value shiftRight(Value x, int64_t y) const {
    return arith::ShRUIOp::create(b, x, like(x, y));
  }
  Value mask(Value x, int64_t y) const {
    return arith::AndIOp::create(b, x, like(x, y));
  }
  Value isEqual(Value x, int64_t y) const {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, like(x, y));
  }
  Value extend(Value x) const {
    return arith::ExtSIOp::create(b, b.getI64Type(), x);
  }

private:
  Value like(Value x, int64_t y) const {
    return arith::ConstantIntOp::create(b, x.getType(), y);
  }

  ImplicitLocOpBuilder &b;
};

} // namespace mlir::attn::atile

#endif // ATTN_LIB_CONVERSION_ATILETOLLVM_EMIT_H
