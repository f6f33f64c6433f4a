//===- PlainCallEmitter.h - body of a checked entry point ------*- C++ -*-===//
//
// Builds one function of the plain-call ABI in the LLVM dialect.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_PLAINCALLEMITTER_H
#define ATTN_LIB_COMPILER_PLAINCALLEMITTER_H

#include "attn/Compiler/Signature.h"
#include "attn/Compiler/Status.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace mlir::attn {

/// Emits the entry point of one kernel.
class PlainCallEmitter {
public:
  PlainCallEmitter(OpBuilder &builder, LLVM::LLVMFuncOp kernel,
                   const Signature &signature)
      : builder(builder), loc(kernel.getLoc()), kernel(kernel),
        signature(signature) {}

  /// Checks that the arguments of `kernel` are those of `signature`, each
  /// tensor as pointer, pointer, offset, sizes and strides, optionally followed
  /// by the number of threads; and that it returns nothing.
  static LogicalResult verifyKernel(LLVM::LLVMFuncOp kernel,
                                    const Signature &signature);

  /// Creates the entry point `name`. `cpuCheck` may be null.
  LLVM::LLVMFuncOp emit(StringRef name, LLVM::LLVMFuncOp cpuCheck);

private:
  /// The fields of a tensor struct, or the value of a scalar.
  struct Argument {
    const ArgumentInfo *info;
    Value value; // pointer to the struct, or the scalar as the kernel takes it
    Value data;
    SmallVector<Value> sizes;
    SmallVector<Value> strides;
  };

  Value constant(int64_t value);
  Value compare(LLVM::ICmpPredicate predicate, Value lhs, Value rhs);
  Value isNull(Value pointer);
  /// The disjunction of `lhs` (may be null) and `rhs`.
  Value either(Value lhs, Value rhs);
  /// Returns `status` from the entry point if `condition` (may be null) holds.
  void failIf(Value condition, Status status);

  /// The scalar argument `value`, in its C type, as the kernel takes it.
  Value convertScalar(const ArgumentInfo &info, Value value);
  void loadFields(Argument &arg);
  Value hasWrongSize(ArrayRef<Argument> args);
  Value hasWrongStride(const Argument &arg);
  Value lacksData(const Argument &arg);
  void callKernel(ArrayRef<Argument> args, Value threads);

  OpBuilder &builder;
  Location loc;
  LLVM::LLVMFuncOp kernel;
  const Signature &signature;
  Block *exit = nullptr;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_PLAINCALLEMITTER_H
