//===- EntryPointEmitter.h - the C functions of one kernel -----*- C++ -*-===//
//
// Builds the entry points of a kernel in the LLVM dialect. Names and meaning
// are those of the generated header, see include/attn/Compiler/Header.h.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_LIB_COMPILER_ENTRYPOINTEMITTER_H
#define ATTN_LIB_COMPILER_ENTRYPOINTEMITTER_H

#include "EntryCode.h"
#include "KernelFunctions.h"
#include "attn/Compiler/Status.h"

namespace mlir::attn {

class EntryPointEmitter {
public:
  /// Emits functions whose names begin with `name` at the end of the module.
  EntryPointEmitter(OpBuilder &builder, const KernelFunctions &kernel,
                    const Signature &signature, StringRef name)
      : builder(builder), kernel(kernel), signature(signature), name(name) {}

  /// Emits all entry points and returns the first one, the plain call. `check`
  /// is the name of the internal function that checks arguments; `cpuCheck` may
  /// be null.
  LLVM::LLVMFuncOp emit(StringRef check, LLVM::LLVMFuncOp cpuCheck);

private:
  void emitCheck(StringRef checkName, LLVM::LLVMFuncOp cpuCheck);
  LLVM::LLVMFuncOp emitPlainCall();
  LLVM::LLVMFuncOp emitCallInWorkspace();
  void emitWorkspaceSize();
  void emitPhases();
  void emitGrid();
  void emitTile();

  /// Starts the function `entryName`, which takes the arguments of the
  /// signature and `extra`.
  EntryCode begin(const Twine &entryName, Type result, ArrayRef<Type> extra);
  /// Argument `index` behind those of the signature.
  Value getExtra(EntryCode &code, unsigned index);
  /// Leaves unless the arguments are right; `negate` where a result that is not
  /// negative means success. Returns the kernel's operands.
  SmallVector<Value> readArguments(EntryCode &code, bool negate);
  Value statusOf(EntryCode &code, Status status, bool negate);
  /// Bytes that the kernel needs for `operands`: shared, per worker.
  std::pair<Value, Value> getSizes(EntryCode &code, ValueRange operands);
  /// Appends `pointer`, rounded up to a cache line, and `size`, as a memref.
  void appendBytes(EntryCode &code, SmallVectorImpl<Value> &operands,
                   Value pointer, Value size);
  /// Leaves if `pointer` is null though `size` bytes are needed.
  void requireMemory(EntryCode &code, Value pointer, Value size, bool negate);
  /// One block per phase, in which `emitPhase` builds the code that leaves;
  /// another number leaves with `otherwise`.
  void
  switchOnPhase(EntryCode &code, Value phase, Value otherwise,
                function_ref<void(const KernelFunctions::Phase &)> emitPhase);

  OpBuilder &builder;
  const KernelFunctions &kernel;
  const Signature &signature;
  StringRef name;
  LLVM::LLVMFuncOp check, callInWorkspace;
};

} // namespace mlir::attn

#endif // ATTN_LIB_COMPILER_ENTRYPOINTEMITTER_H
