//===- IndexToArith.cpp - the index dialect in regions as arith -----------===//
//
//   %d = index.sub %i, %j       ->   %d = arith.subi %i, %j : index
//   %c = index.cmp sle(%d, %n)  ->   %c = arith.cmpi sle, %d, %n : index
//
// `arith` has forms for vectors, `index` has none.
//
// Tests: test/Dialect/Attn/Transforms/decompose-lanes.mlir
//
//===----------------------------------------------------------------------===//

#include "attn/Dialect/Attn/Transforms/IndexToArith.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::attn {

/// The arith operation of two operands that does what `op` does.
static StringRef getBinaryName(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](index::AddOp) { return arith::AddIOp::getOperationName(); })
      .Case([](index::SubOp) { return arith::SubIOp::getOperationName(); })
      .Case([](index::MulOp) { return arith::MulIOp::getOperationName(); })
      .Case([](index::DivSOp) { return arith::DivSIOp::getOperationName(); })
      .Case([](index::DivUOp) { return arith::DivUIOp::getOperationName(); })
      .Case([](index::CeilDivSOp) {
        return arith::CeilDivSIOp::getOperationName();
      })
      .Case([](index::CeilDivUOp) {
        return arith::CeilDivUIOp::getOperationName();
      })
      .Case([](index::FloorDivSOp) {
        return arith::FloorDivSIOp::getOperationName();
      })
      .Case([](index::RemSOp) { return arith::RemSIOp::getOperationName(); })
      .Case([](index::RemUOp) { return arith::RemUIOp::getOperationName(); })
      .Case([](index::MaxSOp) { return arith::MaxSIOp::getOperationName(); })
      .Case([](index::MaxUOp) { return arith::MaxUIOp::getOperationName(); })
      .Case([](index::MinSOp) { return arith::MinSIOp::getOperationName(); })
      .Case([](index::MinUOp) { return arith::MinUIOp::getOperationName(); })
      .Case([](index::ShlOp) { return arith::ShLIOp::getOperationName(); })
      .Case([](index::ShrSOp) { return arith::ShRSIOp::getOperationName(); })
      .Case([](index::ShrUOp) { return arith::ShRUIOp::getOperationName(); })
      .Case([](index::AndOp) { return arith::AndIOp::getOperationName(); })
      .Case([](index::OrOp) { return arith::OrIOp::getOperationName(); })
      .Case([](index::XOrOp) { return arith::XOrIOp::getOperationName(); })
      .Default([](Operation *) { return StringRef(); });
}

static arith::CmpIPredicate getPredicate(index::IndexCmpPredicate predicate) {
  using From = index::IndexCmpPredicate;
  using To = arith::CmpIPredicate;
  switch (predicate) {
  case From::EQ:
    return To::eq;
  case From::NE:
    return To::ne;
  case From::SGE:
    return To::sge;
  case From::SGT:
    return To::sgt;
  case From::SLE:
    return To::sle;
  case From::SLT:
    return To::slt;
  case From::UGE:
    return To::uge;
  case From::UGT:
    return To::ugt;
  case From::ULE:
    return To::ule;
  case From::ULT:
    return To::ult;
  }
  llvm_unreachable("unknown predicate of index.cmp");
}

static Value convertIndexOp(OpBuilder &b, Operation *op) {
  Location loc = op->getLoc();
  Type type = op->getResult(0).getType();
  StringRef binary = getBinaryName(op);
  if (!binary.empty()) {
    OperationState state(loc, binary);
    state.addOperands(op->getOperands());
    state.addTypes(type);
    return b.create(state)->getResult(0);
  }
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](index::ConstantOp constant) -> Value {
        return arith::ConstantIndexOp::create(
            b, loc, constant.getValue().getSExtValue());
      })
      .Case([&](index::BoolConstantOp constant) -> Value {
        return arith::ConstantOp::create(b, loc, constant.getValueAttr());
      })
      .Case([&](index::SizeOfOp) -> Value {
        return arith::ConstantIndexOp::create(b, loc, 64);
      })
      .Case([&](index::CmpOp compare) -> Value {
        return arith::CmpIOp::create(b, loc, getPredicate(compare.getPred()),
                                     compare.getLhs(), compare.getRhs());
      })
      .Case([&](index::CastSOp cast) -> Value {
        return arith::IndexCastOp::create(b, loc, type, cast.getInput());
      })
      .Case([&](index::CastUOp cast) -> Value {
        return arith::IndexCastUIOp::create(b, loc, type, cast.getInput());
      })
      .Default([](Operation *) { return Value(); });
}

void convertIndexOps(Region &region) {
  if (region.empty())
    return;
  for (Operation &op : llvm::make_early_inc_range(region.front())) {
    if (!isa_and_nonnull<index::IndexDialect>(op.getDialect()))
      continue;
    OpBuilder b(&op);
    Value value = convertIndexOp(b, &op);
    if (!value)
      continue;
    op.getResult(0).replaceAllUsesWith(value);
    op.erase();
  }
}

} // namespace mlir::attn
