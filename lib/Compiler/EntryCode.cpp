//===- EntryCode.cpp - an entry point under construction ------------------===//
//
// Covered by test/Compiler/emit-entry-points.mlir.
//
//===----------------------------------------------------------------------===//

#include "EntryCode.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::attn {

EntryCode::EntryCode(OpBuilder &builder, ModuleOp module, Location loc,
                     StringRef name, Type result, ArrayRef<Type> arguments)
    : builder(builder), loc(loc) {
  builder.setInsertionPointToEnd(module.getBody());
  func = LLVM::LLVMFuncOp::create(
      builder, loc, name, LLVM::LLVMFunctionType::get(result, arguments));
  func.setNoUnwind(true);
  Block *start = func.addEntryBlock(builder);
  exit = addBlock(result);
  enter(exit);
  LLVM::ReturnOp::create(builder, loc, exit->getArgument(0));
  enter(start);
}

Value EntryCode::constant(Type type, int64_t value) {
  return LLVM::ConstantOp::create(builder, loc,
                                  builder.getIntegerAttr(type, value));
}

Value EntryCode::compare(LLVM::ICmpPredicate predicate, Value lhs, Value rhs) {
  return LLVM::ICmpOp::create(builder, loc, predicate, lhs, rhs);
}

Value EntryCode::isNull(Value pointer) {
  Value null = LLVM::ZeroOp::create(builder, loc, pointer.getType());
  return compare(LLVM::ICmpPredicate::eq, pointer, null);
}

Value EntryCode::either(Value lhs, Value rhs) {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return LLVM::OrOp::create(builder, loc, lhs, rhs);
}

Value EntryCode::select(Value condition, Value ifTrue, Value ifFalse) {
  return LLVM::SelectOp::create(builder, loc, condition, ifTrue, ifFalse);
}

Value EntryCode::add(Value lhs, Value rhs) {
  return LLVM::AddOp::create(builder, loc, lhs, rhs);
}

Value EntryCode::multiply(Value lhs, Value rhs) {
  return LLVM::MulOp::create(builder, loc, lhs, rhs);
}

Value EntryCode::extend(Value value) {
  return LLVM::SExtOp::create(builder, loc, builder.getI64Type(), value);
}

Value EntryCode::call(LLVM::LLVMFuncOp callee, ValueRange operands) {
  auto call = LLVM::CallOp::create(builder, loc, callee, operands);
  return call->getNumResults() ? call.getResult() : Value();
}

Value EntryCode::call(StringRef name, Type result, ValueRange operands) {
  auto module = func->getParentOfType<ModuleOp>();
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!callee) {
    OpBuilder::InsertionGuard atModule(builder);
    builder.setInsertionPointToStart(module.getBody());
    callee = LLVM::LLVMFuncOp::create(
        builder, loc, name,
        LLVM::LLVMFunctionType::get(result,
                                    SmallVector<Type>(operands.getTypes())));
  }
  return call(callee, operands);
}

Block *EntryCode::addBlock(ArrayRef<Type> arguments) {
  OpBuilder::InsertionGuard stay(builder);
  return builder.createBlock(&func.getBody(), func.getBody().end(), arguments,
                             SmallVector<Location>(arguments.size(), loc));
}

void EntryCode::branch(Block *target, ValueRange operands) {
  LLVM::BrOp::create(builder, loc, operands, target);
}

void EntryCode::branch(Value condition, Block *ifTrue, ValueRange trueOperands,
                       Block *ifFalse, ValueRange falseOperands) {
  LLVM::CondBrOp::create(builder, loc, condition, ifTrue, trueOperands, ifFalse,
                         falseOperands);
}

void EntryCode::leaveIf(Value condition, Value result) {
  if (!condition)
    return;
  Block *next = addBlock();
  branch(condition, exit, result, next, {});
  enter(next);
}

void EntryCode::leave(Value result) { branch(exit, result); }

} // namespace mlir::attn
