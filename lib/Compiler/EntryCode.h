//===- EntryCode.h - an entry point under construction ---------*- C++ -*-===//
//
// A function in the LLVM dialect that ends in one block, which returns its
// argument; any block may leave through it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_ENTRYCODE_H
#define ATTN_LIB_COMPILER_ENTRYCODE_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::attn {

class EntryCode {
public:
  /// Creates `func` at the end of `module`; `builder` then stands in its first
  /// block.
  EntryCode(OpBuilder &builder, ModuleOp module, Location loc, StringRef name,
            Type result, ArrayRef<Type> arguments);

  Value constant(int64_t value) {
    return constant(builder.getI64Type(), value);
  }
  Value constant(Type type, int64_t value);
  Value compare(LLVM::ICmpPredicate predicate, Value lhs, Value rhs);
  Value isNull(Value pointer);
  /// The disjunction of `lhs` and `rhs`, of which any may be null.
  Value either(Value lhs, Value rhs);
  Value select(Value condition, Value ifTrue, Value ifFalse);
  Value add(Value lhs, Value rhs);
  Value multiply(Value lhs, Value rhs);
  /// `value` as an i64.
  Value extend(Value value);
  Value call(LLVM::LLVMFuncOp callee, ValueRange operands);
  /// Calls a function of the C library, which is declared if need be.
  Value call(StringRef name, Type result, ValueRange operands);

  Block *addBlock(ArrayRef<Type> arguments = {});
  void branch(Block *target, ValueRange operands = {});
  void branch(Value condition, Block *ifTrue, ValueRange trueOperands,
              Block *ifFalse, ValueRange falseOperands);
  /// Leaves with `result` if `condition` (may be null) holds.
  void leaveIf(Value condition, Value result);
  /// Leaves with `result`; ends the block.
  void leave(Value result);
  void enter(Block *block) { builder.setInsertionPointToEnd(block); }

  ValueRange getArguments() { return func.getArguments(); }

  OpBuilder &builder;
  Location loc;
  LLVM::LLVMFuncOp func;

private:
  Block *exit;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_ENTRYCODE_H
